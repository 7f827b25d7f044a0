/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 with affinity routing, seen from non-secure EL2: Arm IHI 0069, chapter 12. */
#include "drivers/gic.h"
#include "lib/log.h"
#include "mm/mm.h"

#define GICD_CTLR    0x0000
#define GICD_TYPER   0x0004
#define GICD_IROUTER 0x6000
#define GICR_TYPER   0x0008
#define GICR_WAKER   0x0014
#define SGI_FRAME    0x10000 /* GICR_SGI_base: the second 64 KiB of a redistributor */
/* In the distributor and, for the first 32, in SGI_FRAME. */
#define GIC_IGROUPR    0x0080
#define GIC_ISENABLER  0x0100
#define GIC_ICENABLER  0x0180
#define GIC_ISPENDR    0x0200
#define GIC_ICACTIVER  0x0380
#define GIC_IPRIORITYR 0x0400

/* "GICD_CTLR", as a non-secure access sees it: RWP 31, ARE_NS 4, EnableGrp1A 1, EnableGrp1 0. */
#define GICD_CTLR_RWP BIT(31)
#define GICD_CTLR_ON  (BIT(4) | BIT(1) | BIT(0))
#define PRIORITY      0xa0a0a0a0U

#define ICC_SRE_EL2     s3_4_c12_c9_5
#define ICC_SRE_EL1     s3_0_c12_c12_5
#define ICC_CTLR_EL1    s3_0_c12_c12_4
#define ICC_PMR_EL1     s3_0_c4_c6_0
#define ICC_BPR1_EL1    s3_0_c12_c12_3
#define ICC_IGRPEN1_EL1 s3_0_c12_c12_7

/* A write has taken effect when RWP is 0. A device that never says so is given up on, by a bound.
 */
static void wait_for_writes(void) {
    for (unsigned int i = 0; i < 1000000; i++)
        if (!(mmio_read32(gic.dist, GICD_CTLR) & GICD_CTLR_RWP)) return;
    log_warn("GICD_CTLR.RWP stays 1");
}

/* Affinity as in GICR_TYPER 63:32: Aff3 to Aff0 in one word. */
static u32 packed_affinity(u64 mpidr) {
    return (u32)(FIELD(mpidr, 39, 32) << 24 | FIELD(mpidr, 23, 0));
}

static struct percpu *cpu_of(u32 affinity, unsigned int guess) {
    for (unsigned int k = 0; k < nr_cpus; k++) {
        /* Frames nearly always come in the order of the tree: the first try fits. */
        struct percpu *cpu = cpus[(guess + k) % nr_cpus];

        if (cpu && packed_affinity(cpu->mpidr) == affinity) return cpu;
    }
    return NULL;
}

static bool find_redistributors(struct range region, u64 stride, unsigned int *guess) {
    u64 at = region.base, end = region.base + region.size;

    while (at + 2 * SGI_FRAME <= end) {
        struct percpu *cpu;
        volatile u8 *frame = mm_map_device((struct range){at, PAGE_SIZE}, "GICR");
        u64 typer;

        if (!frame) return false;
        typer = *(volatile u64 *)(frame + GICR_TYPER);
        cpu = cpu_of((u32)(typer >> 32), *guess);
        if (cpu) {
            if (!mm_map_device((struct range){at + SGI_FRAME, PAGE_SIZE}, "GICR")) return false;
            cpu->redist = (void *)frame;
            *guess = cpu->index + 1;
        }
        if (typer & BIT(4)) /* Last of this region */
            break;
        /* VLPIS, bit 1: a GICv4 redistributor has two more frames. */
        at += stride ? stride : (typer & BIT(1) ? 4 : 2) * SGI_FRAME;
    }
    return true;
}

static bool init(const struct machine *m) {
    unsigned int guess = 0;
    u32 lines;

    gic.dist = mm_map_device(m->gic.dist, "GICD");
    if (!gic.dist) return false;
    for (unsigned int i = 0; i < m->gic.nr_redist; i++)
        if (!find_redistributors(m->gic.redist[i], m->gic.redist_stride, &guess)) return false;
    lines = 32 * ((u32)FIELD(mmio_read32(gic.dist, GICD_TYPER), 4, 0) + 1);
    if (lines > 1020) lines = 1020;

    mmio_write32(gic.dist, GICD_CTLR, 0);
    wait_for_writes();
    for (u32 i = 32; i < lines; i += 32) {
        mmio_write32(gic.dist, GIC_IGROUPR + i / 8, ~0U);
        mmio_write32(gic.dist, GIC_ICENABLER + i / 8, ~0U);
        mmio_write32(gic.dist, GIC_ICACTIVER + i / 8, ~0U);
    }
    for (u32 i = 32; i < lines; i += 4) mmio_write32(gic.dist, GIC_IPRIORITYR + i, PRIORITY);
    wait_for_writes();
    mmio_write32(gic.dist, GICD_CTLR, (u32)GICD_CTLR_ON);
    gic.nr_lrs = (unsigned int)FIELD(read_sysreg(ICH_VTR_EL2), 4, 0) + 1;
    if (gic.nr_lrs > GIC_MAX_LRS) gic.nr_lrs = GIC_MAX_LRS;
    return true;
}

