/* SPDX-License-Identifier: Apache-2.0 */
#include "core/esr.h"
#include "lib/print.h"

/* Names in arrays, here and below: a pointer costs 32 bytes of image, with its relocation. */
struct name {
    u8 value;
    char text[43];
};

/* Sorted by class. */
static const struct name classes[] = {
    {ESR_EC_UNKNOWN, "undefined instruction"},
    {ESR_EC_WFX, "trapped WFI or WFE"},
    {ESR_EC_CP15_32, "trapped AArch32 MCR or MRC, coproc 15"},
    {ESR_EC_CP15_64, "trapped AArch32 MCRR or MRRC, coproc 15"},
    {ESR_EC_CP14_32, "trapped AArch32 MCR or MRC, coproc 14"},
    {ESR_EC_CP14_LDC, "trapped AArch32 LDC or STC"},
    {ESR_EC_FP, "trapped FP, SIMD or SVE access"},
    {ESR_EC_VMRS, "trapped AArch32 VMRS"},
    {ESR_EC_PAC, "trapped pointer authentication"},
    {ESR_EC_LS64, "trapped LD64B or ST64B"},
    {ESR_EC_CP14_64, "trapped AArch32 MRRC, coproc 14"},
    {ESR_EC_BTI, "branch target exception"},
    {ESR_EC_ILLEGAL_STATE, "illegal execution state"},
    {ESR_EC_SVC32, "SVC from AArch32"},
    {ESR_EC_HVC32, "HVC from AArch32"},
    {ESR_EC_SMC32, "SMC from AArch32"},
    {ESR_EC_SYSREG128, "trapped MSRR, MRRS or 128-bit SYSP"},
    {ESR_EC_SVC64, "SVC"},
    {ESR_EC_HVC64, "HVC"},
    {ESR_EC_SMC64, "SMC"},
    {ESR_EC_SYSREG, "trapped MSR, MRS or system instruction"},
    {ESR_EC_SVE, "trapped SVE access"},
    {ESR_EC_ERET, "trapped ERET"},
    {ESR_EC_TSTART, "trapped TSTART"},
    {ESR_EC_PAC_FAIL, "pointer authentication failure"},
    {ESR_EC_SME, "trapped SME access"},
    {ESR_EC_IABT_LOW, "instruction abort from a lower EL"},
    {ESR_EC_IABT_CUR, "instruction abort from the same EL"},
    {ESR_EC_PC_ALIGNMENT, "PC alignment fault"},
    {ESR_EC_DABT_LOW, "data abort from a lower EL"},
    {ESR_EC_DABT_CUR, "data abort from the same EL"},
    {ESR_EC_SP_ALIGNMENT, "SP alignment fault"},
    {ESR_EC_MOPS, "memory copy or set exception"},
    {ESR_EC_FP_EXCEPTION32, "floating-point exception from AArch32"},
    {ESR_EC_FP_EXCEPTION64, "floating-point exception"},
    {ESR_EC_GCS, "guarded control stack exception"},
    {ESR_EC_SERROR, "SError"},
    {ESR_EC_BREAKPOINT_LOW, "breakpoint in a lower EL"},
    {ESR_EC_BREAKPOINT_CUR, "breakpoint in the same EL"},
    {ESR_EC_STEP_LOW, "software step in a lower EL"},
    {ESR_EC_STEP_CUR, "software step in the same EL"},
    {ESR_EC_WATCHPOINT_LOW, "watchpoint in a lower EL"},
    {ESR_EC_WATCHPOINT_CUR, "watchpoint in the same EL"},
    {ESR_EC_BKPT32, "BKPT from AArch32"},
    {ESR_EC_VECTOR_CATCH32, "vector catch from AArch32"},
    {ESR_EC_BRK64, "BRK"},
    {ESR_EC_PMU, "performance monitors exception"},
};

/* Sorted by fault status, level 0 where it has levels. */
static const struct name faults[] = {
    {ESR_FAULT_ADDRESS_SIZE, "address size fault"},
    {ESR_FAULT_TRANSLATION, "translation fault"},
    {ESR_FAULT_ACCESS_FLAG, "access flag fault"},
    {ESR_FAULT_PERMISSION, "permission fault"},
    {ESR_FAULT_EXTERNAL, "external abort"},
    {0x11, "tag check fault"},
    {0x13, "external abort on table walk level -1"},
    {ESR_FAULT_EXTERNAL_WALK, "external abort on table walk"},
    {ESR_FAULT_PARITY, "parity or ECC error"},
    {0x1b, "parity or ECC error on table walk level -1"},
    {ESR_FAULT_PARITY_WALK, "parity or ECC error on table walk"},
    {ESR_FAULT_ALIGNMENT, "alignment fault"},
    {0x28, "granule protection fault"},
    {0x29, "address size fault level -1"},
    {ESR_FAULT_TRANSLATION_LEVEL_MINUS_1, "translation fault level -1"},
    {ESR_FAULT_TLB_CONFLICT, "TLB conflict"},
    {ESR_FAULT_ATOMIC_UPDATE, "unsupported hardware update of tables"},
    {0x34, "lockdown fault"},
    {ESR_FAULT_EXCLUSIVE, "unsupported exclusive or atomic access"},
};

