/* SPDX-License-Identifier: Apache-2.0 */
/* Registers as vectors.S lays them out on the stack. */
#pragma once

#include "lib/types.h"

/*
 * A guest's general registers, at the top of its core's stack while it runs. x19-x28 are there only
 * after a synchronous exit other than HVC: C preserves them by itself. After an exception from EL2
 * they are the hypervisor's own, all of them, on the panic stack.
 */
struct guest_regs {
    u64 x[32]; /* x[31] is XZR's, zero after an exit that may name it */
};

_Noreturn void guest_enter(struct guest_regs *regs);
_Noreturn void on_empty_stack(u64 stack_top, void (*f)(void));
