/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts on their way into a guest. What only a vCPU's own core may call says so. */
#ifndef VM_VGIC_H
#define VM_VGIC_H

#include "vm/vm.h"

/* Reset state of the distributor and of all vCPUs' private interrupts; no vCPU runs. */
void vgic_reset(struct vm *vm);

/* Own core, at CPU_ON: private interrupts and list registers as after a reset. */
void vgic_reset_vcpu(struct vcpu *v);

/* Own core, before it goes off: SPIs in its list registers go back and on to their targets. */
void vgic_park_vcpu(struct vcpu *v);

/* Any core: sets bits of v->posts and kicks its core unless a kick is on its way already. */
void vcpu_post(struct vcpu *v, u32 bits);

/* Own core, after a kick: takes what was posted. Returns POST_STOP if that was among it. */
u32 vgic_collect(struct vcpu *v);

/* Own core: the physical interrupt `physical` is active and stays so until the guest's EOI. */
void vgic_inject_timer(struct vcpu *v, unsigned int intid);

/* Own core: the maintenance interrupt came. */
void vgic_refill(struct vcpu *v);

/* Own core: an SGI register was written, ICC_SGI1R_EL1 (group1) or ICC_SGI0R_EL1. */
void vgic_sgi1r(struct vcpu *v, u64 value, bool group1);

/* Own core: GICD_SGIR was written. */
void vgic_sgir(struct vcpu *v, u32 value);

/* Any core: the input of an SPI has a new level. */
void vgic_set_line(struct vm *vm, unsigned int intid, bool high);

/* Own core: is there an interrupt that would end a WFI, masked or not? */
bool vgic_has_pending(struct vcpu *v);

/* Own core: the distributor, a redistributor's two frames. offset is naturally aligned. */
u64 vgic_gicd_read(struct vcpu *v, u32 offset, unsigned int size);
void vgic_gicd_write(struct vcpu *v, u32 offset, unsigned int size, u64 value);
u64 vgic_gicr_read(struct vcpu *v, u32 offset, unsigned int size);
void vgic_gicr_write(struct vcpu *v, u32 offset, unsigned int size, u64 value);

/* Between vgic.c and vgic_mmio.c: a word of registers in bank 0 of vCPU v, on v's own core. */
u32 vgic_private_read(struct vcpu *v, enum vgic_group reg, unsigned int index);
void vgic_private_write(struct vcpu *v, enum vgic_group reg, unsigned int index, u32 value,
                        u32 mask);
/* The same for SPIs; `bank` counts from 0 = INTID 32. Any core of the VM. */
u32 vgic_spi_read(struct vcpu *v, unsigned int bank, enum vgic_group reg, unsigned int index);
void vgic_spi_write(struct vcpu *v, unsigned int bank, enum vgic_group reg, unsigned int index,
                    u32 value, u32 mask);
/* SPI `n` (INTID n + 32) goes to vCPU `target` from now on. */
void vgic_spi_route(struct vcpu *v, unsigned int n, unsigned int target);
void vgic_set_ctlr(struct vcpu *v, u32 ctlr);

/*
 * Runs on another vCPU's own core, since only that one may touch its list registers and bank 0.
 * The caller waits, and answers calls to itself meanwhile: two that call each other both go on.
 */
struct vgic_call {
    enum { CALL_RECALL_SPIS, CALL_READ, CALL_WRITE } what;
    enum vgic_group reg;
    unsigned int index;
    u32 value, mask;
    u32 done;
};
void vgic_call(struct vcpu *self, struct vcpu *target, struct vgic_call *c);

#endif
