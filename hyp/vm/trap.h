/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that brings a core from a guest to EL2. Called by vectors.S. */
#pragma once

#include "vm/vm.h"

void trap_hvc(struct guest_regs *regs, u64 esr);
void trap_sync(struct guest_regs *regs, u64 esr);
void trap_serror(struct guest_regs *regs);

/* Takes one physical interrupt, or none; also polled where the core idles in EL2. */
void trap_irq(void);

/* Raises an exception at the guest's EL1, as the architecture would (vm/inject.c). */
void inject_sync(u64 esr);
void inject_undefined(struct vcpu *v);
void inject_abort(struct vcpu *v, u64 esr_el2);
void inject_serror(struct vcpu *v);

/* A guest's access to an aligned word of an emulated device, or to those of its bytes in mask. */
struct mmio_word {
    u32 offset;
    bool write;
    u32 value, mask;
};

/* An emulated device of the guest's machine (vm/mmio.c). access() returns what the word reads as.
 */
struct mmio_device {
    u64 base, size;
    u32 (*access)(struct vcpu *v, const struct mmio_word *m);
};

/* The device of v's machine at a guest-physical address; NULL: there is nothing. */
const struct mmio_device *mmio_find(const struct vcpu *v, u64 address);
