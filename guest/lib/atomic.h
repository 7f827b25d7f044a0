/* SPDX-License-Identifier: Apache-2.0 */
/* Named acquire and release accesses, and the spin lock built on them. Only with the MMU on. */
#pragma once

#include "cpu.h"

#define load_acquire(pointer)         __atomic_load_n((pointer), __ATOMIC_ACQUIRE)
#define load_relaxed(pointer)         __atomic_load_n((pointer), __ATOMIC_RELAXED)
#define store_release(pointer, value) __atomic_store_n((pointer), (value), __ATOMIC_RELEASE)
#define store_relaxed(pointer, value) __atomic_store_n((pointer), (value), __ATOMIC_RELAXED)
#define atomic_add(pointer, value)    __atomic_add_fetch((pointer), (value), __ATOMIC_ACQ_REL)
/* These two hand the value before the change back. */
#define atomic_set(pointer, bits)   __atomic_fetch_or((pointer), (bits), __ATOMIC_ACQ_REL)
#define atomic_clear(pointer, bits) __atomic_fetch_and((pointer), ~(bits), __ATOMIC_ACQ_REL)
#define atomic_swap(pointer, value) __atomic_exchange_n((pointer), (value), __ATOMIC_ACQ_REL)
#define atomic_claim(pointer, expected, desired)                                           \
    __atomic_compare_exchange_n((pointer), (expected), (desired), false, __ATOMIC_ACQ_REL, \
                                __ATOMIC_ACQUIRE)

struct spinlock {
    u32 held;
};

static inline void spin_lock(struct spinlock *lock) {
    while (atomic_swap(&lock->held, 1U)) {
        while (load_relaxed(&lock->held)) cpu_relax();
    }
}

static inline void spin_unlock(struct spinlock *lock) { store_release(&lock->held, 0U); }
