/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a write to an interrupt's registers means for list registers, for other cores and for the
 * machine's own GIC; the bits themselves are core/vgic.c's.
 */
#include "lib/atomic.h"
#include "vm/vgic_lr.h"

/* Registers whose word stands in list registers as much as in the bank. */
static bool touches_lr(enum vgic_group reg) {
    return reg == VGIC_ISPENDR || reg == VGIC_ICPENDR || reg == VGIC_ISACTIVER ||
           reg == VGIC_ICACTIVER;
}

/* Timers: the line itself is in the machine's GIC. */
static u32 hw_lines(const struct vcpu *v) {
    u32 lines = 0;

    for (u32 left = v->own.hw; left; left &= left - 1) {
        unsigned int i = lowest_bit(left);
        u32 physical = (u32)FIELD(vgic_hw_bits(i), 44, 32);

        lines |= gic.ops->ppi_pending(physical) ? (u32)BIT(i) : 0;
    }
    return lines;
}

u32 vgic_private_read(struct vcpu *v, enum vgic_group reg, unsigned int index) {
    u32 value;

    if (!touches_lr(reg)) return vgic_bank_read(&v->own, reg, index);
    vgic_pull_all(v);
    value = vgic_bank_read(&v->own, reg, index);
    if (reg == VGIC_ISPENDR || reg == VGIC_ICPENDR) value |= hw_lines(v);
    vgic_refill(v);
    return value;
}

/*
 * A linked interrupt follows in the machine's GIC: disabled or cleared here it is disabled or
 * deactivated there, so that a line that is still up comes again when the guest wants it.
 */
static void follow_in_hardware(struct vcpu *v, enum vgic_group reg, u32 bits) {
    for (bits &= v->own.hw; bits; bits &= bits - 1) {
        unsigned int i = lowest_bit(bits);
        u32 bit = (u32)BIT(i), physical = (u32)FIELD(vgic_hw_bits(i), 44, 32);
        bool active = v->own.active & bit;

        if (reg == VGIC_ISENABLER || reg == VGIC_ICENABLER)
            gic.ops->ppi_enable(physical, reg == VGIC_ISENABLER);
        if ((reg == VGIC_ICENABLER || reg == VGIC_ICPENDR) && (v->own.pending & bit) && !active) {
            v->own.pending &= ~bit;
            gic_deactivate(physical);
        }
        if (reg == VGIC_ICACTIVER && active) gic_deactivate(physical);
    }
}

void vgic_private_write(struct vcpu *v, enum vgic_group reg, unsigned int index, u32 value,
                        u32 mask) {
    /*
     * SGIs are always edge-triggered; GICv2 sets and clears their pending state only by source
     * (IHI 0048, "GICD_ISPENDRn"). Linked interrupts become pending in the machine's GIC alone.
     */
    if (reg == VGIC_ICFGR && index == 0) return;
    if (reg == VGIC_ISPENDR) mask &= ~v->own.hw;
    if ((reg == VGIC_ISPENDR || reg == VGIC_ICPENDR) && !gic.v3) mask &= ~0xffffU;
    if (touches_lr(reg) || reg == VGIC_ICENABLER || reg == VGIC_IGROUPR) vgic_pull_all(v);
    if (reg == VGIC_ICPENDR) v->sgi_cancelled += count_bits(v->own.pending & value & mask & 0xffff);
    if (reg == VGIC_ISENABLER || reg == VGIC_ICENABLER || reg == VGIC_ICPENDR ||
        reg == VGIC_ICACTIVER)
        follow_in_hardware(v, reg, value & mask);
    vgic_bank_write(&v->own, reg, index, value, mask);
    vgic_update_forwarded(v);
    if (reg != VGIC_IPRIORITYR && reg != VGIC_ICFGR) vgic_refill(v);
}

