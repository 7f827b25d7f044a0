/* SPDX-License-Identifier: Apache-2.0 */
/* CPU_SUSPEND, on CPU 1, and what is counted of it. */
#include "conformance.h"
#include "gicx.h"
#include "resume.h"
#include "smp.h"
#include "timer.h"

#define SLEEPER    1U
#define STANDBY    0UL
#define POWER_DOWN 0x10000UL /* StateType, original format; level 0, StateID 0 */
#define SLEEP_US   3000
#define WAKE_SGI   5U
#define DAIF_ALL   0x3c0UL
#define EL1        4UL
#define RESERVED   0x80000000UL
#define SECTION    "DEN 0022F, CPU_SUSPEND"
#define INITIAL    "DEN 0022F, Initial core configuration"

struct resume resumes[MAX_CPUS];

enum wake { WAKE_SGI_LATER, WAKE_SGI_PENDING, WAKE_VIRT, WAKE_PHYS, WAKE_SPI };

/* What the sleeper is to do, and what it found. */
static struct {
    u64 power_state;
    u64 entry;
    enum wake wake;
    bool gic_off; /* groups disabled and the redistributor asleep, as Linux leaves them */
    u32 sleeping;
    s64 result;
    u64 arrivals;
    u64 slept_us;
    u32 highest;
    u32 was_signalled;
} sleep;

static u64 function_id(void) {
    return via.wide ? PSCI_64(NUMBER_CPU_SUSPEND) : PSCI_32(NUMBER_CPU_SUSPEND);
}

static void drain(void) {
    for (u32 i = 0; i < 64; i++) {
        u32 iar = acknowledge();

        if (intid_of(iar) >= 1020) break;
        end(iar);
    }
}

static u32 wake_intid(void) {
    switch (sleep.wake) {
    case WAKE_VIRT: return timer_intid(TIMER_VIRT);
    case WAKE_PHYS: return timer_intid(TIMER_PHYS);
    case WAKE_SPI: return spare(0);
    case WAKE_SGI_LATER:
    case WAKE_SGI_PENDING: break;
    }
    return WAKE_SGI;
}

static void arm_wake(void) {
    u64 ticks = timer_us_to_ticks(SLEEP_US);

    if (sleep.wake == WAKE_SGI_PENDING) {
        gic_send(gic_sgi_to_self(WAKE_SGI));
        (void)shows(WAKE_SGI);
    } else if (sleep.wake == WAKE_VIRT) {
        gic_enable(timer_intid(TIMER_VIRT));
        timer_arm(TIMER_VIRT, timer_count(TIMER_VIRT) + ticks);
    } else if (sleep.wake == WAKE_PHYS) {
        gic_enable(timer_intid(TIMER_PHYS));
        timer_arm(TIMER_PHYS, timer_count(TIMER_PHYS) + ticks);
    } else if (sleep.wake == WAKE_SPI) {
        spi_ready(spare(0), 0x80);
    }
}

static void redistributor_sleep(bool on) {
    u64 waker = this_cpu()->gicr + GICR_WAKER;

    if (on) enable_group(false);
    mmio_write32(waker, on ? WAKER_SLEEP : 0);
    (void)wait_until(!(mmio_read32(waker) & WAKER_ASLEEP) == !on, SOON_US);
}

/* On the sleeper, interrupts masked: what wakes it stays pending, to be looked at. */
static u64 go_to_sleep(u64 unused) {
    struct resume *mine = &resumes[cpu_id()];
    u64 arguments[4] = {function_id(), sleep.power_state, sleep.entry, (u64)mine};
    u64 before = mine->count;
    u64 start;
    s64 result;

    (void)unused;
    drain();
    start = timer_now();
    arm_wake();
    if (sleep.gic_off) redistributor_sleep(true);
    store_release(&sleep.sleeping, 1U);
    result = (s64)resume_call(mine, arguments, via.conduit == CONDUIT_SMC);
    sleep.slept_us = timer_ticks_to_us(timer_now() - start);
    sleep.result = via.wide ? result : (s32)result;
    sleep.arrivals = mine->count - before;
    if (sleep.gic_off) redistributor_sleep(false);
    if (sleep.arrivals || sleep.gic_off) interface_on();
    sleep.highest = highest_pending();
    sleep.was_signalled = signalled();
    timer_stop(TIMER_VIRT);
    timer_stop(TIMER_PHYS);
    drain();
    if (sleep.wake == WAKE_SPI) spi_idle(spare(0));
    return 0;
}

