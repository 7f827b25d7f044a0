/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/psci.h"
#include "arch/smccc.h"
#include "lib/bits.h"

static struct machine_psci psci;

void psci_init(const struct machine_psci *p) { psci = *p; }

/* HVC from EL2 comes back to EL2: only SMC reaches firmware from here. */
static bool can_call(void) { return psci.conduit == CONDUIT_SMC; }

s32 psci_cpu_on(u64 mpidr, u64 entry, u64 context) {
    if (!can_call() || !psci.cpu_on) return PSCI_NOT_SUPPORTED;
    return (s32)smc_call(psci.cpu_on, mpidr, entry, context);
}

void psci_system_off(void) {
    if (can_call() && psci.v0_2) (void)smc_call(PSCI_BASE32 | PSCI_SYSTEM_OFF, 0, 0, 0);
}

const char *psci_result_name(s32 result) {
    static const char *const names[] = {
        "SUCCESS",    "NOT_SUPPORTED",    "INVALID_PARAMETERS", "DENIED",   "ALREADY_ON",
        "ON_PENDING", "INTERNAL_FAILURE", "NOT_PRESENT",        "DISABLED", "INVALID_ADDRESS",
    };

    return result <= 0 && result > -(s32)ARRAY_SIZE(names) ? names[-result] : "unknown error";
}
