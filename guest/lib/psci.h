/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to the hypervisor or firmware: SMCCC (Arm DEN 0028), PSCI (Arm DEN 0022). */
#pragma once

#include "platform.h"
#include "types.h"

#define SMCCC_VERSION          0x80000000U
#define PSCI_VERSION           0x84000000U
#define PSCI_CPU_OFF           0x84000002U
#define PSCI_MIGRATE_INFO_TYPE 0x84000006U
#define PSCI_SYSTEM_OFF        0x84000008U
#define PSCI_SYSTEM_RESET      0x84000009U
#define PSCI_FEATURES          0x8400000aU
#define PSCI_CPU_SUSPEND       0xc4000001U
#define PSCI_CPU_ON            0xc4000003U
#define PSCI_AFFINITY_INFO     0xc4000004U

enum psci_result {
    PSCI_SUCCESS = 0,
    PSCI_NOT_SUPPORTED = -1,
    PSCI_INVALID_PARAMETERS = -2,
    PSCI_DENIED = -3,
    PSCI_ALREADY_ON = -4,
    PSCI_ON_PENDING = -5,
    PSCI_INTERNAL_FAILURE = -6,
    PSCI_NOT_PRESENT = -7,
    PSCI_DISABLED = -8,
    PSCI_INVALID_ADDRESS = -9,
};

enum psci_affinity { PSCI_STATE_ON = 0, PSCI_STATE_OFF = 1, PSCI_STATE_ON_PENDING = 2 };

/* SMCCC 1.0 lets the callee change x0-x17. */
#define SMCCC_CLOBBERS                                                                          \
    "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", \
        "memory"

#define SMCCC_DEFINE(name, instruction)                                                     \
    static inline u64 name(u64 function, u64 argument1, u64 argument2, u64 argument3) {     \
        register u64 x0 asm("x0") = function;                                               \
        register u64 x1 asm("x1") = argument1;                                              \
        register u64 x2 asm("x2") = argument2;                                              \
        register u64 x3 asm("x3") = argument3;                                              \
                                                                                            \
        asm volatile(instruction : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::SMCCC_CLOBBERS); \
        return x0;                                                                          \
    }

SMCCC_DEFINE(smccc_hvc, "hvc #0")
SMCCC_DEFINE(smccc_smc, "smc #0")

const char *conduit_name(enum conduit conduit);
u64 smccc_call(enum conduit conduit, u64 function, u64 argument1, u64 argument2, u64 argument3);

/* By the conduit of the device tree. The result is PSCI's int32. */
s32 psci_call(u64 function, u64 argument1, u64 argument2, u64 argument3);
s32 psci_cpu_on(u64 mpidr, u64 entry, u64 context);
s32 psci_affinity_info(u64 mpidr);
const char *psci_result_name(s32 result);
/* An event in the trace of a Muster that keeps one; elsewhere a call that is not there. */
void muster_event(const char *name, u64 value);
/* Does not return: if the call fails it says so and waits for ever. */
void psci_system_off(void) __attribute__((noreturn));
