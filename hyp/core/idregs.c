/* SPDX-License-Identifier: Apache-2.0 */
/* Field names and values: Arm DDI 0487, "AArch64 System Registers", the register of that name. */
#include "core/idregs.h"
#include "lib/bits.h"

#define REG(crm, op2) (((crm)-1) * 8 + (op2))

enum reg {
    PFR0_32 = REG(1, 0),
    PFR1_32 = REG(1, 1),
    DFR0_32 = REG(1, 2),
    MMFR0_32 = REG(1, 4),
    MMFR1_32 = REG(1, 5),
    MMFR2_32 = REG(1, 6),
    MMFR3_32 = REG(1, 7),
    ISAR0_32 = REG(2, 0),
    ISAR1_32 = REG(2, 1),
    ISAR2_32 = REG(2, 2),
    ISAR3_32 = REG(2, 3),
    ISAR4_32 = REG(2, 4),
    ISAR5_32 = REG(2, 5),
    MMFR4_32 = REG(2, 6),
    ISAR6_32 = REG(2, 7),
    MVFR0 = REG(3, 0),
    MVFR1 = REG(3, 1),
    MVFR2 = REG(3, 2),
    PFR2_32 = REG(3, 4),
    FIRST_64 = REG(4, 0),
    PFR0 = REG(4, 0),
    PFR1 = REG(4, 1),
    DFR0 = REG(5, 0),
    ISAR0 = REG(6, 0),
    ISAR1 = REG(6, 1),
    ISAR2 = REG(6, 2),
    MMFR0 = REG(7, 0),
    MMFR1 = REG(7, 1),
    MMFR2 = REG(7, 2),
};

enum kind {
    CAP,    /* unsigned: the lower of the core's value and max */
    SIGNED, /* the same, but 0xf means none and stays */
    KEEP,   /* as the core has it: no value of it needs anything of us */
    EL0,    /* 2 (AArch32 as well) only if every core has it */
    GIC,    /* 1 where the guest has the GIC's system registers */
    PARANGE,
};

