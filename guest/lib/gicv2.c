/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2, Arm IHI 0048. Interrupts stay in group 0, as in a guest that sets only GICC_CTLR bit 0. */
#include "gic.h"
#include "smp.h"

#define GICC_CTLR 0x00
#define GICC_PMR  0x04
#define GICC_BPR  0x08
#define GICC_IAR  0x0c
#define GICC_EOIR 0x10

#define SGIR_TO_OTHERS (1U << 24)
#define SGIR_TO_SELF   (2U << 24)

static u64 gicd(u32 offset) { return platform.gicd.base + offset; }

static u64 gicc(u32 offset) { return platform.gicc.base + offset; }

static void gicv2_init(void) {
    mmio_write32(gicd(GICD_CTLR), 0);
    for (u32 i = 32; i < gic_nr_intids(); i += 32) {
        mmio_write32(gicd(GICD_ICENABLER + i / 8), ~0U);
        mmio_write32(gicd(GICD_ICPENDR + i / 8), ~0U);
        mmio_write32(gicd(GICD_ICACTIVER + i / 8), ~0U);
    }
    for (u32 i = 32; i < gic_nr_intids(); i += 4)
        mmio_write32(gicd(GICD_IPRIORITYR + i), GIC_DEFAULT_PRIORITY);
    mmio_write32(gicd(GICD_CTLR), 1);
}

/*
 * The CPU interface number is this CPU's bit in its banked GICD_ITARGETSR0, neither MPIDR nor CPU
 * number; a uniprocessor reads zero there (IHI 0048, 4.3.12).
 */
static u32 interface_number(void) {
    u32 mask = mmio_read32(gicd(GICD_ITARGETSR)) & 0xff;

    return mask ? (u32)__builtin_ctz(mask) : 0;
}

static bool gicv2_cpu_init(void) {
    this_cpu()->gic_number = interface_number();
    gic_reset_private(platform.gicd.base);
    /* Xen 4.17 answers these registers with an abort. */
    for (u32 i = 0; i < GIC_NR_SGIS && !platform.xen; i += 4)
        mmio_write32(gicd(GICD_CPENDSGIR + i), ~0U);
    mmio_write32(gicc(GICC_PMR), 0xf0);
    mmio_write32(gicc(GICC_BPR), 0);
    mmio_write32(gicc(GICC_CTLR), 1);
    return true;
}

static void gicv2_cpu_exit(void) { mmio_write32(gicc(GICC_CTLR), 0); }

static u64 gicv2_bank(u32 intid) {
    (void)intid;
    return platform.gicd.base;
}

static void gicv2_route_to_self(u32 intid) {
    u32 shift = intid % 4 * 8;
    u32 targets = mmio_read32(gicd(GICD_ITARGETSR + intid / 4 * 4));

    targets &= ~(0xffU << shift);
    targets |= (1U << this_cpu()->gic_number) << shift;
    mmio_write32(gicd(GICD_ITARGETSR + intid / 4 * 4), targets);
}

static u32 gicv2_acknowledge(void) { return mmio_read32(gicc(GICC_IAR)); }

/* The whole word goes back: for an SGI it names the source CPU too. */
static void gicv2_end(u32 iar) { mmio_write32(gicc(GICC_EOIR), iar); }

static u64 gicv2_sgi_to(u32 cpu, u32 id) { return 1U << (16 + cpus[cpu].gic_number) | id; }

static u64 gicv2_sgi_to_others(u32 id) { return SGIR_TO_OTHERS | id; }

static u64 gicv2_sgi_to_self(u32 id) { return SGIR_TO_SELF | id; }

const struct gic_driver gicv2_driver = {
    .init = gicv2_init,
    .cpu_init = gicv2_cpu_init,
    .cpu_exit = gicv2_cpu_exit,
    .bank = gicv2_bank,
    .route_to_self = gicv2_route_to_self,
    .acknowledge = gicv2_acknowledge,
    .end = gicv2_end,
    .sgi_to = gicv2_sgi_to,
    .sgi_to_others = gicv2_sgi_to_others,
    .sgi_to_self = gicv2_sgi_to_self,
};
