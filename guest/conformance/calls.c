/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance.h"

struct via via;

const struct via via_all[4] = {
    {CONDUIT_HVC, false},
    {CONDUIT_HVC, true},
    {CONDUIT_SMC, false},
    {CONDUIT_SMC, true},
};

bool via_possible(const struct via *v) { return v->conduit == platform.conduit || platform.strict; }

s64 call_id(u32 function, u64 argument1, u64 argument2, u64 argument3) {
    struct call call = {.x = {function, argument1, argument2, argument3}};

    if (via.conduit == CONDUIT_SMC)
        call_smc(&call);
    else
        call_hvc(&call);
    return function & 1U << 30 ? (s64)call.x[0] : (s32)call.x[0];
}

s64 psci_number(u32 number, u64 argument1, u64 argument2, u64 argument3) {
    return call_id(via.wide ? PSCI_64(number) : PSCI_32(number), argument1, argument2, argument3);
}
