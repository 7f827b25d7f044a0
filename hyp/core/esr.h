/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an exception syndrome register says (Arm DDI 0487, "ESR_EL1", "ESR_EL2"): accessors for the
 * trap code, words for a panic. ESR_EL1 has the same layout, so injection composes it from here
 * too.
 *
 *   63      56 55        32 31    26 25 24               0
 *   [  RES0  ] [   ISS2   ] [  EC  ] IL [      ISS       ]
 */
#pragma once

#include "lib/bits.h"

/*
 * Exception class, EC: those that we act on or say more about than their name. _LOW: from a lower
 * exception level; _CUR: from the one that took it.
 */
enum esr_ec {
    ESR_EC_UNKNOWN = 0x00,
    ESR_EC_SVC64 = 0x15,
    ESR_EC_HVC64 = 0x16,
    ESR_EC_SMC64 = 0x17,
    ESR_EC_SYSREG = 0x18,
    ESR_EC_IABT_LOW = 0x20,
    ESR_EC_IABT_CUR = 0x21,
    ESR_EC_PC_ALIGNMENT = 0x22,
    ESR_EC_DABT_LOW = 0x24,
    ESR_EC_DABT_CUR = 0x25,
    ESR_EC_SP_ALIGNMENT = 0x26,
    ESR_EC_BRK64 = 0x3c,
};

/* Fault status of an abort, IFSC or DFSC; the level of a walk, 0..3, is in bits 1:0. */
enum esr_fault {
    ESR_FAULT_TRANSLATION = 0x04,
    ESR_FAULT_EXTERNAL = 0x10,
    ESR_FAULT_EXTERNAL_WALK = 0x14,
};

#define ESR_IL    BIT(25) /* the instruction was 32 bits long */
#define ESR_ISV   BIT(24) /* data abort from a lower level: bits 23:14 are valid */
#define ESR_FNV   BIT(10) /* FAR is not valid (only with a synchronous external abort) */
#define ESR_CM    BIT(8)  /* cache maintenance or address translation instruction */
#define ESR_S1PTW BIT(7)  /* stage 2 fault on a stage 1 table walk */
#define ESR_WNR   BIT(6)

/* An ESR_EL1 to inject, for a 32-bit instruction. */
#define ESR_MAKE(ec, iss) (PUT(ec, 31, 26) | ESR_IL | PUT(iss, 24, 0))

static inline enum esr_ec esr_ec(u64 esr) { return (enum esr_ec)FIELD(esr, 31, 26); }

/*
 * Data abort: "ISS encoding for an exception from a Data Abort". Where ESR_ISV is clear, only write
 * means anything.
 */
struct esr_dabt {
    bool write, sign_extend, sixty_four; /* sixty_four: Rt is an X register */
    unsigned int size_bytes, rt;         /* register 31 is XZR */
};

static inline struct esr_dabt esr_dabt(u64 esr) {
    return (struct esr_dabt){
        .write = esr & ESR_WNR,
        .sign_extend = esr & BIT(21),
        .sixty_four = esr & BIT(15),
        .size_bytes = 1U << FIELD(esr, 23, 22),
        .rt = (unsigned int)FIELD(esr, 20, 16),
    };
}

/*
 * What a load leaves in Rt: v (device data, size_bytes wide) extended as the instruction asked.
 * A W register's upper half reads as zero.
 */
static inline u64 esr_dabt_extend(struct esr_dabt d, u64 v) {
    unsigned int unused = 64 - 8 * d.size_bytes;

    v = v << unused >> unused;
    if (d.sign_extend) v = (u64)((s64)(v << unused) >> unused);
    return d.sixty_four ? v : v & MASK(31, 0);
}

/* MSR, MRS or system instruction: "ISS encoding for an exception from MSR, MRS, or System ...". */
struct esr_sysreg {
    unsigned int op0, op1, crn, crm, op2, rt; /* register 31 is XZR */
    bool read;
};

static inline struct esr_sysreg esr_sysreg(u64 esr) {
    return (struct esr_sysreg){
        .op0 = (unsigned int)FIELD(esr, 21, 20),
        .op1 = (unsigned int)FIELD(esr, 16, 14),
        .crn = (unsigned int)FIELD(esr, 13, 10),
        .crm = (unsigned int)FIELD(esr, 4, 1),
        .op2 = (unsigned int)FIELD(esr, 19, 17),
        .rt = (unsigned int)FIELD(esr, 9, 5),
        .read = esr & BIT(0),
    };
}

/* Just the register, as the ISS has it: one compare or switch instead of five. */
#define ESR_SYSREG(op0, op1, crn, crm, op2)                                            \
    ((u32)(PUT(op0, 21, 20) | PUT(op2, 19, 17) | PUT(op1, 16, 14) | PUT(crn, 13, 10) | \
           PUT(crm, 4, 1)))
#define ESR_SYSREG_MASK (MASK(21, 10) | MASK(4, 1))

static inline u32 esr_sysreg_id(u64 esr) { return (u32)(esr & ESR_SYSREG_MASK); }

/* The immediate of HVC, SMC, SVC and BRK. */
static inline u16 esr_imm(u64 esr) { return (u16)FIELD(esr, 15, 0); }

/*
 * One line in words, cut at size bytes and 0-ended, e.g.
 * "data abort from a lower EL at 0x9000018: translation fault level 2, write, 4 bytes, Rt w3".
 */
void esr_describe(u64 esr, u64 far, char *buf, size_t size);
