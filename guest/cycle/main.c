/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU_OFF and CPU_ON of one CPU after the other, n= times in all, each time seen to be gone and to
 * be back; then SYSTEM_OFF. With resets in /chosen bootargs: all CPUs on, and SYSTEM_RESET, for
 * ever.
 */
#include "guest.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "string.h"
#include "tap.h"
#include "timer.h"

#define PING_ID    7U
#define DEFAULT_NR 100

static bool up(u32 cpu) { return cpu_up(cpu) == PSCI_SUCCESS && cpu_wait_online(cpu); }

static bool ping(u32 cpu) {
    u32 count = sgi_count(cpu, PING_ID);

    gic_send(gic_sgi_to(cpu, PING_ID));
    return wait_until(sgi_count(cpu, PING_ID) == count + 1, smp_patience_us());
}

static bool cycle(u32 cpu) {
    return cpu_down(cpu) && psci_affinity_info(cpus[cpu].mpidr) == PSCI_STATE_OFF && up(cpu) &&
           cpus[cpu].entry.context == cpus[cpu].context && ping(cpu);
}

void guest_main(void) {
    const char *text = platform_bootarg("n=");
    u64 nr = text ? string_number(text) : DEFAULT_NR, failed = 0;
    bool all = true;

    tap_start();
    for (u32 cpu = 1; cpu < platform.nr_cpus; cpu++) all = up(cpu) && all;
    tap_ok(all, "%u CPUs are online", platform.nr_cpus);
    if (platform_bootarg("resets")) {
        (void)psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
        tap_ok(false, "SYSTEM_RESET does not return");
    }
    for (u64 i = 0; i < nr; i++) {
        muster_event("round", i);
        failed += !cycle(1 + (u32)(i % (platform.nr_cpus - 1)));
    }
    tap_ok(!failed, "%lu times a CPU goes off and comes on again, %lu failures", nr, failed);
    tap_end("cycle");
    psci_system_off();
}
