/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an exception syndrome register says (Arm DDI 0487, "ESR_EL1", "ESR_EL2"): accessors for the
 * trap code, words for a panic. ESR_EL1 has the same layout, so injection composes it from here
 * too.
 *
 *   63      56 55        32 31    26 25 24               0
 *   [  RES0  ] [   ISS2   ] [  EC  ] IL [      ISS       ]
 */
#ifndef CORE_ESR_H
#define CORE_ESR_H

#include "lib/bits.h"

/* Exception class, EC. _LOW: from a lower exception level; _CUR: from the one that took it. */
enum esr_ec {
    ESR_EC_UNKNOWN = 0x00,
    ESR_EC_WFX = 0x01,
    ESR_EC_CP15_32 = 0x03,
    ESR_EC_CP15_64 = 0x04,
    ESR_EC_CP14_32 = 0x05,
    ESR_EC_CP14_LDC = 0x06,
    ESR_EC_FP = 0x07,
    ESR_EC_VMRS = 0x08,
    ESR_EC_PAC = 0x09,
    ESR_EC_LS64 = 0x0a,
    ESR_EC_CP14_64 = 0x0c,
    ESR_EC_BTI = 0x0d,
    ESR_EC_ILLEGAL_STATE = 0x0e,
    ESR_EC_SVC32 = 0x11,
    ESR_EC_HVC32 = 0x12,
    ESR_EC_SMC32 = 0x13,
    ESR_EC_SYSREG128 = 0x14,
    ESR_EC_SVC64 = 0x15,
    ESR_EC_HVC64 = 0x16,
    ESR_EC_SMC64 = 0x17,
    ESR_EC_SYSREG = 0x18,
    ESR_EC_SVE = 0x19,
    ESR_EC_ERET = 0x1a,
    ESR_EC_TSTART = 0x1b,
    ESR_EC_PAC_FAIL = 0x1c,
    ESR_EC_SME = 0x1d,
    ESR_EC_IABT_LOW = 0x20,
    ESR_EC_IABT_CUR = 0x21,
    ESR_EC_PC_ALIGNMENT = 0x22,
    ESR_EC_DABT_LOW = 0x24,
    ESR_EC_DABT_CUR = 0x25,
    ESR_EC_SP_ALIGNMENT = 0x26,
    ESR_EC_MOPS = 0x27,
    ESR_EC_FP_EXCEPTION32 = 0x28,
    ESR_EC_FP_EXCEPTION64 = 0x2c,
    ESR_EC_GCS = 0x2d,
    ESR_EC_SERROR = 0x2f,
    ESR_EC_BREAKPOINT_LOW = 0x30,
    ESR_EC_BREAKPOINT_CUR = 0x31,
    ESR_EC_STEP_LOW = 0x32,
    ESR_EC_STEP_CUR = 0x33,
    ESR_EC_WATCHPOINT_LOW = 0x34,
    ESR_EC_WATCHPOINT_CUR = 0x35,
    ESR_EC_BKPT32 = 0x38,
    ESR_EC_VECTOR_CATCH32 = 0x3a,
    ESR_EC_BRK64 = 0x3c,
    ESR_EC_PMU = 0x3d,
    ESR_EC_COUNT = 0x40,
};

/* Fault status of an abort, IFSC or DFSC. The first six have a walk level 0..3 in bits 1:0. */
enum esr_fault {
    ESR_FAULT_ADDRESS_SIZE = 0x00,
    ESR_FAULT_TRANSLATION = 0x04,
    ESR_FAULT_ACCESS_FLAG = 0x08,
    ESR_FAULT_PERMISSION = 0x0c,
    ESR_FAULT_EXTERNAL_WALK = 0x14,
    ESR_FAULT_PARITY_WALK = 0x1c,
    ESR_FAULT_EXTERNAL = 0x10,
    ESR_FAULT_PARITY = 0x18,
    ESR_FAULT_ALIGNMENT = 0x21,
    ESR_FAULT_TRANSLATION_LEVEL_MINUS_1 = 0x2b,
    ESR_FAULT_TLB_CONFLICT = 0x30,
    ESR_FAULT_ATOMIC_UPDATE = 0x31,
    ESR_FAULT_EXCLUSIVE = 0x35,
};

