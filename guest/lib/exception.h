/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "layout.h"
#include "types.h"

/* What the vectors save. For an interrupt only x0-x18, x29, x30, elr, spsr and stamp are valid. */
struct regs {
    u64 x[31];
    u64 elr;
    u64 spsr;
    u64 esr;
    u64 far;
    u64 stamp; /* CNTVCT_EL0 at the interrupt's vector */
};

_Static_assert(offsetof(struct regs, elr) == REGS_ELR, "vectors.S");
_Static_assert(offsetof(struct regs, spsr) == REGS_SPSR, "vectors.S");
_Static_assert(offsetof(struct regs, esr) == REGS_ESR, "vectors.S");
_Static_assert(offsetof(struct regs, far) == REGS_FAR, "vectors.S");
_Static_assert(offsetof(struct regs, stamp) == REGS_STAMP, "vectors.S");
_Static_assert(sizeof(struct regs) == REGS_SIZE, "vectors.S");

/* ESR_EL1.EC (Arm ARM DDI 0487, ESR_EL1) */
enum exception_class {
    EC_UNKNOWN = 0x00,
    EC_ILLEGAL_STATE = 0x0e,
    EC_SYSREG = 0x18,
    EC_IABT_LOWER = 0x20,
    EC_IABT = 0x21,
    EC_PC_ALIGNMENT = 0x22,
    EC_DABT_LOWER = 0x24,
    EC_DABT = 0x25,
    EC_SP_ALIGNMENT = 0x26,
    EC_SERROR = 0x2f,
    EC_BRK = 0x3c,
};

static inline u32 esr_class(u64 esr) { return (u32)(esr >> 26 & 0x3f); }

const char *esr_class_name(u64 esr);
/* What the fault status code of an abort says; "" for any other exception. */
const char *esr_fault_name(u64 esr);
/* Which of the 16 vectors: "synchronous, current EL" and so on. */
const char *vector_name(u32 vector);

/*
 * Sees every exception but interrupts first; returns true to go on at regs->elr. Without one, or
 * when it returns false, the registers are printed as a failed test and the guest ends.
 */
typedef bool (*exception_hook)(struct regs *regs, u32 vector);
void exception_set_hook(exception_hook hook);

void exception_dispatch(struct regs *regs, u32 vector);
