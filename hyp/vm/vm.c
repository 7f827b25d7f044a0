/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vm.h"
#include <muster/guest_map.h>
#include "arch/trace.h"
#include "drivers/console.h"
#include "drivers/psci.h"
#include "lib/atomic.h"
#include "lib/log.h"
#include "mm/mm.h"
#include "vm/sched.h"
#include "vm/vgic.h"
#include "vm/vuart.h"

/* VMs that are not off for good: with the last of them the machine goes off. */
static u32 vms_alive;

/* Names of ID registers by index: CRm 1-7, op2 0-7. */
static void read_id_registers(u64 *values) {
#define ROW(crm)                                                    \
    values[idregs_index(crm, 0)] = read_sysreg(s3_0_c0_c##crm##_0); \
    values[idregs_index(crm, 1)] = read_sysreg(s3_0_c0_c##crm##_1); \
    values[idregs_index(crm, 2)] = read_sysreg(s3_0_c0_c##crm##_2); \
    values[idregs_index(crm, 3)] = read_sysreg(s3_0_c0_c##crm##_3); \
    values[idregs_index(crm, 4)] = read_sysreg(s3_0_c0_c##crm##_4); \
    values[idregs_index(crm, 5)] = read_sysreg(s3_0_c0_c##crm##_5); \
    values[idregs_index(crm, 6)] = read_sysreg(s3_0_c0_c##crm##_6); \
    values[idregs_index(crm, 7)] = read_sysreg(s3_0_c0_c##crm##_7)
    ROW(1);
    ROW(2);
    ROW(3);
    ROW(4);
    ROW(5);
    ROW(6);
    ROW(7);
#undef ROW
}

/* Each vCPU gets an online core of its own, in the machine's order. */
static bool place_vcpus(struct vm *vm) {
    unsigned int next = 0, free = 0;

    for (unsigned int i = 0; i < nr_cpus; i++)
        free += load_acquire(&cpus[i]->state) == CPU_ONLINE && !cpus[i]->vcpu;
    if (vm->nr_vcpus > free) {
        log_error("%s: %u vCPUs asked for, but %u cores are online and free, and each vCPU "
                  "needs its own",
                  vm->config.name, vm->nr_vcpus, free);
        return false;
    }
    for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
        struct vcpu *v = page_alloc((sizeof(*v) + PAGE_SIZE - 1) / PAGE_SIZE);

        if (!v) {
            log_error("%s: no memory for vCPU %u", vm->config.name, i);
            return false;
        }
        while (load_acquire(&cpus[next]->state) != CPU_ONLINE || cpus[next]->vcpu) next++;
        v->vm = vm;
        v->id = i;
        v->cpu = cpus[next++];
        vm->vcpu[i] = v;
        vm->vcpu_mask |= BIT(i);
    }
    for (unsigned int i = 0; i < vm->nr_vcpus; i++)
        store_release(&vm->vcpu[i]->cpu->vcpu, vm->vcpu[i]);
    return true;
}

static bool give_ram(struct vm *vm) {
    vm->ram_size = align_up(vm->config.ram_size, MIB(2));
    if (vm->ram_size == 0 || !memmap_alloc(&mm_ram, vm->ram_size, MIB(2), &vm->ram)) {
        log_error("%s: %lu MiB of RAM asked for, the largest free block has %lu MiB",
                  vm->config.name, vm->ram_size >> 20, memmap_largest(&mm_ram, MIB(2)) >> 20);
        return false;
    }
    return stage2_map_ram(vm, GUEST_RAM_BASE, vm->ram, vm->ram_size);
}

bool vm_create(struct vm *vm, const struct vm_config *c) {
    unsigned int most = gic.v3 ? MAX_VCPUS : 8;
    struct idreg_env env = {.gicv3 = gic.v3};

    vm->config = *c;
    vm->nr_vcpus = c->nr_vcpus;
    if (c->nr_vcpus < 1 || c->nr_vcpus > most) {
        log_error("%s: %u vCPUs asked for; 1 to %u are possible with this GIC", c->name,
                  c->nr_vcpus, most);
        return false;
    }
    if (!stage2_init(vm) || !give_ram(vm)) return false;
    /* The guest's CPU interface is the hardware's own virtual one. */
    if (!gic.v3 && !stage2_map_device(vm, GUEST_GICC_BASE, pa(gic.vcpu.base), KIB(8))) return false;
    env.ipa_bits = vm->stage2.in_bits;
    env.aarch32_el0 = FIELD(read_sysreg(id_aa64pfr0_el1), 3, 0) == 2;
    read_id_registers(vm->idreg);
    idregs_filter_all(vm->idreg, &env);
    if (!place_vcpus(vm)) return false;
    fetch_add_relaxed(&vms_alive, 1);
    return true;
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
    trace(TRACE_VM_START, vm->id << 16, entry.pc, entry.fdt);
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

static void print_counters(const struct vm *vm) {
    for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
        const struct vcpu *v = vm->vcpu[i];
        const u64 *e = v->exits;

        log_info("%s vcpu%u on cpu%u: exits: hvc %lu, smc %lu, sysreg %lu, mmio %lu, abort "
                 "%lu, "
                 "kick %lu, timer %lu, maintenance %lu, irq %lu, other %lu; off %lu times, "
                 "slept %lu times in EL2",
                 vm->config.name, i, v->cpu->index, e[EXIT_HVC], e[EXIT_SMC], e[EXIT_SYSREG],
                 e[EXIT_MMIO], e[EXIT_ABORT], e[EXIT_KICK], e[EXIT_TIMER], e[EXIT_MAINTENANCE],
                 e[EXIT_IRQ], e[EXIT_OTHER], v->parks, v->cpu->idle_wfis);
    }
}

/* sent = delivered + coalesced + cancelled + pending, for each target. */
static void print_ledger(const struct vm *vm) {
    for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
        const struct vcpu *v = vm->vcpu[i];
        u64 sent = 0, coalesced = v->sgi_merged;

        for (unsigned int k = 0; k < vm->nr_vcpus; k++) {
            sent += vm->vcpu[k]->sgi_sent[i];
            coalesced += vm->vcpu[k]->sgi_coalesced[i];
        }
        log_info("%s vcpu%u SGIs: sent to it %lu = delivered %lu + coalesced %lu + "
                 "cancelled %lu + pending %ld",
                 vm->config.name, i, sent, v->sgi_delivered, coalesced, v->sgi_cancelled,
                 (s64)(sent - v->sgi_delivered - coalesced - v->sgi_cancelled));
    }
}

static void print_event(const struct trace_event *e, const char *text) {
    u64 us = ticks_to_us(e->ticks - console_start_ticks());

    if (e->vcpu == TRACE_NO_VCPU)
        console_print("trace: %lu.%06lu cpu%u %s: %#lx %#lx\n", us / 1000000, us % 1000000, e->core,
                      text, e->a, e->b);
    else
        console_print("trace: %lu.%06lu cpu%u vm%u vcpu%u %s: %#lx %#lx\n", us / 1000000,
                      us % 1000000, e->core, e->vm, e->vcpu, text, e->a, e->b);
}

static _Noreturn void machine_off(void) {
    if (trace_on) trace_print(print_event);
    log_info("no VM is left: switching the machine off");
    psci_system_off();
    log_info("firmware cannot switch it off: stopped");
    for (;;) wfi();
}

void vm_stopped(struct vm *vm) {
    u32 why = load_acquire(&vm->stop);

    if (why == VM_RESET) {
        vm->resets++;
        log_info("%s: reset %u by its guest", vm->config.name, vm->resets);
        if (vm_start(vm)) return;
        log_error("%s: cannot be started again", vm->config.name);
    } else {
        log_info("%s: %s", vm->config.name,
                 why == VM_CRASHED ? "stopped because it crashed"
                 : why == VM_OFF   ? "switched off by its guest"
                                   : "all its vCPUs are off: nothing can wake it");
    }
    print_counters(vm);
    print_ledger(vm);
    if (sub_fetch_acq_rel(&vms_alive, 1) == 0) machine_off();
}
