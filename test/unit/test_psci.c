/* SPDX-License-Identifier: Apache-2.0 */
/* core/psci.c against Arm DEN 0022, "Power State Coordination Interface", issue F. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include "core/psci.h"
#include "lib/atomic.h"
#include "tap.h"

#define CALLERS 8
#define ROUNDS  4000
#define STARTS  60000
#define FLIPS   2000000

/* "Function prototypes", "Return error codes", AFFINITY_INFO: numbers that guests have compiled in.
 */
static void test_numbers(void) {
    ok(PSCI_BASE32 + PSCI_VERSION == 0x84000000, "PSCI_VERSION is 0x84000000");
    ok(PSCI_BASE32 + PSCI_CPU_SUSPEND == 0x84000001 && PSCI_BASE64 + PSCI_CPU_SUSPEND == 0xc4000001,
       "CPU_SUSPEND is 0x84000001 and 0xc4000001");
    ok(PSCI_BASE32 + PSCI_CPU_OFF == 0x84000002, "CPU_OFF is 0x84000002");
    ok(PSCI_BASE32 + PSCI_CPU_ON == 0x84000003 && PSCI_BASE64 + PSCI_CPU_ON == 0xc4000003,
       "CPU_ON is 0x84000003 and 0xc4000003");
    ok(PSCI_BASE32 + PSCI_AFFINITY_INFO == 0x84000004 &&
           PSCI_BASE64 + PSCI_AFFINITY_INFO == 0xc4000004,
       "AFFINITY_INFO is 0x84000004 and 0xc4000004");
    ok(PSCI_BASE32 + PSCI_MIGRATE_INFO_TYPE == 0x84000006, "MIGRATE_INFO_TYPE is 0x84000006");
    ok(PSCI_BASE32 + PSCI_SYSTEM_OFF == 0x84000008, "SYSTEM_OFF is 0x84000008");
    ok(PSCI_BASE32 + PSCI_SYSTEM_RESET == 0x84000009, "SYSTEM_RESET is 0x84000009");
    ok(PSCI_BASE32 + PSCI_FEATURES == 0x8400000a, "PSCI_FEATURES is 0x8400000a");
    ok(PSCI_VERSION_1_3 >> 16 == 1 && (PSCI_VERSION_1_3 & 0xffff) == 3,
       "the version is major 1 in bits 31:16, minor 3 in bits 15:0");
    ok(PSCI_MIGRATE_NO_TOS == 2, "a system without a Trusted OS says 2 to MIGRATE_INFO_TYPE");

    ok(PSCI_SUCCESS == 0 && PSCI_NOT_SUPPORTED == -1 && PSCI_INVALID_PARAMETERS == -2 &&
           PSCI_DENIED == -3 && PSCI_ALREADY_ON == -4 && PSCI_ON_PENDING == -5 &&
           PSCI_INTERNAL_FAILURE == -6 && PSCI_NOT_PRESENT == -7 && PSCI_DISABLED == -8 &&
           PSCI_INVALID_ADDRESS == -9,
       "the error codes are 0 to -9 in the order of the table");
    ok(PSCI_AFFINITY_ON == 0 && PSCI_AFFINITY_OFF == 1 && PSCI_AFFINITY_ON_PENDING == 2,
       "AFFINITY_INFO answers ON 0, OFF 1, ON_PENDING 2");
}