static bool wake(volatile u8 *redist) {
    u32 waker = mmio_read32(redist, GICR_WAKER);

    mmio_write32(redist, GICR_WAKER, waker & ~(u32)BIT(1)); /* ProcessorSleep */
    for (unsigned int i = 0; i < 1000000; i++)
        if (!(mmio_read32(redist, GICR_WAKER) & BIT(2))) /* ChildrenAsleep */
            return true;
    return false;
}

static bool init_cpu(struct percpu *cpu) {
    volatile u8 *redist = cpu->redist, *sgi;

    if (!redist) {
        log_error("cpu%u: no redistributor for MPIDR %#lx in the GIC's regions", cpu->index,
                  cpu->mpidr);
        return false;
    }
    if (!wake(redist)) {
        log_error("cpu%u: its redistributor does not wake", cpu->index);
        return false;
    }
    sgi = redist + SGI_FRAME;
    mmio_write32(sgi, GIC_IGROUPR, ~0U);
    mmio_write32(sgi, GIC_ICENABLER, 0xffff0000);
    mmio_write32(sgi, GIC_ICACTIVER, ~0U);
    for (u32 i = 0; i < 32; i += 4) mmio_write32(sgi, GIC_IPRIORITYR + i, PRIORITY);
    mmio_write32(sgi, GIC_ISENABLER, BIT(SGI_KICK));

    /* "ICC_SGI1R_EL1": Aff3 55:48, RS 47:44, Aff2 39:32, Aff1 23:16, target list 15:0. */
    cpu->sgi_target = PUT(FIELD(cpu->mpidr, 39, 32), 55, 48) |
                      PUT(FIELD(cpu->mpidr, 7, 4), 47, 44) |
                      PUT(FIELD(cpu->mpidr, 23, 16), 39, 32) |
                      PUT(FIELD(cpu->mpidr, 15, 8), 23, 16) | BIT(FIELD(cpu->mpidr, 3, 0));
    /* Enable 3 (EL1 may use its SRE), DIB 2, DFB 1, SRE 0: system registers at all levels. */
    write_sysreg(ICC_SRE_EL2, 0xf);
    isb();
    write_sysreg(ICC_SRE_EL1, 0x7);
    isb();
    write_sysreg(ICC_CTLR_EL1, BIT(1)); /* EOImode: drop and deactivation are separate */
    write_sysreg(ICC_PMR_EL1, 0xff);
    write_sysreg(ICC_BPR1_EL1, 0);
    write_sysreg(ICC_IGRPEN1_EL1, 1);
    isb();
    return true;
}

static volatile u8 *own_sgi_frame(void) { return (volatile u8 *)this_cpu()->redist + SGI_FRAME; }

static void ppi_enable(unsigned int intid, bool on) {
    mmio_write32(own_sgi_frame(), on ? GIC_ISENABLER : GIC_ICENABLER, (u32)BIT(intid));
}

static bool ppi_pending(unsigned int intid) {
    return mmio_read32(own_sgi_frame(), GIC_ISPENDR) & BIT(intid);
}

static void ppi_reset(unsigned int intid) {
    mmio_write32(own_sgi_frame(), GIC_ICENABLER, (u32)BIT(intid));
    mmio_write32(own_sgi_frame(), GIC_ICACTIVER, (u32)BIT(intid));
}

static void spi_enable(unsigned int intid) {
    *(volatile u64 *)(gic.dist + GICD_IROUTER + 8 * intid) = this_cpu()->mpidr;
    mmio_write32(gic.dist, GIC_ISENABLER + intid / 32 * 4, (u32)BIT(intid % 32));
}

const struct gic_ops gicv3_ops = {
    .init = init,
    .init_cpu = init_cpu,
    .ppi_enable = ppi_enable,
    .ppi_pending = ppi_pending,
    .ppi_reset = ppi_reset,
    .spi_enable = spi_enable,
};
