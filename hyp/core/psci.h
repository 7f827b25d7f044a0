/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a vCPU as PSCI sees them (Arm DEN 0022, "Power State Coordination Interface",
 * issue F), and the claims on them. Concurrent callers meet here and nowhere else: every transition
 * is one compare-and-swap on the target.
 *
 *	OFF --claim--> CLAIMED --publish--> ON_PENDING --enter--> ON --stop--> OFF
 *
 * CLAIMED is the winner writing entry point and context id; to others it is ON_PENDING already.
 */
#pragma once

#include "lib/bits.h"

/* DEN 0022F, "Return error codes". */
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

/* No result of PSCI's: there is no firmware, or SMC is UNDEFINED. */
#define PSCI_NOBODY_TO_ASK INT32_MIN

/* Function numbers: the low bits of 0x84000000 (32-bit) and 0xc4000000 (64-bit) ids. */
enum psci_function {
    PSCI_VERSION = 0,
    PSCI_CPU_SUSPEND = 1,
    PSCI_CPU_OFF = 2,
    PSCI_CPU_ON = 3,
    PSCI_AFFINITY_INFO = 4,
    PSCI_MIGRATE_INFO_TYPE = 6,
    PSCI_SYSTEM_OFF = 8,
    PSCI_SYSTEM_RESET = 9,
    PSCI_FEATURES = 10,
    PSCI_SYSTEM_SUSPEND = 14,
    PSCI_STAT_RESIDENCY = 16,
    PSCI_STAT_COUNT = 17,
    PSCI_SYSTEM_RESET2 = 18,
    PSCI_SYSTEM_OFF2 = 21,
    PSCI_NR_FUNCTIONS = 32,
};

#define PSCI_BASE32         0x84000000U
#define PSCI_BASE64         0xc4000000U
#define PSCI_VERSION_1_3    0x10003
#define PSCI_HIBERNATE_OFF  1 /* SYSTEM_OFF2; 0 means it too */
#define PSCI_MIGRATE_NO_TOS 2 /* MIGRATE_INFO_TYPE: no trusted OS, or one that need not migrate */

/* CPU_SUSPEND's power states, "Original format": StateType is bit 16; of one level, one of each. */
#define PSCI_STANDBY    0
#define PSCI_POWER_DOWN BIT(16)

/* AFFINITY_INFO, "Return values". */
enum psci_affinity { PSCI_AFFINITY_ON = 0, PSCI_AFFINITY_OFF = 1, PSCI_AFFINITY_ON_PENDING = 2 };

enum psci_state { PSCI_STATE_OFF, PSCI_STATE_CLAIMED, PSCI_STATE_ON_PENDING, PSCI_STATE_ON };

struct psci_cpu {
    u32 state; /* enum psci_state */
    u64 entry, context;
};

/*
 * CPU_ON's last check and its claim: of any number of simultaneous callers exactly one gets
 * PSCI_SUCCESS, and with it the right and duty to psci_publish().
 */
enum psci_result psci_claim(struct psci_cpu *target);

/* Entry point (an address as the target sees it) and context id, then the state that shows them. */
void psci_publish(struct psci_cpu *target, u64 entry, u64 context);

/* On the target's own core: true once for each publish; entry and context may then be read. */
bool psci_enter(struct psci_cpu *self);

/* On its own core, when nothing of it runs any more. */
void psci_stop(struct psci_cpu *self);

enum psci_affinity psci_affinity(const struct psci_cpu *cpu);
