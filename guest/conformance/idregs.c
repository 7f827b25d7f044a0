/* SPDX-License-Identifier: Apache-2.0 */
/* ID registers: a field shows nothing that a guest cannot use. */
#include "conformance.h"
#include "gicx.h"

#define SECTION      "DDI 0487, "
#define ID(crm, op2) (crm), (op2)

struct field {
    const char *name;
    u32 crm, op2, lsb;
    u64 allowed; /* bit n: the value n may be read */
};

#define NONE       (1UL << 0)
#define NONE_OR_F  (1UL << 0 | 1UL << 15)
#define EXACTLY(n) (1UL << (n))
#define PFR0       4, 0
#define PFR1       4, 1
#define DFR0       5, 0
#define MMFR1      7, 1
#define MMFR2      7, 2

static const struct field fields[] = {
    {"ID_AA64PFR0_EL1.EL0", PFR0, 0, 1UL << 1 | 1UL << 2},
    {"ID_AA64PFR0_EL1.EL1, AArch64 only", PFR0, 4, EXACTLY(1)},
    {"ID_AA64PFR0_EL1.EL2", PFR0, 8, NONE},
    {"ID_AA64PFR0_EL1.EL3", PFR0, 12, NONE},
    {"ID_AA64PFR0_EL1.RAS", PFR0, 28, NONE},
    {"ID_AA64PFR0_EL1.SVE", PFR0, 32, NONE},
    {"ID_AA64PFR0_EL1.SEL2", PFR0, 36, NONE},
    {"ID_AA64PFR0_EL1.MPAM", PFR0, 40, NONE},
    {"ID_AA64PFR0_EL1.AMU", PFR0, 44, NONE},
    {"ID_AA64PFR0_EL1.RME", PFR0, 52, NONE},
    {"ID_AA64PFR1_EL1.MTE", PFR1, 8, NONE},
    {"ID_AA64PFR1_EL1.RAS_frac", PFR1, 12, NONE},
    {"ID_AA64PFR1_EL1.MPAM_frac", PFR1, 16, NONE},
    {"ID_AA64PFR1_EL1.SME", PFR1, 24, NONE},
    {"ID_AA64PFR1_EL1.NMI", PFR1, 36, NONE},
    {"ID_AA64PFR1_EL1.GCS", PFR1, 44, NONE},
    {"ID_AA64DFR0_EL1.TraceVer", DFR0, 4, NONE},
    {"ID_AA64DFR0_EL1.PMUVer", DFR0, 8, NONE_OR_F},
    {"ID_AA64DFR0_EL1.PMSVer", DFR0, 32, NONE},
    {"ID_AA64DFR0_EL1.TraceFilt", DFR0, 40, NONE},
    {"ID_AA64DFR0_EL1.TraceBuffer", DFR0, 44, NONE},
    {"ID_AA64DFR0_EL1.BRBE", DFR0, 52, NONE},
    {"ID_AA64MMFR1_EL1.VH", MMFR1, 8, NONE},
    {"ID_AA64MMFR1_EL1.LO", MMFR1, 16, NONE},
    {"ID_AA64MMFR2_EL1.NV", MMFR2, 24, NONE},
};

static u64 read_id(u32 crm, u32 op2) {
    u64 value = 0;

    return try_instruction(MRS(3, 0, 0, crm, op2), &value) ? ~0UL : value;
}

static void field_rows(void) {
    subject("ID registers, hidden", SECTION "AArch64 Identification registers");
    for (u32 i = 0; i < ARRAY_SIZE(fields); i++) {
        const struct field *f = &fields[i];
        u64 value = read_id(f->crm, f->op2) >> f->lsb & 15;

        row_true(f->allowed >> value & 1, "not shown, or the only value a guest can use", value,
                 "%s", f->name);
    }
    row_is(read_id(4, 4), 0, "ID_AA64ZFR0_EL1 (no SVE)");
    row_is(read_id(4, 5), 0, "ID_AA64SMFR0_EL1 (no SME)");
    row_is(read_id(5, 4), 0, "ID_AA64AFR0_EL1");
    row_is(read_id(5, 5), 0, "ID_AA64AFR1_EL1");
}