/* Sorted by register and by bit, lowest first. */
static const struct field {
    u8 reg, msb, lsb, kind, max;
} fields[] = {
    /* AArch32, of which a guest has EL0 only: what EL1 alone could use reads as absent. */
    {PFR0_32, 11, 0, KEEP, 0},   /* State0-2: A32, T32, Jazelle as fixed by Armv8 */
    {PFR0_32, 19, 16, CAP, 1},   /* CSV2: as ID_AA64PFR0_EL1.CSV2 */
    {PFR0_32, 27, 24, CAP, 1},   /* DIT: a PSTATE bit */
    {PFR1_32, 19, 16, CAP, 1},   /* GenTimer: counters at EL0; not ECV */
    {PFR1_32, 31, 28, GIC, 1},   /* GIC: as ID_AA64PFR0_EL1.GIC */
    {DFR0_32, 3, 0, CAP, 9},     /* CopDbg: as ID_AA64DFR0_EL1.DebugVer */
    {MMFR0_32, 31, 0, KEEP, 0},  /* the VMSAv8-32 memory model; Armv8 leaves no other value */
    {MMFR1_32, 31, 0, KEEP, 0},  /* " */
    {MMFR2_32, 31, 0, KEEP, 0},  /* " */
    {MMFR3_32, 31, 0, KEEP, 0},  /* " */
    {ISAR0_32, 31, 0, KEEP, 0},  /* base instructions: nothing of EL2 in them */
    {ISAR1_32, 31, 0, KEEP, 0},  /* " */
    {ISAR2_32, 31, 0, KEEP, 0},  /* " */
    {ISAR3_32, 31, 0, KEEP, 0},  /* " */
    {ISAR4_32, 11, 0, KEEP, 0},  /* " */
    {ISAR4_32, 31, 16, KEEP, 0}, /* " (15:12 is SMC, UNDEFINED at EL0) */
    {ISAR5_32, 3, 0, CAP, 1},    /* SEVL */
    {ISAR5_32, 7, 4, CAP, 2},    /* AES, PMULL: instructions only, like all that follow */
    {ISAR5_32, 11, 8, CAP, 1},   /* SHA1 */
    {ISAR5_32, 15, 12, CAP, 1},  /* SHA2 */
    {ISAR5_32, 19, 16, CAP, 1},  /* CRC32 */
    {ISAR5_32, 27, 24, CAP, 1},  /* RDM */
    {ISAR5_32, 31, 28, CAP, 1},  /* VCMA */
    {MMFR4_32, 23, 20, CAP, 1},  /* LSM: as ID_AA64MMFR2_EL1.LSM */
    {ISAR6_32, 3, 0, CAP, 1},    /* JSCVT */
    {ISAR6_32, 7, 4, CAP, 1},    /* DP */
    {ISAR6_32, 11, 8, CAP, 1},   /* FHM */
    {ISAR6_32, 15, 12, CAP, 1},  /* SB */
    {ISAR6_32, 19, 16, CAP, 1},  /* SPECRES */
    {ISAR6_32, 23, 20, CAP, 1},  /* BF16 */
    {ISAR6_32, 27, 24, CAP, 1},  /* I8MM */
    {MVFR0, 31, 0, KEEP, 0},     /* floating point: registers are switched, nothing else */
    {MVFR1, 31, 0, KEEP, 0},     /* " */
    {MVFR2, 31, 0, KEEP, 0},     /* " */
    {PFR2_32, 3, 0, CAP, 1},     /* CSV3 */
    {PFR2_32, 7, 4, CAP, 1},     /* SSBS */

    {PFR0, 3, 0, EL0, 2},      /* EL0: AArch32 where all cores have it */
    {PFR0, 7, 4, CAP, 1},      /* EL1: HCR_EL2.RW = 1, AArch64 only. EL2, EL3: not there */
    {PFR0, 19, 16, SIGNED, 1}, /* FP: with half precision */
    {PFR0, 23, 20, SIGNED, 1}, /* AdvSIMD: " */
    {PFR0, 27, 24, GIC, 1},    /* GIC: 1 is GICv3; GICv4.1 (3) changes nothing for a VM */
    {PFR0, 51, 48, CAP, 1},    /* DIT: a PSTATE bit. RAS, SVE, MPAM, AMU before it: absent */
    {PFR0, 59, 56, CAP, 1},    /* CSV2: 2 and up have SCXTNUM_ELx, which we do not switch */
    {PFR0, 63, 60, CAP, 1},    /* CSV3: a promise of the core that holds for its EL0, EL1 */

    {PFR1, 3, 0, CAP, 1},   /* BT: SCTLR_EL1 and page table bits */
    {PFR1, 7, 4, CAP, 2},   /* SSBS: a PSTATE bit, with its MRS and MSR */
    {PFR1, 35, 32, CAP, 1}, /* CSV2_frac: 2 has SCXTNUM_ELx. MTE, SME, NMI, GCS: absent */

    {DFR0, 3, 0, CAP, 9},      /* DebugVer: 0xa is about MOPS, 0xb needs MDCR_EL2.EBWE */
    {DFR0, 15, 12, KEEP, 0},   /* BRPs: breakpoints cannot be hidden */
    {DFR0, 23, 20, KEEP, 0},   /* WRPs: " */
    {DFR0, 31, 28, KEEP, 0},   /* CTX_CMPs: " */
    {DFR0, 39, 36, SIGNED, 0}, /* DoubleLock: OSDLR_EL1 is the core's. PMU, trace: absent */

    {ISAR0, 7, 4, CAP, 2},   /* AES, PMULL: instructions on switched registers, as most here */
    {ISAR0, 11, 8, CAP, 1},  /* SHA1 */
    {ISAR0, 15, 12, CAP, 2}, /* SHA2 */
    {ISAR0, 19, 16, CAP, 1}, /* CRC32 */
    {ISAR0, 23, 20, CAP, 3}, /* Atomic: LSE, LSE128. TME after it: absent */
    {ISAR0, 31, 28, CAP, 1}, /* RDM */
    {ISAR0, 35, 32, CAP, 1}, /* SHA3 */
    {ISAR0, 39, 36, CAP, 1}, /* SM3 */
    {ISAR0, 43, 40, CAP, 1}, /* SM4 */
    {ISAR0, 47, 44, CAP, 1}, /* DP */
    {ISAR0, 51, 48, CAP, 1}, /* FHM */
    {ISAR0, 55, 52, CAP, 2}, /* TS: CFINV and the other flag instructions */
    {ISAR0, 59, 56, CAP, 2}, /* TLB: outer shareable and range TLBI, by the guest's VMID */
    {ISAR0, 63, 60, CAP, 1}, /* RNDR: no trap below EL3 */

    {ISAR1, 3, 0, CAP, 2},   /* DPB: DC CVAP, CVADP */
    {ISAR1, 7, 4, CAP, 5},   /* APA: HCR_EL2.API, APK set, keys switched; not PAuth_LR */
    {ISAR1, 11, 8, CAP, 5},  /* API: " */
    {ISAR1, 15, 12, CAP, 1}, /* JSCVT */
    {ISAR1, 19, 16, CAP, 1}, /* FCMA */
    {ISAR1, 23, 20, CAP, 3}, /* LRCPC */
    {ISAR1, 27, 24, CAP, 1}, /* GPA: as APA */
    {ISAR1, 31, 28, CAP, 1}, /* GPI: " */
    {ISAR1, 35, 32, CAP, 1}, /* FRINTTS */
    {ISAR1, 39, 36, CAP, 1}, /* SB */
    {ISAR1, 43, 40, CAP, 2}, /* SPECRES: acts on the current VMID only */
    {ISAR1, 47, 44, CAP, 2}, /* BF16: with FPCR.EBF */
    {ISAR1, 51, 48, CAP, 1}, /* DGH: a hint */
    {ISAR1, 55, 52, CAP, 1}, /* I8MM. XS, LS64 after it need HCRX_EL2: absent */

    {ISAR2, 7, 4, CAP, 1},   /* RPRES. WFxT before it: a trapped WFI has no deadline */
    {ISAR2, 11, 8, CAP, 1},  /* GPA3: as APA */
    {ISAR2, 15, 12, CAP, 5}, /* APA3: " */
    {ISAR2, 23, 20, CAP, 1}, /* BC. MOPS before it needs HCRX_EL2.MSCEn: absent */
    {ISAR2, 27, 24, CAP, 1}, /* PAC_frac: a constant of the core */
    {ISAR2, 31, 28, CAP, 1}, /* CLRBHB */
    {ISAR2, 55, 52, CAP, 1}, /* CSSC */

    {MMFR0, 3, 0, PARANGE, 0},  /* PARange: the guest's address size */
    {MMFR0, 7, 4, CAP, 2},      /* ASIDBits. BigEnd after it: emulated devices are little-endian */
    {MMFR0, 23, 20, CAP, 1},    /* TGran16: not LPA2, stage 2 has 48 bits */
    {MMFR0, 27, 24, SIGNED, 0}, /* TGran64: stage 1 granules are the guest's choice */
    {MMFR0, 31, 28, SIGNED, 0}, /* TGran4: not LPA2 */
    {MMFR0, 47, 44, CAP, 1},    /* ExS: SCTLR_EL1 bits. FGT, ECV after it are EL2's: absent */

    {MMFR1, 3, 0, CAP, 2},   /* HAFDBS: stage 2 lets the walker write; HAFT needs HCRX_EL2 */
    {MMFR1, 15, 12, CAP, 1}, /* HPDS: not HPDS2. VMIDBits, VH before it: EL2's */
    {MMFR1, 23, 20, CAP, 3}, /* PAN: a PSTATE bit, AT S1E1xP, EPAN. LORegions: trapped */
    {MMFR1, 27, 24, CAP, 1}, /* SpecSEI: a warning, not to be hidden */
    {MMFR1, 39, 36, CAP, 3}, /* ETS: memory ordering of the core. XNX, TWED: absent */
    {MMFR1, 47, 44, CAP, 1}, /* AFP: FPCR bits */
    {MMFR1, 51, 48, CAP, 1}, /* nTLBPA: a promise of the core */
    {MMFR1, 55, 52, CAP, 1}, /* TIDCP1: SCTLR_EL1.TIDCP */
    {MMFR1, 59, 56, CAP, 1}, /* CMOW: SCTLR_EL1.CMOW */
    {MMFR1, 63, 60, CAP, 1}, /* ECBHB: a promise of the core */

    {MMFR2, 3, 0, CAP, 1},   /* CnP: shared entries are still tagged with the VMID */
    {MMFR2, 7, 4, CAP, 1},   /* UAO: a PSTATE bit */
    {MMFR2, 11, 8, CAP, 1},  /* LSM: SCTLR_EL1 bits. IESB after it belongs to RAS: absent */
    {MMFR2, 19, 16, CAP, 1}, /* VARange: 52 bits with 64 KiB granules, stage 1 only */
    {MMFR2, 23, 20, CAP, 1}, /* CCIDX: CCSIDR_EL1 is the core's, in the core's format */
    {MMFR2, 31, 28, CAP, 1}, /* ST: small translation tables in stage 1. NV: absent */
    {MMFR2, 35, 32, CAP, 1}, /* AT: unaligned single-copy atomicity */
    {MMFR2, 39, 36, CAP, 1}, /* IDS: how EL0's ID reads are reported to EL1 */
    {MMFR2, 51, 48, CAP, 1}, /* TTL: level hints of TLBI. FWB before it: EL2's */
    {MMFR2, 63, 60, CAP, 1}, /* E0PD: TCR_EL1 bits. BBM before it: conflicts may reach EL2 */
};
/* DFR1, AFR0, AFR1, PFR2, ZFR0, SMFR0, FPFR0, ISAR3, MMFR3, MMFR4: no field, so all zero. */

