/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vpsci.h"
#include "core/smccc.h"
#include "drivers/psci.h"
#include "vm/sched.h"
#include "vm/vgic.h"

#define ID_64BIT ((u32)BIT(30))

typedef s64 (*psci_handler)(struct vcpu *v, u64 a1, u64 a2, u64 a3);

struct psci_row {
    psci_handler handler; /* NULL: NOT_SUPPORTED */
    bool both_widths;     /* false: only the 32-bit id exists */
    s32 features;         /* what PSCI_FEATURES answers */
};

static s64 version(struct vcpu *v, u64 a1, u64 a2, u64 a3) { return PSCI_VERSION_1_3; }

/* An entry point has to be an instruction in the guest's RAM. */
static bool is_entry(const struct vm *vm, u64 entry) {
    return (entry & 3) == 0 && entry - GUEST_RAM_BASE < vm->config->ram_size;
}

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
    if (unlikely(!is_entry(vm, entry))) return PSCI_INVALID_ADDRESS;
    r = psci_claim(&target->psci);
    if (r != PSCI_SUCCESS) return r;
    trace(TRACE_VCPU_CLAIM, vcpu_trace_id(v), target->id, 0);
    fetch_add_relaxed(&vm->running, 1);
    psci_publish(&target->psci, entry, context);
    trace(TRACE_VCPU_KICK, vcpu_trace_id(v), target->id, 0);
    gic_kick_before_eret(target->cpu, gic.v3);
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

static s64 cpu_suspend(struct vcpu *v, u64 state, u64 entry, u64 context) {
    state = (u32)state; /* a uint32 in both widths of the call */
    if (state != PSCI_STANDBY && state != PSCI_POWER_DOWN) return PSCI_INVALID_PARAMETERS;
    if (state == PSCI_POWER_DOWN) {
        if (!is_entry(v->vm, entry)) return PSCI_INVALID_ADDRESS;
        vcpu_power_down(v, entry, context);
    }
    vcpu_standby(v);
    return PSCI_SUCCESS;
}

/* DEN 0022F, "SYSTEM_SUSPEND": the deepest CPU_SUSPEND, for the last vCPU that is on. */
static s64 system_suspend(struct vcpu *v, u64 entry, u64 context, u64 a3) {
    if (load_acquire(&v->vm->running) != 1) return PSCI_DENIED;
    if (!is_entry(v->vm, entry)) return PSCI_INVALID_ADDRESS;
    vcpu_power_down(v, entry, context);
}

/* DEN 0022F, "PSCI_STAT_RESIDENCY", "PSCI_STAT_COUNT": 0 for a CPU or a state that is not there. */
static s64 stat(struct vcpu *v, u64 mpidr, u64 state, bool residency) {
    const struct vcpu *target = vm_vcpu_by_mpidr(v->vm, mpidr);
    unsigned int i = (u32)state == PSCI_POWER_DOWN;

    if (!target || ((u32)state != PSCI_STANDBY && !i)) return 0;
    return (s64)(residency ? ticks_to_us(target->suspended[i].ticks) : target->suspended[i].count);
}

static s64 stat_residency(struct vcpu *v, u64 mpidr, u64 state, u64 a3) {
    return stat(v, mpidr, state, true);
}

static s64 stat_count(struct vcpu *v, u64 mpidr, u64 state, u64 a3) {
    return stat(v, mpidr, state, false);
}

static s64 migrate_info_type(struct vcpu *v, u64 a1, u64 a2, u64 a3) { return PSCI_MIGRATE_NO_TOS; }

static s64 system_off(struct vcpu *v, u64 a1, u64 a2, u64 a3) { vm_request_stop(v, VM_OFF); }

static s64 system_reset(struct vcpu *v, u64 a1, u64 a2, u64 a3) { vm_request_stop(v, VM_RESET); }

/* DEN 0022F, "SYSTEM_RESET2": 0 is SYSTEM_WARM_RESET; of vendor's types there are none. */
static s64 system_reset2(struct vcpu *v, u64 type, u64 cookie, u64 a3) {
    if ((u32)type) return PSCI_INVALID_PARAMETERS;
    vm_request_stop(v, VM_RESET);
}

/* DEN 0022F, "SYSTEM_OFF2": HIBERNATE_OFF, of which the guest has written its image itself. */
static s64 system_off2(struct vcpu *v, u64 type, u64 cookie, u64 a3) {
    if ((u32)type > PSCI_HIBERNATE_OFF || cookie) return PSCI_INVALID_PARAMETERS;
    vm_request_stop(v, VM_OFF);
}

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
    [PSCI_SYSTEM_SUSPEND] = {system_suspend, true, 0},
    [PSCI_STAT_RESIDENCY] = {stat_residency, true, 0},
    [PSCI_STAT_COUNT] = {stat_count, true, 0},
    [PSCI_SYSTEM_RESET2] = {system_reset2, true, 0},
    [PSCI_SYSTEM_OFF2] = {system_off2, true, PSCI_HIBERNATE_OFF}, /* the types, bit by bit */
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

/*
 * Work-arounds for speculation are firmware's, and so is the answer whether this core needs them:
 * the same for a guest as for us. What the chip is called, likewise.
 */
static bool is_firmwares(u32 id) {
    return id == SMCCC_ARCH_SOC_ID || id == SMCCC_ARCH_WORKAROUND_1 ||
           id == SMCCC_ARCH_WORKAROUND_2 || id == SMCCC_ARCH_WORKAROUND_3;
}

static s64 arch_call(u32 id, u32 a1) {
    if (id == SMCCC_VERSION) return SMCCC_VERSION_1_2;
    if (id == SMCCC_ARCH_FEATURES && (a1 == SMCCC_VERSION || a1 == SMCCC_ARCH_FEATURES)) return 0;
    if (is_firmwares(id == SMCCC_ARCH_FEATURES ? a1 : id)) return firmware_arch_call(id, a1);
    return SMCCC_NOT_SUPPORTED;
}

void smccc_call(struct vcpu *v, struct guest_regs *regs) {
    u32 id = (u32)regs->x[0];
    const struct psci_row *row = row_of(id);
    u64 mask = id & ID_64BIT ? ~0ULL : MASK(31, 0);

    if (likely(row))
        regs->x[0] = (u64)row->handler(v, regs->x[1] & mask, regs->x[2] & mask, regs->x[3] & mask);
    else if (!hypercall(v, id, regs) && !trng_call(id, regs))
        regs->x[0] = (u64)arch_call(id, (u32)regs->x[1]);
}