static void test_one_life(void) {
    struct psci_cpu cpu = {0};

    ok(psci_affinity(&cpu) == PSCI_AFFINITY_OFF, "a CPU that nobody turned on is OFF");
    ok(!psci_enter(&cpu), "and does not run");
    ok(psci_claim(&cpu) == PSCI_SUCCESS, "CPU_ON of a CPU that is OFF is SUCCESS");
    ok(psci_affinity(&cpu) == PSCI_AFFINITY_ON_PENDING, "from then on it is ON_PENDING");
    ok(psci_claim(&cpu) == PSCI_ON_PENDING, "a second CPU_ON meanwhile is ON_PENDING");
    ok(!psci_enter(&cpu), "it does not start before its entry point is there");
    psci_publish(&cpu, 0x40080000, 0x123456789abcdef0);
    ok(psci_affinity(&cpu) == PSCI_AFFINITY_ON_PENDING && psci_claim(&cpu) == PSCI_ON_PENDING,
       "until it runs it stays ON_PENDING");
    ok(psci_enter(&cpu) && cpu.entry == 0x40080000 && cpu.context == 0x123456789abcdef0,
       "it starts with the entry point and all 64 bits of the context id of the CPU_ON");
    ok(psci_affinity(&cpu) == PSCI_AFFINITY_ON, "it is ON then");
    ok(psci_claim(&cpu) == PSCI_ALREADY_ON, "CPU_ON of a CPU that is ON is ALREADY_ON");
    ok(!psci_enter(&cpu), "one CPU_ON starts it once");
    psci_stop(&cpu);
    ok(psci_affinity(&cpu) == PSCI_AFFINITY_OFF, "after CPU_OFF it is OFF");
    ok(!psci_enter(&cpu), "and does not start again by itself");
    ok(psci_claim(&cpu) == PSCI_SUCCESS, "but CPU_ON turns it on again");
    psci_publish(&cpu, 0x4000, 0);
    ok(psci_enter(&cpu) && cpu.entry == 0x4000 && cpu.context == 0,
       "with the new entry point and context id");
}

/* What a caller hands over; the target has to find both halves of one and the same call. */
static u64 entry_of(u64 call) { return call * 0x9e3779b97f4a7c15 & ~3ULL; }

static u64 context_of(u64 call) { return call << 8 | 0x5a; }

struct caller {
    pthread_t thread;
    u64 index;
    enum psci_result result;
    u32 won;
};

/*
 * The state ends one cache line, entry point and context id are in the next: written in the wrong
 * order they are apart for as long as a line takes to travel.
 */
static struct {
    char pad[CACHE_LINE - offsetof(struct psci_cpu, entry)];
    struct psci_cpu cpu;
    pthread_barrier_t start, end;
    u32 starts, done;
    u64 calls;
    u64 winner;        /* the call whose claim was the last SUCCESS */
    u32 codes, states; /* that nobody may see */
} shared cacheline_aligned;

static struct caller callers[CALLERS];

static enum psci_result claim_and_publish(u64 call) {
    enum psci_result r = psci_claim(&shared.cpu);

    if (r != PSCI_SUCCESS) {
        if (r != PSCI_ALREADY_ON && r != PSCI_ON_PENDING) fetch_add_relaxed(&shared.codes, 1);
        return r;
    }
    if (psci_affinity(&shared.cpu) != PSCI_AFFINITY_ON_PENDING)
        fetch_add_relaxed(&shared.states, 1);
    __atomic_store_n(&shared.winner, call, __ATOMIC_RELAXED);
    psci_publish(&shared.cpu, entry_of(call), context_of(call));
    return r;
}

static void *caller_in_rounds(void *arg) {
    struct caller *me = arg;

    for (u64 round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&shared.start);
        me->result = claim_and_publish(round * CALLERS + me->index);
        pthread_barrier_wait(&shared.end);
    }
    return NULL;
}

/* Mostly in a tight loop, so that what comes too late by an instruction is seen. */
static void relax(void) {
    static _Thread_local unsigned int spins;

    if (++spins % 256 == 0) sched_yield();
}

/* Waits for the CPU_ON on the target's side. Was it the winner's, in one piece? */
static bool target_enters(void) {
    u64 call;

    while (!psci_enter(&shared.cpu)) relax();
    call = load_relaxed(&shared.winner);
    if (psci_affinity(&shared.cpu) != PSCI_AFFINITY_ON) fetch_add_relaxed(&shared.states, 1);
    return shared.cpu.entry == entry_of(call) && shared.cpu.context == context_of(call);
}

static void start_callers(void *(*body)(void *)) {
    shared.codes = shared.states = 0;
    for (unsigned int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){.index = i};
        if (pthread_create(&callers[i].thread, NULL, body, &callers[i])) abort();
    }
}

static u32 join_callers(void) {
    u32 won = 0;

    for (unsigned int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        won += callers[i].won;
    }
    return won;
}

