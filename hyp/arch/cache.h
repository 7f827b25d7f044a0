/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache maintenance by address to the point of coherency. With the MMU off a core sees memory, not
 * caches: these make the two agree (Arm ARM DDI 0487, "Cache maintenance operations").
 */
#pragma once

#include "arch/barrier.h"
#include "arch/sysreg.h"

/* Smallest data cache line of the machine, in bytes: CTR_EL0.DminLine is log2 of words. */
static inline u64 dcache_line_bytes(void) { return 4ULL << FIELD(read_sysreg(ctr_el0), 19, 16); }

#define CACHE_RANGE_OP(name, op)                                    \
    static inline void name(const volatile void *start, u64 size) { \
        u64 line = dcache_line_bytes();                             \
        u64 at = (u64)start & ~(line - 1);                          \
                                                                    \
        for (; at < (u64)start + size; at += line)                  \
            asm volatile("dc " op ", %0" ::"r"(at) : "memory");     \
        dsb_sy();                                                   \
    }

/* Write back, and drop the lines, so that the next reader with caches on takes memory's word. */
CACHE_RANGE_OP(dcache_clean_invalidate, "civac")
/* Drop without writing back: only for ranges whose memory is newer than any cache. */
CACHE_RANGE_OP(dcache_invalidate, "ivac")

/* Zeroes whole pages of normal memory, with the MMU on: DCZID_EL0.BS is log2 of words. */
static inline void zero_pages(void *start, u64 size) {
    u64 block = 4ULL << FIELD(read_sysreg(dczid_el0), 3, 0), at = (u64)start, end = at + size;

    do {
        asm volatile("dc zva, %0" ::"r"(at) : "memory");
        at += block;
    } while (at < end);
}

/* After code was written anywhere: all cores' instruction caches forget. */
static inline void icache_invalidate_all(void) {
    asm volatile("ic ialluis" ::: "memory");
    dsb_ish();
    isb();
}
