/* SPDX-License-Identifier: Apache-2.0 */
/* What vCPUs do at the same time, and what has to hold when none can go on. */
#include "core/psci.h"
#include "explorer/machine.h"
#include "explorer/scenarios.h"

static unsigned int last(void) { return world.vm.nr_vcpus - 1; }

static void see(unsigned int from, u64 at_least, const char *why) {
    u64 value = explore_load(&world.word[from], LOAD, RELAXED, NULL);

    if (value < at_least)
        explore_fail("%s, but what vcpu%u wrote before that is not seen: %llu, not %llu", why, from,
                     (unsigned long long)value, (unsigned long long)at_least);
}

static void all_seen(unsigned int from, unsigned int to) {
    if (ghost.saw[to][from] != ghost.wrote[from])
        explore_fail("lost SGI: vcpu%u has seen %u of the %u writes that vcpu%u told it of", to,
                     ghost.saw[to][from], ghost.wrote[from], from);
}

/* All turn the last vCPU on at once; that one sends an SGI to the first. */
static void guest_of_cpu_on(unsigned int cpu, unsigned int life) {
    if (cpu != last()) {
        guest_cpu_on(last());
        return;
    }
    guest_write();
    guest_sgi(0, 1);
}

static void end_of_cpu_on(void) {
    check_end();
    if (ghost.claims[last()] != 1) explore_fail("%u CPU_ONs won", ghost.claims[last()]);
    all_seen(last(), 0);
}

const struct scenario cpu_on = {
    .name = "CPU_ON by all others at once",
    .guest = guest_of_cpu_on,
    .end = end_of_cpu_on,
    .off_last = true,
};

/* The last vCPU turns itself off, twice, while the others turn it on and ask for its state. */
static void guest_of_hotplug(unsigned int cpu, unsigned int life) {
    if (cpu == last()) {
        guest_write();
        if (life < 3) guest_cpu_off();
        return;
    }
    if (guest_affinity(last()) == PSCI_AFFINITY_OFF) see(last(), 1, "AFFINITY_INFO says OFF");
    if (guest_cpu_on(last()) == PSCI_SUCCESS)
        see(last(), ghost.lives_seen[cpu], "CPU_ON succeeds since it was OFF");
}

const struct scenario hotplug = {
    .name = "CPU_OFF, CPU_ON and AFFINITY_INFO",
    .guest = guest_of_hotplug,
    .end = check_end,
};

/* Two SGIs each to the last vCPU, which idles; two vCPUs send to each other. */
static void guest_of_sgis(unsigned int cpu, unsigned int life) {
    if (cpu == last() && cpu > 1) return;
    for (unsigned int sgi = 1; sgi <= 2; sgi++) {
        guest_write();
        guest_sgi(cpu == last() ? 0 : last(), sgi);
    }
}

static void end_of_sgis(void) {
    check_end();
    for (unsigned int from = 0; from < last(); from++) all_seen(from, last());
    if (last() == 1) all_seen(1, 0);
}

const struct scenario sgis = {
    .name = "SGIs to one vCPU",
    .guest = guest_of_sgis,
    .end = end_of_sgis,
};

/* SGIs to a vCPU that goes off and is turned on: they may end there, but never be left over. */
static void guest_of_sgi_to_off(unsigned int cpu, unsigned int life) {
    if (cpu == last()) {
        if (life == 1) guest_cpu_off();
        return;
    }
    guest_sgi(last(), 1);
    if (cpu == 0) guest_cpu_on(last());
    if (world.vm.nr_vcpus == 2) guest_sgi(last(), 2);
}

const struct scenario sgi_to_off = {
    .name = "SGIs, CPU_OFF and CPU_ON of their target",
    .guest = guest_of_sgi_to_off,
    .end = check_end,
};

/* All go off, one of them after it has turned the last one on: that ends the VM, once. */
static void guest_of_all_off(unsigned int cpu, unsigned int life) {
    guest_write();
    if (cpu == 0) guest_cpu_on(last());
    guest_cpu_off();
}

static void end_of_all_off(void) {
    check_end();
    if (ghost.gone != 1) explore_fail("all vCPUs are off, the VM ended %u times", ghost.gone);
}

