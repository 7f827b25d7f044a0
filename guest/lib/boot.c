/* SPDX-License-Identifier: Apache-2.0 */
/* From the first C instruction to guest_main(): the order in which a guest comes up. */
#include "guest.h"
#include "gic.h"
#include "mmu.h"
#include "pl011.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "smp_entry.h"
#include "tap.h"
#include "timer.h"

/* Without PSCI in the tree there is no way off; without a UART no way to say so. */
static void stop(const char *problem, const char *detail) {
    if (platform.uart) {
        pl011_init();
        printf("not ok 1 - %s%s\n1..1\n", problem, detail);
    }
    if (platform.conduit != CONDUIT_NONE) psci_system_off();
    for (;;) asm volatile("wfe");
}

void primary_start(u64 dtb, u64 mpidr, u64 current_el, u64 daif, u64 sctlr, u64 ticks) {
    struct cpu_entry entry = {dtb, mpidr, current_el, daif, sctlr, ticks};
    const char *missing;

    write_sysreg(0, tpidr_el1);
    timer_init();
    missing = platform_init(dtb, mpidr);
    if (missing) stop("the device tree lacks ", missing);
    if (current_el != 1UL << 2) stop("entered at another exception level than EL1", "");
    pl011_init();
    mmu_init();
    smp_init(&entry);
    gic_init();
    if (!gic_cpu_init()) stop("no GICv3 redistributor for the boot CPU", "");
    timer_stop(TIMER_VIRT);
    timer_stop(TIMER_PHYS);
    irq_unmask();
    guest_main();
    psci_system_off();
}
