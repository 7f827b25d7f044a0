/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts on their way into a guest. What only a vCPU's own core may call says so. */
#pragma once

#include <muster/guest_map.h>
#include "vm/trap.h"

/* Reset state of the distributor and of all vCPUs' private interrupts; no vCPU runs. */
void vgic_reset(struct vm *vm);

/*
 * Own core, vCPU off: private interrupts and list registers as after a reset; before the core
 * sleeps, so that CPU_ON finds it done. At CPU_ON: the rest, and the reset if it was not, or was in
 * vain.
 */
void vgic_reset_vcpu(struct vcpu *v);
void vgic_power_on(struct vcpu *v);

/* Own core, before it goes off: SPIs in its list registers go back and on to their targets. */
void vgic_park_vcpu(struct vcpu *v);

/* Any core: sets bits in v->box and kicks its core unless a kick is on its way already. */
void vcpu_post(struct vcpu *v, u32 bits);

/* Own core, after a kick: takes what was posted. Does not return if that ends the vCPU. */
void vgic_collect(struct vcpu *v);

/* Own core: a timer's interrupt, by the guest's number; active in the machine until its EOI. */
void vgic_inject_timer(struct vcpu *v, unsigned int intid);

/* Own core: the maintenance interrupt came. */
void vgic_refill(struct vcpu *v);

/* Own core: ICC_SGI1R_EL1 or ICC_SGI0R_EL1 was written. */
void vgic_sgi1r(struct vcpu *v, u64 value);
void vgic_sgi0r(struct vcpu *v, u64 value);

/* For the trace, before vgic_sgi1r() and vgic_sgir(): each target's first SGI in its life. */
void vgic_trace_sgi1r(struct vcpu *v, u64 value);
void vgic_trace_sgir(struct vcpu *v, u32 value);

/* Own core: ICC_DIR_EL1 or GICC_DIR was written. */
void vgic_end(struct vcpu *v, u32 intid);

/* Own core: GICD_SGIR was written. */
void vgic_sgir(struct vcpu *v, u32 value);

/* Any core: the input of an SPI has a new level. */
void vgic_set_line(struct vm *vm, unsigned int intid, bool high);

/* Own core: is there an interrupt that would end a WFI, masked or not? */
bool vgic_has_pending(struct vcpu *v);

/* Own core: a word of the distributor, of the redistributors; what it reads as. */
mmio_access vgic_gicd, vgic_gicr;

/* GICv2, own core: what is behind the first page of the CPU interface. */
mmio_access vgic_gicc;

/* A word of registers that every interrupt has: which, of which 32 interrupts, and the access. */
struct vgic_word {
    enum vgic_group reg;
    unsigned int bank, index; /* index: the word within the bank */
    bool write;
    u32 value, mask;
};

/* In bank 0 of vCPU v, on v's own core; in a bank of SPIs, on any core of the VM. */
u32 vgic_private(struct vcpu *v, const struct vgic_word *w);
u32 vgic_spi(struct vcpu *v, const struct vgic_word *w);

/*
 * vgic_private() on another vCPU's own core, since only that one may touch its list registers and
 * bank 0; w NULL: its SPIs leave the list registers. The caller waits, and answers calls to itself
 * meanwhile: two that call each other both go on.
 */
struct vgic_call {
    const struct vgic_word *word;
    u32 value, done;
};
void vgic_answer_calls(struct vcpu *v);
u32 vgic_call(struct vcpu *self, struct vcpu *target, const struct vgic_word *w);

/* The vCPU for SPI `n` (INTID n + 32): who acknowledged it while it is active, else by its route.
 */
static inline unsigned int vgic_spi_target(const struct vgic *g, unsigned int n) {
    return g->spi[n / 32].active & BIT(n % 32) ? g->active_on[n] : g->route[n];
}

/* GICv2: GICD_ITARGETSR names no CPU. */
#define NOBODY MAX_VCPUS

static inline u64 vgic_spi_target_bit(const struct vgic *g, unsigned int n) {
    unsigned int target = vgic_spi_target(g, n);

    return target < MAX_VCPUS ? BIT(target) : 0;
}

/* SPI `n` (INTID n + 32) goes to vCPU `target` from now on. */
void vgic_spi_route(struct vcpu *v, unsigned int n, unsigned int target);
void vgic_set_ctlr(struct vcpu *v, u32 ctlr);

/*
 * List registers of this core, between the vgic_*.c files. HW-linked: the guest's EOI deactivates
 * the machine's own timer interrupt.
 */
static inline u32 vgic_physical(unsigned int intid) {
    return intid == GUEST_TIMER_VIRT_INTID ? gic.virt_timer_intid : gic.phys_timer_intid;
}

/* What links a list register to a physical interrupt. */
static inline u64 vgic_link(u32 physical) {
    return gic.links ? LR_HW | LR_PINTID(physical) : LR_EOI;
}

/* word: gic_lr_word() */
static inline void vgic_place(struct vcpu *v, unsigned int n, unsigned int intid, u64 word) {
    v->lr_intid[n] = (u16)intid;
    gic_write_lr_word(n, word);
}

/* The same for one below 32. */
static inline void vgic_place_private(struct vcpu *v, unsigned int n, unsigned int intid,
                                      u64 word) {
    v->lr_of[intid] = (u8)n;
    vgic_place(v, n, intid, word);
}

/* GICv2: sources of this SGI were added. */
void vgic_present_sgi(struct vcpu *v, unsigned int sgi);

/* Everything in list registers goes back into the banks. The caller refills. */
void vgic_pull_all(struct vcpu *v);

static inline void vgic_update_forwarded(struct vcpu *v) {
    v->forwarded = vgic_forwarded(&v->own, v->vm->vgic.ctlr);
}
