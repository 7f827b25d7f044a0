/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv2, as the GIC-400 of a Raspberry Pi 5 (Arm IHI 0048, chapters 4 and 5), and GICv3 with
 * affinity routing, seen from non-secure EL2 (Arm IHI 0069, chapter 12).
 */
#include "drivers/gic.h"
#include "arch/trace.h"
#include "lib/log.h"
#include "mm/mm.h"

/* In the distributor; for a core's private interrupts GICv3 has the same ones in its SGI_FRAME. */
#define GIC_CTLR       0x0000
#define GIC_TYPER      0x0004
#define GIC_IIDR       0x0008
#define GIC_IGROUPR    0x0080
#define GIC_ISENABLER  0x0100
#define GIC_ICENABLER  0x0180
#define GIC_ISPENDR    0x0200
#define GIC_ICPENDR    0x0280
#define GIC_ICACTIVER  0x0380
#define GIC_IPRIORITYR 0x0400
#define GIC_ITARGETSR  0x0800 /* GICv2 */
#define GIC_IROUTER    0x6000 /* GICv3 */
#define GICC_CTLR      0x0000
#define GICC_PMR       0x0004
#define GICC_APR       0x00d0
#define GICR_TYPER     0x0008
#define GICR_WAKER     0x0014
#define SGI_FRAME      0x10000 /* GICR_SGI_base: the second 64 KiB of a redistributor */
#define REDIST_MAX     MIB(64) /* of one region: those of 256 cores at least */

/* All interrupts that EL2 uses have one priority: it never preempts itself. */
#define PRIORITY 0xa0a0a0a0U

struct gic gic_found; /* what others see as gic: see muster.lds */

static bool gicv2_init(const struct machine_gic *g) {
    gic_found.cpu = mm_map_device(g->cpu, "GICC");
    gic_found.hyp = mm_map_device(g->hyp, "GICH");
    gic_found.vcpu = g->vcpu;
    return gic_found.cpu && gic_found.hyp;
}

static bool gicv2_init_cpu(struct percpu *cpu) {
    /*
     * Our interface number is neither MPIDR nor list position: the banked ITARGETSR of our own
     * SGIs says it (IHI 0048, "GICD_ITARGETSRn": each field of n = 0-7 returns the reader).
     */
    u64 target = mmio_read32(gic.dist, GIC_ITARGETSR) & 0xff;

    /* "GICD_SGIR": CPUTargetList 23:16. A GIC with one core may read as zero. */
    cpu->sgi_target = (target ? target : 1) << 16;
    cpu->gic_private = gic.dist;
    /* Nothing that an earlier stage acknowledged and never ended blocks our priority. */
    for (u32 i = 0; i < 4; i++) mmio_write32(gic.cpu, GICC_APR + 4 * i, 0);
    mmio_write32(gic.cpu, GICC_PMR, 0xff);
    /* EnableGrp0 0, EnableGrp1 1 (as non-secure sees them: bit 0), EOImodeNS 9. */
    mmio_write32(gic.cpu, GICC_CTLR, (u32)(BIT(0) | BIT(9)));
    return true;
}

/* Whose it is: GICR_TYPER has Aff3 to Aff0 in 63:32. */
static struct percpu *cpu_of(u64 typer) {
    u64 mpidr = PUT(FIELD(typer, 63, 56), 39, 32) | FIELD(typer, 55, 32);

    static unsigned int next;

    /* Mostly the GIC has them in the same order as the tree. */
    for (unsigned int i = 0; i < nr_cpus; i++, next++) {
        next %= nr_cpus;
        if (cpus[next]->mpidr == mpidr) return cpus[next++];
    }
    return NULL;
}

