/* SPDX-License-Identifier: Apache-2.0 */
/* What the core can do, by its ID registers and in fact. */
#pragma once

#include "types.h"

/* ESR_EL1.EC (Arm ARM DDI 0487, "ESR_EL1"), of those that exception.h has no need of. */
#define EC_FP_ACCESS     0x07U
#define EC_BRANCH_TARGET 0x0dU
#define EC_PAC_FAIL      0x1cU

/* MRS X3 and MSR X3 ("System register instructions"). */
#define MRS(op0, op1, crn, crm, op2) \
    (0xd5300003U | ((op0)-2U) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define IS_MRS(instruction) (((instruction)&0xfff00000U) == 0xd5300000U)
#define MSR_BIT             (1U << 21) /* 0 in MSR */

/* x0 to x3 before and after an instruction; the ESR_EL1 of its exception, or PROBE_NO_EXCEPTION. */
struct probe {
    u64 x[4];
    u64 esr;
};
#define PROBE_NO_EXCEPTION 0UL

void probe_init(void);
/* Runs one instruction, which may take an exception. Called by BLR, as far as BTI cares. */
void probe(u32 instruction, struct probe *p);
/* The same, called at an alias of the instruction in a page that is guarded (BTI). */
void probe_guarded(u32 instruction, struct probe *p);
/* x3 after an instruction that takes no exception; x3 and x0 as given. */
u64 probe_x3(u32 instruction, u64 x3, u64 x0);

/* The four-bit field at lsb of ID register S3_0_C0_C<crm>_<op2>. */
u32 id_field(u32 crm, u32 op2, u32 lsb);

/* On each CPU at once; what they find is told by CPU 0. */
void cores_fp(void);
void cores_atomics(void);
void cores_pauth(void);
void cores_bti(void);
void cores_features(void);
