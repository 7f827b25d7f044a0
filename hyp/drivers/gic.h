/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical GIC: GICv2 (Arm IHI 0048) or GICv3 (IHI 0069), chosen once at boot.
 *
 * What runs on every exit is inline here, with one branch that always goes the same way.
 *
 * List registers are seen in the GICv3 format everywhere (IHI 0069, "ICH_LR<n>_EL2"); for GICv2
 * the accessors convert. For a software-made GICv2 SGI the source CPU stands in bits 34:32.
 */
#pragma once

#include "arch/barrier.h"
#include "arch/percpu.h"
#include "arch/sysreg.h"
#include "core/machine.h"
#include "core/vgic.h"

#define GIC_MAX_LRS 16

/* EL2's only physical SGI: "look at what was posted for your vCPU". */
#define SGI_KICK 0

struct gic {
    bool v3;
    unsigned int nr_lrs;
    u32 lr_mask;                   /* one bit for each list register */
    u32 overflow_hcr;              /* of ICH_HCR_EL2, while not all is in list registers */
    volatile u8 *dist, *cpu, *hyp; /* cpu and hyp: GICv2 */
    struct range vcpu;             /* GICV: GICv2 */
    /*
     * What makes a list register's end deactivate the physical interrupt. QEMU's GICv2 deactivates
     * it, but does not look at its line again, so that a timer which has expired once more is not
     * seen: there EL2 does it, in the maintenance interrupt that LR_EOI asks for.
     */
    bool links; /* LR_HW, else LR_EOI */
    /* What the physical interrupts mean to us. */
    u32 maintenance_intid, virt_timer_intid, phys_timer_intid, hyp_timer_intid;
};
/* Nobody but gic_init() writes it, at boot: const, so that it is loaded once in a function. */
extern const struct gic gic;
extern struct gic gic_found;

static inline u32 mmio_read32(const volatile u8 *base, u32 offset) {
    return *(const volatile u32 *)(base + offset);
}

static inline void mmio_write32(volatile u8 *base, u32 offset, u32 v) {
    *(volatile u32 *)(base + offset) = v;
}

/* GICv2 CPU interface and virtual interface control (IHI 0048, chapters 4 and 5). */
#define GICC_IAR   0x0c
#define GICC_EOIR  0x10
#define GICC_DIR   0x1000
#define GICH_HCR   0x00
#define GICH_VTR   0x04
#define GICH_VMCR  0x08
#define GICH_ELRSR 0x30
#define GICH_APR   0xf0
#define GICH_LR    0x100
#define GICV2_SGIR 0xf00 /* GICD_SGIR */

/* ICH_HCR_EL2 and GICH_HCR agree in these bits. */
#define ICH_HCR_EN      BIT(0)
#define ICH_HCR_NPIE    BIT(3) /* ... when no list register is pending */
#define ICH_HCR_LRENPIE BIT(2) /* maintenance interrupt when EOIcount is not 0 */

/*
 * What the acknowledge register said. On GICv2 bits 12:10 hold the source CPU of an SGI. v3, here
 * and below: gic.v3, for callers that look at it once.
 */
static inline u32 gic_ack(bool v3) {
    return v3 ? (u32)read_sysreg(icc_iar1_el1) : mmio_read32(gic.cpu, GICC_IAR);
}

/* Priority drop: others may be taken, this one stays active (EOImode 1). */
static inline void gic_drop(u32 ack, bool v3) {
    if (v3)
        write_sysreg(icc_eoir1_el1, ack);
    else
        mmio_write32(gic.cpu, GICC_EOIR, ack);
    /* What the sender of an SGI wrote is read after the acknowledge, not speculatively before. */
    isb();
}

static inline void gic_deactivate(u32 ack, bool v3) {
    if (v3)
        write_sysreg(icc_dir_el1, ack);
    else
        mmio_write32(gic.cpu, GICC_DIR, ack);
}

/* SGI_KICK to another core. What it announces was stored before; DSB makes it visible first. */
static inline void gic_kick_before_eret(const struct percpu *to, bool v3) {
    dsb_ishst();
    if (v3)
        write_sysreg(icc_sgi1r_el1, to->sgi_target | (u64)SGI_KICK << 24);
    else
        mmio_write32(gic.dist, GICV2_SGIR, (u32)to->sgi_target | SGI_KICK);
}

/* Where no context synchronization event follows soon, so that nobody waits for the kick. */
static inline void gic_kick(const struct percpu *to) {
    gic_kick_before_eret(to, gic.v3);
    isb();
}

/* Bit n set: list register n is empty, or is not there. */
static inline u32 gic_elrsr(bool v3) {
    return v3 ? (u32)read_sysreg(ich_elrsr_el2) : mmio_read32(gic.hyp, GICH_ELRSR);
}

static inline u32 gic_empty_lrs(void) { return gic_elrsr(gic.v3) & gic.lr_mask; }

/* EOIcount: interrupts in no list register that were ended since the last gic_set_hcr(). */
static inline u32 gic_ends(void) {
    u32 hcr = gic.v3 ? (u32)read_sysreg(ich_hcr_el2) : mmio_read32(gic.hyp, GICH_HCR);

    return hcr >> 27;
}

/* ICH_VMCR_EL2.VEOIM, GICH_VMCR.EOImode: an EOI drops the priority, and ends nothing. */
static inline bool gic_guest_drops(void) {
    return (gic.v3 ? read_sysreg(ich_vmcr_el2) : mmio_read32(gic.hyp, GICH_VMCR)) & BIT(9);
}

static inline void gic_set_hcr(u32 hcr) {
    if (gic.v3)
        write_sysreg(ich_hcr_el2, hcr);
    else
        mmio_write32(gic.hyp, GICH_HCR, hcr);
}

/* gicv3.S. n is below GIC_MAX_LRS. */
u64 gicv3_read_lr(unsigned int n);
void gicv3_write_lr(unsigned int n, u64 lr);

static inline u64 gic_read_lr(unsigned int n) {
    return gic.v3 ? gicv3_read_lr(n) : lr_from_v2(mmio_read32(gic.hyp, GICH_LR + 4 * n));
}

/* A list register's word as this GIC has it, and where the source of a GICv2 SGI goes in it. */
static inline u64 gic_lr_word(u64 lr) { return gic.v3 ? lr : lr_to_v2(lr); }
#define GICH_LR_SOURCE(cpu) ((u64)(cpu) << 10)

static inline void gic_write_lr_word(unsigned int n, u64 word) {
    if (gic.v3)
        gicv3_write_lr(n, word);
    else
        mmio_write32(gic.hyp, GICH_LR + 4 * n, (u32)word);
}

static inline void gic_write_lr(unsigned int n, u64 lr) { gic_write_lr_word(n, gic_lr_word(lr)); }

/* Finds and initialises the distributor, on the boot core. False after log_error(). */
bool gic_init(const struct machine *m);

/* This core's interface, and its virtual interface. False after log_error(). */
bool gic_init_cpu(struct percpu *cpu);

/* The virtual CPU interface as after a reset: nothing pending, nothing active, all groups off. */
void gic_reset_virtual(void);

/* This core's private interrupts. Reset: disabled and, if it is active, deactivated. */
void gic_ppi_enable(unsigned int intid, bool on);
bool gic_ppi_pending(unsigned int intid);
void gic_ppi_set_pending(unsigned int intid, bool pending);
void gic_ppi_reset(unsigned int intid);

/* A shared interrupt, routed to the core that calls. */
void gic_spi_enable(unsigned int intid);
