/* SPDX-License-Identifier: Apache-2.0 */
/* cpu_up of every secondary, and the state in which each CPU arrived. */
#include "demo.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define DAIF_ALL (0xfUL << 6)
#define EL1      (1UL << 2)

static void ask_psci(void) {
    s32 version = psci_call(PSCI_VERSION, 0, 0, 0);

    say("PSCI_VERSION -> %d.%d", version >> 16, version & 0xffff);
    say("PSCI_FEATURES(CPU_ON) -> %d", psci_call(PSCI_FEATURES, PSCI_CPU_ON, 0, 0));
}

static bool all_cpus(bool (*check)(const struct percpu *cpu)) {
    bool good = true;

    for (u32 i = 0; i < platform.nr_cpus; i++) good &= check(&cpus[i]);
    return good;
}

static bool mpidr_matches(const struct percpu *cpu) {
    return (cpu->entry.mpidr & MPIDR_AFFINITY) == platform.mpidr[cpu->index];
}

/* The boot CPU's x0 is the device tree's address, whose magic number has been read already. */
static bool context_arrived(const struct percpu *cpu) {
    return cpu->index == 0 || cpu->entry.context == cpu->context;
}

static bool at_el1(const struct percpu *cpu) { return cpu->entry.current_el == EL1; }

static bool daif_masked(const struct percpu *cpu) {
    return (cpu->entry.daif & DAIF_ALL) == DAIF_ALL;
}

static bool mmu_off(const struct percpu *cpu) { return !(cpu->entry.sctlr & 1); }

void demo_bringup(void) {
    bool online = true;

    smp_narrate = true;
    ask_psci();
    for (u32 i = 1; i < platform.nr_cpus; i++) {
        bool up = cpu_up(i) == PSCI_SUCCESS && cpu_wait_online(i);

        if (!up)
            say("cpu_up(%u): NOT online; AFFINITY_INFO says %d", i,
                psci_affinity_info(cpus[i].mpidr));
        online &= up;
    }
    smp_narrate = false;
    say("online mask 0x%lx", smp_online_mask());

    tap_ok(online, "every CPU is online (%u of %u)", smp_nr_online(), platform.nr_cpus);
    tap_ok(all_cpus(mpidr_matches), "MPIDR_EL1 of each CPU is its reg in the device tree");
    tap_ok(all_cpus(context_arrived), "x0 of each secondary is the context id of its CPU_ON");
    tap_ok(all_cpus(at_el1), "each CPU is entered at EL1");
    tap_ok(all_cpus(daif_masked), "each CPU is entered with PSTATE.DAIF masked");
    tap_ok(all_cpus(mmu_off), "each CPU is entered with SCTLR_EL1.M = 0");
}