const struct scenario all_off = {
    .name = "CPU_OFF by all",
    .guest = guest_of_all_off,
    .end = end_of_all_off,
};

/* SYSTEM_OFF while another vCPU is turned on and SGIs are sent. */
static void guest_of_stop(unsigned int cpu, unsigned int life) {
    unsigned int n = world.vm.nr_vcpus;

    if (cpu == 0) {
        if (n == 2) guest_cpu_on(1);
        guest_system(false);
    }
    if (cpu == 1 && n > 2) guest_cpu_on(last());
    if (cpu == 2 && n > 3) guest_sgi(1, 1);
    if (cpu == last()) guest_sgi(n == 2 ? 0 : 1, 1);
}

static void end_of_stop(void) {
    check_end();
    for (unsigned int i = 0; i < world.vm.nr_vcpus; i++)
        if (explore_newest(&world.vcpu[i].psci.state) != PSCI_STATE_OFF)
            explore_fail("lost stop: the VM stops, and vcpu%u goes on", i);
    if (ghost.gone != 1) explore_fail("the VM ended %u times", ghost.gone);
}

const struct scenario stop = {
    .name = "SYSTEM_OFF, CPU_ON and SGIs",
    .guest = guest_of_stop,
    .end = end_of_stop,
    .off_last = true,
};

/* SYSTEM_RESET by one, or two; then the first vCPU turns the second one on again. */
static void guest_of_reset(unsigned int cpu, unsigned int life) {
    if (ghost.loads) {
        if (cpu == 0) guest_cpu_on(1);
        return;
    }
    guest_write();
    if (cpu == 0) guest_system(true);
    if (cpu == 1 && world.vm.nr_vcpus > 2) guest_sgi(last(), 1);
    if (cpu == 2) guest_cpu_off();
}

static void end_of_reset(void) {
    check_end();
    if (ghost.loads != 1) explore_fail("the VM was loaded anew %u times", ghost.loads);
    for (unsigned int i = 0; i < 2; i++)
        if (explore_newest(&world.vcpu[i].psci.state) != PSCI_STATE_ON)
            explore_fail("after the reset vcpu%u was turned on, and is OFF", i);
}

const struct scenario reset = {
    .name = "SYSTEM_RESET, and CPU_ON after it",
    .guest = guest_of_reset,
    .end = end_of_reset,
};

/* The last vCPU suspends to power-down; an SGI wakes it, a CPU_ON does not. */
static void guest_of_suspend(unsigned int cpu, unsigned int life) {
    if (cpu == last()) {
        if (ghost.entry[cpu] != ENTRY_BASE + 0x4000) guest_power_down();
        return;
    }
    guest_write();
    guest_sgi(last(), 1);
    if (guest_cpu_on(last()) != PSCI_ALREADY_ON) explore_fail("CPU_ON of a suspended vCPU wins");
}

const struct scenario suspend = {
    .name = "CPU_SUSPEND to power-down, SGIs and CPU_ON",
    .guest = guest_of_suspend,
    .end = end_of_sgis,
};

/* What core/psci.h promises, without the barriers that its callers have beside it. */
static void guest_of_contract(unsigned int cpu, unsigned int life) {
    struct psci_cpu *spare = &world.spare;

    for (unsigned int i = 0; i < 2; i++) {
        u64 call = 1 + cpu + i * world.vm.nr_vcpus;

        if (cpu != last()) {
            if (psci_claim(spare) == PSCI_SUCCESS) psci_publish(spare, 4 * call, call);
        } else if (psci_enter(spare)) {
            u64 entry = explore_load(&spare->entry, PLAIN_LOAD, RELAXED, NULL);
            u64 context = explore_load(&spare->context, PLAIN_LOAD, RELAXED, NULL);

            if (!context || entry != 4 * context)
                explore_fail("entry point %#llx does not belong to context id %#llx",
                             (unsigned long long)entry, (unsigned long long)context);
            psci_stop(spare);
        }
    }
}

const struct scenario contract = {
    .name = "claim, publish, enter, stop alone",
    .guest = guest_of_contract,
    .end = check_end,
};
