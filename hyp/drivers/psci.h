/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's PSCI: how the machine's own cores come up, and how the machine goes off. */
#pragma once

#include "core/machine.h"
#include "core/psci.h"

void psci_init(const struct machine_psci *p);

/*
 * Starts the core with these affinity fields at `entry`, with `context` in its x0. Returns
 * firmware's answer; PSCI_NOBODY_TO_ASK where the tree names no conduit that works from EL2.
 */
s32 psci_cpu_on(u64 mpidr, u64 entry, u64 context);

/* Return only when firmware cannot. */
void psci_system_off(void);

/*
 * One of the calls that firmware may answer for a guest too (DEN 0028, "Arm Architecture Calls"):
 * SMCCC_NOT_SUPPORTED, without any call, where it knows no SMC Calling Convention of 1.1 or later.
 */
s64 firmware_arch_call(u32 function, u64 a1);

/* "ALREADY_ON" and so on. */
const char *psci_result_name(s32 result);
