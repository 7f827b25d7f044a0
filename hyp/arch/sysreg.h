/* SPDX-License-Identifier: Apache-2.0 */
/* Access to system registers by the name that the assembler knows. */
#pragma once

#include "lib/bits.h"

#define STRING_(x) #x
#define STRING(x)  STRING_(x) /* of what x stands for */

#define read_sysreg(reg)                                    \
    ({                                                      \
        u64 read_;                                          \
        asm volatile("mrs %0, " STRING(reg) : "=r"(read_)); \
        read_;                                              \
    })

#define write_sysreg(reg, v)                                     \
    do {                                                         \
        u64 value_ = (v);                                        \
        asm volatile("msr " STRING(reg) ", %x0" ::"rZ"(value_)); \
    } while (0)

/*
 * isb(): a context synchronisation event. What was written to system registers before it holds for
 * every instruction after it (Arm ARM DDI 0487, "Context synchronization event").
 */
static inline void isb(void) { asm volatile("isb" ::: "memory"); }

/* The counter, in ticks of CNTFRQ_EL0. The ISB keeps the read from moving up. */
static inline u64 counter(void) {
    isb();
    return read_sysreg(cntpct_el0);
}

static inline u64 counter_hz(void) { return read_sysreg(cntfrq_el0); }