/* The whole space is readable: what has no register yet reads as zero. */
static void space_rows(void) {
    u32 undefined = 0, reserved = 0;

    for (u32 crm = 0; crm < 8; crm++) {
        for (u32 op2 = 0; op2 < 8; op2++) {
            u64 value = 0;

            /* CRm 0 has only MIDR, MPIDR and REVIDR. */
            if (crm == 0 && op2 != 0 && op2 != 5 && op2 != 6) continue;
            undefined += try_instruction(MRS(3, 0, 0, crm, op2), &value) != 0;
        }
    }
    /* Reserved to this day: S3_0_C0_C4_6, _C5_6, _C5_7, _C6_4 to _C6_7. */
    reserved |= read_id(4, 6) != 0 || read_id(5, 6) != 0 || read_id(5, 7) != 0;
    for (u32 op2 = 4; op2 < 8; op2++) reserved |= read_id(6, op2) != 0;
    subject("ID registers, space", SECTION "Op0 equal to 0b11, moves to and from System registers");
    row_is(undefined, 0, "S3_0_C0_C0 to C7: reads that are UNDEFINED");
    row_is(reserved, 0, "reserved ones read as zero");
}

static u64 read_mpidr(u64 unused) {
    (void)unused;
    return read_sysreg(mpidr_el1);
}

static void affinity_rows(void) {
    subject("MPIDR_EL1", SECTION "MPIDR_EL1");
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        u64 mpidr = i ? bring_up(i) ? agent_call(i, read_mpidr, 0) : 0 : read_mpidr(0);

        row_is(mpidr & MPIDR_AFFINITY, platform.mpidr[i], "CPU %u: as the device tree says", i);
        row_is(mpidr >> 31 & 1, 1, "CPU %u: bit 31 is RES1", i);
        row_is(mpidr >> 30 & 1, 0, "CPU %u: U is 0", i);
        if (i) agent_stop(i);
    }
}

static u64 read_mmfr0(u64 unused) {
    (void)unused;
    return read_sysreg(id_aa64mmfr0_el1) ^ read_sysreg(id_aa64isar0_el1) << 1 ^
           read_sysreg(id_aa64isar1_el1) << 2 ^ read_sysreg(id_aa64pfr0_el1) << 3 ^
           read_sysreg(midr_el1) << 4;
}

static void value_rows(void) {
    u64 pfr0 = read_id(4, 0);
    u64 mmfr0 = read_id(7, 0);
    u64 dfr0 = read_id(5, 0);
    u64 value = 0;
    u64 here = read_mmfr0(0);

    subject("ID_AA64PFR0_EL1", SECTION "ID_AA64PFR0_EL1");
    row_true(v3() ? (pfr0 >> 24 & 15) != 0 : (pfr0 >> 24 & 15) == 0,
             v3() ? "the system register interface" : "no system register interface",
             pfr0 >> 24 & 15, "GIC, GICv%u", platform.gic_version);
    row_is(pfr0 >> 16 & 15, pfr0 >> 20 & 15, "FP and AdvSIMD are the same");
    subject("ID_AA64MMFR0_EL1", SECTION "ID_AA64MMFR0_EL1");
    row_true((mmfr0 & 15) <= 6, "6 or less", mmfr0 & 15, "PARange");
    row_is(mmfr0 >> 28 & 15, 0, "TGran4: 4 KiB pages, in use by this guest");
    subject("ID_AA64DFR0_EL1", SECTION "ID_AA64DFR0_EL1");
    row_true((dfr0 & 15) >= 6, "6 or more", dfr0 & 15, "DebugVer");
    row_true((dfr0 >> 12 & 15) >= 1, "1 or more", dfr0 >> 12 & 15, "BRPs: 2 breakpoints or more");
    subject("CTR_EL0", SECTION "CTR_EL0");
    row_is(read_sysreg(ctr_el0) >> 31, 1, "bit 31 is RES1");
    subject("DCZID_EL0", SECTION "DCZID_EL0");
    row_true((read_sysreg(dczid_el0) & ~0x1fUL) == 0, "5 bits", read_sysreg(dczid_el0), "value");
    subject("CCSIDR_EL1", SECTION "CCSIDR_EL1");
    row_is(try_instruction(MSR(3, 2, 0, 0, 0), &value), 0, "CSSELR_EL1 = 0: no exception");
    row_is(try_instruction(MRS(3, 1, 0, 0, 0), &value), 0, "read: no exception");
    row_is(try_instruction(MRS(3, 1, 0, 0, 1), &value), 0, "CLIDR_EL1 read: no exception");
    subject("ID registers, all CPUs", SECTION "AArch64 Identification registers");
    for (u32 i = 1; i < platform.nr_cpus; i++) {
        row_is(bring_up(i) ? agent_call(i, read_mmfr0, 0) : 0, here,
               "CPU %u: MIDR, PFR0, ISAR0, ISAR1, MMFR0 as here (checksum)", i);
        agent_stop(i);
    }
}

