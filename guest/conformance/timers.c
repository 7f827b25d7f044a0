/* SPDX-License-Identifier: Apache-2.0 */
/* The EL1 virtual and physical timers (Arm ARM DDI 0487, "The Generic Timer in AArch64 state"). */
#include "gicx.h"

#define SHORT_US 500
#define LONG_US  1000000
#define SECTION  "DDI 0487, "

static u64 read_ctl(enum timer t) {
    isb();
    return t == TIMER_VIRT ? read_sysreg(cntv_ctl_el0) : read_sysreg(cntp_ctl_el0);
}

static void write_ctl(enum timer t, u64 value) {
    if (t == TIMER_VIRT)
        write_sysreg(value, cntv_ctl_el0);
    else
        write_sysreg(value, cntp_ctl_el0);
    isb();
}

static u64 read_cval(enum timer t) {
    return t == TIMER_VIRT ? read_sysreg(cntv_cval_el0) : read_sysreg(cntp_cval_el0);
}

static void write_cval(enum timer t, u64 value) {
    if (t == TIMER_VIRT)
        write_sysreg(value, cntv_cval_el0);
    else
        write_sysreg(value, cntp_cval_el0);
    isb();
}

static u64 read_tval(enum timer t) {
    isb();
    return t == TIMER_VIRT ? read_sysreg(cntv_tval_el0) : read_sysreg(cntp_tval_el0);
}

static void write_tval(enum timer t, u64 value) {
    if (t == TIMER_VIRT)
        write_sysreg(value, cntv_tval_el0);
    else
        write_sysreg(value, cntp_tval_el0);
    isb();
}

static void control_rows(enum timer t) {
    subject(t == TIMER_VIRT ? "CNTV_CTL_EL0" : "CNTP_CTL_EL0",
            t == TIMER_VIRT ? SECTION "CNTV_CTL_EL0" : SECTION "CNTP_CTL_EL0");
    write_cval(t, timer_count(t) + timer_us_to_ticks(LONG_US));
    write_ctl(t, TIMER_CTL_ENABLE | TIMER_CTL_IMASK);
    row_is(read_ctl(t), TIMER_CTL_ENABLE | TIMER_CTL_IMASK, "deadline to come: ISTATUS is 0");
    write_cval(t, timer_count(t) - 1);
    row_is(read_ctl(t), TIMER_CTL_ENABLE | TIMER_CTL_IMASK | TIMER_CTL_ISTATUS,
           "deadline past, masked: ISTATUS is 1");
    row_is(bit_read(GICD_ISPENDR, timer_intid(t)), 0, "deadline past, masked: not pending");
    write_ctl(t, TIMER_CTL_IMASK);
    row_is(read_ctl(t) & (TIMER_CTL_ENABLE | TIMER_CTL_IMASK), TIMER_CTL_IMASK,
           "disabled: ENABLE reads 0");
    write_ctl(t, ~0UL & ~TIMER_CTL_ENABLE);
    row_is(read_ctl(t) & ~7UL, 0, "RES0 bits read 0");
    write_ctl(t, 0);
}

static void value_rows(enum timer t) {
    u64 before, after, cval;

    subject(t == TIMER_VIRT ? "CNTV_CVAL_EL0" : "CNTP_CVAL_EL0",
            t == TIMER_VIRT ? SECTION "CNTV_CVAL_EL0" : SECTION "CNTP_CVAL_EL0");
    write_cval(t, 0x0123456789abcdefUL);
    row_is(read_cval(t), 0x0123456789abcdefUL, "64 bits read back");
    subject(t == TIMER_VIRT ? "CNTV_TVAL_EL0" : "CNTP_TVAL_EL0",
            t == TIMER_VIRT ? SECTION "CNTV_TVAL_EL0" : SECTION "CNTP_TVAL_EL0");
    before = timer_count(t);
    write_tval(t, 100000);
    after = timer_count(t);
    cval = read_cval(t);
    row_true(cval >= before + 100000 && cval <= after + 100000, "count + 100000", cval - before,
             "100000 written: CVAL - count");
    before = timer_count(t);
    write_tval(t, 0xffffffff);
    after = timer_count(t);
    cval = read_cval(t);
    row_true(cval + 1 >= before && cval + 1 <= after, "count - 1", cval - before,
             "0xffffffff written, signed: CVAL - count");
    write_cval(t, timer_count(t) + 0x40000000);
    row_true(read_tval(t) <= 0x40000000 && read_tval(t) > 0x3f000000, "CVAL - count", read_tval(t),
             "CVAL 0x40000000 ahead: TVAL");
    write_ctl(t, TIMER_CTL_ENABLE | TIMER_CTL_IMASK);
    write_tval(t, (u64)-5);
    row_is(read_ctl(t) & TIMER_CTL_ISTATUS, TIMER_CTL_ISTATUS, "negative: ISTATUS is 1 at once");
    write_ctl(t, 0);
}

