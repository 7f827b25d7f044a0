/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a core does first of all when a guest enters EL2, so that no indirect branch here goes where
 * the guest has trained the branch predictor to send it (CVE-2017-5715, "Spectre v2";
 * CVE-2022-23960, "Spectre-BHB").
 */
#pragma once

#include "lib/bits.h"

/*
 * The lower 32 bits, as vectors.S takes them: 0, nothing; else, with bit 31, the function of
 * firmware that forgets all predictions; else how many rounds of a loop overwrite the branch
 * history, 1 where CLRBHB behind the loop does it. Above them MITIGATION_OPEN: something is left
 * that this does not prevent, or may be.
 */
typedef u64 mitigation_t;
#define MITIGATION_CLRBHB 1
#define MITIGATION_OPEN   BIT(32)

/*
 * For a core by what it says of itself: MIDR_EL1, ID_AA64PFR0_EL1, ID_AA64ISAR2_EL1,
 * ID_AA64MMFR1_EL1. ask makes a call of firmware's (SMCCC) on that core.
 */
mitigation_t mitigation_choose(u64 midr, u64 pfr0, u64 isar2, u64 mmfr1,
                               s64 (*ask)(u32 function, u64 a1));
