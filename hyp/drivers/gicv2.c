/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2, as the GIC-400 of a Raspberry Pi 5: Arm IHI 0048, chapters 4 and 5. */
#include "drivers/gic.h"
#include "lib/log.h"
#include "mm/mm.h"

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_IGROUPR    0x080
#define GICD_ISENABLER  0x100
#define GICD_ICENABLER  0x180
#define GICD_ISPENDR    0x200
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR  0x800
#define GICC_CTLR       0x000
#define GICC_PMR        0x004

/* "GICC_CTLR": EnableGrp0 0, EnableGrp1 1 (as non-secure sees them: bit 0), EOImodeNS 9. */
#define GICC_CTLR_VALUE (BIT(0) | BIT(9))
/* All interrupts that EL2 uses have one priority: it never preempts itself. */
#define PRIORITY 0xa0a0a0a0U

static bool init(const struct machine *m) {
    u32 lines;

    gic.dist = mm_map_device(m->gic.dist, "GICD");
    gic.cpu = mm_map_device(m->gic.cpu, "GICC");
    gic.hyp = mm_map_device(m->gic.hyp, "GICH");
    if (!gic.dist || !gic.cpu || !gic.hyp) return false;
    gic.vcpu = m->gic.vcpu;
    gic.nr_lrs = (unsigned int)FIELD(mmio_read32(gic.hyp, GICH_VTR), 5, 0) + 1;
    lines = 32 * ((u32)FIELD(mmio_read32(gic.dist, GICD_TYPER), 4, 0) + 1);

    mmio_write32(gic.dist, GICD_CTLR, 0);
    for (u32 i = 32; i < lines; i += 32) {
        /*
         * Group 0: a GIC without the Security Extensions would signal group 1 as something
         * else than IRQ; with them these writes are ignored (IHI 0048, "GICD_IGROUPRn").
         */
        mmio_write32(gic.dist, GICD_IGROUPR + i / 8, 0);
        mmio_write32(gic.dist, GICD_ICENABLER + i / 8, ~0U);
        mmio_write32(gic.dist, GICD_ICACTIVER + i / 8, ~0U);
    }
    for (u32 i = 32; i < lines; i += 4) mmio_write32(gic.dist, GICD_IPRIORITYR + i, PRIORITY);
    mmio_write32(gic.dist, GICD_CTLR, 1);
    return true;
}

static bool init_cpu(struct percpu *cpu) {
    /*
     * Our interface number is neither MPIDR nor list position: the banked ITARGETSR of our own
     * SGIs says it (IHI 0048, "GICD_ITARGETSRn": each field of n = 0-7 returns the reader).
     */
    cpu->gicv2_target = mmio_read32(gic.dist, GICD_ITARGETSR) & 0xff;
    if (!cpu->gicv2_target) cpu->gicv2_target = 1; /* a GIC with one core may read as zero */
    mmio_write32(gic.dist, GICD_IGROUPR, 0);
    mmio_write32(gic.dist, GICD_ICENABLER, 0xffff0000);
    mmio_write32(gic.dist, GICD_ICACTIVER, ~0U);
    for (u32 i = 0; i < 32; i += 4) mmio_write32(gic.dist, GICD_IPRIORITYR + i, PRIORITY);
    mmio_write32(gic.dist, GICD_ISENABLER, BIT(SGI_KICK));
    mmio_write32(gic.cpu, GICC_PMR, 0xff);
    mmio_write32(gic.cpu, GICC_CTLR, (u32)GICC_CTLR_VALUE);
    return true;
}

static void ppi_enable(unsigned int intid, bool on) {
    mmio_write32(gic.dist, on ? GICD_ISENABLER : GICD_ICENABLER, (u32)BIT(intid));
}

static bool ppi_pending(unsigned int intid) {
    return mmio_read32(gic.dist, GICD_ISPENDR) & BIT(intid);
}

static void ppi_reset(unsigned int intid) {
    mmio_write32(gic.dist, GICD_ICENABLER, (u32)BIT(intid));
    mmio_write32(gic.dist, GICD_ICACTIVER, (u32)BIT(intid));
}

static void spi_enable(unsigned int intid) {
    gic.dist[GICD_ITARGETSR + intid] = (u8)this_cpu()->gicv2_target;
    mmio_write32(gic.dist, GICD_ISENABLER + intid / 32 * 4, (u32)BIT(intid % 32));
}

const struct gic_ops gicv2_ops = {
    .init = init,
    .init_cpu = init_cpu,
    .ppi_enable = ppi_enable,
    .ppi_pending = ppi_pending,
    .ppi_reset = ppi_reset,
    .spi_enable = spi_enable,
};