static const char *find(const struct name *names, size_t count, unsigned int value) {
    for (size_t i = 0; i < count; i++) {
        if (names[i].value == value) return names[i].text;
    }
    return NULL;
}

const char *esr_ec_name(u64 esr) {
    const char *name = find(classes, ARRAY_SIZE(classes), esr_ec(esr));

    return name ? name : "unallocated class";
}

/* Text that grows to the right until its room, the last byte apart, is full. */
struct text {
    char *at;
    size_t room;
};

static void text_put(void *ctx, char c) {
    struct text *t = ctx;

    if (t->room > 1) {
        *t->at++ = c;
        t->room--;
    }
}

static void PRINTF_LIKE(2, 3) text_add(struct text *t, const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    print_v(text_put, t, fmt, ap);
    va_end(ap);
}

static void text_add_rt(struct text *t, unsigned int rt, bool sixty_four) {
    char bank = sixty_four ? 'x' : 'w';

    if (rt == 31)
        text_add(t, "%czr", bank);
    else
        text_add(t, "%c%u", bank, rt);
}

static void describe_fault(struct text *t, u64 esr, u64 far) {
    unsigned int fsc = (unsigned int)FIELD(esr, 5, 0);
    unsigned int fault = esr_fault(esr);
    const char *name = find(faults, ARRAY_SIZE(faults), fault);

    if (fault == ESR_FAULT_EXTERNAL && (esr & ESR_FNV))
        text_add(t, " at an unknown address: ");
    else
        text_add(t, " at 0x%llx: ", (unsigned long long)far);
    if (name)
        text_add(t, "%s", name);
    else
        text_add(t, "fault status 0x%x", fsc);
    if (esr_fault_has_level(esr)) text_add(t, " level %u", fsc & 3);
    if (esr & ESR_S1PTW) text_add(t, ", on a stage 1 table walk");
}

static void describe_data_abort(struct text *t, u64 esr) {
    struct esr_dabt d = esr_dabt(esr);

    if (d.maintenance)
        text_add(t, ", cache maintenance or address translation");
    else
        text_add(t, d.write ? ", write" : ", read");
    if (!d.valid || esr_ec(esr) != ESR_EC_DABT_LOW) return;
    text_add(t, ", %u byte%s%s, Rt ", d.size_bytes, d.size_bytes == 1 ? "" : "s",
             d.sign_extend ? " sign-extended" : "");
    text_add_rt(t, d.rt, d.sixty_four);
}

static void describe_sysreg(struct text *t, u64 esr) {
    struct esr_sysreg r = esr_sysreg(esr);

    text_add(t, ": S%u_%u_C%u_C%u_%u, %s ", r.op0, r.op1, r.crn, r.crm, r.op2,
             r.read ? "read to" : "write from");
    text_add_rt(t, r.rt, true);
}

void esr_describe(u64 esr, u64 far, char *buf, size_t size) {
    static const char wfx[][5] = {"WFI", "WFE", "WFIT", "WFET"};
    struct text t = {buf, size};

    if (size == 0) return;
    text_add(&t, "%s", esr_ec_name(esr));
    switch (esr_ec(esr)) {
    case ESR_EC_IABT_LOW:
    case ESR_EC_IABT_CUR: describe_fault(&t, esr, far); break;
    case ESR_EC_DABT_LOW:
    case ESR_EC_DABT_CUR:
        describe_fault(&t, esr, far);
        describe_data_abort(&t, esr);
        break;
    case ESR_EC_PC_ALIGNMENT:
    case ESR_EC_WATCHPOINT_LOW:
    case ESR_EC_WATCHPOINT_CUR: text_add(&t, " at 0x%llx", (unsigned long long)far); break;
    case ESR_EC_SYSREG: describe_sysreg(&t, esr); break;
    case ESR_EC_WFX: text_add(&t, ": %s", wfx[esr_wfx(esr)]); break;
    case ESR_EC_SVC64:
    case ESR_EC_HVC64:
    case ESR_EC_SMC64:
    case ESR_EC_BRK64: text_add(&t, ", immediate 0x%x", esr_imm(esr)); break;
    default:
        if (FIELD(esr, 24, 0)) text_add(&t, ", ISS 0x%llx", (unsigned long long)FIELD(esr, 24, 0));
        break;
    }
    *t.at = 0;
}
