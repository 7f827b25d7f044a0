/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's calls by HVC and SMC: SMC Calling Convention (Arm DEN 0028) and PSCI (DEN 0022). */
#pragma once

#include "vm/vm.h"

/*
 * Answers the call in regs->x[0..3], result in x[0]; all other registers keep their values. Does
 * not return when the call ends the vCPU. regs need not hold x19-x28.
 */
void smccc_call(struct vcpu *v, struct guest_regs *regs);

/* Muster's own calls (include/muster/hypercall.h). False: there is no such call. */
bool hypercall(struct vcpu *v, u32 id, struct guest_regs *regs);

/* True random numbers (DEN 0098), on cores with FEAT_RNG. False: there is no such call, here. */
bool trng_call(u32 id, struct guest_regs *regs);
