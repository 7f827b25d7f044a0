/* SPDX-License-Identifier: Apache-2.0 */
/* The words everything else is written in: fixed-width integers, addresses that cannot be mixed up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* A physical address of the machine: not to be mixed up with a guest's. */
typedef struct {
    u64 v;
} pa_t;

static inline pa_t pa(u64 v) { return (pa_t){v}; }

/* Half-open range [base, base + size) of bytes. size 0 means "none". */
struct range {
    u64 base;
    u64 size;
};

#define KIB(n) ((u64)(n) << 10)
#define MIB(n) ((u64)(n) << 20)
#define GIB(n) ((u64)(n) << 30)

#define PAGE_SHIFT 12
#define PAGE_SIZE  KIB(4)

#define ARRAY_SIZE(a)     (sizeof(a) / sizeof((a)[0]))
#define likely(x)         __builtin_expect(!!(x), 1)
#define unlikely(x)       __builtin_expect(!!(x), 0)
#define CACHE_LINE        64
#define cacheline_aligned __attribute__((aligned(CACHE_LINE)))
/*
 * Kept out of its callers, whose fast paths then save no registers for it. What is seldom run is
 * compiled for size, and its callers lay their code out as if it were never called.
 */
#define apart  __attribute__((noinline))
#define seldom __attribute__((noinline, cold))
