/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mitigation.h"
#include "core/smccc.h"
#include "lib/bits.h"

/*
 * Cores of Arm's: in bits 7:0 those of MIDR_EL1.PartNum, whose upper four are 0xd, above them how
 * many rounds overwrite the branch history (Arm, "Spectre-BHB: Speculative Target Reuse Attacks";
 * Linux, commit a5951389e58d, for 38 and 132). 0: not affected, by this or by Spectre v2.
 * Cortex-A73 and A75 are not here, because no loop is enough for them.
 */
#define ROUNDS(n) ((n) << 8)
static const u16 cores[] = {
    /* Cortex-A53, A35, A55, A510, A520 */
    0x03, 0x04, 0x05, 0x46, 0x80,
    /* Cortex-A57, A72 */
    ROUNDS(8) | 0x07, ROUNDS(8) | 0x08,
    /* Cortex-A76, A76AE, A77, Neoverse N1 */
    ROUNDS(24) | 0x0b, ROUNDS(24) | 0x0e, ROUNDS(24) | 0x0d, ROUNDS(24) | 0x0c,
    /* Cortex-A78, A78AE, A78C, A710 */
    ROUNDS(32) | 0x41, ROUNDS(32) | 0x42, ROUNDS(32) | 0x4b, ROUNDS(32) | 0x47,
    /* Cortex-X1, X2, Neoverse V1, N2 */
    ROUNDS(32) | 0x44, ROUNDS(32) | 0x48, ROUNDS(32) | 0x40, ROUNDS(32) | 0x49,
    /* Cortex-A715, A720 */
    ROUNDS(38) | 0x4d, ROUNDS(38) | 0x81,
    /* Cortex-X3, Neoverse V2 */
    ROUNDS(132) | 0x4e, ROUNDS(132) | 0x4f};

/*
 * DDI 0487, "ID_AA64PFR0_EL1", CSV2: not 0, branch targets trained in one context do not steer
 * another; 3, neither does the history. "ID_AA64MMFR1_EL1", ECBHB: nor that of a lower exception
 * level. "ID_AA64ISAR2_EL1", CLRBHB. A core with CSV2 = 0 needs firmware, which forgets targets and
 * history alike; so does one whose loop is not known.
 *
 * DEN 0028, "SMCCC_ARCH_FEATURES": 0, this core needs the call; 1, it does not; negative, there is
 * none.
 */
mitigation_t mitigation_choose(u64 midr, u64 pfr0, u64 isar2, u64 mmfr1,
                               s64 (*ask)(u32 function, u64 a1)) {
    u64 csv2 = FIELD(pfr0, 59, 56);
    mitigation_t rounds = 0;
    s64 answer;

    if (csv2 >= 3 || FIELD(mmfr1, 63, 60)) return 0;
    if (FIELD(isar2, 31, 28)) return MITIGATION_CLRBHB;
    for (size_t i = 0; i < ARRAY_SIZE(cores); i++) {
        /* Implementer 31:24, architecture 19:16, PartNum 15:4; any variant and revision. */
        if ((midr & 0xff0ffff0) != (0x410fd000U | (cores[i] & 0xffU) << 4)) continue;
        rounds = cores[i] >> 8;
        if (!rounds || csv2) return rounds;
    }
    answer = ask(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3);
    if (answer >= 0) return answer ? 0 : SMCCC_ARCH_WORKAROUND_3;
    answer = ask(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1);
    if (!answer) return SMCCC_ARCH_WORKAROUND_1;
    return answer > 0 && rounds ? rounds : rounds | MITIGATION_OPEN;
}
