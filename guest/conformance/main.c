/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PSCI, SMCCC, the interrupt controller, timers, ID registers and exceptions, each held against
 * its specification: one row a rule (conformance.h).
 */
#include "conformance.h"
#include "guest.h"
#include "pl011.h"
#include "smp.h"
#include "string.h"
#include "tap.h"
#include "timer.h"

static const struct {
    const char *name;
    void (*run)(void);
} topics[] = {
    {"gic-reset", gic_reset_rows},
    {"smccc", smccc_rows},
    {"psci-calls", psci_call_rows},
    {"psci-cpu", psci_cpu_rows},
    {"psci-race", psci_race_rows},
    {"psci-suspend", psci_suspend_rows},
    {"psci-system-suspend", psci_system_suspend_rows},
    {"gic-registers", gic_register_rows},
    {"gicv2", gicv2_rows},
    {"gicv3", gicv3_rows},
    {"gic-priority", gic_priority_rows},
    {"gic-sgi", gic_sgi_rows},
    {"gic-remote", gic_remote_rows},
    {"timers", timer_rows},
    {"id-registers", id_register_rows},
    {"system-registers", system_register_rows},
    {"exceptions", exception_rows},
    /* Last: if this goes wrong, CPU 0 may be left without interrupts. */
    {"gic-active", gic_active_rows},
};

/* The boot argument topic= picks one. */
static bool wanted(const char *name) {
    const char *text = platform_bootarg("topic=");
    size_t length = strlen(name);

    for (size_t i = 0; text && i < length; i++) {
        if (text[i] != name[i]) return false;
    }
    return !text || !text[length] || text[length] == ' ';
}

void guest_main(void) {
    tap_start();
    printf("# conformance: GICv%u, %u CPUs, %s\n", platform.gic_version, platform.nr_cpus,
           platform.muster ? "under Muster" : "not under Muster");
    try_init();
    for (u32 i = 0; i < ARRAY_SIZE(topics); i++) {
        if (!wanted(topics[i].name)) continue;
        printf("# topic %s, from %lu us\n", topics[i].name, timer_now_us());
        topics[i].run();
    }
    tap_end("conformance");
    pl011_flush();
}
