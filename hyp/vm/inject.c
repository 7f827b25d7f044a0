/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions that the hypervisor raises in a guest, as "AArch64.TakeException()" of the Arm ARM
 * (DDI 0487, "aarch64/exceptions/takeexception") takes them to EL1.
 */
#include <muster/guest_map.h>
#include "core/esr.h"
#include "mm/mm.h"
#include "vm/postmortem.h"
#include "vm/trap.h"

#define SPSR_M_EL1H  5
#define SPSR_AARCH32 BIT(4)

/* VBAR_EL1 + offset by where the exception comes from; synchronous. */
static u64 vector_offset(u64 spsr) {
    if (spsr & SPSR_AARCH32) return 0x600;
    if (FIELD(spsr, 3, 2) == 0) /* EL0, AArch64 */
        return 0x400;
    return spsr & 1 ? 0x200 : 0x000; /* EL1 with SP_EL1, with SP_EL0 */
}

/*
 * PSTATE at the handler: EL1h, DAIF masked; NZCV, DIT and UAO keep or clear as the rules say. PAN
 * is set unless SCTLR_EL1.SPAN (23); SSBS becomes SCTLR_EL1.DSSBS (44).
 */
static u64 handler_pstate(u64 spsr) {
    u64 sctlr = read_sysreg(sctlr_el1);
    u64 pstate = SPSR_M_EL1H | PUT(0xf, 9, 6);
    bool aarch32 = spsr & SPSR_AARCH32;

    pstate |= spsr & PUT(0xf, 31, 28);
    pstate |= aarch32 ? (spsr & BIT(21) ? BIT(24) : 0) : spsr & BIT(24); /* DIT */
    pstate |= spsr & BIT(22);                                            /* PAN */
    if (FIELD(read_sysreg(id_aa64mmfr1_el1), 23, 20) && !(sctlr & BIT(23))) pstate |= BIT(22);
    if (FIELD(read_sysreg(id_aa64pfr1_el1), 7, 4) && (sctlr & BIT(44))) pstate |= BIT(12);
    return pstate;
}

void inject_sync(u64 esr) {
    u64 spsr = read_sysreg(spsr_el2);

    if (!trace_on) life_exit(this_cpu()->vcpu, read_sysreg(esr_el2));
    write_sysreg(esr_el1, esr);
    write_sysreg(elr_el1, read_sysreg(elr_el2));
    write_sysreg(spsr_el1, spsr);
    write_sysreg(elr_el2, read_sysreg(vbar_el1) + vector_offset(spsr));
    write_sysreg(spsr_el2, handler_pstate(spsr));
}

void inject_undefined(struct vcpu *v) { inject_sync(ESR_MAKE(ESR_EC_UNKNOWN, 0)); }

/*
 * The level at which the guest's own walk for this address meets a table that is not there: an
 * abort from it tells only stage 2's level (DDI 0487, "VMSAv8-64 translation table format
 * descriptors", "TCR_EL1"). The regime is the guest's: whatever it says is answered with a level.
 */
static unsigned int walk_level(const struct vcpu *v, u64 va) {
    static const u8 shifts[2][4] = {{12, 16, 14, 12}, {12, 14, 12, 16}}; /* TG0; TG1 */
    bool upper = va & BIT(55);
    u64 tcr = read_sysreg(tcr_el1) >> (upper ? 16 : 0), ram = v->vm->config->ram_size;
    u64 table = (upper ? read_sysreg(ttbr1_el1) : read_sysreg(ttbr0_el1)) & MASK(47, 5);
    int shift = shifts[upper][FIELD(tcr, 15, 14)], bits = shift - 3;
    int top = 64 - (int)FIELD(tcr, 5, 0), level = 4 - (top - shift + bits - 1) / bits;

    for (level = level < 0 || level > 3 ? 0 : level; level < 3; level++) {
        int lsb = shift + bits * (3 - level), msb = lsb + bits < top ? lsb + bits : top;
        u64 at = table + 8 * (msb > lsb ? FIELD(va, msb - 1, lsb) : 0) - GUEST_RAM_BASE;
        const u64 *entry;

        if (at >= ram) break;
        entry = window_open(0, pa(v->vm->config->ram.v + at), sizeof(*entry), false);
        table = entry && (*entry & 3) == 3 ? *entry & MASK(47, shift) : 0;
    }
    window_close(0);
    return (unsigned int)level;
}

/*
 * The synchronous external abort that an access to nothing gives. esr_el2: of the abort from the
 * guest; where it came from and what it did stay, the cause is ours.
 */
void inject_abort(struct vcpu *v, u64 esr_el2) {
    bool el0 = FIELD(read_sysreg(spsr_el2), 3, 2) == 0 || (read_sysreg(spsr_el2) & SPSR_AARCH32);
    bool instruction = esr_ec(esr_el2) == ESR_EC_IABT_LOW;
    enum esr_ec ec = instruction ? (el0 ? ESR_EC_IABT_LOW : ESR_EC_IABT_CUR)
                                 : (el0 ? ESR_EC_DABT_LOW : ESR_EC_DABT_CUR);
    u64 fault = esr_el2 & ESR_S1PTW
                    ? (u64)ESR_FAULT_EXTERNAL_WALK | walk_level(v, read_sysreg(far_el2))
                    : (u64)ESR_FAULT_EXTERNAL;
    u64 iss = fault | (instruction ? 0 : esr_el2 & (ESR_WNR | ESR_CM));

    write_sysreg(far_el1, read_sysreg(far_el2));
    inject_sync((ESR_MAKE(ec, iss) & ~ESR_IL) | (esr_el2 & ESR_IL));
}

/* Taken by the guest when it unmasks PSTATE.A: HCR_EL2.VSE. */
void inject_serror(struct vcpu *v) {
    write_sysreg(hcr_el2, read_sysreg(hcr_el2) | BIT(8));
    isb();
}
