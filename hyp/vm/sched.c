/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/sched.h"
#include "vm/postmortem.h"
#include "vm/vgic.h"

static _Noreturn void main_loop(void) {
    struct percpu *cpu = this_cpu();

    for (;;) {
        struct vcpu *v = cpu->vcpu;
        void (*errand)(void) = load_relaxed(&cpu->errand);

        /* Whoever gave it may have taken it back. */
        if (errand && (errand = exchange_acquire(&cpu->errand, NULL))) errand();
        if (v && psci_enter(&v->psci)) vcpu_enter(v);
        if (v && !v->is_reset) vgic_reset_vcpu(v);
        /*
         * Interrupts are masked but end the WFI; the kick that announces a CPU_ON is such
         * an interrupt. It stays pending until it is taken below, so none is slept over. What waits
         * in list registers for a vCPU that is off must not end it: vgic_power_on() turns the
         * virtual CPU interface on again (ICH_HCR_EL2.En).
         */
        gic_set_hcr(0);
        isb();
        cpu->idle_wfis++;
        wfi();
        trap_irq();
    }
}

void sched_run(void) { on_empty_stack(this_cpu()->boot.stack_top, (void (*)(void))main_loop); }

void vcpu_off(struct vcpu *v) {
    struct vm *vm = v->vm;

    vcpu_stop_timers();
    vgic_park_vcpu(v);
    v->parks++;
    trace(TRACE_VCPU_OFF, vcpu_trace_id(v), load_relaxed(&vm->stop), 0);
    /* From here on AFFINITY_INFO says OFF, and another CPU_ON may claim this vCPU. */
    psci_stop(&v->psci);
    life_end(v);
    if (sub_fetch_acq_rel(&vm->running, 1) == 0) vm_stopped(vm);
    sched_run();
}

void vcpu_check_stop(struct vcpu *v) {
    /* The post may be an old one, from before a reset; what counts is what the VM says. */
    if (load_acquire(&v->vm->stop) != VM_RUNS && load_acquire(&v->psci.state) == PSCI_STATE_ON)
        vcpu_off(v);
}

/* Sleeps until an interrupt is there for v; powered_down: which state it is accounted for. */
static void suspend(struct vcpu *v, bool powered_down) {
    u64 start = counter();

    trace_first(v, SEEN_SUSPEND, TRACE_VCPU_SUSPEND, powered_down);
    v->life.asleep = true;
    while (!vgic_has_pending(v)) {
        wfi();
        trap_irq();
    }
    v->life.asleep = false;
    v->suspended[powered_down].count++;
    v->suspended[powered_down].ticks += counter() - start;
}

void vcpu_standby(struct vcpu *v) { suspend(v, false); }

static _Noreturn void wake_up(void) {
    struct vcpu *v = this_cpu()->vcpu;

    suspend(v, true);
    vcpu_run(v);
}

/* While a vCPU is ON its entry point is its own: no CPU_ON claims it. */
void vcpu_power_down(struct vcpu *v, u64 entry, u64 context) {
    v->psci.entry = entry;
    v->psci.context = context;
    on_empty_stack(this_cpu()->boot.stack_top, (void (*)(void))wake_up);
}
