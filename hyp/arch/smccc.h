/* SPDX-License-Identifier: Apache-2.0 */
/* A call to firmware, by the SMC Calling Convention (Arm DEN 0028, "SMC64/HVC64 argument passing").
 */
#ifndef ARCH_SMCCC_H
#define ARCH_SMCCC_H

#include "lib/types.h"

/* Returns x0. Only x0-x3 carry results or are lost; firmware older than 1.1 may use x4-x17. */
static inline u64 smc_call(u32 function, u64 a1, u64 a2, u64 a3) {
    register u64 x0 asm("x0") = function;
    register u64 x1 asm("x1") = a1;
    register u64 x2 asm("x2") = a2;
    register u64 x3 asm("x3") = a3;

    asm volatile("smc #0"
                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                 :
                 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
                   "x16", "x17", "memory");
    return x0;
}

#endif