static void wake_from_outside(void) {
    if (sleep.wake == WAKE_SGI_LATER)
        gic_send(gic_sgi_to(SLEEPER, WAKE_SGI));
    else if (sleep.wake == WAKE_SPI)
        bit_write(GICD_ISPENDR, spare(0));
}

/* True if the CPU came back; if not it is lost. */
static bool run_sleep(u64 power_state, u64 entry, enum wake wake) {
    if (!agent_start(SLEEPER)) return false;
    sleep.power_state = power_state;
    sleep.entry = entry;
    sleep.wake = wake;
    sleep.arrivals = 0;
    sleep.result = -1000;
    sleep.slept_us = 0;
    sleep.highest = 0;
    store_release(&sleep.sleeping, 0U);
    agent_post(SLEEPER, go_to_sleep, 0);
    (void)wait_until(load_acquire(&sleep.sleeping), SOON_US);
    if (wake == WAKE_SGI_LATER || wake == WAKE_SPI) pause_us(SLEEP_US);
    wake_from_outside();
    return agent_wait_us(SLEEPER, SOON_US) != AGENT_LOST;
}

static bool standby_row(enum wake wake, const char *what) {
    bool back = run_sleep(STANDBY, 0, wake);

    row_code(back ? sleep.result : -1000, PSCI_SUCCESS, "standby, %s", what);
    if (back)
        row_is(sleep.highest, wake_intid(), "standby, %s: that interrupt is pending after it",
               what);
    return back;
}

static bool error_row(u64 power_state, u64 entry, s64 wanted, const char *what) {
    bool back = run_sleep(power_state, entry, WAKE_SGI_PENDING);

    row_code(back ? sleep.result : -1000, wanted, "%s", what);
    return back;
}

static void power_down_entry_rows(const char *what) {
    const struct resume *mine = &resumes[SLEEPER];

    row_is(mine->context, (u64)mine, "power-down, %s: x0 is the context id", what);
    row_is(sleep.highest, wake_intid(), "power-down, %s: that interrupt is pending after it", what);
    if (sleep.wake != WAKE_SGI_LATER) return;
    subject_call("PSCI CPU_SUSPEND", INITIAL);
    row_is(mine->el, EL1, "power-down: CurrentEL is that of the caller");
    row_is(mine->daif, DAIF_ALL, "power-down: PSTATE.DAIF masked");
    row_is(mine->spsel, 1, "power-down: PSTATE.SP is 1");
    row_is(mine->sctlr & (1UL << 0 | 1UL << 2 | 1UL << 25), 0,
           "power-down: SCTLR_EL1.M, C and EE are 0");
    subject_call("PSCI CPU_SUSPEND", SECTION);
}

static bool power_down_row(enum wake wake, const char *what) {
    bool back = run_sleep(POWER_DOWN, (u64)resume_entry, wake);

    row_true(back && sleep.arrivals == 1, "resumes at the entry point",
             back ? sleep.arrivals ? sleep.arrivals : (u64)sleep.result : AGENT_LOST,
             "power-down, %s", what);
    if (back && sleep.arrivals) power_down_entry_rows(what);
    if (back && (wake == WAKE_VIRT || wake == WAKE_PHYS))
        row_true(sleep.slept_us >= SLEEP_US, "at least 3000 us", sleep.slept_us,
                 "power-down, %s: time asleep in us", what);
    return back;
}

/* With an interrupt pending, power-down may also be refused by returning SUCCESS. */
static bool power_down_pending_row(void) {
    bool back = run_sleep(POWER_DOWN, (u64)resume_entry, WAKE_SGI_PENDING);

    row_true(back && (sleep.arrivals == 1 || sleep.result == PSCI_SUCCESS),
             "resumes at once, or SUCCESS", back ? (u64)sleep.result : AGENT_LOST,
             "power-down, masked SGI pending before the call");
    return back;
}

static bool redistributor_rows(void) {
    bool back;

    if (!v3()) return true;
    sleep.gic_off = true;
    back = power_down_row(WAKE_VIRT, "redistributor asleep, woken by the virtual timer") &&
           power_down_row(WAKE_SPI, "redistributor asleep, woken by an SPI");
    sleep.gic_off = false;
    return back;
}

static u64 statistic(u32 number) {
    return (u64)psci_number(number, cpus[SLEEPER].mpidr, POWER_DOWN, 0);
}