/* Polled, with the interrupt masked: never before its time. */
static void poll_rows(enum timer t) {
    u64 deadline = timer_count(t) + timer_us_to_ticks(SHORT_US);
    bool fired;

    subject(t == TIMER_VIRT ? "virtual timer" : "physical timer",
            SECTION "Operation of the timers");
    write_cval(t, deadline);
    write_ctl(t, TIMER_CTL_ENABLE | TIMER_CTL_IMASK);
    fired = wait_until(read_ctl(t) & TIMER_CTL_ISTATUS, SOON_US);
    row_is(fired, 1, "polled: ISTATUS becomes 1");
    row_true(timer_count(t) >= deadline, "the deadline or later", timer_count(t) - deadline,
             "polled: count - deadline");
    write_ctl(t, 0);
}

static void interrupt_rows(enum timer t) {
    u32 intid = timer_intid(t);
    u64 deadline = timer_count(t) + timer_us_to_ticks(SHORT_US);
    u32 iar;

    gic_enable(intid);
    timer_arm(t, deadline);
    row_is(wait_until(signalled(), SOON_US), 1, "by interrupt: signalled");
    row_true(timer_count(t) >= deadline, "the deadline or later", timer_count(t) - deadline,
             "by interrupt: count - deadline");
    row_is(highest_pending(), intid, "by interrupt: highest pending interrupt");
    row_is(bit_read(GICD_ISPENDR, intid), 1, "condition true: reads pending");
    iar = acknowledge();
    row_is(intid_of(iar), intid, "acknowledged");
    row_is(bit_read(GICD_ISACTIVER, intid), 1, "acknowledged: active");
    end(iar);
    /* QEMU's GICv2 looks at a level only when it changes, if a virtual interrupt is ended. */
    if (!v3()) {
        write_ctl(t, TIMER_CTL_ENABLE | TIMER_CTL_IMASK);
        write_ctl(t, TIMER_CTL_ENABLE);
    }
    row_is(wait_until(signalled(), SOON_US), 1,
           "ended with the condition still true: signalled again (level)");
    iar = acknowledge();
    timer_stop(t);
    end(iar);
    pause_us(100);
    row_is(signalled(), 0, "condition removed in the handler: not signalled again");
    row_is(bit_read(GICD_ISPENDR, intid), 0, "condition removed: not pending");
    timer_arm(t, timer_count(t) - 1);
    row_is(wait_until(signalled(), SOON_US), 1, "deadline in the past: signalled at once");
    timer_stop(t);
    /* How long the interrupt may outlive its condition is not said: it may still be taken, once. */
    iar = acknowledge();
    if (intid_of(iar) == intid) end(iar);
    row_true(intid_of(iar) == intid || iar == SPURIOUS, "spurious, or the interrupt", iar,
             "stopped before it is acknowledged: IAR");
    pause_us(100);
    row_is(signalled(), 0, "stopped before it is acknowledged: not signalled after that");
}

