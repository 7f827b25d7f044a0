/* SPDX-License-Identifier: Apache-2.0 */
/* Registers as vectors.S lays them out on the stack. */
#ifndef ARCH_FRAME_H
#define ARCH_FRAME_H

#include "lib/types.h"

/*
 * A guest's general registers, at the top of its core's stack while it runs. x19-x28 are there only
 * after a synchronous exit other than HVC: C preserves them by itself.
 */
struct guest_regs {
    u64 x[31];
    u64 unused; /* the stack pointer stays 16-byte aligned */
};

/* What panic_exception() gets: all registers of an exception taken from EL2. */
struct panic_frame {
    u64 x[31];
    u64 sp;
    u64 kind; /* index of the vector, 0-7 */
    u64 unused;
};

_Noreturn void guest_enter(struct guest_regs *regs);
_Noreturn void on_empty_stack(u64 stack_top, void (*f)(void));

#endif
