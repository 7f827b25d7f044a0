/* SPDX-License-Identifier: Apache-2.0 */
/* EL1's timers, from the deadline to the second instruction of the IRQ vector. */
#include "timer.h"
#include "bench.h"
#include "exception.h"
#include "gic.h"
#include "printf.h"
#include "smp.h"

#define DEADLINE_US 50
#define PATIENCE_US 1000000

static u32 count_taken;
static u64 last_stamp;
static u64 period;

static void handle_timer(u32 intid, u32 source, const struct regs *regs) {
    (void)source;
    timer_stop(intid == platform.timer_virt_intid ? TIMER_VIRT : TIMER_PHYS);
    last_stamp = regs->stamp;
    atomic_add(&count_taken, 1U);
}

static void wait_busy(u32 count) {
    (void)wait_until(load_acquire(&count_taken) != count, PATIENCE_US);
}

/* Masked until the WFI, so that the interrupt cannot slip in before it. */
static void wait_in_wfi(u32 count) {
    while (load_acquire(&count_taken) == count) {
        irq_mask();
        if (load_acquire(&count_taken) == count) wfi();
        irq_unmask();
    }
}

/*
 * The deadline is in the timer's own count, the handler's stamp in the virtual one: they may be
 * apart, by what the count of the deadline is ahead when both are read.
 */
static void bench_timer(const char *name, enum timer timer, void (*wait)(u32 count)) {
    struct cost cost = {0};

    for (u32 i = 0; i < NR_ITERATIONS; i++) {
        u32 count = load_acquire(&count_taken);
        u64 ahead = timer == TIMER_PHYS ? read_sysreg(cntpct_el0) - read_sysreg(cntvct_el0) : 0;
        u64 deadline = timer_count(timer) + timer_us_to_ticks(DEADLINE_US);

        timer_arm(timer, deadline);
        wait(count);
        if (load_acquire(&count_taken) != count + 1) break;
        cost_add(&cost, last_stamp - (deadline - ahead));
    }
    cost_report(&cost, name);
}

void bench_timers(void) {
    for (enum timer timer = TIMER_VIRT; timer <= TIMER_PHYS; timer++) {
        irq_set_handler(timer_intid(timer), handle_timer);
        gic_enable(timer_intid(timer));
        bench_timer(timer == TIMER_VIRT ? "vtimer_busy" : "ptimer_busy", timer, wait_busy);
        bench_timer(timer == TIMER_VIRT ? "vtimer_wfi" : "ptimer_wfi", timer, wait_in_wfi);
        gic_disable(timer_intid(timer));
    }
}

static void handle_tick(u32 intid, u32 source, const struct regs *regs) {
    (void)intid;
    (void)source;
    (void)regs;
    write_sysreg(read_sysreg(cntv_cval_el0) + period, cntv_cval_el0);
    isb();
    atomic_add(&count_taken, 1U);
}

void bench_steady(u64 millions, u64 hz) {
    u64 loops = millions * 1000000;
    u64 from = timer_now();

    if (hz) {
        period = read_sysreg(cntfrq_el0) / hz;
        irq_set_handler(platform.timer_virt_intid, handle_tick);
        gic_enable(platform.timer_virt_intid);
        timer_arm(TIMER_VIRT, from + period);
    }
    asm volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(loops)::"cc");
    timer_stop(TIMER_VIRT);
    /* As many characters whatever the numbers are: each one is an exit. */
    printf("steady: %016lx counter ticks, %08x timer ticks\n", timer_now() - from, count_taken);
}