/* An instruction for each of some fields; shown, it must not be UNDEFINED. */
static const struct {
    const char *name;
    u32 crm, op2, lsb, least;
    u32 instruction;
} usable[] = {
    {"ID_AA64ISAR0_EL1.CRC32", ID(6, 0), 16, 1, 0x1ac34063}, /* crc32b w3, w3, w3 */
    {"ID_AA64ISAR0_EL1.TS (CFINV)", ID(6, 0), 52, 1, 0xd500401f},
    {"ID_AA64ISAR0_EL1.TLB (TLBI VMALLE1OS)", ID(6, 0), 56, 1, 0xd508811f},
    {"ID_AA64ISAR0_EL1.RNDR", ID(6, 0), 60, 1, MRS(3, 3, 2, 4, 0)},
    {"ID_AA64ISAR1_EL1.SB", ID(6, 1), 36, 1, 0xd50330ff},
    {"ID_AA64ISAR1_EL1.APA (PACIZA X3)", ID(6, 1), 4, 1, 0xdac123e3},
    {"ID_AA64ISAR1_EL1.API (PACIZA X3)", ID(6, 1), 8, 1, 0xdac123e3},
    {"ID_AA64PFR1_EL1.SSBS (MRS)", ID(4, 1), 4, 2, MRS(3, 3, 4, 2, 6)},
    {"ID_AA64PFR0_EL1.DIT", ID(4, 0), 48, 1, MRS(3, 3, 4, 2, 5)},
    {"ID_AA64MMFR1_EL1.PAN", ID(7, 1), 20, 1, MRS(3, 0, 4, 2, 3)},
    {"ID_AA64MMFR2_EL1.UAO", ID(7, 2), 4, 1, MRS(3, 0, 4, 2, 4)},
    {"ID_AA64PFR0_EL1.CSV2 2 (SCXTNUM_EL1)", ID(4, 0), 56, 2, MRS(3, 0, 13, 0, 7)},
};

static void usable_rows(void) {
    subject("ID registers, shown", SECTION "AArch64 Identification registers");
    for (u32 i = 0; i < ARRAY_SIZE(usable); i++) {
        u32 value = (u32)(read_id(usable[i].crm, usable[i].op2) >> usable[i].lsb) & 15;
        u64 x3 = 0;
        u64 caught;

        if (value < usable[i].least || value == 15) continue;
        caught = try_instruction(usable[i].instruction, &x3);
        row_is(caught, 0, "%s: its instruction is not UNDEFINED", usable[i].name);
    }
}

void id_register_rows(void) {
    u64 daif = irq_save();

    field_rows();
    space_rows();
    affinity_rows();
    value_rows();
    usable_rows();
    irq_restore(daif);
}
