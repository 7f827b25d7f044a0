/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rule, by the Arm ARM (DDI 0487, "ID registers", and each instruction's "UNDEFINED" cases):
 * what its ID register shows can be executed, what it does not show is UNDEFINED, whatever the
 * core could do.
 *
 * Not here is what has no trap and no state, so that only its ID field can be hidden: MTE's
 * instructions on addresses and PSTATE.TCO, ESB and DISR_EL1 of RAS, WFET and WFIT, ECV's
 * self-synchronised counters, reads of ALLINT.
 */
#include "cores.h"
#include "cpu.h"
#include "exception.h"
#include "smp.h"
#include "tap.h"

/* The ID registers, as in S3_0_C0_C<crm>_<op2>. */
#define PFR0  4, 0
#define PFR1  4, 1
#define PFR2  4, 2
#define DFR0  5, 0
#define ISAR0 6, 0
#define ISAR1 6, 1
#define ISAR2 6, 2
#define MMFR1 7, 1
#define MMFR2 7, 2
#define MMFR3 7, 3

/* For what no field can hide, or none can show. */
#define ALWAYS 100
#define NEVER  101

static const struct feature {
    const char *name;
    u32 instruction;
    u8 crm, op2, lsb;
    u8 least; /* of the field's values that have it */
} features[] = {
    {"FP", 0x1e602800, PFR0, 16, 0},           /* FADD D0, D0, D0 */
    {"FP16", 0x1ee02800, PFR0, 16, 1},         /* FADD H0, H0, H0 */
    {"AdvSIMD", 0x4ea08400, PFR0, 20, 0},      /* ADD V0.4S, V0.4S, V0.4S */
    {"DIT", 0xd503405f, PFR0, 48, 1},          /* MSR DIT, #0 */
    {"AES", 0x4e284800, ISAR0, 4, 1},          /* AESE V0.16B, V0.16B */
    {"PMULL", 0x0ee0e000, ISAR0, 4, 2},        /* PMULL V0.1Q, V0.1D, V0.1D */
    {"SHA1", 0x5e280800, ISAR0, 8, 1},         /* SHA1H S0, S0 */
    {"SHA256", 0x5e282800, ISAR0, 12, 1},      /* SHA256SU0 V0.4S, V0.4S */
    {"SHA512", 0xcec08000, ISAR0, 12, 2},      /* SHA512SU0 V0.2D, V0.2D */
    {"CRC32", 0x1ac34063, ISAR0, 16, 1},       /* CRC32B W3, W3, W3 */
    {"LSE", 0xf8230003, ISAR0, 20, 2},         /* LDADD X3, X3, [X0] */
    {"RDM", 0x6e808400, ISAR0, 28, 1},         /* SQRDMLAH V0.4S, V0.4S, V0.4S */
    {"SHA3", 0xce000000, ISAR0, 32, 1},        /* EOR3 V0.16B, V0.16B, V0.16B, V0.16B */
    {"SM3", 0xce60c000, ISAR0, 36, 1},         /* SM3PARTW1 V0.4S, V0.4S, V0.4S */
    {"SM4", 0xcec08400, ISAR0, 40, 1},         /* SM4E V0.4S, V0.4S */
    {"DotProd", 0x4e809400, ISAR0, 44, 1},     /* SDOT V0.4S, V0.16B, V0.16B */
    {"FHM", 0x4e20ec00, ISAR0, 48, 1},         /* FMLAL V0.4S, V0.4H, V0.4H */
    {"FlagM", 0xba000460, ISAR0, 52, 1},       /* RMIF X3, #0, #0 */
    {"FlagM2", 0xd500405f, ISAR0, 52, 2},      /* AXFLAG */
    {"TLBIOS", 0xd508811f, ISAR0, 56, 1},      /* TLBI VMALLE1OS */
    {"TLBIRANGE", 0xd5088623, ISAR0, 56, 2},   /* TLBI RVAE1, X3 */
    {"RNG", MRS(3, 3, 2, 4, 0), ISAR0, 60, 1}, /* RNDR */
    {"DPB", 0xd50b7c20, ISAR1, 0, 1},          /* DC CVAP, X0 */
    {"DPB2", 0xd50b7d20, ISAR1, 0, 2},         /* DC CVADP, X0 */
    {"JSCVT", 0x1e7e0003, ISAR1, 12, 1},       /* FJCVTZS W3, D0 */
    {"FCMA", 0x6e80e400, ISAR1, 16, 1},        /* FCADD V0.4S, V0.4S, V0.4S, #90 */
    {"LRCPC", 0x38bfc003, ISAR1, 20, 1},       /* LDAPRB W3, [X0] */
    {"LRCPC2", 0x19400003, ISAR1, 20, 2},      /* LDAPURB W3, [X0] */
    {"FRINTTS", 0x1e684000, ISAR1, 32, 1},     /* FRINT32Z D0, D0 */
    {"SB", 0xd50330ff, ISAR1, 36, 1},
    {"SPECRES", 0xd50b7383, ISAR1, 40, 1},        /* CFP RCTX, X3 */
    {"BF16", 0x6e40fc00, ISAR1, 44, 1},           /* BFDOT V0.4S, V0.8H, V0.8H */
    {"I8MM", 0x4e80a400, ISAR1, 52, 1},           /* SMMLA V0.4S, V0.16B, V0.16B */
    {"CSSC", 0xdac01863, ISAR2, 52, 1},           /* CTZ X3, X3 */
    {"PAN", 0xd500409f, MMFR1, 20, 1},            /* MSR PAN, #0 */
    {"PAN2", 0xd5087900, MMFR1, 20, 2},           /* AT S1E1RP, X0 */
    {"UAO", 0xd500407f, MMFR2, 4, 1},             /* MSR UAO, #0 */
    {"GICv3", MRS(3, 0, 12, 12, 4), PFR0, 24, 1}, /* ICC_CTLR_EL1 */

    /* What has state that nobody switches, or needs a trap or enable of EL2. */
    {"SVE: RDVL", 0x04bf5023, PFR0, 32, 1},
    {"SVE: ZCR_EL1", MRS(3, 0, 1, 2, 0), PFR0, 32, 1},
    {"SME: RDSVL", 0x04bf5823, PFR1, 24, 1},
    {"SME: SMSTOP", 0xd503467f, PFR1, 24, 1},
    {"SME: SVCR", MRS(3, 3, 4, 2, 2), PFR1, 24, 1},
    {"SME: SMCR_EL1", MRS(3, 0, 1, 2, 6), PFR1, 24, 1},
    {"SME: SMPRI_EL1", MRS(3, 0, 1, 2, 4), PFR1, 24, 1},
    {"SME: SMIDR_EL1", MRS(3, 1, 0, 0, 6), PFR1, 24, 1},
    {"SME: TPIDR2_EL0", MRS(3, 3, 13, 0, 5), PFR1, 24, 1},
    {"MTE: GCR_EL1", MRS(3, 0, 1, 0, 6), PFR1, 8, 2},
    {"MTE: RGSR_EL1", MRS(3, 0, 1, 0, 5), PFR1, 8, 2},
    {"MTE: TFSR_EL1", MRS(3, 0, 5, 6, 0), PFR1, 8, 2},
    {"MTE: TFSRE0_EL1", MRS(3, 0, 5, 6, 1), PFR1, 8, 2},
    {"MTE: GMID_EL1", MRS(3, 1, 0, 0, 4), PFR1, 8, 2},
    {"PMU: PMCR_EL0", MRS(3, 3, 9, 12, 0), DFR0, 8, 1},
    {"PMU: PMCCNTR_EL0", MRS(3, 3, 9, 13, 0), DFR0, 8, 1},
    {"PMU: PMUSERENR_EL0", MRS(3, 3, 9, 14, 0), DFR0, 8, 1},
    {"PMU: PMINTENSET_EL1", MRS(3, 0, 9, 14, 1), DFR0, 8, 1},
    {"PMU: PMCCFILTR_EL0", MRS(3, 3, 14, 15, 7), DFR0, 8, 1},
    {"PMU: PMMIR_EL1", MRS(3, 0, 9, 14, 6), DFR0, 8, 5},
    {"SPE: PMSCR_EL1", MRS(3, 0, 9, 9, 0), DFR0, 32, 1},
    {"SPE: PMBLIMITR_EL1", MRS(3, 0, 9, 10, 0), DFR0, 32, 1},
    {"trace: TRCPRGCTLR", MRS(2, 1, 0, 1, 0), DFR0, 4, 1},
    {"trace: TRFCR_EL1", MRS(3, 0, 1, 2, 1), DFR0, 40, 1},
    {"trace: TRBLIMITR_EL1", MRS(3, 0, 9, 11, 0), DFR0, 44, 1},
    {"BRBE: BRBCR_EL1", MRS(2, 1, 9, 0, 0), DFR0, 52, 1},
    {"RAS: ERRIDR_EL1", MRS(3, 0, 5, 3, 0), PFR0, 28, 1},
    {"RAS: ERRSELR_EL1", MRS(3, 0, 5, 3, 1), PFR0, 28, 1},
    {"LOR: LORSA_EL1", MRS(3, 0, 10, 4, 0), MMFR1, 16, 1},
    {"LOR: LORC_EL1", MRS(3, 0, 10, 4, 3), MMFR1, 16, 1},
    {"LOR: LORID_EL1", MRS(3, 0, 10, 4, 7), MMFR1, 16, 1},
    {"AMU: AMCR_EL0", MRS(3, 3, 13, 2, 0), PFR0, 44, 1},
    {"MPAM: MPAM1_EL1", MRS(3, 0, 10, 5, 0), PFR0, 40, 1},
    {"CSV2_2: SCXTNUM_EL1", MRS(3, 0, 13, 0, 7), PFR0, 56, 2},
    {"CSV2_2: SCXTNUM_EL0", MRS(3, 3, 13, 0, 7), PFR0, 56, 2},
    {"MOPS: CPYFP", 0x19010440, ISAR2, 16, 1}, /* CPYFP [X0]!, [X1]!, X2! */
    {"LS64: LD64B", 0xf83fd004, ISAR1, 60, 1}, /* LD64B X4, [X0] */
    {"LS64: ACCDATA_EL1", MRS(3, 0, 13, 0, 5), ISAR1, 60, 3},
    {"GCS: GCSCR_EL1", MRS(3, 0, 2, 5, 0), PFR1, 44, 1},
    {"NMI: ALLINT", MRS(3, 0, 4, 3, 0) & ~MSR_BIT, PFR1, 36, 1},
    {"FPMR", MRS(3, 3, 4, 4, 2), PFR2, 32, 1},
    {"TCR2_EL1", MRS(3, 0, 2, 0, 3), MMFR3, 0, 1},
    {"SCTLR2_EL1", MRS(3, 0, 1, 0, 3), MMFR3, 4, 1},
    {"S1PIE: PIR_EL1", MRS(3, 0, 10, 2, 3), MMFR3, 8, 1},
    {"S1POE: POR_EL0", MRS(3, 3, 10, 2, 4), MMFR3, 16, 1},
    {"AIE: MAIR2_EL1", MRS(3, 0, 10, 2, 1), MMFR3, 24, 1},
    /* Of other exception levels, and IMPLEMENTATION DEFINED. */
    {"EL2: HCR_EL2", MRS(3, 4, 1, 1, 0), PFR0, 8, NEVER},
    {"VHE: SCTLR_EL12", MRS(3, 5, 1, 0, 0), PFR0, 8, NEVER},
    {"NV2: VNCR_EL2", MRS(3, 4, 2, 2, 0), PFR0, 8, NEVER},
    {"EL3: SCR_EL3", MRS(3, 6, 1, 1, 0), PFR0, 12, NEVER},
    {"implementation defined: L2CTLR_EL1", MRS(3, 1, 11, 0, 2), PFR0, 0, NEVER},
    {"implementation defined: CPUECTLR_EL1", MRS(3, 1, 15, 2, 1), PFR0, 0, NEVER},

    /* What cannot be hidden, and what reads 0 where nothing is allocated. */
    {"debug: MDSCR_EL1", MRS(2, 0, 0, 2, 2), DFR0, 0, ALWAYS},
    {"debug: OSLSR_EL1", MRS(2, 0, 1, 1, 4), DFR0, 0, ALWAYS},
    {"debug: OSDLR_EL1", MRS(2, 0, 1, 3, 4), DFR0, 0, ALWAYS},
    {"debug: DBGBCR0_EL1", MRS(2, 0, 0, 0, 5), DFR0, 0, ALWAYS},
    {"debug: DBGWCR0_EL1", MRS(2, 0, 0, 0, 7), DFR0, 0, ALWAYS},
    {"ID registers: REVIDR_EL1", MRS(3, 0, 0, 0, 6), PFR0, 0, ALWAYS},
    {"ID registers: AIDR_EL1", MRS(3, 1, 0, 0, 7), PFR0, 0, ALWAYS},
    {"ID registers: ID_AA64ZFR0_EL1", MRS(3, 0, 0, 4, 4), PFR0, 0, ALWAYS},
    {"ID registers: ID_AA64SMFR0_EL1", MRS(3, 0, 0, 4, 5), PFR0, 0, ALWAYS},
    {"ID registers: unallocated", MRS(3, 0, 0, 7, 7), PFR0, 0, ALWAYS},
};

/* What an instruction did, on all CPUs alike. */
enum { RAN = 1, UNDEFINED = 2, OTHERWISE = 4 };
static u8 outcome[MAX_CPUS][ARRAY_SIZE(features)];

/*
 * An undefined instruction has IL set in its syndrome and says nothing else; a read in the space of
 * the ID registers (S3_*_C0_C*_*) is said by its own, from ID_AA64MMFR2_EL1.IDS = 1 on.
 */
static bool is_undefined(u32 instruction, u64 esr) {
    bool id_read = (instruction & ~0x70fffU) == MRS(3, 0, 0, 0, 0) - 3;

    if (id_read && id_field(MMFR2, 36)) return esr_class(esr) == EC_SYSREG;
    return esr == 1UL << 25;
}

static u8 try(u32 instruction) {
    static u8 buffer[MAX_CPUS][512] __attribute__((aligned(64)));
    u64 address = (u64)buffer[cpu_id()];
    struct probe p = {.x = {address, address}};

    probe(instruction, &p);
    if (p.esr == PROBE_NO_EXCEPTION) return RAN;
    return is_undefined(instruction, p.esr) ? UNDEFINED : OTHERWISE;
}

static bool shown(const struct feature *f) {
    u32 value = id_field(f->crm, f->op2, f->lsb);

    /* 0xf is "not there" in FP, AdvSIMD and, nearly, PMUVer; no other field has it. */
    return f->least == ALWAYS || (value >= f->least && value != 15);
}

static void try_all(void *unused) {
    (void)unused;
    for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
        u32 instruction = features[i].instruction;
        u8 *result = &outcome[cpu_id()][i];

        *result = try(instruction);
        /* A register that is hidden cannot be written either. */
        if (IS_MRS(instruction) && !shown(&features[i])) *result |= try(instruction & ~MSR_BIT);
    }
}

void cores_features(void) {
    bool all = smp_work_all(try_all, NULL);

    tap_ok(all, "every CPU tries every feature");
    for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
        const struct feature *f = &features[i];
        bool there = shown(f);
        u32 results = 0;

        for (u32 n = 0; n < platform.nr_cpus; n++) results |= outcome[n][i];
        tap_ok(results == (there ? RAN : UNDEFINED), "%s: %s: %s", there ? "shown" : "hidden",
               f->name,
               results == RAN         ? "it can be used"
               : results == UNDEFINED ? "it is UNDEFINED"
                                      : "it differs, or gives another exception");
    }
}