static bool statistics_rows(void) {
    u64 count = statistic(NUMBER_STAT_COUNT);
    u64 residency = statistic(NUMBER_STAT_RESIDENCY);
    u64 slept = 0;
    bool back = true;

    for (u32 i = 0; i < 3 && back; i++) {
        back = run_sleep(POWER_DOWN, (u64)resume_entry, WAKE_VIRT);
        slept += sleep.slept_us;
    }
    subject_call("PSCI_STAT_COUNT", "DEN 0022F, PSCI_STAT_COUNT");
    row_is(statistic(NUMBER_STAT_COUNT) - count, 3, "after 3 power-downs by CPU_SUSPEND");
    residency = statistic(NUMBER_STAT_RESIDENCY) - residency;
    subject_call("PSCI_STAT_RESIDENCY", "DEN 0022F, PSCI_STAT_RESIDENCY");
    row_true(residency >= SLEEP_US && residency <= slept, "the time asleep in us", residency,
             "3 power-downs of 3000 us or more, %lu us in all", slept);
    return back;
}

/* A CPU that sleeps is on, to everybody else. */
static bool state_rows(void) {
    s64 info, on;

    if (!agent_start(SLEEPER)) return false;
    sleep.power_state = POWER_DOWN;
    sleep.entry = (u64)resume_entry;
    sleep.wake = WAKE_SGI_LATER;
    store_release(&sleep.sleeping, 0U);
    agent_post(SLEEPER, go_to_sleep, 0);
    (void)wait_until(load_acquire(&sleep.sleeping), SOON_US);
    pause_us(SLEEP_US);
    info = psci_number(NUMBER_AFFINITY_INFO, cpus[SLEEPER].mpidr, 0, 0);
    on = psci_number(NUMBER_CPU_ON, cpus[SLEEPER].mpidr, (u64)resume_entry, 0);
    wake_from_outside();
    row_code(info, PSCI_STATE_ON, "AFFINITY_INFO of a CPU that is powered down by CPU_SUSPEND");
    row_code(on, PSCI_ALREADY_ON, "CPU_ON of a CPU that is powered down by CPU_SUSPEND");
    return agent_wait_us(SLEEPER, SOON_US) != AGENT_LOST;
}

static bool suspend_rows(void) {
    u64 entry = (u64)resume_entry;

    subject_call("PSCI CPU_SUSPEND", SECTION);
    if (!standby_row(WAKE_SGI_PENDING, "masked SGI pending before the call")) return false;
    if (!standby_row(WAKE_SGI_LATER, "woken by a masked SGI")) return false;
    if (!standby_row(WAKE_VIRT, "woken by the virtual timer")) return false;
    if (!error_row(STANDBY | RESERVED, entry, PSCI_INVALID_PARAMETERS,
                   "power_state with reserved bit 31 set (original format)"))
        return false;
    if (!error_row(POWER_DOWN | 1UL << 26, entry, PSCI_INVALID_PARAMETERS,
                   "power_state with reserved bit 26 set (original format)"))
        return false;
    if (!error_row(POWER_DOWN | 1UL << 17, entry, PSCI_INVALID_PARAMETERS,
                   "power_state with reserved bit 17 set (original format)"))
        return false;
    if (!error_row(STANDBY, entry + 2, PSCI_SUCCESS, "standby ignores the entry point"))
        return false;
    if (!platform.strict) {
        row_skip("this PSCI does not power down", "power-down");
        return true;
    }
    if (!error_row(POWER_DOWN, entry + 2, PSCI_INVALID_ADDRESS, "power-down, entry point + 2"))
        return false;
    if (!error_row(POWER_DOWN, platform_ram_end(), PSCI_INVALID_ADDRESS,
                   "power-down, entry point at the end of RAM"))
        return false;
    return power_down_row(WAKE_SGI_LATER, "woken by a masked SGI") && power_down_pending_row() &&
           power_down_row(WAKE_VIRT, "woken by the virtual timer") &&
           power_down_row(WAKE_PHYS, "woken by the physical timer") &&
           power_down_row(WAKE_SPI, "woken by an SPI") && state_rows() && redistributor_rows() &&
           statistics_rows();
}

void psci_suspend_rows(void) {
    u64 daif = irq_save();

    for (u32 i = 0; i < ARRAY_SIZE(via_all); i++) {
        bool back = true;

        via = via_all[i];
        if (!via_possible(&via)) continue;
        subject_call("PSCI CPU_SUSPEND", SECTION);
        if (platform.nr_cpus <= SLEEPER || !spare_init()) {
            row_skip("one CPU, or no spare interrupt", "all conditions");
            continue;
        }
        back = bring_up(SLEEPER) && suspend_rows();
        subject_call("PSCI CPU_SUSPEND", SECTION);
        if (!row_is(back, 1, "the CPU came back from every call")) break;
    }
    agent_stop(SLEEPER);
    irq_restore(daif);
}
