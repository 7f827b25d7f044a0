/* SPDX-License-Identifier: Apache-2.0 */
/* Exits that come straight back: calls, trapped registers, emulated devices. */
#include "bench.h"
#include "gic.h"
#include "pl011.h"
#include "psci.h"
#include "smp.h"

#define SPARE_INTID 63U

void bench_calls(void) {
    u64 self = cpus[0].mpidr;
    u64 gicd = platform.gicd.base;
    u64 uart_flags = platform.uart + PL011_FR;

    BENCH("hvc-psci-version", smccc_hvc(PSCI_VERSION, 0, 0, 0));
    if (platform.strict) BENCH("smc-psci-version", smccc_smc(PSCI_VERSION, 0, 0, 0));
    BENCH("affinity-info", smccc_hvc(PSCI_AFFINITY_INFO, self, 0, 0));
    BENCH("gicd-typer-read", mmio_read32(gicd + GICD_TYPER));
    BENCH("gicd-isenabler0-read", mmio_read32(gicd + GICD_ISENABLER));
    BENCH("gicd-isenabler1-read", mmio_read32(gicd + GICD_ISENABLER + 4));
    BENCH("gicd-isenabler1-write", mmio_write32(gicd + GICD_ISENABLER + 4, 1U << SPARE_INTID % 32));
    mmio_write32(gicd + GICD_ICENABLER + 4, 1U << SPARE_INTID % 32);
    BENCH("id-aa64pfr0-read", read_sysreg(id_aa64pfr0_el1));
    BENCH("uart-fr-read", mmio_read32(uart_flags));
}
