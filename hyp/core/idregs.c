/* SPDX-License-Identifier: Apache-2.0 */
/* Field names and values: Arm DDI 0487, "AArch64 System Registers", the register of that name. */
#include "core/idregs.h"
#include "lib/bits.h"

#define REG(crm, op2) (((crm)-1) * 8 + (op2))

#define ID_PFR1      REG(1, 1)
#define ID_AA64PFR0  REG(4, 0) /* the first that is not for AArch32 */
#define ID_AA64DFR0  REG(5, 0)
#define ID_AA64MMFR0 REG(7, 0)

/*
 * By four-bit field, which is how ID registers are divided: the lower of the core's value and the
 * one here is shown, so 0 hides a field and f shows the core's. In a signed field f means "not
 * there" and is shown too. A register without a row reads 0.
 *
 * Instructions on registers that we switch, and promises of the core about itself, need nothing of
 * us. Hidden is what has state that we do not switch, what needs a bit of HCRX_EL2 or a trap that
 * we do not have, and what belongs to EL2 or EL3.
 */
static const u64 highest_shown[IDREGS_COUNT] = {
    /*
     * AArch32, of which a guest has EL0 only: what EL1 alone could use reads as absent. The fields
     * of MMFR0-3, ISAR0-4 and MVFR0-2 have nothing of EL2 in them, apart from SMC in ISAR4 15:12.
     */
    /* ID_PFR0: 0-11 State0-2 (A32, T32, Jazelle), 16 CSV2 (as in ID_AA64PFR0), 24 DIT */
    [REG(1, 0)] = 0x01010fff,
    /* ID_PFR1: 16 GenTimer (counters at EL0; not ECV), 28 GIC (below) */
    [REG(1, 1)] = 0x00010000,
    /* ID_DFR0: 0 CopDbg (as DebugVer in ID_AA64DFR0) */
    [REG(1, 2)] = 0x00000009,
    /* ID_MMFR0-3 */
    [REG(1, 4)] = 0xffffffff,
    [REG(1, 5)] = 0xffffffff,
    [REG(1, 6)] = 0xffffffff,
    [REG(1, 7)] = 0xffffffff,
    /* ID_ISAR0-4 */
    [REG(2, 0)] = 0xffffffff,
    [REG(2, 1)] = 0xffffffff,
    [REG(2, 2)] = 0xffffffff,
    [REG(2, 3)] = 0xffffffff,
    [REG(2, 4)] = 0xffff0fff,
    /* ID_ISAR5: 0 SEVL, 4 AES, 8 SHA1, 12 SHA2, 16 CRC32, 24 RDM, 28 VCMA */
    [REG(2, 5)] = 0x11011121,
    /* ID_MMFR4: 20 LSM (as in ID_AA64MMFR2) */
    [REG(2, 6)] = 0x00100000,
    /* ID_ISAR6: 0 JSCVT, 4 DP, 8 FHM, 12 SB, 16 SPECRES, 20 BF16, 24 I8MM */
    [REG(2, 7)] = 0x01111111,
    /* MVFR0-2: floating point */
    [REG(3, 0)] = 0xffffffff,
    [REG(3, 1)] = 0xffffffff,
    [REG(3, 2)] = 0xffffffff,
    /* ID_PFR2: 0 CSV3, 4 SSBS */
    [REG(3, 4)] = 0x00000011,

    /*
     * ID_AA64PFR0: 0 EL0 (below), 4 EL1 (HCR_EL2.RW = 1: AArch64 only), 16 FP and 20 AdvSIMD (1:
     * with half precision), 24 GIC (below), 48 DIT, 56 CSV2 (2 and up have SCXTNUM_ELx, which we
     * do not switch), 60 CSV3. Hidden: EL2, EL3, RAS, SVE, MPAM, AMU, RME.
     */
    [REG(4, 0)] = 0x1101000000110010,
    /*
     * ID_AA64PFR1: 0 BT (SCTLR_EL1 and page table bits), 4 SSBS (2: with its MRS and MSR), 32
     * CSV2_frac (2 has SCXTNUM_ELx). Hidden: MTE, RAS_frac, MPAM_frac, SME, NMI, GCS.
     */
    [REG(4, 1)] = 0x0000000100000021,
    /*
     * ID_AA64DFR0: 0 DebugVer (a is about MOPS, b needs MDCR_EL2.EBWE), 12 BRPs, 20 WRPs and 28
     * CTX_CMPs (numbers: breakpoints cannot be hidden), 36 DoubleLock (OSDLR_EL1 is the core's).
     * Hidden: PMU, trace, SPE.
     */
    [REG(5, 0)] = 0x00000000f0f0f009,
    /*
     * ID_AA64ISAR0: 4 AES, 8 SHA1, 12 SHA2, 16 CRC32, 20 Atomic (LSE, LSE128), 28 RDM, 32 SHA3,
     * 36 SM3, 40 SM4, 44 DP, 48 FHM, 52 TS, 56 TLB (outer shareable and range TLBI, by the guest's
     * VMID), 60 RNDR (no trap below EL3). Hidden: TME.
     */
    [REG(6, 0)] = 0x1221111110312120,
    /*
     * ID_AA64ISAR1: 0 DPB, 4 APA and 8 API (HCR_EL2.API, APK set, keys switched; not PAuth_LR),
     * 12 JSCVT, 16 FCMA, 20 LRCPC, 24 GPA and 28 GPI (as APA), 32 FRINTTS, 36 SB, 40 SPECRES (acts
     * on the current VMID only), 44 BF16 (with FPCR.EBF), 48 DGH, 52 I8MM. Hidden: XS, LS64, which
     * need HCRX_EL2.
     */
    [REG(6, 1)] = 0x0011221111311552,
    /*
     * ID_AA64ISAR2: 4 RPRES, 8 GPA3 and 12 APA3 (as APA), 20 BC, 24 PAC_frac, 28 CLRBHB, 52 CSSC.
     * Hidden: WFxT (a trapped WFI has no deadline), MOPS (needs HCRX_EL2.MSCEn), SYSREG_128.
     */
    [REG(6, 2)] = 0x0010000011105110,
    /*
     * ID_AA64MMFR0: 0 PARange (below), 4 ASIDBits, 20 TGran16 (not LPA2, stage 2 has 48 bits), 24
     * TGran64 and 28 TGran4 (signed; stage 1 granules are the guest's choice), 44 ExS (SCTLR_EL1
     * bits). Hidden: BigEnd (emulated devices are little-endian), SNSMem, granules of stage 2, FGT
     * and ECV, which are EL2's.
     */
    [REG(7, 0)] = 0x0000100000100020,
    /*
     * ID_AA64MMFR1: 0 HAFDBS (stage 2 lets the walker write; HAFT needs HCRX_EL2), 12 HPDS (not
     * HPDS2), 20 PAN (a PSTATE bit, AT S1E1xP, EPAN), 24 SpecSEI (a warning, not to be hidden), 36
     * ETS, 44 AFP (FPCR bits), 48 nTLBPA, 52 TIDCP1 and 56 CMOW (SCTLR_EL1 bits), 60 ECBHB.
     * Hidden: VMIDBits, VH, LO (LORegions: trapped), XNX, TWED, HCX.
     */
    [REG(7, 1)] = 0x1111103001301002,
    /*
     * ID_AA64MMFR2: 0 CnP (shared entries are still tagged with the VMID), 4 UAO, 8 LSM (SCTLR_EL1
     * bits), 16 VARange (52 bits with 64 KiB granules, stage 1 only), 20 CCIDX (CCSIDR_EL1 is the
     * core's), 28 ST (stage 1), 32 AT, 36 IDS (how EL0's ID reads are reported to EL1), 48 TTL
     * (hints of TLBI), 60 E0PD (TCR_EL1 bits). Hidden: IESB (RAS), NV, FWB, EVT, which are EL2's,
     * and BBM (conflicts may reach EL2).
     */
    [REG(7, 2)] = 0x1001001110110111,
};

