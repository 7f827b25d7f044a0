/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that brings a core from a guest to EL2. Called by vectors.S. */
#ifndef VM_TRAP_H
#define VM_TRAP_H

#include "vm/vm.h"

void trap_hvc(struct guest_regs *regs, u64 esr);
void trap_sync(struct guest_regs *regs, u64 esr);
void trap_serror(struct guest_regs *regs);

/* Takes one physical interrupt, or none; also polled where the core idles in EL2. */
void trap_irq(void);

/* Raises an exception at the guest's EL1, as the architecture would (vm/inject.c). */
void inject_undefined(struct vcpu *v);
void inject_abort(struct vcpu *v, u64 esr_el2);
void inject_serror(struct vcpu *v);

/* Emulated devices (vm/mmio.c). False: nothing is at this address. */
bool mmio_access(struct vcpu *v, u64 address, unsigned int size, bool write, u64 *value);

#endif
