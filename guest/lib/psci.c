/* SPDX-License-Identifier: Apache-2.0 */
#include "psci.h"
#include <muster/hypercall.h>
#include "cpu.h"
#include "pl011.h"
#include "printf.h"
#include "string.h"

const char *conduit_name(enum conduit conduit) {
    switch (conduit) {
    case CONDUIT_HVC: return "HVC";
    case CONDUIT_SMC: return "SMC";
    case CONDUIT_NONE: break;
    }
    return "none";
}

u64 smccc_call(enum conduit conduit, u64 function, u64 argument1, u64 argument2, u64 argument3) {
    switch (conduit) {
    case CONDUIT_HVC: return smccc_hvc(function, argument1, argument2, argument3);
    case CONDUIT_SMC: return smccc_smc(function, argument1, argument2, argument3);
    case CONDUIT_NONE: break;
    }
    return (u64)PSCI_NOT_SUPPORTED;
}

s32 psci_call(u64 function, u64 argument1, u64 argument2, u64 argument3) {
    return (s32)smccc_call(platform.conduit, function, argument1, argument2, argument3);
}

s32 psci_cpu_on(u64 mpidr, u64 entry, u64 context) {
    return psci_call(PSCI_CPU_ON, mpidr, entry, context);
}

s32 psci_affinity_info(u64 mpidr) { return psci_call(PSCI_AFFINITY_INFO, mpidr, 0, 0); }

const char *psci_result_name(s32 result) {
    static const char *const names[] = {
        "SUCCESS",    "NOT_SUPPORTED",    "INVALID_PARAMETERS", "DENIED",   "ALREADY_ON",
        "ON_PENDING", "INTERNAL_FAILURE", "NOT_PRESENT",        "DISABLED", "INVALID_ADDRESS",
    };

    if (result > 0 || result <= -(s32)ARRAY_SIZE(names)) return "an undefined result";
    return names[-result];
}

void muster_event(const char *name, u64 value) {
    size_t length = strlen(name);
    u64 words[2] = {0};

    memcpy(words, name, length < sizeof(words) ? length : sizeof(words));
    (void)smccc_call(platform.conduit, MUSTER_CALL_TRACE, words[0], words[1], value);
}

void psci_system_off(void) {
    s32 result;

    if (platform.uart) pl011_flush();
    result = psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
    say("SYSTEM_OFF came back with %d (%s); waiting for ever", result, psci_result_name(result));
    irq_mask();
    for (;;) asm volatile("wfe");
}
