/* SPDX-License-Identifier: Apache-2.0 */
/* SMC Calling Convention (Arm DEN 0028): the functions that are neither PSCI's nor our own. */
#pragma once

#define SMCCC_NOT_SUPPORTED (-1)

/* "Arm Architecture Calls". */
#define SMCCC_VERSION           0x80000000U
#define SMCCC_ARCH_FEATURES     0x80000001U
#define SMCCC_ARCH_SOC_ID       0x80000002U
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffU
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffU
#define SMCCC_ARCH_WORKAROUND_1 0x80008000U
#define SMCCC_VERSION_1_2       0x10002

/* True Random Number Generator Firmware Interface (Arm DEN 0098). */
#define TRNG_VERSION            0x84000050U
#define TRNG_FEATURES           0x84000051U
#define TRNG_GET_UUID           0x84000052U
#define TRNG_RND32              0x84000053U
#define TRNG_RND64              0xc4000053U
#define TRNG_VERSION_1_0        0x10000
#define TRNG_INVALID_PARAMETERS (-2)
#define TRNG_NO_ENTROPY         (-3)
