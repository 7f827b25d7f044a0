/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gcc -fsanitize=thread calls before each access that code makes, and instead of each atomic
 * one. Its own library is not linked: here is all of it that the hypervisor's files need.
 */
#include "explorer/explore.h"

#define PC __builtin_return_address(0)

void __tsan_init(void);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);
void __tsan_read_range(void *address, unsigned long size);
void __tsan_write_range(void *address, unsigned long size);

void __tsan_init(void) {}
void __tsan_func_entry(void *pc) {}
void __tsan_func_exit(void) {}
void __tsan_read_range(void *address, unsigned long size) {}
void __tsan_write_range(void *address, unsigned long size) {}

#define PLAIN(size)                                                            \
    void __tsan_read##size(void *address);                                     \
    void __tsan_write##size(void *address);                                    \
    void __tsan_read##size(void *address) { explore_plain_read(address, PC); } \
    void __tsan_write##size(void *address) { explore_plain_write(address, PC); }
PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

/* __ATOMIC_RELAXED 0, CONSUME 1, ACQUIRE 2, RELEASE 3, ACQ_REL 4, SEQ_CST 5. */
static unsigned int order(int mo) {
    static const u8 orders[] = {RELAXED, ACQUIRE,           ACQUIRE,
                                RELEASE, ACQUIRE | RELEASE, ACQUIRE | RELEASE};

    return orders[mo];
}

#define ATOMIC(bits, T)                                                                            \
    T __tsan_atomic##bits##_load(volatile T *p, int mo);                                           \
    T __tsan_atomic##bits##_load(volatile T *p, int mo) {                                          \
        return explore_shared(p) ? (T)explore_load(p, LOAD, order(mo), PC) : *p;                   \
    }                                                                                              \
    void __tsan_atomic##bits##_store(volatile T *p, T v, int mo);                                  \
    void __tsan_atomic##bits##_store(volatile T *p, T v, int mo) {                                 \
        if (explore_shared(p))                                                                     \
            explore_store(p, STORE, v, order(mo), PC);                                             \
        else                                                                                       \
            *p = v;                                                                                \
    }                                                                                              \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T *p, T *e, T v, int mo, int fail); \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T *p, T *e, T v, int mo,            \
                                                      int fail) {                                  \
        T expected = *e;                                                                           \
        if (explore_shared(p))                                                                     \
            *e = (T)explore_rmw(p, CAS, v, expected, order(mo), PC);                               \
        else if (*p == expected)                                                                   \
            *p = v;                                                                                \
        else                                                                                       \
            *e = *p;                                                                               \
        return *e == expected;                                                                     \
    }                                                                                              \
    MODIFY(bits, T, exchange, EXCHANGE, v, v)                                                      \
    MODIFY(bits, T, fetch_or, OR, v, (T)(*p | v))                                                  \
    MODIFY(bits, T, fetch_add, ADD, v, (T)(*p + v))                                                \
    MODIFY(bits, T, fetch_sub, ADD, (T)-v, (T)(*p - v))

#define MODIFY(bits, T, name, access, operand, result)                                      \
    T __tsan_atomic##bits##_##name(volatile T *p, T v, int mo);                             \
    T __tsan_atomic##bits##_##name(volatile T *p, T v, int mo) {                            \
        T old = *p;                                                                         \
        if (explore_shared(p)) return (T)explore_rmw(p, access, operand, 0, order(mo), PC); \
        *p = result;                                                                        \
        return old;                                                                         \
    }
ATOMIC(8, u8)
ATOMIC(32, u32)
ATOMIC(64, u64)
