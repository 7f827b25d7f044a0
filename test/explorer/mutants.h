/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The code with one operation replaced, and the scenario that shows what this breaks, for a number
 * of vCPUs and a version of the GIC. Which operation: by the location, the function, the access,
 * and what is stored.
 */
#pragma once

#include "core/psci.h"
#include "explorer/scenarios.h"
#include "vm/vm.h"

#define MINUS_1 0xffffffffU

struct mutant_row {
    const struct scenario *scenario;
    unsigned int cores, gic;
    struct mutant mutant;
};

#define ROW(scenario, cores, gic, ...)         \
    {                                          \
        &scenario, cores, gic, { __VA_ARGS__ } \
    }

/* Found with all accesses in program order. */
static const struct mutant_row by_interleaving[] = {
    ROW(cpu_on, 3, 3, "CPU_ON claims by a load and a store", "state", NULL, CAS, PSCI_STATE_CLAIMED,
        SPLIT, 0),
    ROW(sgis, 3, 3, "an SGI is posted by a load and a store", "bits", NULL, OR, ANY_OPERAND, SPLIT,
        0),
    ROW(sgis, 2, 3, "posts are taken by a load and a store", "bits", "vgic_collect", EXCHANGE, 0,
        SPLIT, 0),
    ROW(sgis, 3, 2, "a source is posted by a load and a store", "sources", NULL, OR, ANY_OPERAND,
        SPLIT, 0),
    ROW(sgis, 3, 2, "sources are taken by a load and a store", "sources", NULL, EXCHANGE, 0, SPLIT,
        0),
    ROW(all_off, 2, 3, "vCPUs are counted down by a load and a store", "running", NULL, ADD,
        MINUS_1, SPLIT, 0),
    ROW(all_off, 3, 3, "vCPUs are counted up by a load and a store", "running", NULL, ADD, 1, SPLIT,
        0),
    ROW(cpu_on, 2, 3, "the idle loop does not look again after a kick", "state", "psci_enter", CAS,
        PSCI_STATE_ON, FAIL_AFTER_ACK, 0),
    ROW(stop, 3, 3, "a vCPU that starts does not look whether its VM stops", "stop", "vcpu_enter",
        LOAD, 0, RESULT, VM_RUNS),
    ROW(sgi_to_off, 2, 3, "posts are collected without a look at the state", "state",
        "vgic_collect", LOAD, 0, RESULT, PSCI_STATE_ON),
    ROW(sgis, 2, 3, "posts are collected before the kick is acknowledged", "bits", "vgic_collect",
        EXCHANGE, 0, COLLECT_EARLY, 0),
};

/* Not found in program order; found when what nothing orders is reordered. */
static const struct mutant_row by_reordering[] = {
    ROW(hotplug, 2, 3, "CPU_ON publishes without release", "state", "psci_publish", STORE,
        PSCI_STATE_ON_PENDING, DROP_ORDER, RELEASE),
    ROW(reset, 2, 3, "a vCPU starts without acquire", "state", "psci_enter", CAS, PSCI_STATE_ON,
        DROP_ORDER, ACQUIRE),
    ROW(stop, 2, 3, "a vCPU that starts takes old posts without acquire", "bits", "vgic_power_on",
        EXCHANGE, 0, DROP_ORDER, ACQUIRE),
    ROW(contract, 2, 3, "psci_enter() without acquire", "spare.state", "psci_enter", CAS,
        PSCI_STATE_ON, DROP_ORDER, ACQUIRE),
    ROW(hotplug, 2, 3, "CPU_ON claims without acquire", "state", "psci_claim", CAS,
        PSCI_STATE_CLAIMED, DROP_ORDER, ACQUIRE),
    ROW(hotplug, 2, 3, "CPU_OFF without release", "state", "psci_stop", STORE, PSCI_STATE_OFF,
        DROP_ORDER, RELEASE),
    ROW(contract, 2, 3, "CPU_OFF without release: a load of its start comes late", "spare.state",
        "psci_stop", STORE, PSCI_STATE_OFF, DROP_ORDER, RELEASE),
    ROW(hotplug, 2, 3, "AFFINITY_INFO without acquire", "state", "psci_affinity", LOAD, 0,
        DROP_ORDER, ACQUIRE),
    ROW(sgis, 2, 2, "an SGI is posted without release", "bits", NULL, OR, ANY_OPERAND, DROP_ORDER,
        RELEASE),
    ROW(sgis, 3, 3, "posts are taken without acquire", "bits", "vgic_collect", EXCHANGE, 0,
        DROP_ORDER, ACQUIRE),
    ROW(sgis, 3, 2, "sources are taken without acquire", "sources", NULL, EXCHANGE, 0, DROP_ORDER,
        ACQUIRE),
    ROW(reset, 2, 3, "vCPUs are counted down without acquire", "running", NULL, ADD, MINUS_1,
        DROP_ORDER, ACQUIRE),
    ROW(reset, 2, 3, "vCPUs are counted down without release", "running", NULL, ADD, MINUS_1,
        DROP_ORDER, RELEASE),
    ROW(cpu_on, 2, 3, "a kick without DSB", "dsb_ishst", NULL, 0, 0, DROP, 0),
    ROW(cpu_on, 2, 3, "no ISB after the acknowledge", "isb", NULL, 0, 0, DROP, 0),
};