#define ESR_IL    BIT(25) /* the instruction was 32 bits long */
#define ESR_ISV   BIT(24) /* data abort from a lower level: bits 23:14 are valid */
#define ESR_FNV   BIT(10) /* FAR is not valid (only with a synchronous external abort) */
#define ESR_EA    BIT(9)
#define ESR_CM    BIT(8) /* cache maintenance or address translation instruction */
#define ESR_S1PTW BIT(7) /* stage 2 fault on a stage 1 table walk */
#define ESR_WNR   BIT(6)

/* An ESR_EL1 to inject, for a 32-bit instruction. */
#define ESR_MAKE(ec, iss) (PUT(ec, 31, 26) | ESR_IL | PUT(iss, 24, 0))

static inline enum esr_ec esr_ec(u64 esr) { return (enum esr_ec)FIELD(esr, 31, 26); }

/* Instruction and data aborts only: the status has a table level, 0..3, in bits 1:0. */
static inline bool esr_fault_has_level(u64 esr) {
    u64 fsc = FIELD(esr, 5, 0);

    return fsc < 0x10 || (fsc & 0x34) == 0x14;
}

/* The fault without its level. */
static inline enum esr_fault esr_fault(u64 esr) {
    u64 fsc = FIELD(esr, 5, 0);

    return (enum esr_fault)(esr_fault_has_level(esr) ? fsc & ~3ULL : fsc);
}

/* A fault that HPFAR_EL2 describes, DDI 0487 "HPFAR_EL2": it is UNKNOWN for the others. */
static inline bool esr_hpfar_valid(u64 esr) {
    enum esr_fault f = esr_fault(esr);

    return f == ESR_FAULT_TRANSLATION || f == ESR_FAULT_ACCESS_FLAG ||
           f == ESR_FAULT_ADDRESS_SIZE || f == ESR_FAULT_TRANSLATION_LEVEL_MINUS_1 ||
           (f == ESR_FAULT_PERMISSION && (esr & ESR_S1PTW));
}

/* Data abort: "ISS encoding for an exception from a Data Abort". */
struct esr_dabt {
    bool valid; /* false: no syndrome, only write, walk and maintenance mean anything */
    bool write;
    bool sign_extend;
    bool sixty_four;      /* Rt is an X register */
    bool acquire_release; /* the access has acquire or release semantics */
    bool maintenance;     /* cache maintenance or address translation, not an access */
    bool walk;            /* a stage 1 table walk faulted in stage 2 */
    unsigned int size_bytes;
    unsigned int rt; /* 31 is XZR */
};

static inline struct esr_dabt esr_dabt(u64 esr) {
    return (struct esr_dabt){
        .valid = esr & ESR_ISV,
        .write = esr & ESR_WNR,
        .sign_extend = esr & BIT(21),
        .sixty_four = esr & BIT(15),
        .acquire_release = esr & BIT(14),
        .maintenance = esr & ESR_CM,
        .walk = esr & ESR_S1PTW,
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
    unsigned int op0, op1, crn, crm, op2;
    unsigned int rt; /* 31 is XZR */
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

/* WFI and WFE, "ISS encoding for an exception from a WF* instruction". */
enum esr_wfx { ESR_WFI, ESR_WFE, ESR_WFIT, ESR_WFET };

static inline enum esr_wfx esr_wfx(u64 esr) { return (enum esr_wfx)FIELD(esr, 1, 0); }

/* The immediate of HVC, SMC, SVC and BRK. */
static inline u16 esr_imm(u64 esr) { return (u16)FIELD(esr, 15, 0); }

/* "data abort from a lower EL"; for a class that is not allocated "unallocated class". */
const char *esr_ec_name(u64 esr);

/*
 * One line in words, cut at size bytes and 0-ended, e.g.
 * "data abort from a lower EL at 0x9000018: translation fault level 2, write, 4 bytes, Rt w3".
 */
void esr_describe(u64 esr, u64 far, char *buf, size_t size);

#endif
