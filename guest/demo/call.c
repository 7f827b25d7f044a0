/* SPDX-License-Identifier: Apache-2.0 */
/* Cross-calls in the style of smp_call_function(). */
#include "demo.h"
#include "printf.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define ONE_CALLER 200
/* Few: with more CPUs than the machine has cores, a round of spinning callers costs time slices. */
#define ALL_CALLERS 4

static u32 calls_taken[MAX_CPUS];
static u32 callers_failed;

static void count_call(void *argument) {
    u32 *taken = argument;

    atomic_add(&taken[cpu_id()], 1U);
}

static void call_many(void *argument) {
    u32 rounds = *(const u32 *)argument;

    for (u32 i = 0; i < rounds; i++) {
        if (!smp_call_function(count_call, calls_taken)) {
            atomic_add(&callers_failed, 1U);
            return;
        }
    }
}

static bool each_took(u32 first_cpu, u32 wanted) {
    bool good = true;

    for (u32 i = first_cpu; i < platform.nr_cpus; i++) {
        u32 taken = atomic_swap(&calls_taken[i], 0U);

        if (cpu_is_online(i) && taken != wanted) {
            say("CPU%u ran %u calls instead of %u", i, taken, wanted);
            good = false;
        }
    }
    return good;
}

void demo_call(void) {
    u32 rounds = platform.nr_cpus > 8 ? ONE_CALLER / 8 : ONE_CALLER;
    u64 start, us;
    bool done;

    if (smp_nr_online() < 2) {
        tap_skip("one CPU", "cross-call from one CPU");
        tap_skip("one CPU", "cross-call from all CPUs at once");
        return;
    }
    start = timer_now();
    call_many(&rounds);
    us = timer_ticks_to_us(timer_now() - start);
    done = !atomic_swap(&callers_failed, 0U);
    tap_ok(each_took(1, rounds) && done, "cross-call: %u rounds, run once by each other CPU",
           rounds);
    say("cross-call to %u CPUs: %lu us a round", smp_nr_online() - 1, us / rounds);

    rounds = ALL_CALLERS;
    done = smp_work_all(call_many, &rounds) && !atomic_swap(&callers_failed, 0U);
    tap_ok(each_took(0, rounds * (smp_nr_online() - 1)) && done,
           "cross-call: %u rounds from all CPUs at once", rounds);
}
