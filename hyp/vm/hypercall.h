/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_HYPERCALL_H
#define VM_HYPERCALL_H

#include "vm/vm.h"

/* Muster's own calls (include/muster/hypercall.h). False: there is no such call. */
bool hypercall(struct vcpu *v, u32 id, struct guest_regs *regs);

#endif