static u64 parange(unsigned int ipa_bits) {
    static const u8 bits[] = {32, 36, 40, 42, 44, 48, 52, 56};
    unsigned int n = 0;

    while (n + 1 < ARRAY_SIZE(bits) && bits[n + 1] <= ipa_bits) n++;
    return n;
}

static u64 at_most(u64 v, u64 max) { return v < max ? v : max; }

static u64 field_value(const struct field *f, u64 host, const struct idreg_env *env) {
    u64 v = FIELD(host, f->msb, f->lsb);

    switch ((enum kind)f->kind) {
    case CAP: return at_most(v, f->max);
    case SIGNED: return v == 0xf ? v : at_most(v, f->max);
    case KEEP: return v;
    case EL0: return at_most(v, env->aarch32_el0 ? 2 : 1);
    case GIC: return env->gicv3 ? 1 : 0;
    case PARANGE: return at_most(v, parange(env->ipa_bits));
    }
    return 0;
}

static const struct field *filter(unsigned int reg, const struct field *f, u64 *value,
                                  const struct idreg_env *env) {
    const struct field *end = fields + ARRAY_SIZE(fields);
    bool hidden = reg < FIRST_64 && !env->aarch32_el0;
    u64 guest = 0;

    for (; f < end && f->reg == reg; f++) {
        if (!hidden) guest |= PUT(field_value(f, *value, env), f->msb, f->lsb);
    }
    *value = guest;
    return f;
}

