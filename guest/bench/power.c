/* SPDX-License-Identifier: Apache-2.0 */
/* CPU_ON and CPU_OFF of the second CPU. */
#include "bench.h"
#include "psci.h"
#include "smp.h"
#include "timer.h"

#define PEER 1U

static u64 call(u64 function, u64 argument1, u64 argument2, u64 argument3) {
    if (platform.conduit == CONDUIT_SMC)
        return smccc_smc(function, argument1, argument2, argument3);
    return smccc_hvc(function, argument1, argument2, argument3);
}

static bool switch_on(struct cost *on_call, struct cost *on_first) {
    u64 context = cpu_prepare(PEER);
    u64 mpidr = cpus[PEER].mpidr;
    u64 from, to;
    s32 result;

    dsb(ish);
    from = stamp();
    result = (s32)call(PSCI_CPU_ON, mpidr, (u64)secondary_entry, context);
    to = stamp();
    if (result != PSCI_SUCCESS || !cpu_wait_online(PEER)) return false;
    cost_add_stamps(on_call, from, to);
    cost_add(on_first, cpus[PEER].entry.ticks - from);
    return true;
}

static bool is_off(u64 mpidr) {
    return (s32)call(PSCI_AFFINITY_INFO, mpidr, 0, 0) == PSCI_STATE_OFF;
}

static bool switch_off(struct cost *off) {
    u64 mpidr = cpus[PEER].mpidr;

    if (!smp_work_start(PEER, cpu_die, NULL) || !wait_until(is_off(mpidr), smp_patience_us()))
        return false;
    cost_add(off, stamp() - cpus[PEER].off_ticks);
    store_release(&cpus[PEER].state, CPU_IS_OFF);
    return true;
}

void bench_power(void) {
    struct cost on_call = {0}, on_first = {0}, off = {0};

    if (platform.nr_cpus < 2) return;
    for (u32 i = 0; i < NR_ITERATIONS; i++) {
        if (!switch_on(&on_call, &on_first) || !switch_off(&off)) break;
    }
    cost_report(&on_call, "cpu_on_call");
    cost_report(&on_first, "cpu_on_first");
    cost_report(&off, "cpu_off");
}
