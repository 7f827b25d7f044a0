/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each operation costs, in ticks of CNTVCT_EL0. With QEMU 10, `-icount shift=4,sleep=off` and
 * a 62.5 MHz counter (cortex-a76) a tick is an instruction.
 */
#pragma once

#include "cpu.h"
#include "types.h"

#define NR_ITERATIONS 256

struct cost {
    u64 min;
    u64 max;
    u64 sum;
    u32 nr;
};

/* Ticks that two stamps in a row are apart: taken off where both ends are stamps. */
extern u64 stamp_cost;

static inline u64 stamp(void) {
    u64 now;

    asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(now)::"memory");
    return now;
}

void cost_add(struct cost *cost, u64 ticks);
/* For a cost between two stamps. */
void cost_add_stamps(struct cost *cost, u64 from, u64 to);
/* "bench name min avg max", or "bench name failed" if an iteration is missing. */
void cost_report(const struct cost *cost, const char *name);

#define BENCH(name, operation)                       \
    do {                                             \
        struct cost cost_ = {0};                     \
        for (u32 i_ = 0; i_ < NR_ITERATIONS; i_++) { \
            u64 from_ = stamp();                     \
            operation;                               \
            cost_add_stamps(&cost_, from_, stamp()); \
        }                                            \
        cost_report(&cost_, name);                   \
    } while (0)

void bench_calls(void);
void bench_interrupts(void);
void bench_power(void);
