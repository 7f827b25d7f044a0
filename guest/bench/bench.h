/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each operation costs, in ticks of CNTVCT_EL0. With QEMU 10, `-icount shift=4,sleep=off` and
 * a 62.5 MHz counter (cortex-a76) a tick is an instruction.
 *
 * hvc, mmio_read_vgic, eoi and ipi mean what they mean in kvm-unit-tests' micro-bench.
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
/* "bench name min avg max", or "bench name - why" if an iteration is missing. */
void cost_report(const struct cost *cost, const char *name);
/* "bench name - why", for what the machine does not offer. */
void cost_none(const char *name, const char *why);

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
void bench_memory(void);
void bench_eoi(void);
void bench_sgis(void);
void bench_timers(void);
void bench_power(void);
/* Computes for `millions` of loops, with the virtual timer's interrupt `hz` times a second. */
void bench_steady(u64 millions, u64 hz);