/* Finds the redistributor of each core. */
static bool gicv3_init(const struct machine_gic *g) {
    for (unsigned int i = 0; i < g->nr_redist; i++) {
        struct range r = g->redist[i];
        volatile u8 *frame;
        u64 typer = 0, end;

        if (r.size < 2 * SGI_FRAME) continue; /* firmware had nothing to put there */
        if (r.size > REDIST_MAX) r.size = REDIST_MAX;
        frame = mm_map_device(r, "GICR");
        if (!frame) return false;
        /* Until the one that is the last of this region (bit 4). */
        for (end = (u64)frame + r.size; (u64)frame + 2 * SGI_FRAME <= end && !(typer & BIT(4));) {
            struct percpu *cpu;

            typer = *(volatile u64 *)(frame + GICR_TYPER);
            cpu = cpu_of(typer);
            if (cpu) cpu->gic_private = frame + SGI_FRAME;
            /* VLPIS, bit 1: a GICv4 redistributor has two more frames. */
            frame += g->redist_stride ? g->redist_stride : (typer & BIT(1) ? 4 : 2) * SGI_FRAME;
        }
    }
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

static bool gicv3_init_cpu(struct percpu *cpu) {
    u64 mpidr = cpu->mpidr;

    if (!cpu->gic_private)
        return log_error("cpu%u: no redistributor for MPIDR %#lx in the GIC's regions", cpu->index,
                         mpidr);
    if (!wake(cpu->gic_private - SGI_FRAME))
        return log_error("cpu%u: its redistributor does not wake", cpu->index);
    /* "ICC_SGI1R_EL1": Aff3 55:48, RS 47:44, Aff2 39:32, Aff1 23:16, target list 15:0. */
    cpu->sgi_target = (mpidr & (MASK(39, 32) | MASK(23, 16))) << 16 | (mpidr & MASK(15, 8)) << 8 |
                      FIELD(mpidr, 7, 4) << 44 | BIT(FIELD(mpidr, 3, 0));
    /* Enable 3 (EL1 may use its SRE), DIB 2, DFB 1, SRE 0: system registers only. */
    write_sysreg(icc_sre_el2, 0xf);
    isb();
    write_sysreg(icc_sre_el1, 0x7);
    isb();
    /* As for GICv2. The first register holds all that non-secure sees with 5 bits of priority. */
    write_sysreg(icc_ap1r0_el1, 0);
    write_sysreg(icc_ctlr_el1, BIT(1)); /* EOImode: drop, then deactivation */
    write_sysreg(icc_pmr_el1, 0xff);
    write_sysreg(icc_bpr1_el1, 0);
    write_sysreg(icc_igrpen1_el1, 1);
    isb();
    return true;
}

/*
 * A write has taken effect when GICD_CTLR.RWP (31) is 0, as it always is on GICv2. A device that
 * never says so is given up on, by a bound.
 */
static void wait_for_writes(void) {
    for (unsigned int i = 0; i < 1000000; i++)
        if (!(mmio_read32(gic.dist, GIC_CTLR) & BIT(31))) return;
    log_warn("GICD_CTLR.RWP stays 1");
}

/* Interrupts [first, end): in the group that EL2 gets as IRQ, disabled, not active. */
static void init_irqs(volatile u8 *regs, u32 first, u32 end) {
    for (u32 i = first; i < end; i += 32) {
        /*
         * GICv2: group 0, since without the Security Extensions it would signal group 1 as
         * something else than IRQ; with them the write is ignored (IHI 0048, "GICD_IGROUPRn").
         */
        mmio_write32(regs, GIC_IGROUPR + i / 8, gic.v3 ? ~0U : 0);
        mmio_write32(regs, GIC_ICENABLER + i / 8, ~0U);
        mmio_write32(regs, GIC_ICACTIVER + i / 8, ~0U);
    }
    for (u32 i = first; i < end; i += 4) mmio_write32(regs, GIC_IPRIORITYR + i, PRIORITY);
}

bool gic_init(const struct machine *m) {
    u64 vtr;

    gic_found.v3 = m->gic.version == 3;
    gic_found.maintenance_intid = m->gic.maintenance_intid;
    gic_found.virt_timer_intid = m->timer.virt;
    gic_found.phys_timer_intid = m->timer.phys;
    gic_found.hyp_timer_intid = m->timer.hyp;
    gic_found.dist = mm_map_device(m->gic.dist, "GICD");
    if (!gic_found.dist || !(gic_found.v3 ? gicv3_init(&m->gic) : gicv2_init(&m->gic)))
        return false;
    vtr = gic_found.v3 ? read_sysreg(ich_vtr_el2) : mmio_read32(gic_found.hyp, GICH_VTR);
    gic_found.nr_lrs = (unsigned int)FIELD(vtr, 5, 0) + 1;
    if (gic_found.nr_lrs > GIC_MAX_LRS) gic_found.nr_lrs = GIC_MAX_LRS;
    gic_found.lr_mask = (u32)(BIT(gic_found.nr_lrs) - 1);
    /*
     * Ends by ICC_DIR_EL1 come in any order: they trap (TDIR 14), where this is to be had (TDS of
     * ICH_VTR_EL2).
     */
    gic_found.overflow_hcr =
        (u32)(ICH_HCR_LRENPIE | (gic_found.v3 && (vtr & BIT(19)) ? BIT(14) : 0));

    /* "GICD_IIDR": QEMU's GICv2 is Arm's product 0, revision 0; a GIC-400 is product 2. */
    gic_found.links = gic_found.v3 || mmio_read32(gic_found.dist, GIC_IIDR) != 0x43b;

    mmio_write32(gic_found.dist, GIC_CTLR, 0);
    wait_for_writes();
    init_irqs(gic_found.dist, 32,
              32 * ((u32)FIELD(mmio_read32(gic_found.dist, GIC_TYPER), 4, 0) + 1));
    wait_for_writes();
    /* As a non-secure access to a GICv3 sees it: ARE_NS 4, EnableGrp1A 1, EnableGrp1 0. */
    mmio_write32(gic_found.dist, GIC_CTLR, (u32)(gic_found.v3 ? BIT(4) | BIT(1) | BIT(0) : BIT(0)));
    return true;
}

#define CLEAR_APR(n) asm volatile("msr ich_ap0r" #n "_el2, xzr\n\tmsr ich_ap1r" #n "_el2, xzr")

void gic_reset_virtual(void) {
    for (unsigned int n = 0; n < gic.nr_lrs; n++) gic_write_lr(n, 0);
    if (gic.v3) {
        /* IHI 0069, "ICH_VTR_EL2", PREbits: as many active-priority registers as these need. */
        u64 bits = FIELD(read_sysreg(ich_vtr_el2), 28, 26) + 1;

        write_sysreg(icc_sre_el1, 0x7); /* where it can be cleared, a guest may have */
        write_sysreg(ich_vmcr_el2, 0);
        CLEAR_APR(0);
        if (bits >= 6) CLEAR_APR(1);
        if (bits >= 7) CLEAR_APR(2);
        if (bits >= 7) CLEAR_APR(3);
    } else {
        mmio_write32(gic.hyp, GICH_VMCR, 0);
        mmio_write32(gic.hyp, GICH_APR, 0);
    }
    gic_set_hcr(ICH_HCR_EN);
}

bool gic_init_cpu(struct percpu *cpu) {
    if (!(gic.v3 ? gicv3_init_cpu(cpu) : gicv2_init_cpu(cpu))) return false;
    init_irqs(cpu->gic_private, 0, 32);
    gic_reset_virtual();
    gic_ppi_enable(SGI_KICK, true);
    gic_ppi_enable(gic.maintenance_intid, true);
    if (gic.hyp_timer_intid) gic_ppi_enable(gic.hyp_timer_intid, true);
    trace(TRACE_CPU_GIC, TRACE_MACHINE, cpu->index, 0);
    return true;
}

void gic_ppi_enable(unsigned int intid, bool on) {
    mmio_write32(this_cpu()->gic_private, on ? GIC_ISENABLER : GIC_ICENABLER, (u32)BIT(intid));
}

bool gic_ppi_pending(unsigned int intid) {
    return mmio_read32(this_cpu()->gic_private, GIC_ISPENDR) & BIT(intid);
}

void gic_ppi_set_pending(unsigned int intid, bool pending) {
    mmio_write32(this_cpu()->gic_private, pending ? GIC_ISPENDR : GIC_ICPENDR, (u32)BIT(intid));
}

void gic_ppi_reset(unsigned int intid) {
    gic_ppi_enable(intid, false);
    mmio_write32(this_cpu()->gic_private, GIC_ICACTIVER, (u32)BIT(intid));
}

void gic_spi_enable(unsigned int intid) {
    if (gic.v3)
        *(volatile u64 *)(gic.dist + GIC_IROUTER + 8 * intid) = this_cpu()->mpidr;
    else
        gic.dist[GIC_ITARGETSR + intid] = (u8)(this_cpu()->sgi_target >> 16);
    mmio_write32(gic.dist, GIC_ISENABLER + intid / 32 * 4, (u32)BIT(intid % 32));
}
