/* SPDX-License-Identifier: Apache-2.0 */
/* Exits that come straight back: calls, trapped registers, emulated devices. */
#include "bench.h"
#include "exception.h"
#include "gic.h"
#include "pl011.h"
#include "psci.h"
#include "smp.h"

#define SPARE_INTID 63U
#define GICD_IIDR   0x008
#define GICR_SGIS   0x10000U
/* What kvm-unit-tests' micro-bench calls: no function of anyone. */
#define NO_FUNCTION 0x4b000000U

static bool undefined;

static bool skip_undefined(struct regs *regs, u32 vector) {
    (void)vector;
    if (esr_class(regs->esr) != EC_UNKNOWN) return false;
    undefined = true;
    regs->x[0] = (u64)PSCI_NOT_SUPPORTED;
    regs->elr += 4;
    return true;
}

/* Without EL3 and EL2 an SMC is UNDEFINED, and who traps it need not answer it. */
static void bench_smc(void) {
    s32 version;

    exception_set_hook(skip_undefined);
    version = (s32)smccc_smc(PSCI_VERSION, 0, 0, 0);
    exception_set_hook(NULL);
    if (undefined)
        cost_none("smc_psci_version", "SMC is UNDEFINED");
    else if (version < 0)
        cost_none("smc_psci_version", "trapped, but PSCI is not answered by SMC");
    else
        BENCH("smc_psci_version", smccc_smc(PSCI_VERSION, 0, 0, 0));
}

static void bench_hvc(void) {
    u64 self = cpus[0].mpidr;

    BENCH("hvc", smccc_hvc(NO_FUNCTION, 0, 0, 0));
    BENCH("hvc_psci_version", smccc_hvc(PSCI_VERSION, 0, 0, 0));
    bench_smc();
    if ((s32)smccc_hvc(SMCCC_VERSION, 0, 0, 0) < 0)
        cost_none("smccc_version", "SMCCC_VERSION is not there");
    else
        BENCH("smccc_version", smccc_hvc(SMCCC_VERSION, 0, 0, 0));
    BENCH("affinity_info", smccc_hvc(PSCI_AFFINITY_INFO, self, 0, 0));
}

static void bench_gic(void) {
    u64 gicd = platform.gicd.base;
    u64 gicr = this_cpu()->gicr + GICR_SGIS;

    BENCH("gicd_typer_read", mmio_read32(gicd + GICD_TYPER));
    BENCH("mmio_read_vgic", mmio_read32(gicd + GICD_IIDR));
    BENCH("gicd_isenabler_read", mmio_read32(gicd + GICD_ISENABLER + 4));
    BENCH("gicd_isenabler_write", mmio_write32(gicd + GICD_ISENABLER + 4, 1U << SPARE_INTID % 32));
    mmio_write32(gicd + GICD_ICENABLER + 4, 1U << SPARE_INTID % 32);
    if (platform.gic_version == 3)
        BENCH("gicr_isenabler_read", mmio_read32(gicr + GICD_ISENABLER));
    else
        cost_none("gicr_isenabler_read", "a GICv2 has no redistributors");
}

void bench_calls(void) {
    u64 uart_flags = platform.uart + PL011_FR;

    BENCH("counter_read", read_sysreg(cntvct_el0));
    bench_hvc();
    BENCH("id_aa64pfr0_read", read_sysreg(id_aa64pfr0_el1));
    bench_gic();
    BENCH("uart_fr_read", mmio_read32(uart_flags));
}
