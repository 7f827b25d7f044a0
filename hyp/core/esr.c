/* SPDX-License-Identifier: Apache-2.0 */
#include "core/esr.h"
#include "lib/print.h"

/* What the hypervisor itself may run into, and a guest's aborts: nothing else is described. */
#define CLASSES(X)                                           \
    X(ESR_EC_UNKNOWN, "undefined instruction")               \
    X(0x07, "trapped FP, SIMD or SVE access")                \
    X(0x0e, "illegal execution state")                       \
    X(ESR_EC_SVC64, "SVC")                                   \
    X(ESR_EC_HVC64, "HVC")                                   \
    X(ESR_EC_IABT_LOW, "instruction abort from a lower EL")  \
    X(ESR_EC_IABT_CUR, "instruction abort from the same EL") \
    X(ESR_EC_PC_ALIGNMENT, "PC alignment fault")             \
    X(ESR_EC_DABT_LOW, "data abort from a lower EL")         \
    X(ESR_EC_DABT_CUR, "data abort from the same EL")        \
    X(ESR_EC_SP_ALIGNMENT, "SP alignment fault")             \
    X(0x2f, "SError")                                        \
    X(ESR_EC_BRK64, "BRK")

/* Level 0 where it has levels. */
#define FAULTS(X)                                              \
    X(0x00, "address size fault")                              \
    X(ESR_FAULT_TRANSLATION, "translation fault")              \
    X(0x08, "access flag fault")                               \
    X(0x0c, "permission fault")                                \
    X(ESR_FAULT_EXTERNAL, "external abort")                    \
    X(ESR_FAULT_EXTERNAL_WALK, "external abort on table walk") \
    X(0x18, "parity or ECC error")                             \
    X(0x1c, "parity or ECC error on table walk")               \
    X(0x21, "alignment fault")                                 \
    X(0x28, "granule protection fault")                        \
    X(0x30, "TLB conflict")                                    \
    X(0x31, "unsupported hardware update of tables")           \
    X(0x35, "unsupported exclusive or atomic access")

#define VALUE(value, text) value,
#define TEXT(value, text)  text "\0"
static const u8 classes[] = {CLASSES(VALUE)}, faults[] = {FAULTS(VALUE)};

static const char *find(const u8 *values, size_t count, u64 value, const char *names) {
    for (size_t i = 0; i < count; i++)
        if (values[i] == value) return nth_name(names, i);
    return NULL;
}

/* What is left of the caller's buffer; never less than the byte that ends the text. */
struct text {
    char *at;
    size_t room;
};

static void PRINTF_LIKE(2, 3) text_add(struct text *t, const char *fmt, ...) {
    va_list ap;
    size_t n;

    va_start(ap, fmt);
    n = print_vs(t->at, t->room, fmt, ap);
    va_end(ap);
    if (n >= t->room) n = t->room - 1;
    t->at += n;
    t->room -= n;
}

/* The name, or the number where it has none. */
static void add_name(struct text *t, const char *name, const char *kind, u64 value) {
    if (name)
        text_add(t, "%s", name);
    else
        text_add(t, "%s 0x%lx", kind, value);
}

static void add_fault(struct text *t, u64 esr, u64 far) {
    u64 status = FIELD(esr, 5, 0);
    bool has_level = status < 0x10 || (status & 0x34) == 0x14;
    u64 fault = has_level ? align_down(status, 4) : status;

    if (status == ESR_FAULT_EXTERNAL && (esr & ESR_FNV))
        text_add(t, " at an unknown address: ");
    else
        text_add(t, " at 0x%lx: ", far);
    add_name(t, find(faults, ARRAY_SIZE(faults), fault, FAULTS(TEXT)), "fault status", status);
    if (has_level) text_add(t, " level %lu", status & 3);
    if (esr & ESR_S1PTW) text_add(t, ", on a stage 1 table walk");
}

static void add_access(struct text *t, u64 esr) {
    struct esr_dabt d = esr_dabt(esr);
    char bank = d.sixty_four ? 'x' : 'w';

    if (esr & ESR_CM)
        text_add(t, ", cache maintenance or address translation");
    else
        text_add(t, d.write ? ", write" : ", read");
    if (!(esr & ESR_ISV) || esr_ec(esr) != ESR_EC_DABT_LOW) return;
    text_add(t, ", %u byte%s%s, Rt ", d.size_bytes, d.size_bytes == 1 ? "" : "s",
             d.sign_extend ? " sign-extended" : "");
    if (d.rt == 31)
        text_add(t, "%czr", bank);
    else
        text_add(t, "%c%u", bank, d.rt);
}

void esr_describe(u64 esr, u64 far, char *buf, size_t size) {
    struct text t = {buf, size};
    enum esr_ec ec = esr_ec(esr);

    if (size == 0) return;
    add_name(&t, find(classes, ARRAY_SIZE(classes), ec, CLASSES(TEXT)), "exception class", ec);
    switch (ec) {
    case ESR_EC_IABT_LOW:
    case ESR_EC_IABT_CUR: add_fault(&t, esr, far); break;
    case ESR_EC_DABT_LOW:
    case ESR_EC_DABT_CUR:
        add_fault(&t, esr, far);
        add_access(&t, esr);
        break;
    case ESR_EC_PC_ALIGNMENT: text_add(&t, " at 0x%lx", far); break;
    case ESR_EC_SVC64:
    case ESR_EC_HVC64:
    case ESR_EC_BRK64: text_add(&t, ", immediate 0x%x", esr_imm(esr)); break;
    default:
        if (FIELD(esr, 24, 0)) text_add(&t, ", ISS 0x%lx", FIELD(esr, 24, 0));
        break;
    }
}
