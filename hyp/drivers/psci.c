/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/psci.h"
#include "core/smccc.h"
#include "lib/bits.h"
#include "lib/log.h"

static struct machine_psci psci;
static bool speaks_smccc;

/* head.S: a call by the SMC Calling Convention (Arm DEN 0028, "SMC64/HVC64 argument passing"). */
u64 smc_call(u32 function, u64 a1, u64 a2, u64 a3);

/* HVC from EL2 comes back to EL2: only SMC reaches firmware from here. */
void psci_init(const struct machine_psci *p) {
    s32 version;

    if (p->conduit != CONDUIT_SMC) return;
    psci = *p;
    if (!psci.v0_2) return;
    version = (s32)smc_call(PSCI_BASE32 | PSCI_VERSION, 0, 0, 0);
    if (version == PSCI_NOBODY_TO_ASK) {
        log_warn("psci: method smc: SMC is UNDEFINED on this machine");
        psci = (struct machine_psci){0};
    }
    /* DEN 0028, "Discovery": PSCI of 1.0 or later says whether there is SMCCC_VERSION to ask. */
    if (version < 0x10000) return;
    if ((s32)smc_call(PSCI_BASE32 | PSCI_FEATURES, SMCCC_VERSION, 0, 0) < 0) return;
    speaks_smccc = (s32)smc_call(SMCCC_VERSION, 0, 0, 0) >= 0x10001;
}

s64 firmware_arch_call(u32 function, u64 a1) {
    return speaks_smccc ? (s32)smc_call(function, a1, 0, 0) : SMCCC_NOT_SUPPORTED;
}

s32 psci_cpu_on(u64 mpidr, u64 entry, u64 context) {
    return psci.cpu_on ? (s32)smc_call(psci.cpu_on, mpidr, entry, context) : PSCI_NOBODY_TO_ASK;
}

void psci_system_off(void) {
    if (psci.v0_2) (void)smc_call(PSCI_BASE32 | PSCI_SYSTEM_OFF, 0, 0, 0);
}

const char *psci_result_name(s32 result) {
    static const char names[] =
        "SUCCESS\0NOT_SUPPORTED\0INVALID_PARAMETERS\0DENIED\0ALREADY_ON\0ON_PENDING\0"
        "INTERNAL_FAILURE\0NOT_PRESENT\0DISABLED\0INVALID_ADDRESS";

    return result <= 0 && result >= PSCI_INVALID_ADDRESS ? nth_name(names, (u64)-result)
                                                         : "unknown error";
}
