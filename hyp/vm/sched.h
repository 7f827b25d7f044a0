/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a core does when it is not in a guest. A vCPU has a core of its own: while it is off, or has
 * nothing to do in EL2, the core sleeps there in WFI and never goes back to firmware.
 */
#pragma once

#include "vm/vm.h"

/* The core's main loop, on an empty stack: waits until its vCPU is to run. */
_Noreturn void sched_run(void);

/* The vCPU on this core stops: CPU_OFF, or because its VM stops. */
_Noreturn void vcpu_off(struct vcpu *v);

/* CPU_SUSPEND to standby: returns when an interrupt is pending for v, masked or not. */
void vcpu_standby(struct vcpu *v);

/* CPU_SUSPEND to power-down: the same, then v starts at entry with x0 = context. */
_Noreturn void vcpu_power_down(struct vcpu *v, u64 entry, u64 context);

/* Own core: the registers of EL1 and EL0 as after a reset, then into the guest. */
_Noreturn void vcpu_run(struct vcpu *v);

/* POST_STOP came: ends v if its VM stops; else returns. */
void vcpu_check_stop(struct vcpu *v);

/* Own core: resets v, its interrupts included, and enters it at its PSCI entry point. */
_Noreturn void vcpu_enter(struct vcpu *v);

/* Own core: the EL1 timers raise nothing any more. */
void vcpu_stop_timers(void);