/* SPIs of `mask` leave the list registers of all vCPUs, and stay out until released. */
static void hold(struct vcpu *self, unsigned int bank, u32 mask) {
    struct vgic *g = &self->vm->vgic;
    struct vgic_call recall = {.what = CALL_RECALL_SPIS};

    spin_lock(&g->lock);
    g->held[bank] |= mask;
    spin_unlock(&g->lock);
    for (unsigned int i = 0; i < self->vm->nr_vcpus; i++) {
        struct vcpu *v = self->vm->vcpu[i];
        bool has = false;

        for (unsigned int n = 0; n < gic.nr_lrs; n++) {
            u32 intid = load_relaxed(&v->lr_intid[n]);

            has |= intid / 32 == bank + 1 && (mask & BIT(intid % 32));
        }
        if (!has) continue;
        if (v == self) {
            vgic_pull_all(v);
            vgic_refill(v);
        } else {
            vgic_call(self, v, &recall);
        }
    }
}

/* Whoever one of these SPIs is routed to looks at them anew. */
static void release(struct vcpu *self, unsigned int bank, u32 mask) {
    struct vgic *g = &self->vm->vgic;
    struct vgic_bank *b = &g->spi[bank];
    u64 targets = 0;

    spin_lock(&g->lock);
    g->held[bank] &= ~mask;
    for (u32 c = mask & ((vgic_forwarded(b, g->ctlr) & vgic_pending(b)) | b->active); c; c &= c - 1)
        targets |= BIT(g->route[32 * bank + lowest_bit(c)]);
    spin_unlock(&g->lock);
    for (u64 left = targets & ~BIT(self->id); left; left &= left - 1)
        vcpu_post(self->vm->vcpu[lowest_bit(left)], POST_SPI);
    if (targets & BIT(self->id)) {
        self->look_at_spis = true;
        vgic_refill(self);
    }
}

u32 vgic_spi_read(struct vcpu *v, unsigned int bank, enum vgic_group reg, unsigned int index) {
    u32 value;

    if (touches_lr(reg)) hold(v, bank, ~0U);
    spin_lock(&v->vm->vgic.lock);
    value = vgic_bank_read(&v->vm->vgic.spi[bank], reg, index);
    spin_unlock(&v->vm->vgic.lock);
    if (touches_lr(reg)) release(v, bank, ~0U);
    return value;
}

void vgic_spi_write(struct vcpu *v, unsigned int bank, enum vgic_group reg, unsigned int index,
                    u32 value, u32 mask) {
    bool recall = touches_lr(reg) || reg == VGIC_ICENABLER || reg == VGIC_IGROUPR;
    u32 touched = reg == VGIC_IGROUPR ? mask : value & mask;

    if (recall) hold(v, bank, touched);
    spin_lock(&v->vm->vgic.lock);
    vgic_bank_write(&v->vm->vgic.spi[bank], reg, index, value, mask);
    spin_unlock(&v->vm->vgic.lock);
    if (recall || reg == VGIC_ISENABLER) release(v, bank, touched);
}

void vgic_spi_route(struct vcpu *v, unsigned int n, unsigned int target) {
    struct vgic *g = &v->vm->vgic;

    spin_lock(&g->lock);
    g->route[n] = (u8)target;
    spin_unlock(&g->lock);
    /* Pending and not taken yet: it goes to the new target. In a list register it stays. */
    release(v, n / 32, (u32)BIT(n % 32));
}

void vgic_set_ctlr(struct vcpu *v, u32 ctlr) {
    struct vm *vm = v->vm;
    struct vgic_call poke = {.what = CALL_WRITE, .reg = VGIC_ISENABLER};

    spin_lock(&vm->vgic.lock);
    vm->vgic.ctlr = ctlr;
    spin_unlock(&vm->vgic.lock);
    /* Writing no bit makes each vCPU look at what is forwarded now. */
    for (unsigned int i = 0; i < vm->nr_vcpus; i++) {
        if (vm->vcpu[i] == v)
            vgic_private_write(v, VGIC_ISENABLER, 0, 0, 0);
        else
            vgic_call(v, vm->vcpu[i], &poke);
    }
}