static void test_race_in_rounds(void) {
    unsigned int not_one = 0, torn = 0, not_on = 0;

    pthread_barrier_init(&shared.start, NULL, CALLERS + 1);
    pthread_barrier_init(&shared.end, NULL, CALLERS + 1);
    start_callers(caller_in_rounds);
    for (unsigned int round = 0; round < ROUNDS; round++) {
        unsigned int winners = 0;

        pthread_barrier_wait(&shared.start);
        torn += !target_enters();
        pthread_barrier_wait(&shared.end);
        for (unsigned int i = 0; i < CALLERS; i++) winners += callers[i].result == PSCI_SUCCESS;
        not_one += winners != 1;
        not_on += psci_claim(&shared.cpu) != PSCI_ALREADY_ON;
        psci_stop(&shared.cpu);
    }
    join_callers();
    ok(not_one == 0, "of %u simultaneous CPU_ONs exactly one is SUCCESS, %u times", CALLERS,
       ROUNDS);
    ok(shared.codes == 0, "the others get ALREADY_ON or ON_PENDING");
    ok(torn == 0, "the target starts with the winner's entry point and context id");
    ok(not_on == 0 && shared.states == 0,
       "AFFINITY_INFO says ON_PENDING from SUCCESS to the start, and ON from there");
}

/* Callers that never wait for each other, while the target goes off as soon as it is on. */
static void *caller_at_will(void *arg) {
    struct caller *me = arg;

    while (load_relaxed(&shared.starts) < STARTS) {
        if (claim_and_publish(fetch_add_relaxed(&shared.calls, 1)) == PSCI_SUCCESS) {
            me->won++;
            fetch_add_relaxed(&shared.starts, 1);
        } else {
            sched_yield();
        }
    }
    fetch_add_relaxed(&shared.done, 1);
    return NULL;
}

static void test_race_at_will(void) {
    u32 entered = 0, torn = 0, won;

    start_callers(caller_at_will);
    for (;;) {
        bool last = load_acquire(&shared.done) == CALLERS;
        u64 call;

        if (!psci_enter(&shared.cpu)) {
            if (last) break;
            relax();
            continue;
        }
        entered++;
        call = load_relaxed(&shared.winner);
        torn += shared.cpu.entry != entry_of(call) || shared.cpu.context != context_of(call);
        psci_stop(&shared.cpu);
    }
    won = join_callers();
    ok(won == entered && won >= STARTS,
       "the target starts once for each SUCCESS while it goes on and off (%u of %llu calls)", won,
       (unsigned long long)shared.calls);
    ok(torn == 0, "each time with what that CPU_ON said");
    ok(shared.codes == 0 && shared.states == 0, "every other call is ALREADY_ON or ON_PENDING");
}

/* A CPU that is only ever ON or OFF, as one that boots without CPU_ON and then turns itself off. */
static void *flip(void *arg) {
    (void)arg;
    while (!load_acquire(&shared.done)) {
        store_release(&shared.cpu.state, (u32)PSCI_STATE_ON);
        psci_stop(&shared.cpu);
    }
    return NULL;
}

static void test_no_pending_out_of_nothing(void) {
    pthread_t thread;
    u32 pending = 0;

    __atomic_store_n(&shared.done, 0, __ATOMIC_RELAXED);
    psci_stop(&shared.cpu);
    if (pthread_create(&thread, NULL, flip, NULL)) abort();
    for (u32 i = 0; i < FLIPS; i++) {
        enum psci_result r = psci_claim(&shared.cpu);

        pending += r == PSCI_ON_PENDING;
        /* Our own claim is not what is asked for: gone with the next flip. */
        while (r == PSCI_SUCCESS && load_acquire(&shared.cpu.state) == (u32)PSCI_STATE_CLAIMED)
            sched_yield();
    }
    store_release(&shared.done, 1);
    pthread_join(thread, NULL);
    ok(pending == 0,
       "ON_PENDING means that a CPU_ON is on its way: none is when an ON CPU goes OFF (%u of "
       "%u)",
       pending, FLIPS);
}

int main(void) {
    test_numbers();
    test_one_life();
    test_race_in_rounds();
    test_race_at_will();
    test_no_pending_out_of_nothing();
    return tap_done();
}
