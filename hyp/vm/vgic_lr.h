/* SPDX-License-Identifier: Apache-2.0 */
/* List registers of the core that runs this; between the vgic_*.c files only. */
#ifndef VM_VGIC_LR_H
#define VM_VGIC_LR_H

#include "vm/vgic.h"
#include <muster/guest_map.h>

/* HW-linked: the guest's EOI deactivates the machine's own timer interrupt. */
static inline u64 vgic_hw_bits(unsigned int intid) {
    return LR_HW |
           LR_PINTID(intid == GUEST_TIMER_VIRT_INTID ? gic.virt_timer_intid : gic.phys_timer_intid);
}

static inline void vgic_place(struct vcpu *v, unsigned int n, unsigned int intid, u64 lr) {
    v->lr_intid[n] = (u16)intid;
    if (intid < 32) v->lr_of[intid] = (u8)n;
    gic_write_lr(n, lr);
}

/* GICv2: sources of this SGI were added. */
void vgic_present_sgi(struct vcpu *v, unsigned int sgi);

/* Everything in list registers goes back into the banks. The caller refills. */
void vgic_pull_all(struct vcpu *v);

static inline void vgic_update_forwarded(struct vcpu *v) {
    v->forwarded = vgic_forwarded(&v->own, v->vm->vgic.ctlr);
}

#endif
