/* SPDX-License-Identifier: Apache-2.0 */
/* core/mitigation.c: what is done by MIDR, by what the core says of itself, and by what firmware
 * answers. */
#include "core/mitigation.h"
#include "core/smccc.h"
#include "tap.h"

#define ARM(part, variant) (0x410f0000U | (variant) << 20 | (part) << 4)
#define CSV2(n)            PUT(n, 59, 56)
#define CLRBHB             PUT(1, 31, 28)
#define ECBHB              PUT(1, 63, 60)
#define LOOP(n)            ((mitigation_t)(n))
#define WORKAROUND_1       ((mitigation_t)SMCCC_ARCH_WORKAROUND_1)
#define WORKAROUND_3       ((mitigation_t)SMCCC_ARCH_WORKAROUND_3)

/* What firmware answers to ARCH_FEATURES for each, and how often it was asked. */
static s64 answer_1, answer_3;
static unsigned int asked;

static s64 firmware(u32 function, u64 a1) {
    asked++;
    if (function != SMCCC_ARCH_FEATURES) return 77;
    return a1 == SMCCC_ARCH_WORKAROUND_1 ? answer_1 : a1 == SMCCC_ARCH_WORKAROUND_3 ? answer_3 : 77;
}

static mitigation_t choose(u64 midr, u64 csv2, s64 workaround_1, s64 workaround_3) {
    answer_1 = workaround_1;
    answer_3 = workaround_3;
    asked = 0;
    return mitigation_choose(midr, CSV2(csv2), 0, 0, firmware);
}

static void loops(void) {
    static const struct {
        const char *name;
        u32 part;
        mitigation_t rounds;
    } cores[] = {
        {"Cortex-A76", 0xd0b, 24},   {"Cortex-A76AE", 0xd0e, 24}, {"Cortex-A77", 0xd0d, 24},
        {"Neoverse N1", 0xd0c, 24},  {"Cortex-A78", 0xd41, 32},   {"Cortex-A78AE", 0xd42, 32},
        {"Cortex-A78C", 0xd4b, 32},  {"Cortex-X1", 0xd44, 32},    {"Cortex-X2", 0xd48, 32},
        {"Cortex-A710", 0xd47, 32},  {"Neoverse V1", 0xd40, 32},  {"Neoverse N2", 0xd49, 32},
        {"Cortex-A715", 0xd4d, 38},  {"Cortex-A720", 0xd81, 38},  {"Cortex-X3", 0xd4e, 132},
        {"Neoverse V2", 0xd4f, 132},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(cores); i++)
        for (u32 variant = 0; variant < 16; variant += 5)
            ok(choose(ARM(cores[i].part, variant) | variant, 1, 0, 0) == cores[i].rounds && !asked,
               "%s r%up%u: a loop of %u rounds, firmware is not asked", cores[i].name, variant,
               variant, (unsigned int)cores[i].rounds);
}

static void nothing(void) {
    static const u32 in_order[] = {0xd03, 0xd04, 0xd05, 0xd46, 0xd80};

    for (unsigned int i = 0; i < ARRAY_SIZE(in_order); i++)
        for (u64 csv2 = 0; csv2 < 2; csv2++)
            ok(choose(ARM(in_order[i], 0U), csv2, 0, 0) == 0 && !asked,
               "part 0x%x with CSV2 = %u needs nothing, whatever firmware says", in_order[i],
               (unsigned int)csv2);
    ok(choose(ARM(0xd0bU, 4U), 3, 0, 0) == 0 && !asked, "CSV2 = 3 needs nothing");
    ok(choose(ARM(0xd0bU, 4U), 2, 0, 0) == LOOP(24), "CSV2 = 2 still needs its loop");
    ok(mitigation_choose(ARM(0xd40U, 0U), CSV2(1), 0, ECBHB, firmware) == 0, "ECBHB needs nothing");
    ok(mitigation_choose(ARM(0xd40U, 0U), CSV2(1), CLRBHB, ECBHB, firmware) == 0,
       "ECBHB needs nothing, CLRBHB neither");
    ok(mitigation_choose(ARM(0xd40U, 0U), CSV2(1), CLRBHB, 0, firmware) == MITIGATION_CLRBHB,
       "CLRBHB is used where it is, not the loop");
    ok(mitigation_choose(0x610f0220, CSV2(1), CLRBHB, 0, firmware) == MITIGATION_CLRBHB,
       "CLRBHB is used on a core that nobody knows");
    ok(mitigation_choose(ARM(0xd0bU, 4U), CSV2(1), ~MASK(31, 28), ~MASK(63, 60), firmware) ==
           LOOP(24),
       "the neighbours of these fields do not count");
}

/* A core whose branch targets are not its contexts' own: only firmware can make it forget them. */
static void targets(void) {
    static const u32 parts[] = {0xd07, 0xd08};

    for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
        u64 midr = ARM(parts[i], 0U) | 3;

        ok(choose(midr, 0, -1, 0) == WORKAROUND_3, "part 0x%x: WORKAROUND_3", parts[i]);
        ok(choose(midr, 0, 0, 0) == WORKAROUND_3, "part 0x%x: 3, which has both, before 1",
           parts[i]);
        ok(choose(midr, 0, 0, -1) == WORKAROUND_1, "part 0x%x: WORKAROUND_1 if there is no 3",
           parts[i]);
        ok(choose(midr, 0, 0, 1) == 0, "part 0x%x: not affected, says 3", parts[i]);
        ok(choose(midr, 0, 1, -1) == LOOP(8), "part 0x%x: not affected, says 1: the loop",
           parts[i]);
        ok(choose(midr, 0, -1, -1) == (LOOP(8) | MITIGATION_OPEN),
           "part 0x%x without firmware: the loop, and it is said that this is not all", parts[i]);
        ok(choose(midr, 1, 0, 0) == LOOP(8) && !asked, "part 0x%x with CSV2 = 1: the loop",
           parts[i]);
    }
}

/* Cortex-A73 and A75, and what nobody knows: there is no loop. */
static void firmwares(void) {
    static const u64 midrs[] = {ARM(0xd09U, 0U), ARM(0xd0aU, 2U), 0x000f0510, 0x431f0af1,
                                0x420f0d08};

    for (unsigned int i = 0; i < ARRAY_SIZE(midrs); i++)
        for (u64 csv2 = 0; csv2 < 2; csv2++) {
            unsigned int midr = (unsigned int)midrs[i], csv = (unsigned int)csv2;

            ok(choose(midr, csv2, -1, 0) == WORKAROUND_3, "MIDR %#x, CSV2 %u: WORKAROUND_3", midr,
               csv);
            ok(choose(midr, csv2, 0, -1) == WORKAROUND_1, "MIDR %#x, CSV2 %u: WORKAROUND_1", midr,
               csv);
            ok(choose(midr, csv2, -1, 1) == 0, "MIDR %#x, CSV2 %u: not affected, says 3", midr,
               csv);
            ok(choose(midr, csv2, 1, -1) == MITIGATION_OPEN,
               "MIDR %#x, CSV2 %u: 1 says nothing of the history", midr, csv);
            ok(choose(midr, csv2, -1, -1) == MITIGATION_OPEN, "MIDR %#x, CSV2 %u: nothing is known",
               midr, csv);
        }
}

int main(void) {
    loops();
    nothing();
    targets();
    firmwares();
    return tap_done();
}