u64 idreg_filter(unsigned int crm, unsigned int op2, u64 host, const struct idreg_env *env) {
    unsigned int reg = idregs_index(crm, op2);
    const struct field *f = fields;

    while (f < fields + ARRAY_SIZE(fields) && f->reg < reg) f++;
    filter(reg, f, &host, env);
    return host;
}

void idregs_filter_all(u64 values[IDREGS_COUNT], const struct idreg_env *env) {
    const struct field *f = fields;

    for (unsigned int reg = 0; reg < IDREGS_COUNT; reg++) f = filter(reg, f, &values[reg], env);
}

const char *idregs_name(unsigned int crm, unsigned int op2) {
    /* Arrays, not pointers: a pointer costs 32 bytes of image, with its relocation. */
    static const char names[IDREGS_COUNT][17] = {
        "ID_PFR0_EL1",
        "ID_PFR1_EL1",
        "ID_DFR0_EL1",
        "ID_AFR0_EL1",
        "ID_MMFR0_EL1",
        "ID_MMFR1_EL1",
        "ID_MMFR2_EL1",
        "ID_MMFR3_EL1",
        "ID_ISAR0_EL1",
        "ID_ISAR1_EL1",
        "ID_ISAR2_EL1",
        "ID_ISAR3_EL1",
        "ID_ISAR4_EL1",
        "ID_ISAR5_EL1",
        "ID_MMFR4_EL1",
        "ID_ISAR6_EL1",
        "MVFR0_EL1",
        "MVFR1_EL1",
        "MVFR2_EL1",
        "",
        "ID_PFR2_EL1",
        "ID_DFR1_EL1",
        "ID_MMFR5_EL1",
        "",
        "ID_AA64PFR0_EL1",
        "ID_AA64PFR1_EL1",
        "ID_AA64PFR2_EL1",
        "",
        "ID_AA64ZFR0_EL1",
        "ID_AA64SMFR0_EL1",
        "",
        "ID_AA64FPFR0_EL1",
        "ID_AA64DFR0_EL1",
        "ID_AA64DFR1_EL1",
        "ID_AA64DFR2_EL1",
        "",
        "ID_AA64AFR0_EL1",
        "ID_AA64AFR1_EL1",
        "",
        "",
        "ID_AA64ISAR0_EL1",
        "ID_AA64ISAR1_EL1",
        "ID_AA64ISAR2_EL1",
        "ID_AA64ISAR3_EL1",
        "",
        "",
        "",
        "",
        "ID_AA64MMFR0_EL1",
        "ID_AA64MMFR1_EL1",
        "ID_AA64MMFR2_EL1",
        "ID_AA64MMFR3_EL1",
        "ID_AA64MMFR4_EL1",
        "",
        "",
        "",
    };
    const char *name;

    if (crm < 1 || crm > 7 || op2 > 7) return NULL;
    name = names[idregs_index(crm, op2)];
    return *name ? name : NULL;
}
