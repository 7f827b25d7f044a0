/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/console.h"
#include "drivers/psci.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "vm/postmortem.h"
#include "vm/sched.h"
#include "vm/vgic.h"
#include "vm/vuart.h"

/* VMs that are not off for good: with the last of them the machine goes off. */
static u32 vms_alive = 1; /* one for the boot, until all are started */

struct vm *vms[MAX_VMS];
unsigned int nr_vms;

static void read_id_registers(u64 *values) {
#define REG(crm, op2) values[idregs_index(crm, op2)] = read_sysreg(s3_0_c0_c##crm##_##op2);
#define ROW(crm) \
    REG(crm, 0) REG(crm, 1) REG(crm, 2) REG(crm, 3) REG(crm, 4) REG(crm, 5) REG(crm, 6) REG(crm, 7)
    ROW(1) ROW(2) ROW(3) ROW(4) ROW(5) ROW(6) ROW(7)
#undef ROW
#undef REG
}

/* Each vCPU on the core that was found for it. */
static bool make_vcpus(struct vm *vm) {
    for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
        struct vcpu *v = page_alloc((sizeof(*v) + PAGE_SIZE - 1) / PAGE_SIZE);

        if (!v) return log_error("%s: no memory for vCPU %u", vm->config->name, i);
        v->vm = vm;
        v->id = i;
        v->cpu = cpus[vm->config->core[i]];
        v->life.on_ticks = v->life.off_ticks = console_start_ticks();
        vm->vcpu[i] = v;
        vm->vcpu_mask |= BIT(i);
    }
    for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
        struct percpu *cpu = vm->vcpu[i]->cpu;

        store_release(&cpu->vcpu, vm->vcpu[i]);
        if (cpu != this_cpu()) gic_kick(cpu); /* it resets its vCPU now, not at CPU_ON */
    }
    return true;
}

static bool make_address_space(struct vm *vm) {
    const struct vm_config *c = vm->config;

    if (!stage2_init(vm) || !stage2_map(vm, GUEST_RAM_BASE, c->ram, c->ram_size, false))
        return false;
    if (gic.v3) return true;
    /* The guest's CPU interface is the hardware's own virtual one, but for GICV_DIR's page. */
    return gic.vcpu.size < KIB(8)
               ? log_error("the GIC's virtual CPU interface at %#lx has %#lx bytes, not 0x2000",
                           gic.vcpu.base, gic.vcpu.size)
               : stage2_map(vm, GUEST_GICC_BASE, pa(gic.vcpu.base), PAGE_SIZE, true);
}

struct vm *vm_create(const struct machine *m, const struct vm_config *c) {
    struct vm *vm = page_alloc((sizeof(*vm) + PAGE_SIZE - 1) / PAGE_SIZE);
    struct idreg_env env = {.gicv3 = gic.v3};

    if (!vm) {
        log_error("%s: no memory for a VM", c->name);
        return NULL;
    }
    vm->id = nr_vms;
    vm->machine = m;
    vm->config = c;
    vm->nr_vcpus = c->nr_vcpus;
    vm->cluster_shift = c->aff1 ? 0 : 4;
    vm->cluster_mask = (1U << (1 << vm->cluster_shift)) - 1;
    vm->sgi_nobody = vm_sgi_nobody(vm->cluster_shift);
    if (!make_address_space(vm) || !vm_load_init(vm)) return NULL;
    env.ipa_bits = vm->stage2.in_bits;
    env.aarch32_el0 = FIELD(read_sysreg(id_aa64pfr0_el1), 3, 0) == 2;
    read_id_registers(vm->idreg);
    idregs_filter_all(vm->idreg, &env);
    if (!make_vcpus(vm)) return NULL;
    vms[nr_vms++] = vm;
    fetch_add_relaxed(&vms_alive, 1);
    console_add_guest(&vm->console, c->name);
    return vm;
}

