/* SPDX-License-Identifier: Apache-2.0 */
/* System registers of what is hidden are UNDEFINED; those that cannot be hidden work. */
#include "conformance.h"
#include "exception.h"
#include "gicx.h"

#define SECTION   "DDI 0487, "
#define CAUGHT    (1UL << 63)
#define UNDEFINED (CAUGHT | 1UL << 25) /* EC 0, IL 1 */

#define GMID_TRAPPED (CAUGHT | 0x18UL << 26 | 1UL << 25 | 0x384061) /* MRS X3, GMID_EL1 */

/* Hidden where the field is 0 (or 15, for the PMU); lsb 64: always. */
static const struct {
    const char *name;
    u32 instruction;
    u32 crm, op2, lsb;
} hidden[] = {
    {"ZCR_EL1 (SVE)", MRS(3, 0, 1, 2, 0), 4, 0, 32},
    {"RDVL (SVE)", 0x04bf5023, 4, 0, 32},
    {"SVCR (SME)", MRS(3, 3, 4, 2, 2), 4, 1, 24},
    {"SMCR_EL1 (SME)", MRS(3, 0, 1, 2, 6), 4, 1, 24},
    {"TPIDR2_EL0 (SME)", MRS(3, 3, 13, 0, 5), 4, 1, 24},
    {"PMCR_EL0 (PMU)", MRS(3, 3, 9, 12, 0), 5, 0, 8},
    {"PMCNTENSET_EL0 (PMU)", MRS(3, 3, 9, 12, 1), 5, 0, 8},
    {"PMCCNTR_EL0 (PMU)", MRS(3, 3, 9, 13, 0), 5, 0, 8},
    {"PMUSERENR_EL0 (PMU)", MRS(3, 3, 9, 14, 0), 5, 0, 8},
    {"PMINTENSET_EL1 (PMU)", MRS(3, 0, 9, 14, 1), 5, 0, 8},
    {"PMEVCNTR0_EL0 (PMU)", MRS(3, 3, 14, 8, 0), 5, 0, 8},
    {"PMCCFILTR_EL0 (PMU)", MRS(3, 3, 14, 15, 7), 5, 0, 8},
    {"MSR PMCR_EL0 (PMU)", MSR(3, 3, 9, 12, 0), 5, 0, 8},
    {"PMSIDR_EL1 (SPE)", MRS(3, 0, 9, 9, 7), 5, 0, 32},
    {"PMSCR_EL1 (SPE)", MRS(3, 0, 9, 9, 0), 5, 0, 32},
    {"PMBLIMITR_EL1 (SPE)", MRS(3, 0, 9, 10, 0), 5, 0, 32},
    {"TRFCR_EL1 (trace filter)", MRS(3, 0, 1, 2, 1), 5, 0, 40},
    {"TRBIDR_EL1 (trace buffer)", MRS(3, 0, 9, 11, 7), 5, 0, 44},
    {"BRBCR_EL1 (branch records)", MRS(2, 1, 9, 0, 0), 5, 0, 52},
    {"ERRIDR_EL1 (RAS)", MRS(3, 0, 5, 3, 0), 4, 0, 28},
    {"ERRSELR_EL1 (RAS)", MRS(3, 0, 5, 3, 1), 4, 0, 28},
    {"ERXSTATUS_EL1 (RAS)", MRS(3, 0, 5, 4, 2), 4, 0, 28},
    {"AMCR_EL0 (AMU)", MRS(3, 3, 13, 2, 0), 4, 0, 44},
    {"AMEVCNTR00_EL0 (AMU)", MRS(3, 3, 13, 4, 0), 4, 0, 44},
    {"GCR_EL1 (MTE)", MRS(3, 0, 1, 0, 6), 4, 1, 8},
    {"RGSR_EL1 (MTE)", MRS(3, 0, 1, 0, 5), 4, 1, 8},
    {"TFSR_EL1 (MTE)", MRS(3, 0, 5, 6, 0), 4, 1, 8},
    {"GMID_EL1 (MTE)", MRS(3, 1, 0, 0, 4), 4, 1, 8},
    {"LORID_EL1 (LORegions)", MRS(3, 0, 10, 4, 7), 7, 1, 16},
    {"LORSA_EL1 (LORegions)", MRS(3, 0, 10, 4, 0), 7, 1, 16},
    {"MPAM0_EL1 (MPAM)", MRS(3, 0, 10, 5, 1), 4, 0, 40},
    {"MPAMIDR_EL1 (MPAM)", MRS(3, 0, 10, 4, 4), 4, 0, 40},
    {"SCXTNUM_EL0 (CSV2_2)", MRS(3, 3, 13, 0, 7), 4, 0, 56},
    {"MSR ALLINT (NMI)", MSR(3, 0, 4, 3, 0), 4, 1, 36},
    {"HCR_EL2", MRS(3, 4, 1, 1, 0), 0, 0, 64},
    {"VTTBR_EL2", MRS(3, 4, 2, 1, 0), 0, 0, 64},
    {"CNTHCTL_EL2", MRS(3, 4, 14, 1, 0), 0, 0, 64},
    {"ESR_EL2", MRS(3, 4, 5, 2, 0), 0, 0, 64},
    {"ICC_SRE_EL2", MRS(3, 4, 12, 9, 5), 0, 0, 64},
    {"ICH_HCR_EL2", MRS(3, 4, 12, 11, 0), 0, 0, 64},
    {"SCTLR_EL12", MRS(3, 5, 1, 0, 0), 0, 0, 64},
    {"SP_EL1", MRS(3, 4, 4, 1, 0), 0, 0, 64},
    {"SCR_EL3", MRS(3, 6, 1, 1, 0), 0, 0, 64},
    {"unallocated S3_0_C4_C7_7", MRS(3, 0, 4, 7, 7), 0, 0, 64},
    {"unallocated S3_3_C2_C7_7", MRS(3, 3, 2, 7, 7), 0, 0, 64},
};

