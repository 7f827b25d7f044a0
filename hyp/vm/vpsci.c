/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vpsci.h"
#include "vm/sched.h"
#include "vm/vgic.h"

/* SMCCC, DEN 0028, "Arm Architecture Calls". */
#define SMCCC_VERSION       0x80000000U
#define SMCCC_ARCH_FEATURES 0x80000001U
#define SMCCC_VERSION_1_2   0x10002

#define ID_64BIT ((u32)BIT(30))

typedef s64 (*psci_handler)(struct vcpu *v, u64 a1, u64 a2, u64 a3);

struct psci_row {
    psci_handler handler; /* NULL: NOT_SUPPORTED */
    bool both_widths;     /* false: only the 32-bit id exists */
    s32 features;         /* what PSCI_FEATURES answers */
};

static s64 version(struct vcpu *v, u64 a1, u64 a2, u64 a3) { return PSCI_VERSION_1_3; }

/*
 * DEN 0022F, "CPU_ON": a target that is not there, an entry point that is not there or not aligned,
 * then the target's state.
 */
static s64 cpu_on(struct vcpu *v, u64 mpidr, u64 entry, u64 context) {
    struct vm *vm = v->vm;
    struct vcpu *target = vm_vcpu_by_mpidr(vm, mpidr);
    enum psci_result r;

    trace(TRACE_VCPU_ON_CALL, vcpu_trace_id(v), mpidr, entry);
    if (unlikely(!target)) return PSCI_INVALID_PARAMETERS;
    if (unlikely((entry & 3) || entry - GUEST_RAM_BASE >= vm->config->ram_size))
        return PSCI_INVALID_ADDRESS;
    r = psci_claim(&target->psci);
    if (r != PSCI_SUCCESS) return r;
    trace(TRACE_VCPU_CLAIM, vcpu_trace_id(v), target->id, 0);
    fetch_add_relaxed(&vm->running, 1);
    psci_publish(&target->psci, entry, context);
    trace(TRACE_VCPU_KICK, vcpu_trace_id(v), target->id, 0);
    gic_kick(target->cpu);
    return PSCI_SUCCESS;
}

static s64 cpu_off(struct vcpu *v, u64 a1, u64 a2, u64 a3) { vcpu_off(v); }

/* DEN 0022F, "AFFINITY_INFO": levels above 0 ask for the nodes that the affinity fields name. */
static s64 affinity_info(struct vcpu *v, u64 mpidr, u64 level, u64 a3) {
    struct vm *vm = v->vm;
    s64 result = PSCI_INVALID_PARAMETERS;
    u64 mask;

    level = (u32)level; /* a uint32 in both widths of the call */
    if (likely(level == 0)) {
        const struct vcpu *target = vm_vcpu_by_mpidr(vm, mpidr);

        return target ? (s64)psci_affinity(&target->psci) : result;
    }
    /* No level 3: every vCPU has Aff3 = 0, and a node of level 3 does not exist. */
    if (level > 2) return result;
    mask = level == 1 ? MASK(39, 8) & MPIDR_AFFINITY : MASK(39, 16) & MPIDR_AFFINITY;
    for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
        enum psci_affinity a;

        if ((vm_mpidr(vm, i) & mask) != (mpidr & mask)) continue;
        /* ON if one is, else ON_PENDING if one is, else OFF. */
        a = psci_affinity(&vm->vcpu[i]->psci);
        if (a == PSCI_AFFINITY_ON) return a;
        if (result < 0 || a == PSCI_AFFINITY_ON_PENDING) result = a;
    }
    return result;
}

/* DEN 0022F, "CPU_SUSPEND", original format: StateType, bit 16, 0 standby. */
static s64 cpu_suspend(struct vcpu *v, u64 state, u64 entry, u64 context) {
    if (state & BIT(16)) return PSCI_INVALID_PARAMETERS; /* no power-down state is offered */
    vcpu_standby(v);
    return PSCI_SUCCESS;
}

static s64 migrate_info_type(struct vcpu *v, u64 a1, u64 a2, u64 a3) { return PSCI_MIGRATE_NO_TOS; }

static s64 system_off(struct vcpu *v, u64 a1, u64 a2, u64 a3) { vm_request_stop(v, VM_OFF); }

static s64 system_reset(struct vcpu *v, u64 a1, u64 a2, u64 a3) { vm_request_stop(v, VM_RESET); }

static s64 features(struct vcpu *v, u64 function, u64 a2, u64 a3);

static const struct psci_row rows[PSCI_NR_FUNCTIONS] = {
    [PSCI_VERSION] = {version, false, 0},
    [PSCI_CPU_SUSPEND] = {cpu_suspend, true, 0}, /* original format, no OS-initiated mode */
    [PSCI_CPU_OFF] = {cpu_off, false, 0},
    [PSCI_CPU_ON] = {cpu_on, true, 0},
    [PSCI_AFFINITY_INFO] = {affinity_info, true, 0},
    [PSCI_MIGRATE_INFO_TYPE] = {migrate_info_type, false, 0},
    [PSCI_SYSTEM_OFF] = {system_off, false, 0},
    [PSCI_SYSTEM_RESET] = {system_reset, false, 0},
    [PSCI_FEATURES] = {features, false, 0},
};

static const struct psci_row *row_of(u32 id) {
    u32 n = (id & ~ID_64BIT) - PSCI_BASE32;
    const struct psci_row *row = &rows[n];

    if (n >= PSCI_NR_FUNCTIONS || !row->handler || ((id & ID_64BIT) && !row->both_widths))
        return NULL;
    return row;
}

static s64 features(struct vcpu *v, u64 function, u64 a2, u64 a3) {
    const struct psci_row *row = row_of((u32)function);

    /* Where this says that SMCCC_VERSION exists, a kernel looks for SMCCC at all. */
    if ((u32)function == SMCCC_VERSION) return PSCI_SUCCESS;
    return row ? row->features : PSCI_NOT_SUPPORTED;
}

static s64 arch_call(u32 id, u64 a1) {
    switch (id) {
    case SMCCC_VERSION: return SMCCC_VERSION_1_2;
    case SMCCC_ARCH_FEATURES:
        return (u32)a1 == SMCCC_VERSION || (u32)a1 == SMCCC_ARCH_FEATURES ? PSCI_SUCCESS
                                                                          : PSCI_NOT_SUPPORTED;
    }
    return PSCI_NOT_SUPPORTED;
}

void smccc_call(struct vcpu *v, struct guest_regs *regs) {
    u32 id = (u32)regs->x[0];
    const struct psci_row *row = row_of(id);
    u64 mask = id & ID_64BIT ? ~0ULL : MASK(31, 0);

    if (likely(row))
        regs->x[0] = (u64)row->handler(v, regs->x[1] & mask, regs->x[2] & mask, regs->x[3] & mask);
    else if (!hypercall(v, id, regs))
        regs->x[0] = (u64)arch_call(id, regs->x[1]);
}