bool vm_start(struct vm *vm) {
    struct vcpu *first = vm->vcpu[0];
    struct vm_entry entry;

    if (!vm_load(vm, &entry)) return false;
    vgic_reset(vm);
    vuart_reset(vm);
    /* The guest's virtual counter starts at zero. */
    vm->cntvoff_ticks = counter();
    store_release(&vm->stop, (u32)VM_RUNS);
    trace(TRACE_VM_START, vm->id, entry.pc, entry.fdt);
    if (psci_claim(&first->psci) != PSCI_SUCCESS) return false;
    store_release(&vm->running, 1);
    psci_publish(&first->psci, entry.pc, entry.fdt);
    if (first->cpu != this_cpu()) gic_kick(first->cpu);
    return true;
}

void vm_request_stop(struct vcpu *v, enum vm_stop why) {
    struct vm *vm = v->vm;

    /* The first one says why; the others only come along. */
    if (compare_swap(&vm->stop, (u32)VM_RUNS, (u32)why)) {
        trace(TRACE_VM_STOP, vcpu_trace_id(v), why, 0);
        for (unsigned int i = 0; i < vm->nr_vcpus; i++)
            if (vm->vcpu[i] != v) vcpu_post(vm->vcpu[i], POST_STOP);
    }
    vcpu_off(v);
}

static void print_event(const struct trace_event *e, const char *kind) {
    u64 ticks = e->ticks - console_start_ticks(), hz = counter_hz();
    char who[24] = "", name[17] = "";

    if (e->vcpu != TRACE_NO_VCPU) print_s(who, sizeof(who), " vm%u vcpu%u", e->vm, e->vcpu);
    if (e->kind == TRACE_GUEST) memcpy(name, &e->a, 16);
    for (char *c = name; *c; c++)
        if (*c <= ' ' || *c > '~') *c = '_';
    console_print("trace: %lu.%09lu cpu%u%s %s", ticks / hz, ticks % hz * 1000000000 / hz, e->core,
                  who, kind);
    if (e->kind == TRACE_GUEST)
        console_print(" %s %#lx\n", name, e->c);
    else
        console_print(" %#lx %#lx\n", e->a, e->b);
}

/* scripts/timeline reads this form. */
static void print_trace(void) {
    console_print("trace: version %u, %lu Hz\n", TRACE_VERSION, counter_hz());
    for (unsigned int i = 0; i < nr_vms; i++)
        console_print("trace: vm%u is %s\n", i, vms[i]->config->name);
    for (unsigned int i = 0; i < nr_cpus; i++) {
        const struct trace_ring *ring = cpus[i]->trace;

        console_print("trace: cpu%u wrote %lu, lost %lu; its guests wrote %lu, lost %lu\n", i,
                      ring->written,
                      trace_lost(ring->written, TRACE_FIRST_EVENTS + TRACE_LATER_EVENTS),
                      ring->guest_written, trace_lost(ring->guest_written, TRACE_GUEST_EVENTS));
        trace_print(ring, print_event);
    }
}

void vm_gone(const struct machine *m) {
    if (sub_fetch_acq_rel(&vms_alive, 1)) return;
    if (trace_on) print_trace();
    if (m->config.keep) {
        log_info("no VM is left; /chosen says muster,keep: the machine stays on");
        return;
    }
    log_info("no VM is left: switching the machine off");
    psci_system_off();
    log_info("firmware cannot switch it off: stopped");
}

void vm_stopped(struct vm *vm) {
    u32 why = load_acquire(&vm->stop);

    if (why == VM_RESET || (why == VM_CRASHED && vm->config->reset_on_crash)) {
        vm->resets++;
        log_info("%s: reset %u %s", vm->config->name, vm->resets,
                 why == VM_RESET ? "by its guest" : "because it crashed");
        if (vm_start(vm)) return;
        log_error("%s: cannot be started again", vm->config->name);
    } else {
        log_info("%s: %s", vm->config->name,
                 why == VM_CRASHED ? "stopped because it crashed"
                 : why == VM_OFF   ? "switched off by its guest"
                                   : "all its vCPUs are off: nothing can wake it");
    }
    for (unsigned int i = 0; i < vm->nr_vcpus; i++) stats_print(vm->vcpu[i]);
    console_guest_gone(&vm->console);
    vm_gone(vm->machine);
}
