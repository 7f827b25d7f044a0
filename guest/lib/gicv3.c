/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3, Arm IHI 0069: affinity routing, all interrupts in group 1. */
#include "gic.h"
#include "smp.h"
#include "timer.h"

#define GICD_CTLR_ENABLE (1U << 0 | 1U << 1 | 1U << 4) /* both views: groups 1 and 1A, ARE */
#define GICD_CTLR_RWP    (1U << 31)

#define GICR_FRAME   0x10000UL
#define GICR_TYPER   0x0008
#define GICR_WAKER   0x0014
#define TYPER_VLPIS  (1UL << 1)
#define TYPER_LAST   (1UL << 4)
#define WAKER_SLEEP  (1U << 1)
#define WAKER_ASLEEP (1U << 2)
#define WAKE_US      100000

#define ICC_SRE_SRE 1UL
#define SGI1R_IRM   (1UL << 40)

static void gicv3_wait_rwp(void) {
    (void)wait_until(!(mmio_read32(platform.gicd.base + GICD_CTLR) & GICD_CTLR_RWP), WAKE_US);
}

static void gicv3_init(void) {
    u64 gicd = platform.gicd.base;

    mmio_write32(gicd + GICD_CTLR, 0);
    gicv3_wait_rwp();
    for (u32 i = 32; i < gic_nr_intids(); i += 32) {
        mmio_write32(gicd + GICD_IGROUPR + i / 8, ~0U);
        mmio_write32(gicd + GICD_ICENABLER + i / 8, ~0U);
        mmio_write32(gicd + GICD_ICPENDR + i / 8, ~0U);
        mmio_write32(gicd + GICD_ICACTIVER + i / 8, ~0U);
    }
    for (u32 i = 32; i < gic_nr_intids(); i += 4)
        mmio_write32(gicd + GICD_IPRIORITYR + i, GIC_DEFAULT_PRIORITY);
    mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ENABLE);
    gicv3_wait_rwp();
}

/* GICR_TYPER[63:32] = Aff3.Aff2.Aff1.Aff0; a frame set has two more frames with VLPIs. */
static u64 find_redistributor(u64 mpidr) {
    u64 affinity = (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff);

    for (u32 i = 0; i < platform.nr_gicr; i++) {
        u64 frame = platform.gicr[i].base;
        u64 end = frame + platform.gicr[i].size;
        u64 typer = 0;

        for (; frame < end && !(typer & TYPER_LAST);
             frame += (typer & TYPER_VLPIS ? 4 : 2) * GICR_FRAME) {
            typer = mmio_read64(frame + GICR_TYPER);
            if (typer >> 32 == affinity) return frame;
        }
    }
    return 0;
}

static bool gicv3_cpu_init(void) {
    struct percpu *cpu = this_cpu();
    u64 gicr = find_redistributor(cpu->mpidr);

    if (!gicr) return false;
    cpu->gicr = gicr;
    mmio_write32(gicr + GICR_WAKER, mmio_read32(gicr + GICR_WAKER) & ~WAKER_SLEEP);
    if (!wait_until(!(mmio_read32(gicr + GICR_WAKER) & WAKER_ASLEEP), WAKE_US)) return false;
    mmio_write32(gicr + GICR_FRAME + GICD_IGROUPR, ~0U);
    gic_reset_private(gicr + GICR_FRAME);

    write_sysreg(read_sysreg(icc_sre_el1) | ICC_SRE_SRE, icc_sre_el1);
    isb();
    write_sysreg(0xf0, icc_pmr_el1);
    write_sysreg(0, icc_bpr1_el1);
    write_sysreg(0, icc_ctlr_el1);
    write_sysreg(1, icc_igrpen1_el1);
    isb();
    return true;
}

static void gicv3_cpu_exit(void) {
    write_sysreg(0, icc_igrpen1_el1);
    isb();
}

static u64 gicv3_bank(u32 intid) {
    return intid < 32 ? this_cpu()->gicr + GICR_FRAME : platform.gicd.base;
}

static void gicv3_route_to_self(u32 intid) {
    mmio_write64(platform.gicd.base + GICD_IROUTER + 8 * (u64)intid, this_cpu()->mpidr);
}

static u32 gicv3_acknowledge(void) {
    u32 iar = (u32)read_sysreg(icc_iar1_el1);

    /* The acknowledge must be done before the device is touched (IHI 0069, ICC_IAR1_EL1). */
    dsb(sy);
    return iar;
}

static void gicv3_end(u32 iar) {
    write_sysreg(iar, icc_eoir1_el1);
    isb();
}

static u64 gicv3_sgi_to(u32 cpu, u32 id) {
    u64 mpidr = cpus[cpu].mpidr;
    u64 aff0 = mpidr & 0xff;

    return (mpidr >> 32 & 0xff) << 48 | (aff0 >> 4) << 44 | (mpidr >> 16 & 0xff) << 32 |
           (u64)id << 24 | (mpidr >> 8 & 0xff) << 16 | 1UL << (aff0 & 15);
}

static u64 gicv3_sgi_to_others(u32 id) { return SGI1R_IRM | (u64)id << 24; }

static u64 gicv3_sgi_to_self(u32 id) { return gicv3_sgi_to(cpu_id(), id); }

const struct gic_driver gicv3_driver = {
    .init = gicv3_init,
    .cpu_init = gicv3_cpu_init,
    .cpu_exit = gicv3_cpu_exit,
    .bank = gicv3_bank,
    .route_to_self = gicv3_route_to_self,
    .acknowledge = gicv3_acknowledge,
    .end = gicv3_end,
    .sgi_to = gicv3_sgi_to,
    .sgi_to_others = gicv3_sgi_to_others,
    .sgi_to_self = gicv3_sgi_to_self,
};
