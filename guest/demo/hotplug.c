/* SPDX-License-Identifier: Apache-2.0 */
/* CPU_OFF and CPU_ON again: each secondary, two callers at once, and the boot CPU itself. */
#include "demo.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define PING_ID     7U
#define RACE_ROUNDS 5

struct race {
    u32 target;
    u64 context;
    u32 *go;
    s32 result;
};

static bool ping(u32 cpu) {
    u32 count = sgi_count(cpu, PING_ID);

    gic_send(gic_sgi_to(cpu, PING_ID));
    return wait_until(sgi_count(cpu, PING_ID) == count + 1, smp_patience_us());
}

static bool complain(bool good, u32 cpu, const char *what) {
    if (!good) say("CPU%u %s", cpu, what);
    return good;
}

/* All secondaries off, then all on again: the state in between is seen for each. */
static bool off_and_on(void) {
    bool good = true;

    for (u32 i = 1; i < platform.nr_cpus; i++) good &= complain(cpu_down(i), i, "does not go off");
    good &= smp_nr_online() == 1;
    for (u32 i = 1; i < platform.nr_cpus; i++)
        good &= complain(cpu_up(i) == PSCI_SUCCESS, i, "is not taken by CPU_ON");
    for (u32 i = 1; i < platform.nr_cpus; i++) {
        good &= complain(cpu_wait_online(i), i, "does not come back");
        good &= complain(cpus[i].entry.context == cpus[i].context, i,
                         "has the context id of an earlier CPU_ON");
        good &= complain(psci_affinity_info(cpus[i].mpidr) == PSCI_STATE_ON, i,
                         "is not ON by AFFINITY_INFO");
        good &= complain(ping(i), i, "takes no IPI after CPU_ON");
    }
    return good;
}

static void race_to_cpu_on(void *argument) {
    struct race *race = argument;

    (void)wait_until(load_acquire(race->go), smp_patience_us());
    race->result = psci_cpu_on(cpus[race->target].mpidr, (u64)secondary_entry, race->context);
}

static bool lost_properly(s32 result) {
    return result == PSCI_ALREADY_ON || result == PSCI_ON_PENDING;
}

/* Exactly one caller wins, and it is the winner's context id that arrives. */
static bool race_once(u32 rival, u32 target) {
    u32 go = 0;
    struct race ours = {.target = target, .go = &go};
    static struct race theirs;
    const struct race *winner = &ours, *loser = &theirs;
    bool good;

    if (!complain(cpu_down(target), target, "does not go off")) return false;
    theirs = ours;
    ours.context = cpu_prepare(target);
    theirs.context = cpu_prepare(target);
    if (!smp_work_start(rival, race_to_cpu_on, &theirs)) return false;
    (void)wait_until(load_acquire(&cpus[rival].work_state) == WORK_RUNNING, smp_patience_us());
    store_release(&go, 1U);
    race_to_cpu_on(&ours);
    good = smp_work_wait(rival) && cpu_wait_online(target);
    if (theirs.result == PSCI_SUCCESS) {
        winner = &theirs;
        loser = &ours;
    }
    good &= winner->result == PSCI_SUCCESS && lost_properly(loser->result);
    good &= cpus[target].entry.context == winner->context;
    if (!good)
        say("race for CPU%u: %s and %s, context id 0x%lx of 0x%lx and 0x%lx", target,
            psci_result_name(ours.result), psci_result_name(theirs.result),
            cpus[target].entry.context, ours.context, theirs.context);
    return good && ping(target);
}

static void check_race(void) {
    u32 rival = smp_next_online(0);
    u32 target = smp_next_online(rival);
    bool good = true;

    if (smp_nr_online() < 3) {
        tap_skip("needs three CPUs", "two CPUs race to CPU_ON one target");
        return;
    }
    if (!platform.strict) {
        tap_skip("not under Muster; QEMU's own PSCI may let both win",
                 "two CPUs race to CPU_ON one target");
        return;
    }
    for (u32 i = 0; i < RACE_ROUNDS && good; i++) good = race_once(rival, target);
    tap_ok(good, "two CPUs race to CPU_ON one target: exactly one SUCCESS, %u times", RACE_ROUNDS);
}

void demo_hotplug(void) {
    u32 rounds = platform.nr_cpus > 8 ? 1 : 5;
    bool good = true;

    if (smp_nr_online() < 2) {
        tap_skip("one CPU", "CPU_OFF, AFFINITY_INFO OFF, CPU_ON, IPI");
        check_race();
        return;
    }
    for (u32 i = 0; i < rounds && good; i++) {
        good = off_and_on();
        say("hotplug round %u of %u: online mask 0x%lx", i + 1, rounds, smp_online_mask());
    }
    tap_ok(good, "CPU_OFF, AFFINITY_INFO OFF, CPU_ON, IPI: each secondary, %u round%s", rounds,
           rounds == 1 ? "" : "s");
    check_race();
}

/* On another CPU: waits for the boot CPU to be off, brings it back as one among others. */
static void replace_boot_cpu(void *rest) {
    bool off, on;

    off = wait_until(psci_affinity_info(cpus[0].mpidr) == PSCI_STATE_OFF, smp_patience_us());
    if (off) {
        store_release(&cpus[0].state, CPU_IS_OFF);
        say("CPU0 is OFF");
    }
    on = off && cpu_up(0) == PSCI_SUCCESS && cpu_wait_online(0);
    tap_ok(on && cpus[0].entry.context == cpus[0].context && ping(0),
           "CPU_OFF and CPU_ON of the boot CPU, by CPU%u", cpu_id());
    say("online mask 0x%lx", smp_online_mask());
    ((void (*)(void))rest)();
}

void demo_boot_cpu(void (*rest)(void)) {
    u32 heir = smp_next_online(0);

    if (heir == 0) {
        tap_skip("one CPU", "CPU_OFF and CPU_ON of the boot CPU");
        rest();
        return;
    }
    if (!smp_work_start(heir, replace_boot_cpu, (void *)rest) ||
        !wait_until(load_acquire(&cpus[heir].work_state) == WORK_RUNNING, smp_patience_us())) {
        tap_ok(false, "CPU_OFF and CPU_ON of the boot CPU, by CPU%u", heir);
        rest();
        return;
    }
    cpu_die(NULL);
    smp_idle();
}
