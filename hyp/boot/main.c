/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot story: find the machine, take its memory, start its interrupt controller and all its
 * cores, make the guests, and from then on only react.
 */
#include "arch/cache.h"
#include "arch/el2.h"
#include "boot/guests.h"
#include "boot/smp.h"
#include "drivers/console.h"
#include "drivers/psci.h"
#include "lib/log.h"
#include "mm/mm.h"
#include "vm/postmortem.h"
#include "vm/sched.h"

_Noreturn void start_hyp(const void *fdt, u64 entry_ticks);

static struct machine machine;

static _Noreturn void stop(const char *why) {
    log_error("%s: stopped", why);
    for (;;) wfi();
}

/* Entered at EL1 or EL3: the MMU is off and stays off; there is just enough to say so. */
static _Noreturn void wrong_level(u64 level, const void *fdt, u64 entry_ticks) {
    console_panic_mode();
    console_start(entry_ticks);
    (void)machine_discover(fdt, &machine);
    console_init(&machine.console, false);
    log_error("entered at EL%lu: Muster is a hypervisor, firmware has to hand over at EL2", level);
    stop("wrong exception level (QEMU: -M virt,virtualization=on)");
}

void start_hyp(const void *fdt, u64 entry_ticks) {
    u64 level = FIELD(read_sysreg(CurrentEL), 3, 2), c_ticks = counter();
    struct options options;
    const char *refused;
    bool complete;

    if (level != 2) wrong_level(level, fdt, entry_ticks);
    smp_init_boot_cpu();
    console_start(entry_ticks);
    refused = el2_init_cpu();
    complete = machine_discover(fdt, &machine);
    console_init(&machine.console, true);
    if (refused) stop(refused);
    if (!counter_hz()) stop("CNTFRQ_EL0 is 0: firmware has to set it to the counter's frequency");
    if (!complete) stop("the device tree does not describe a machine that Muster can run on");
    if (!options_parse(machine.bootargs, &options))
        stop("/chosen/bootargs, Muster's own command line, is wrong");
    if (options.trace) trace_enable(entry_ticks, c_ticks);
    postmortem_init(options.deadline_ms);
    if (!mm_init(&machine) || !smp_list_cpus(&machine)) stop("memory");
    psci_init(&machine.psci);
    if (!gic_init(&machine) || !gic_init_cpu(this_cpu())) stop("the interrupt controller");
    log_info("Muster, image at %p, device tree at %p", (void *)_text, machine.fdt);
    machine_describe(&machine, gic.nr_lrs, options.trace);
    if (PERTURB) log_warn("PERTURB=%d: delays at locks, barriers and kicks", PERTURB);

    if (!guests_start(&machine, &options, smp_init_cpus(options.mitigations)))
        stop("no guest can be started");
    sched_run();
}
