/* SPDX-License-Identifier: Apache-2.0 */
/* CPU_ON by several callers at once, and CPU_ON against CPU_OFF. */
#include "atomic.h"
#include "conformance.h"
#include "resume.h"
#include "smp.h"
#include "timer.h"

#define ROUNDS      10U
#define NR_CALLERS  3U
#define TARGET      3U
#define CONTEXT(n)  (0xca11e40000000000UL | (n) << 8 | TARGET)
#define RENDEZ_VOUS 100000
#define ON          "DEN 0022F, CPU_ON"

static u32 gate;

static u64 race_on(u64 caller) {
    atomic_add(&gate, 1U);
    (void)wait_until(load_acquire(&gate) >= NR_CALLERS, RENDEZ_VOUS);
    return (u64)psci_number(NUMBER_CPU_ON, cpus[TARGET].mpidr, (u64)entry_probe, CONTEXT(caller));
}

struct tally {
    u32 not_one_winner;
    u32 wrong_loser;
    u32 wrong_context;
    u32 not_up;
    u32 pending;
    u32 off_after_success;
};

static bool all_up(void) {
    for (u32 i = 1; i < NR_CALLERS; i++) {
        if (!bring_up(i) || !agent_start(i)) return false;
    }
    return true;
}

static void judge_callers(struct tally *t, const s64 *results) {
    u64 winner = 0;
    u32 winners = 0;

    for (u64 i = 0; i < NR_CALLERS; i++) {
        if (results[i] == PSCI_SUCCESS) {
            winner = i;
            winners++;
        } else {
            t->pending += results[i] == PSCI_ON_PENDING;
            t->wrong_loser += results[i] != PSCI_ON_PENDING && results[i] != PSCI_ALREADY_ON;
        }
    }
    t->not_one_winner += winners != 1;
    if (!cpu_wait_online(TARGET))
        t->not_up++;
    else
        t->wrong_context += cpus[TARGET].entry.context != CONTEXT(winner);
}

static void race_once(struct tally *t) {
    s64 results[NR_CALLERS];
    s64 state;

    (void)cpu_prepare(TARGET);
    agent_forget(TARGET);
    gate = 0;
    for (u32 i = 1; i < NR_CALLERS; i++) agent_post(i, race_on, i);
    results[0] = (s64)race_on(0);
    for (u32 i = 1; i < NR_CALLERS; i++) results[i] = (s64)agent_wait_us(i, SOON_US);
    state = psci_affinity_info(cpus[TARGET].mpidr);
    t->off_after_success += state != PSCI_STATE_ON && state != PSCI_STATE_ON_PENDING;
    judge_callers(t, results);
}

static void simultaneous_rows(void) {
    struct tally t = {0};
    u32 rounds = 0;
    bool down = all_up() && psci_affinity_info(cpus[TARGET].mpidr) == PSCI_STATE_OFF;

    subject_call("PSCI CPU_ON race", ON);
    for (; down && rounds < ROUNDS && !t.not_up; rounds++) {
        race_once(&t);
        down = take_down(TARGET);
    }
    row_is(rounds, ROUNDS, "rounds of 3 callers of one CPU_ON");
    row_is(t.not_one_winner, 0, "rounds without exactly one SUCCESS");
    row_is(t.wrong_loser, 0, "losers told other than ALREADY_ON or ON_PENDING (%u ON_PENDING)",
           t.pending);
    row_is(t.wrong_context, 0, "rounds in which x0 is not the winner's context id");
    row_is(t.not_up, 0, "rounds in which the CPU did not come up");
    row_is(t.off_after_success, 0, "rounds in which AFFINITY_INFO said OFF after SUCCESS");
}

static u64 go_off(u64 unused) {
    (void)unused;
    return (u64)call_id(PSCI_32(NUMBER_CPU_OFF), 0, 0, 0);
}

/* Until CPU_ON succeeds the target must be said to be on; afterwards it must come up anew. */
static void on_against_off_rows(void) {
    u32 wrong = 0, not_up = 0, wrong_context = 0;
    u64 rounds = 0;

    for (; rounds < ROUNDS && !not_up; rounds++) {
        u64 context = CONTEXT(rounds + NR_CALLERS);
        u64 start;
        s64 result;

        if (!bring_up(TARGET) || !agent_start(TARGET)) break;
        agent_post(TARGET, go_off, 0);
        (void)cpu_prepare(TARGET);
        start = timer_now();
        do {
            result = psci_number(NUMBER_CPU_ON, cpus[TARGET].mpidr, (u64)entry_probe, context);
            wrong += result && result != PSCI_ALREADY_ON && result != PSCI_ON_PENDING;
        } while (result && timer_now() - start < timer_us_to_ticks(SOON_US));
        agent_forget(TARGET);
        not_up += result || !cpu_wait_online(TARGET);
        wrong_context += cpus[TARGET].entry.context != context;
    }
    subject_call("PSCI CPU_ON against CPU_OFF", ON);
    row_is(rounds, ROUNDS, "rounds of CPU_ON while the CPU goes off");
    row_is(wrong, 0, "answers other than ALREADY_ON, ON_PENDING and at last SUCCESS");
    row_is(not_up, 0, "rounds in which the CPU did not come up again");
    row_is(wrong_context, 0, "rounds in which x0 is not the context id");
    (void)take_down(TARGET);
}

void psci_race_rows(void) {
    for (u32 i = 1; i < ARRAY_SIZE(via_all); i += 2) {
        via = via_all[i];
        if (!via_possible(&via)) continue;
        if (platform.nr_cpus <= TARGET) {
            subject_call("PSCI CPU_ON race", ON);
            row_skip("fewer than 4 CPUs", "all conditions");
            continue;
        }
        simultaneous_rows();
        on_against_off_rows();
    }
    for (u32 i = 1; i < NR_CALLERS && i < platform.nr_cpus; i++) agent_stop(i);
}
