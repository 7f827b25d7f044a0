/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticket locks, taken with interrupts masked (EL2 never unmasks them). Lock order, outermost first:
 *
 *	vuart->lock  ->  vm->vgic.lock  |  console lock
 *
 * Nothing on the path of an SGI, a timer tick or a hypercall takes a lock.
 */
#pragma once

#include "arch/perturb.h"
#include "lib/atomic.h"

struct spinlock {
    u32 next;
    u32 owner;
};

static inline void spin_lock(struct spinlock *l) {
    u32 ticket;

    perturb();
    ticket = fetch_add_relaxed(&l->next, 1);
    while (load_acquire(&l->owner) != ticket) asm volatile("yield");
}

static inline void spin_unlock(struct spinlock *l) {
    store_release(&l->owner, l->owner + 1);
    perturb();
}