/* FEAT_IDST: what has no register in the ID space is reported as a trapped access. */
static u64 expected_of(u32 instruction) {
    bool reported = (read_sysreg(id_aa64mmfr2_el1) >> 36 & 15) != 0;

    return instruction == MRS(3, 1, 0, 0, 4) && reported ? GMID_TRAPPED : UNDEFINED;
}

/* The guest's own traps of SVE and SME would be first. */
static u64 enable_all(void) {
    u64 cpacr = read_sysreg(cpacr_el1);

    write_sysreg(cpacr | 3UL << 16 | 3UL << 20 | 3UL << 24, cpacr_el1);
    isb();
    return cpacr;
}

static void hidden_rows(void) {
    u64 cpacr = enable_all();

    for (u32 i = 0; i < ARRAY_SIZE(hidden); i++) {
        u64 x3 = 0;
        u64 value = 0;

        subject("system registers, hidden", hidden[i].lsb == 64 ? SECTION "Traps and UNDEFINED, EL1"
                                                                : SECTION
                                                "System registers that are not implemented");
        if (hidden[i].lsb < 64) {
            (void)try_instruction(MRS(3, 0, 0, hidden[i].crm, hidden[i].op2), &value);
            value = value >> hidden[i].lsb & 15;
            /* CSV2 hides SCXTNUM below 2. */
            if (hidden[i].lsb == 56 && value == 1) value = 0;
        }
        if (value != 0 && value != 15) {
            row_skip("its ID register shows it", "%s", hidden[i].name);
            continue;
        }
        row_is(try_instruction(hidden[i].instruction, &x3), expected_of(hidden[i].instruction),
               "%s: ESR_EL1", hidden[i].name);
        if (hidden[i].instruction >> 20 == 0xd53) row_is(x3, 0, "%s: Rt unchanged", hidden[i].name);
    }
    write_sysreg(cpacr, cpacr_el1);
    isb();
}

