/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ID registers that a guest sees: an allow-list of fields, each with the highest value that we
 * vouch for. A field that is not listed reads as "not implemented", so a feature that nobody has
 * looked at yet is never shown.
 *
 * The registers are those that HCR_EL2.TID3 traps (Arm DDI 0487, "HCR_EL2"): op0 3, op1 0, CRn 0,
 * CRm 1..7, op2 0..7.
 */
#pragma once

#include "lib/types.h"

#define IDREGS_COUNT 56

/* What the virtual machine adds to what the core says. */
struct idreg_env {
    unsigned int ipa_bits; /* size of the guest's physical address space */
    bool gicv3;            /* the guest has a GICv3, with a system register interface */
    bool aarch32_el0;      /* all cores can run AArch32 at EL0: ID_AA64PFR0_EL1.EL0 is 2 */
};

/* Place of a register in an array of all of them. crm is 1..7, op2 0..7. */
static inline unsigned int idregs_index(unsigned int crm, unsigned int op2) {
    return (crm - 1) * 8 + op2;
}

/* What a guest reads where the core holds the value host; 0 where no register is allocated. */
u64 idreg_filter(unsigned int crm, unsigned int op2, u64 host, const struct idreg_env *env);

/* The same for all registers in one pass: from the core's values to the guest's, in place. */
void idregs_filter_all(u64 values[IDREGS_COUNT], const struct idreg_env *env);
