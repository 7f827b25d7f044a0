/* SPDX-License-Identifier: Apache-2.0 */
#include "core/smccc.h"
#include "vm/vpsci.h"

/* 64 bits from RNDRRS, freshly seeded; false: there is no entropy now (PSTATE.Z is set). */
static bool entropy(u64 *value) {
    u64 none;

    asm volatile("mrs %0, s3_3_c2_c4_1\n\tcset %1, eq" : "=r"(*value), "=r"(none)::"cc");
    return !none;
}

/*
 * DEN 0098, "TRNG_RND": up to three words of entropy in x1 to x3, the last bits in x3, what was not
 * asked for 0. nr: bits asked for; width: of a word.
 */
static s64 random_bits(struct guest_regs *regs, u64 nr, unsigned int width) {
    u64 bits[3] = {0};

    if (nr < 1 || nr > 3 * width) return TRNG_INVALID_PARAMETERS;
    for (unsigned int i = 0; i < 3 && nr > i * width; i++) {
        u64 left = nr - i * width;

        if (!entropy(&bits[i])) return TRNG_NO_ENTROPY;
        bits[i] &= MASK((left < width ? left : width) - 1, 0);
    }
    for (unsigned int i = 0; i < 3; i++) regs->x[3 - i] = bits[i];
    return 0;
}

bool trng_call(u32 id, struct guest_regs *regs) {
    u32 asked = (u32)regs->x[1];
    s64 result = 0;

    if (!FIELD(read_sysreg(id_aa64isar0_el1), 63, 60)) return false; /* RNDR */
    switch (id) {
    case TRNG_VERSION: result = TRNG_VERSION_1_0; break;
    case TRNG_FEATURES:
        result = (asked >= TRNG_VERSION && asked <= TRNG_RND32) || asked == TRNG_RND64
                     ? 0
                     : SMCCC_NOT_SUPPORTED;
        break;
    case TRNG_GET_UUID: /* of this implementation: 5f1b7a52-c2ab-4c55-9d34-6d7573746572 */
        result = 0x527a1b5f;
        regs->x[1] = 0x554cabc2;
        regs->x[2] = 0x756d349d;
        regs->x[3] = 0x72657473;
        break;
    case TRNG_RND32: result = random_bits(regs, asked, 32); break;
    case TRNG_RND64: result = random_bits(regs, regs->x[1], 64); break;
    default: return false;
    }
    regs->x[0] = (u64)result;
    return true;
}