/* Without the system register interface ICC_* registers are not there. */
static void gic_rows(void) {
    static const u32 registers[] = {
        MRS(3, 0, 12, 12, 5), /* ICC_SRE_EL1 */
        MRS(3, 0, 4, 6, 0),   /* ICC_PMR_EL1 */
        MRS(3, 0, 12, 12, 0), /* ICC_IAR1_EL1 */
        MRS(3, 0, 12, 12, 7), /* ICC_IGRPEN1_EL1 */
        MSR(3, 0, 12, 11, 5), /* ICC_SGI1R_EL1 */
    };
    u32 defined = 0;
    u64 x3 = 0;

    if (v3()) return;
    for (u32 i = 0; i < ARRAY_SIZE(registers); i++)
        defined |= (u32)(try_instruction(registers[i], &x3) != UNDEFINED) << i;
    subject("system registers, hidden", "IHI 0069, AArch64 System register descriptions");
    row_is(defined, 0, "ICC_* with GICv2 (mask of those that are not UNDEFINED)");
}

/* Debug registers that every core has: whether they are used is another matter. */
static const struct {
    const char *name;
    u32 instruction;
} present[] = {
    {"MDSCR_EL1 read", MRS(2, 0, 0, 2, 2)},   {"MDSCR_EL1 = 0", MSR(2, 0, 0, 2, 2)},
    {"OSLAR_EL1 = 0", MSR(2, 0, 1, 0, 4)},    {"OSLSR_EL1 read", MRS(2, 0, 1, 1, 4)},
    {"OSDLR_EL1 read", MRS(2, 0, 1, 3, 4)},   {"OSDLR_EL1 = 0", MSR(2, 0, 1, 3, 4)},
    {"MDCCINT_EL1 read", MRS(2, 0, 0, 2, 0)}, {"MDRAR_EL1 read", MRS(2, 0, 1, 0, 0)},
    {"DBGBVR0_EL1 read", MRS(2, 0, 0, 0, 4)}, {"DBGBCR0_EL1 = 0", MSR(2, 0, 0, 0, 5)},
    {"DBGWVR0_EL1 read", MRS(2, 0, 0, 0, 6)}, {"DBGWCR0_EL1 = 0", MSR(2, 0, 0, 0, 7)},
    {"ACTLR_EL1 read", MRS(3, 0, 1, 0, 1)},   {"AFSR0_EL1 read", MRS(3, 0, 5, 1, 0)},
    {"AMAIR_EL1 read", MRS(3, 0, 10, 3, 0)},  {"AIDR_EL1 read", MRS(3, 1, 0, 0, 7)},
};

static void present_rows(void) {
    subject("system registers, present", SECTION "Debug registers and general system control");
    for (u32 i = 0; i < ARRAY_SIZE(present); i++) {
        u64 x3 = 0;

        row_is(try_instruction(present[i].instruction, &x3), 0, "%s: no exception",
               present[i].name);
    }
}

/* What is written is read again, by the registers whose every bit is a program's own. */
static const struct {
    const char *name;
    u32 read;
    u32 write;
} kept[] = {
    {"TPIDR_EL0", MRS(3, 3, 13, 0, 2), MSR(3, 3, 13, 0, 2)},
    {"TPIDRRO_EL0", MRS(3, 3, 13, 0, 3), MSR(3, 3, 13, 0, 3)},
    {"FAR_EL1", MRS(3, 0, 6, 0, 0), MSR(3, 0, 6, 0, 0)},
    {"CONTEXTIDR_EL1", MRS(3, 0, 13, 0, 1), MSR(3, 0, 13, 0, 1)},
};

static void kept_rows(void) {
    subject("system registers, present", SECTION "General system control registers");
    for (u32 i = 0; i < ARRAY_SIZE(kept); i++) {
        u64 value = 0x12345678;
        u64 again = 0;

        (void)try_instruction(kept[i].write, &value);
        (void)call_id(PSCI_VERSION, 0, 0, 0);
        (void)try_instruction(kept[i].read, &again);
        row_is(again, 0x12345678, "%s: as written, after a call", kept[i].name);
    }
}

void system_register_rows(void) {
    u64 daif = irq_save();

    via = via_all[0];
    hidden_rows();
    gic_rows();
    present_rows();
    kept_rows();
    irq_restore(daif);
}