static void wfi_rows(enum timer t) {
    u32 intid = timer_intid(t);
    u64 deadline = timer_count(t) + timer_us_to_ticks(SHORT_US);
    u64 late;
    enum timer spare_timer = t == TIMER_VIRT ? TIMER_PHYS : TIMER_VIRT;

    /* Should it not wake, the other one does, much later. */
    gic_enable(timer_intid(spare_timer));
    timer_arm(spare_timer, timer_count(spare_timer) + timer_us_to_ticks(SOON_US));
    timer_arm(t, deadline);
    while (timer_count(t) < deadline) wfi();
    late = timer_count(t) - deadline;
    timer_stop(spare_timer);
    gic_disable(timer_intid(spare_timer));
    row_true(late < timer_us_to_ticks(SOON_US / 2), "sooner than half a second", late,
             "WFI with interrupts masked ends: count - deadline");
    row_is(highest_pending(), intid, "WFI with interrupts masked: pending after it");
    timer_stop(t);
    gic_disable(intid);
}

static u64 both_counts(u64 unused) {
    (void)unused;
    return timer_count(TIMER_PHYS) - timer_count(TIMER_VIRT);
}

static u64 one_count(u64 unused) {
    (void)unused;
    return timer_count(TIMER_VIRT);
}

static u64 one_frequency(u64 unused) {
    (void)unused;
    return read_sysreg(cntfrq_el0);
}

static void counter_rows(void) {
    u64 frequency = read_sysreg(cntfrq_el0);
    u64 last = timer_count(TIMER_VIRT);
    u32 back = 0;

    subject("CNTFRQ_EL0", SECTION "CNTFRQ_EL0");
    row_true(frequency >= 1000000 && frequency <= 1000000000, "1 MHz to 1 GHz", frequency,
             "frequency");
    subject("CNTVCT_EL0", SECTION "CNTVCT_EL0");
    for (u32 i = 0; i < 1000; i++) {
        u64 now = timer_count(TIMER_VIRT);

        back += now < last;
        last = now;
    }
    row_is(back, 0, "1000 reads: times it went back");
    row_true(timer_count(TIMER_PHYS) + frequency >= timer_count(TIMER_VIRT), "not before it",
             both_counts(0), "physical count - virtual count");
    for (u32 i = 1; i < platform.nr_cpus; i++) {
        u64 before = timer_count(TIMER_VIRT);
        u64 there, after;

        if (!bring_up(i) || !agent_start(i)) continue;
        there = agent_call(i, one_count, 0);
        after = timer_count(TIMER_VIRT);
        row_true(there >= before && there <= after, "between two reads here", there - before,
                 "read on CPU %u: later than before it by", i);
        subject("CNTFRQ_EL0", SECTION "CNTFRQ_EL0");
        row_is(agent_call(i, one_frequency, 0), frequency, "CPU %u reads the same", i);
        subject("CNTVCT_EL0", SECTION "CNTVCT_EL0");
        agent_stop(i);
    }
}

/* Both timers of this CPU, by interrupt: bit t is set if timer t did as it should. */
static u64 fire_both(u64 unused) {
    u64 good = 0;

    (void)unused;
    for (enum timer t = TIMER_VIRT; t <= TIMER_PHYS; t++) {
        u64 deadline = timer_count(t) + timer_us_to_ticks(SHORT_US);
        u32 iar;

        gic_enable(timer_intid(t));
        timer_arm(t, deadline);
        (void)wait_until(signalled(), SOON_US);
        iar = acknowledge();
        good |= intid_of(iar) == timer_intid(t) && timer_count(t) >= deadline ? 1UL << t : 0;
        timer_stop(t);
        if (intid_of(iar) < SPURIOUS) end(iar);
        gic_disable(timer_intid(t));
    }
    return good;
}

static void other_cpu_rows(void) {
    subject("timers, other CPUs", SECTION "Operation of the timers");
    for (u32 i = 1; i < platform.nr_cpus; i++) {
        row_is(bring_up(i) ? agent_call(i, fire_both, 0) : 0, 3,
               "CPU %u: virtual and physical, by interrupt (mask of those right)", i);
        agent_stop(i);
    }
}

void timer_rows(void) {
    u64 daif = irq_save();

    set_mask(PRIORITY_LOWEST);
    counter_rows();
    for (enum timer t = TIMER_VIRT; t <= TIMER_PHYS; t++) {
        timer_stop(t);
        control_rows(t);
        value_rows(t);
        poll_rows(t);
        interrupt_rows(t);
        wfi_rows(t);
    }
    other_cpu_rows();
    irq_restore(daif);
}
