/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VM_VCPU_H
#define VM_VCPU_H

#include "vm/vm.h"

/* Own core: resets v to the architecture's reset state and enters it at its PSCI entry point. */
_Noreturn void vcpu_enter(struct vcpu *v);

/* Own core: the EL1 timers raise nothing any more. */
void vcpu_stop_timers(void);

#endif
