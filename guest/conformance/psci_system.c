/* SPDX-License-Identifier: Apache-2.0 */
/* SYSTEM_SUSPEND, by the last CPU that is on; and CPU_OFF of the boot CPU. */
#include "conformance.h"
#include "gicx.h"
#include "resume.h"
#include "smp.h"
#include "timer.h"

#define SLEEP_US 3000
#define DAIF_ALL 0x3c0UL
#define EL1      4UL
#define SECTION  "DEN 0022F, SYSTEM_SUSPEND"

static s64 system_suspend(u64 entry) {
    return psci_number(NUMBER_SYSTEM_SUSPEND, entry, (u64)&resumes[0], 0);
}

/* Whether all other CPUs are off. */
static bool alone(void) {
    bool all = true;

    for (u32 i = 1; i < platform.nr_cpus; i++) {
        if (psci_affinity_info(cpus[i].mpidr) == PSCI_STATE_OFF) continue;
        all &= cpu_is_online(i) && take_down(i);
    }
    return all;
}

static s64 suspend_until(enum timer timer, u64 *slept_us) {
    struct resume *mine = &resumes[0];
    u64 id = via.wide ? PSCI_64(NUMBER_SYSTEM_SUSPEND) : PSCI_32(NUMBER_SYSTEM_SUSPEND);
    u64 arguments[4] = {id, (u64)resume_entry, (u64)mine, 0};
    u64 start;
    s64 result;

    gic_enable(timer_intid(timer));
    start = timer_now();
    timer_arm(timer, timer_count(timer) + timer_us_to_ticks(SLEEP_US));
    result = (s64)resume_call(mine, arguments, via.conduit == CONDUIT_SMC);
    *slept_us = timer_ticks_to_us(timer_now() - start);
    return via.wide ? result : (s32)result;
}

static void resume_row(enum timer timer) {
    struct resume *mine = &resumes[0];
    u64 before = mine->count;
    u64 slept_us;
    s64 result = suspend_until(timer, &slept_us);
    u64 arrivals = mine->count - before;

    if (arrivals) interface_on();
    row_true(arrivals == 1, "resumes at the entry point", arrivals ? arrivals : (u64)result,
             "all other CPUs off; woken by the %s timer", timer_name(timer));
    if (arrivals) {
        row_is(mine->context, (u64)mine, "x0 is the context id");
        row_is(mine->el, EL1, "CurrentEL is that of the caller");
        row_is(mine->daif, DAIF_ALL, "PSTATE.DAIF masked");
        row_is(mine->sctlr & 1, 0, "SCTLR_EL1.M is 0");
        row_true(slept_us >= SLEEP_US, "at least 3000 us", slept_us, "time asleep in us");
        row_is(highest_pending(), timer_intid(timer), "the timer's interrupt is pending after it");
    }
    timer_stop(timer);
    gic_disable(timer_intid(timer));
}

static void suspend_rows(void) {
    subject_call("PSCI SYSTEM_SUSPEND", SECTION);
    if (platform.nr_cpus > 1) {
        if (bring_up(1))
            row_code(system_suspend((u64)resume_entry), PSCI_DENIED, "another CPU is on");
        if (!row_is(alone(), 1, "all other CPUs can be turned off")) return;
    }
    row_code(system_suspend((u64)resume_entry + 2), PSCI_INVALID_ADDRESS,
             "all other CPUs off, entry point + 2");
    row_code(system_suspend(platform_ram_end()), PSCI_INVALID_ADDRESS,
             "all other CPUs off, entry point at the end of RAM");
    resume_row(TIMER_VIRT);
    resume_row(TIMER_PHYS);
}

/* On CPU 1: turns CPU 0 on again as soon as it is off. */
static u64 revive(u64 unused) {
    (void)unused;
    if (!wait_until(psci_affinity_info(cpus[0].mpidr) == PSCI_STATE_OFF, SOON_US)) return 1;
    return (u64)psci_number(NUMBER_CPU_ON, cpus[0].mpidr, (u64)resume_entry, (u64)&resumes[0]);
}

static void boot_cpu_rows(void) {
    struct resume *mine = &resumes[0];
    u64 arguments[4] = {PSCI_32(NUMBER_CPU_OFF), 0, 0, 0};
    u64 before = mine->count;
    s64 result;

    subject_call("PSCI CPU_OFF", "DEN 0022F, CPU_OFF");
    if (platform.nr_cpus < 2 || !bring_up(1) || !agent_start(1)) {
        row_skip("no other CPU", "the boot CPU");
        return;
    }
    agent_post(1, revive, 0);
    result = (s64)resume_call(mine, arguments, via.conduit == CONDUIT_SMC);
    row_true(mine->count - before == 1, "comes back by CPU_ON at its entry point",
             mine->count - before ? 1 : (u64)result, "the boot CPU");
    if (mine->count == before) return;
    /* After CPU_ON nothing of the interrupt controller's part for this CPU is to be relied on. */
    (void)gic_cpu_init();
    row_is(mine->context, (u64)mine, "the boot CPU: x0 is CPU_ON's context id");
    row_code((s64)agent_wait_us(1, SOON_US), PSCI_SUCCESS, "the boot CPU: CPU_ON of it");
    agent_stop(1);
}

void psci_system_suspend_rows(void) {
    u64 daif = irq_save();

    for (u32 i = 0; i < ARRAY_SIZE(via_all); i++) {
        via = via_all[i];
        if (!via_possible(&via)) continue;
        if (!platform.strict) {
            subject_call("PSCI SYSTEM_SUSPEND", SECTION);
            row_skip("this PSCI does not have it", "all conditions");
            continue;
        }
        suspend_rows();
        boot_cpu_rows();
    }
    irq_restore(daif);
}
