/* SPDX-License-Identifier: Apache-2.0 */
/* Bits and fields, always 64 bits wide: a 32-bit mask on a 64-bit register loses its upper half. */
#pragma once

#include "lib/types.h"

#define BIT(n)             ((u64)1 << (n))
#define MASK(msb, lsb)     ((~(u64)0 >> (63 - (msb))) & (~(u64)0 << (lsb)))
#define FIELD(v, msb, lsb) (((u64)(v)&MASK(msb, lsb)) >> (lsb))
#define PUT(v, msb, lsb)   (((u64)(v) << (lsb)) & MASK(msb, lsb))

static inline u64 align_down(u64 v, u64 a) { return v & ~(a - 1); }

/* Wraps to 0 when no multiple of a (a power of two) fits above v. */
static inline u64 align_up(u64 v, u64 a) { return (v + a - 1) & ~(a - 1); }

static inline bool is_aligned(u64 v, u64 a) { return (v & (a - 1)) == 0; }

/* Index of the lowest set bit. v is not 0. */
static inline unsigned int lowest_bit(u64 v) { return (unsigned int)__builtin_ctzll(v); }

static inline unsigned int count_bits(u64 v) {
    unsigned int n = 0;

    for (; v; v &= v - 1) n++;
    return n;
}

/* Does it go on beyond the last address? */
static inline bool wraps(struct range r) { return r.size && r.base + (r.size - 1) < r.base; }

/* Does [a, a + an) share a byte with [b, b + bn)? Sums that wrap count as reaching the end. */
static inline bool ranges_overlap(struct range a, struct range b) {
    if (a.size == 0 || b.size == 0) return false;
    return a.base <= b.base + (b.size - 1) && b.base <= a.base + (a.size - 1);
}

static inline bool range_contains(struct range r, u64 base, u64 size) {
    return base >= r.base && size <= r.size && base - r.base <= r.size - size;
}
