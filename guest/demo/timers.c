/* SPDX-License-Identifier: Apache-2.0 */
/* Timer interrupts on every CPU, and WFI that a timer ends. */
#include "demo.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

/*
 * Long enough that a loaded host is through with a tick before the next is due: QEMU's GICv2 does
 * not offer a timer again that expires between its interrupt and the EOI.
 */
#define PERIOD_US 20000
#define GUARD_US  2000000 /* far beyond what a loaded host takes away */

/* Written by the CPU's own handler. */
struct ticks {
    u32 count;
    u32 wanted;
    u32 early;
    u64 compare_value;
    u64 most_late;
};

static struct ticks ticks[2][MAX_CPUS];
static u32 wfi_failures;

static void handle_timer(u32 intid, u32 source, const struct regs *regs) {
    enum timer timer = intid == platform.timer_virt_intid ? TIMER_VIRT : TIMER_PHYS;
    struct ticks *mine = &ticks[timer][cpu_id()];
    u64 late = timer_count(timer) - mine->compare_value;

    (void)source;
    (void)regs;
    if ((s64)late < 0)
        mine->early++;
    else if (late > mine->most_late)
        mine->most_late = late;
    timer_stop(timer);
    if (mine->count + 1 < mine->wanted) {
        mine->compare_value = timer_count(timer) + timer_us_to_ticks(PERIOD_US);
        timer_arm(timer, mine->compare_value);
    }
    store_release(&mine->count, mine->count + 1);
}

static struct ticks *start_ticks(enum timer timer, u32 wanted, u64 us) {
    struct ticks *mine = &ticks[timer][cpu_id()];

    *mine = (struct ticks){.wanted = wanted};
    mine->compare_value = timer_count(timer) + timer_us_to_ticks(us);
    gic_enable(timer_intid(timer));
    timer_arm(timer, mine->compare_value);
    return mine;
}

static void stop_ticks(enum timer timer) {
    timer_stop(timer);
    gic_disable(timer_intid(timer));
}

static void sleep_once(const struct ticks *mine) {
    irq_mask();
    if (load_acquire(&mine->count) < mine->wanted) wfi();
    irq_unmask();
}

/* CPU 0 spins, so that a timer that never fires leaves somebody awake to say so. */
static void tick(enum timer timer, u32 wanted) {
    struct ticks *mine = start_ticks(timer, wanted, PERIOD_US);

    while (cpu_id() && load_acquire(&mine->count) < wanted) sleep_once(mine);
    (void)wait_until(load_acquire(&mine->count) >= wanted, smp_patience_us());
    stop_ticks(timer);
}

static void tick_virtual(void *wanted) { tick(TIMER_VIRT, *(const u32 *)wanted); }

static void tick_physical(void *wanted) { tick(TIMER_PHYS, *(const u32 *)wanted); }

static void check_ticks(enum timer timer, u32 wanted) {
    smp_function function = timer == TIMER_VIRT ? tick_virtual : tick_physical;
    bool good = smp_work_all(function, &wanted);
    u64 most_late = 0;

    for (u32 i = 0; i < platform.nr_cpus; i++) {
        const struct ticks *its = &ticks[timer][i];

        if (!cpu_is_online(i)) continue;
        if (its->count != wanted || its->early) {
            say("CPU%u: %u %s timer ticks of %u, %u of them early", i, its->count,
                timer_name(timer), wanted, its->early);
            good = false;
        }
        if (its->most_late > most_late) most_late = its->most_late;
    }
    tap_ok(good, "%s timer (INTID %u): %u tick%s on each CPU, none early", timer_name(timer),
           timer_intid(timer), wanted, wanted == 1 ? "" : "s");
    say("latest %s timer tick: %lu us after its time", timer_name(timer),
        timer_ticks_to_us(most_late));
}

/*
 * Sleeps with interrupts masked until the virtual timer's condition is met. The physical timer
 * ends the sleep if the virtual one does not.
 */
static void sleep_by_wfi(void *unused) {
    struct ticks *mine, *guard;
    bool on_time;

    (void)unused;
    irq_mask();
    guard = start_ticks(TIMER_PHYS, 1, GUARD_US);
    mine = start_ticks(TIMER_VIRT, 1, PERIOD_US);
    while (!timer_fired(TIMER_VIRT) && !timer_fired(TIMER_PHYS)) wfi();
    on_time = timer_fired(TIMER_VIRT) && timer_count(TIMER_VIRT) >= mine->compare_value;
    irq_unmask();
    if (!wait_until(load_acquire(&mine->count) == 1, GUARD_US) || !on_time ||
        load_acquire(&guard->count)) {
        atomic_add(&wfi_failures, 1U);
        say("WFI: %u virtual ticks of 1, %s, %u of the guard timer", mine->count,
            on_time ? "on time" : "not on time", guard->count);
    }
    stop_ticks(TIMER_VIRT);
    stop_ticks(TIMER_PHYS);
}

/*
 * DEN 0022F, "CPU_SUSPEND": standby returns when an interrupt is pending, masked or not, and at
 * once when one is pending already.
 */
static void check_standby(void) {
    struct ticks *mine;
    s32 first, again;
    bool waited;

    irq_mask();
    mine = start_ticks(TIMER_VIRT, 1, PERIOD_US);
    first = psci_call(PSCI_CPU_SUSPEND, 0, 0, 0);
    waited = timer_fired(TIMER_VIRT) && timer_count(TIMER_VIRT) >= mine->compare_value;
    again = psci_call(PSCI_CPU_SUSPEND, 0, 0, 0);
    irq_unmask();
    tap_ok(first == PSCI_SUCCESS && waited && again == PSCI_SUCCESS &&
               wait_until(load_acquire(&mine->count) == 1, GUARD_US),
           "CPU_SUSPEND to standby is ended by a masked timer interrupt, and by one pending "
           "already");
    stop_ticks(TIMER_VIRT);
}

void demo_timer(void) {
    bool done;

    irq_set_handler(platform.timer_virt_intid, handle_timer);
    if (platform.timer_phys_intid) irq_set_handler(platform.timer_phys_intid, handle_timer);
    check_ticks(TIMER_VIRT, 3);
    if (!platform.timer_phys_intid) {
        tap_skip("no physical timer in the tree", "physical timer");
        tap_skip("no physical timer in the tree", "WFI");
        return;
    }
    check_ticks(TIMER_PHYS, 1);
    done = smp_work_all(sleep_by_wfi, NULL);
    tap_ok(done && !load_acquire(&wfi_failures), "WFI on each CPU is ended by its timer");
    check_standby();
}
