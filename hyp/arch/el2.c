/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/el2.h"
#include "arch/sysreg.h"

/* By encoding where the assembler of Debian 12 wants an architecture extension for the name. */
#define HCRX_EL2         s3_4_c1_c2_2
#define HFGRTR_EL2       s3_4_c1_c1_4
#define HFGWTR_EL2       s3_4_c1_c1_5
#define HFGITR_EL2       s3_4_c1_c1_6
#define HDFGRTR_EL2      s3_4_c3_c1_4
#define HDFGWTR_EL2      s3_4_c3_c1_5
#define HAFGRTR_EL2      s3_4_c3_c1_6
#define ID_AA64ISAR2_EL1 s3_0_c0_c6_2

/* HCR_EL2, DDI 0487 "HCR_EL2, Hypervisor Configuration Register". Unnamed bits are 0. */
#define HCR_VM     BIT(0)  /* stage 2 translation */
#define HCR_SWIO   BIT(1)  /* invalidate by set/way cleans too: no line of ours is ever lost */
#define HCR_FMO    BIT(3)  /* physical FIQ, */
#define HCR_IMO    BIT(4)  /* IRQ and */
#define HCR_AMO    BIT(5)  /* SError come to EL2; ICC_SGI*R traps */
#define HCR_TID3   BIT(18) /* ID registers trap: core/idregs.c answers */
#define HCR_TSC    BIT(19) /* SMC traps: the guest's PSCI by SMC */
#define HCR_TIDCP  BIT(20) /* IMPLEMENTATION DEFINED registers trap: UNDEF */
#define HCR_RW     BIT(31) /* EL1 is AArch64 */
#define HCR_E2H    BIT(34)
#define HCR_TLOR   BIT(35) /* LORegion registers trap: hidden */
#define HCR_TERR   BIT(36) /* error record registers trap: hidden */
#define HCR_APK    BIT(40) /* pointer authentication keys and */
#define HCR_API    BIT(41) /* instructions do not trap */
#define HCR_ENSCXT BIT(53) /* SCXTNUM_EL1/EL0 do not trap */

static u64 hcr_value(void) {
    u64 hcr =
        HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_RW;
    u64 pfr0 = read_sysreg(id_aa64pfr0_el1), isar1 = read_sysreg(id_aa64isar1_el1);

    if (FIELD(read_sysreg(id_aa64mmfr1_el1), 19, 16)) /* LO */
        hcr |= HCR_TLOR;
    if (FIELD(pfr0, 31, 28)) /* RAS */
        hcr |= HCR_TERR;
    /* GPI, GPA, API, APA; and their QARMA3 forms GPA3, APA3. */
    if (FIELD(isar1, 31, 24) || FIELD(isar1, 11, 4) || FIELD(read_sysreg(ID_AA64ISAR2_EL1), 15, 8))
        hcr |= HCR_APK | HCR_API;
    if (FIELD(pfr0, 59, 56) >= 2) /* CSV2_2 */
        hcr |= HCR_ENSCXT;
    return hcr;
}

/* MDCR_EL2, "Monitor Debug Configuration Register (EL2)". Breakpoints stay native. */
static u64 mdcr_value(void) {
    u64 dfr0 = read_sysreg(id_aa64dfr0_el1);
    u64 pmu = FIELD(dfr0, 11, 8), mdcr = 0;

    if (pmu && pmu != 15) {
        mdcr |= BIT(6) | BIT(5);                      /* TPM, TPMCR: the PMU is hidden */
        mdcr |= FIELD(read_sysreg(pmcr_el0), 15, 11); /* HPMN: none set apart */
    }
    if (FIELD(dfr0, 35, 32)) /* PMSVer: E2PB 13:12 = 0, the profiling buffer belongs to EL2 */
        mdcr |= BIT(14);     /* TPMS */
    if (FIELD(dfr0, 43, 40)) /* TraceFilt */
        mdcr |= BIT(19);     /* TTRF */
    return mdcr;
}

/* Fine-grained traps: 0 traps what is new (the n- bits) and nothing that is old. */
static void fine_grained_traps_off(void) {
    u64 mmfr0 = read_sysreg(id_aa64mmfr0_el1);

    if (FIELD(read_sysreg(id_aa64mmfr1_el1), 43, 40)) /* HCX */
        write_sysreg(HCRX_EL2, 0);
    if (!FIELD(mmfr0, 59, 56)) /* FGT */
        return;
    write_sysreg(HFGRTR_EL2, 0);
    write_sysreg(HFGWTR_EL2, 0);
    write_sysreg(HFGITR_EL2, 0);
    write_sysreg(HDFGRTR_EL2, 0);
    write_sysreg(HDFGWTR_EL2, 0);
    if (FIELD(read_sysreg(id_aa64pfr0_el1), 47, 44)) /* AMU */
        write_sysreg(HAFGRTR_EL2, 0);
}

/*
 * The event stream wakes a WFE at least every 2^(EVNTI + 1) ticks, so that a wait with a deadline
 * may sleep. About 10 microseconds at 54 MHz: bit 8 of the counter.
 */
#define CNTHCTL_EVENTS (BIT(2) | PUT(8, 7, 4))

const char *el2_init_cpu(void) {
    write_sysreg(hcr_el2, hcr_value());
    isb();
    if (read_sysreg(hcr_el2) & HCR_E2H) return "HCR_EL2.E2H cannot be 0 on this core";
    fine_grained_traps_off();
    write_sysreg(mdcr_el2, mdcr_value());
    /*
     * CPTR_EL2 with E2H = 0: RES1 bits, which trap SVE (TZ 8) and SME (TSM 12); trace (TTA 20)
     * and activity monitors (TAM 30) trap; FP and AdvSIMD (TFP 10) are the guest's.
     */
    write_sysreg(cptr_el2, 0x33ff | BIT(20) | BIT(30));
    write_sysreg(hstr_el2, 0); /* AArch32 coprocessor accesses: EL1 is never AArch32 */
    /* EL1PCTEN, EL1PCEN: the physical counter and timer are the guest's. */
    write_sysreg(cnthctl_el2, BIT(0) | BIT(1) | CNTHCTL_EVENTS);
    write_sysreg(cnthp_ctl_el2, 0);
    write_sysreg(cntv_ctl_el0, 0);
    write_sysreg(cntp_ctl_el0, 0);
    write_sysreg(cntvoff_el2, 0);
    write_sysreg(vpidr_el2, read_sysreg(midr_el1));
    isb();
    return NULL;
}
