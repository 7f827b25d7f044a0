/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses that other cores make too. The name says what is ordered; host tests run the same code.
 */
#pragma once

#include "lib/types.h"

#define load_relaxed(p) __atomic_load_n(p, __ATOMIC_RELAXED)
/* Everything after it in program order is seen no older than what the writer released with *p. */
#define load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
/* Everything before it in program order is visible to whoever acquires *p. */
#define store_release(p, v)     __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define fetch_or_release(p, v)  __atomic_fetch_or(p, v, __ATOMIC_RELEASE)
#define exchange_acquire(p, v)  __atomic_exchange_n(p, v, __ATOMIC_ACQUIRE)
#define fetch_add_relaxed(p, v) __atomic_fetch_add(p, v, __ATOMIC_RELAXED)
/* The last one to count down sees all that the others did before they counted down. */
#define sub_fetch_acq_rel(p, v) __atomic_sub_fetch(p, v, __ATOMIC_ACQ_REL)

/* Swaps *p from expected to desired; true for the one caller that did it. Acquire and release. */
#define compare_swap(p, expected, desired)                                           \
    ({                                                                               \
        __typeof__(*(p)) expected_ = (expected);                                     \
        __atomic_compare_exchange_n(p, &expected_, desired, false, __ATOMIC_ACQ_REL, \
                                    __ATOMIC_ACQUIRE);                               \
    })
