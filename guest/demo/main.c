/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The demo guest: brings every CPU up on the field's path (PSCI_VERSION, CPU_ON, secondary entry,
 * GIC, timer, online mask), then tests what an SMP kernel needs, and reports as TAP.
 */
#include "demo.h"
#include "guest.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "tap.h"

static void report_machine(void) {
    say("Muster demo guest, image at 0x%lx, device tree at 0x%lx", (u64)image_start, platform.dtb);
    if (platform.nr_cpus_in_tree > MAX_CPUS)
        say("the tree names %u CPUs; this guest uses %u", platform.nr_cpus_in_tree, MAX_CPUS);
    for (u32 i = 0; i < platform.nr_memory; i++)
        say("RAM 0x%lx-0x%lx", platform.memory[i].base,
            platform.memory[i].base + platform.memory[i].size - 1);
    say("%u CPUs, GICv%u, PSCI by %s, UART INTID %u, timer INTIDs %u and %u%s", platform.nr_cpus,
        platform.gic_version, conduit_name(platform.conduit), platform.uart_intid,
        platform.timer_virt_intid, platform.timer_phys_intid,
        platform.muster ? ", under Muster" : "");
}

static void finish(void) {
    tap_end("demo");
    say("SYSTEM_OFF");
    psci_system_off();
}

void guest_main(void) {
    tap_start();
    report_machine();
    demo_bringup();
    demo_psci();
    demo_ipi();
    demo_call();
    demo_timer();
    demo_uart();
    demo_hotplug();
    demo_boot_cpu(finish);
}
