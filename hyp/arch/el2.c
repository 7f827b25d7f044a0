/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/el2.h"
#include "arch/percpu.h"
#include "arch/sysreg.h"

/*
 * HCR_EL2 (DDI 0487 "HCR_EL2, Hypervisor Configuration Register"); bits that are not named are 0.
 * Stage 2 translation (VM 0); invalidate by set/way cleans too, so that no line of ours is ever
 * lost (SWIO 1); physical FIQ, IRQ and SError come to EL2, and ICC_SGI*R trap (FMO 3, IMO 4, AMO
 * 5). ID registers trap: core/idregs.c answers (TID3 18); so does SMC: the guest's PSCI (TSC 19);
 * IMPLEMENTATION DEFINED registers trap: UNDEF (TIDCP 20). EL1 is AArch64 (RW 31).
 */
#define HCR_ALWAYS \
    (BIT(0) | BIT(1) | BIT(3) | BIT(4) | BIT(5) | BIT(18) | BIT(19) | BIT(20) | BIT(31))

static u64 hcr_value(void) {
    u64 hcr = HCR_ALWAYS, isar2 = read_sysreg(id_aa64isar2_el1);
    u64 pfr0 = read_sysreg(id_aa64pfr0_el1), isar1 = read_sysreg(id_aa64isar1_el1);
    u64 pfr1 = read_sysreg(id_aa64pfr1_el1);

    /* LO: LORegion registers trap, and are hidden (TLOR 35). */
    if (FIELD(read_sysreg(id_aa64mmfr1_el1), 19, 16)) hcr |= BIT(35);
    /* RAS: error record registers trap, and are hidden (TERR 36). */
    if (FIELD(pfr0, 31, 28)) hcr |= BIT(36);
    /*
     * GPI, GPA, API, APA; and their QARMA3 forms GPA3, APA3: pointer authentication keys (APK 40)
     * and instructions (API 41) do not trap.
     */
    if (FIELD(isar1, 31, 24) || FIELD(isar1, 11, 4) || FIELD(isar2, 15, 8))
        hcr |= BIT(40) | BIT(41);
    /* SME: SMIDR_EL1 traps, and is hidden; so do REVIDR_EL1 and AIDR_EL1 (TID1 16). */
    if (FIELD(pfr1, 27, 24)) hcr |= BIT(16);
    /* MTE: GMID_EL1 traps, and is hidden (TID5 58). */
    if (FIELD(pfr1, 11, 8) >= 2) hcr |= BIT(58);
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
    /* PMSVer: TPMS 14; E2PB 13:12 = 0, the profiling buffer belongs to EL2. */
    if (FIELD(dfr0, 35, 32)) mdcr |= BIT(14);
    /* TraceFilt: TTRF 19. */
    if (FIELD(dfr0, 43, 40)) mdcr |= BIT(19);
    return mdcr;
}

/* Fine-grained traps: 0 traps what is new (the n- bits) and nothing that is old. */
static void fine_grained_traps_off(void) {
    /*
     * HCX; HCRX_EL2, by its encoding like all that the assembler of Debian 12 has no name for. NMI:
     * writes of ALLINT trap (TALLINT 6), and are hidden.
     */
    if (FIELD(read_sysreg(id_aa64mmfr1_el1), 43, 40))
        write_sysreg(s3_4_c1_c2_2, FIELD(read_sysreg(id_aa64pfr1_el1), 39, 36) ? BIT(6) : 0);
    if (!FIELD(read_sysreg(id_aa64mmfr0_el1), 59, 56)) return; /* FGT */
    write_sysreg(s3_4_c1_c1_4, 0);                             /* HFGRTR_EL2 */
    write_sysreg(s3_4_c1_c1_5, 0);                             /* HFGWTR_EL2 */
    write_sysreg(s3_4_c1_c1_6, 0);                             /* HFGITR_EL2 */
    write_sysreg(s3_4_c3_c1_4, 0);                             /* HDFGRTR_EL2 */
    write_sysreg(s3_4_c3_c1_5, 0);                             /* HDFGWTR_EL2 */
    /* AMU: HAFGRTR_EL2. */
    if (FIELD(read_sysreg(id_aa64pfr0_el1), 47, 44)) write_sysreg(s3_4_c3_c1_6, 0);
}

/*
 * The event stream wakes a WFE at least every 2^(EVNTI + 1) ticks, so that a wait with a deadline
 * may sleep. About 10 microseconds at 54 MHz: bit 8 of the counter.
 */
#define CNTHCTL_EVENTS (BIT(2) | PUT(8, 7, 4))

const char *el2_init_cpu(void) {
    write_sysreg(hcr_el2, hcr_value());
    isb();
    if (read_sysreg(hcr_el2) & BIT(34)) return "HCR_EL2.E2H cannot be 0 on this core";
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

void el2_mitigate(s64 (*ask)(u32 function, u64 a1)) {
    extern char mitigating_vectors[];
    mitigation_t m =
        mitigation_choose(read_sysreg(midr_el1), read_sysreg(id_aa64pfr0_el1),
                          read_sysreg(id_aa64isar2_el1), read_sysreg(id_aa64mmfr1_el1), ask);

    this_cpu()->mitigation = m;
    if ((u32)m) write_sysreg(vbar_el2, (u64)mitigating_vectors);
    isb();
}