/* ID_AA64MMFR0_EL1.PARange for an address size, rounded down to one that it can say. */
static u64 parange(unsigned int ipa_bits) {
    static const u8 bits[] = {32, 36, 40, 42, 44, 48, 52, 56};
    unsigned int n = 0;

    while (n + 1 < ARRAY_SIZE(bits) && bits[n + 1] <= ipa_bits) n++;
    return n;
}

u64 idreg_filter(unsigned int crm, unsigned int op2, u64 host, const struct idreg_env *env) {
    unsigned int reg = idregs_index(crm, op2);
    u64 highest = highest_shown[reg], is_signed = 0, guest = 0;

    if (reg < ID_AA64PFR0 && !env->aarch32_el0) return 0;
    switch (reg) {
    case ID_AA64PFR0:
        highest |= env->aarch32_el0 ? 2 : 1;
        is_signed = MASK(23, 16); /* FP, AdvSIMD */
        break;
    case ID_AA64DFR0:
        is_signed = MASK(39, 36); /* DoubleLock */
        break;
    case ID_AA64MMFR0:
        highest |= parange(env->ipa_bits);
        is_signed = MASK(31, 24); /* TGran64, TGran4 */
        break;
    default: break;
    }
    for (u64 left = highest | is_signed, field; left; left &= ~field) {
        field = (u64)0xf << align_down(lowest_bit(left), 4);
        if ((host & field) <= (highest & field) || (host & is_signed & field) == field)
            guest |= host & field;
        else
            guest |= highest & field;
    }
    /* 1 is GICv3, whatever the core has: GICv4.1 (3) changes nothing for a VM. */
    if (env->gicv3 && reg == ID_AA64PFR0) guest |= PUT(1, 27, 24);
    if (env->gicv3 && reg == ID_PFR1) guest |= PUT(1, 31, 28);
    return guest;
}

void idregs_filter_all(u64 values[IDREGS_COUNT], const struct idreg_env *env) {
    for (unsigned int reg = 0; reg < IDREGS_COUNT; reg++)
        values[reg] = idreg_filter(reg / 8 + 1, reg % 8, values[reg], env);
}
