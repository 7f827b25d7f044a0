/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmark guest: one line per operation, "bench <name> <min> <avg> <max>" in ticks. With
 * steady=<millions of loops> (and hz=<ticks a second>) on the command line it only computes.
 */
#include "bench.h"
#include "guest.h"
#include "platform.h"
#include "printf.h"
#include "smp.h"

u64 stamp_cost;

void cost_add(struct cost *cost, u64 ticks) {
    if (!cost->nr || ticks < cost->min) cost->min = ticks;
    if (ticks > cost->max) cost->max = ticks;
    cost->sum += ticks;
    cost->nr++;
}

void cost_add_stamps(struct cost *cost, u64 from, u64 to) {
    u64 ticks = to - from;

    cost_add(cost, ticks > stamp_cost ? ticks - stamp_cost : 0);
}

void cost_report(const struct cost *cost, const char *name) {
    if (cost->nr == NR_ITERATIONS)
        printf("bench %s %lu %lu %lu\n", name, cost->min, cost->sum / cost->nr, cost->max);
    else
        printf("bench %s - only %u of %u iterations\n", name, cost->nr, NR_ITERATIONS);
}

void cost_none(const char *name, const char *why) { printf("bench %s - %s\n", name, why); }

static void measure_stamp(void) {
    struct cost cost = {0};

    for (u32 i = 0; i < NR_ITERATIONS; i++) {
        u64 from = stamp();
        u64 to = stamp();

        cost_add(&cost, to - from);
    }
    stamp_cost = cost.min;
}

static u64 number(const char *key) {
    const char *text = platform_bootarg(key);
    u64 value = 0;

    for (; text && *text >= '0' && *text <= '9'; text++) value = value * 10 + (u64)(*text - '0');
    return value;
}

static void bench_all(void) {
    measure_stamp();
    printf("# bench: GICv%u, %u CPUs, counter %lu Hz, %u iterations, ticks: min avg max; "
           "stamp %lu taken off\n",
           platform.gic_version, platform.nr_cpus, read_sysreg(cntfrq_el0), NR_ITERATIONS,
           stamp_cost);
    bench_calls();
    bench_memory();
    bench_eoi();
    bench_timers();
    bench_sgis();
    bench_power();
}

void guest_main(void) {
    printf("boot-entry-ticks %lu\n", cpus[0].entry.ticks);
    if (number("steady="))
        bench_steady(number("steady="), number("hz="));
    else
        bench_all();
    printf("bench end\n");
}
