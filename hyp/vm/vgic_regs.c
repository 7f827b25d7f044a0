/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a write to an interrupt's registers means for list registers, for other cores and for the
 * machine's own GIC; the bits themselves are core/vgic.c's.
 */
#include "lib/string.h"
#include "vm/vgic.h"

/* Registers whose word stands in list registers as much as in the bank. */
static bool touches_lr(enum vgic_group reg) {
    return reg == VGIC_ISPENDR || reg == VGIC_ICPENDR || reg == VGIC_ISACTIVER ||
           reg == VGIC_ICACTIVER;
}

/* And those by whose writing an interrupt may have to come out of one. */
static bool leaves_lr(enum vgic_group reg) {
    return touches_lr(reg) || reg == VGIC_ICENABLER || reg == VGIC_IGROUPR;
}

/* Timers: the line itself is in the machine's GIC. */
static u32 hw_lines(const struct vcpu *v) {
    u32 lines = 0;

    for (u32 left = v->own.hw; left; left &= left - 1) {
        unsigned int i = lowest_bit(left);
        u32 physical = vgic_physical(i);

        lines |= gic_ppi_pending(physical) ? (u32)BIT(i) : 0;
    }
    return lines;
}

/*
 * A linked interrupt follows in the machine's GIC: disabled or cleared here it is disabled or
 * deactivated there, so that a line that is still up comes again when the guest wants it.
 */
static void follow_in_hardware(struct vcpu *v, enum vgic_group reg, u32 bits) {
    for (bits &= v->own.hw; bits; bits &= bits - 1) {
        unsigned int i = lowest_bit(bits);
        u32 bit = (u32)BIT(i), physical = vgic_physical(i);
        bool active = v->own.active & bit;

        if (reg == VGIC_ISENABLER || reg == VGIC_ICENABLER)
            gic_ppi_enable(physical, reg == VGIC_ISENABLER);
        if (reg == VGIC_ISPENDR || reg == VGIC_ICPENDR)
            gic_ppi_set_pending(physical, reg == VGIC_ISPENDR);
        if ((reg == VGIC_ICENABLER || reg == VGIC_ICPENDR) && (v->own.pending & bit) && !active) {
            v->own.pending &= ~bit;
            gic_deactivate(physical, gic.v3);
        }
        if (reg == VGIC_ICACTIVER && active) gic_deactivate(physical, gic.v3);
    }
}

static u32 private_read(struct vcpu *v, const struct vgic_word *w) {
    u32 value;

    if (!touches_lr(w->reg)) return vgic_bank_read(&v->own, w->reg, w->index);
    vgic_pull_all(v);
    value = vgic_bank_read(&v->own, w->reg, w->index);
    if (w->reg == VGIC_ISPENDR || w->reg == VGIC_ICPENDR) value |= hw_lines(v);
    vgic_refill(v);
    return value;
}

u32 vgic_private(struct vcpu *v, const struct vgic_word *w) {
    u32 mask = w->mask;

    if (!w->write) return private_read(v, w);
    /*
     * SGIs are always edge-triggered; GICv2 sets and clears their pending state only by source
     * (IHI 0048, "GICD_ISPENDRn"). Linked interrupts become pending in the machine's GIC alone.
     */
    if (w->reg == VGIC_ICFGR && w->index == 0) return 0;
    if ((w->reg == VGIC_ISPENDR || w->reg == VGIC_ICPENDR) && !gic.v3) mask &= ~0xffffU;
    if (leaves_lr(w->reg)) vgic_pull_all(v);
    if (!mask) v->look_at_spis = true; /* vgic_set_ctlr(): everything anew */
    if (w->reg == VGIC_ICPENDR)
        v->sgi_cancelled += count_bits(v->own.pending & w->value & mask & 0xffff);
    follow_in_hardware(v, w->reg, w->value & mask);
    if (w->reg == VGIC_ISPENDR) {
        mask &= ~v->own.hw; /* they come from the machine's GIC */
        v->sgi_sent[v->id] += count_bits(w->value & mask & POST_SGIS);
        v->sgi_coalesced[v->id] += count_bits(v->own.pending & w->value & mask & POST_SGIS);
    }
    vgic_bank_write(&v->own, w->reg, w->index, w->value, mask);
    if (w->reg == VGIC_IPRIORITYR || w->reg == VGIC_IGROUPR)
        memset(v->lr_word, 0, sizeof(v->lr_word));
    vgic_update_forwarded(v);
    if (w->reg != VGIC_IPRIORITYR && w->reg != VGIC_ICFGR) vgic_refill(v);
    return 0;
}

/* SPIs of `mask` leave the list registers of all vCPUs, and stay out until released. */
static void hold(struct vcpu *self, unsigned int bank, enum vgic_group reg, u32 mask) {
    struct vgic *g = &self->vm->vgic;

    /* One at a time: the other's release() would let go what this one holds. */
    while (!compare_swap(&g->holder, 0U, self->id + 1)) vgic_answer_calls(self);
    spin_lock(&g->lock);
    g->held[bank] |= mask;
    g->lr_active[bank] = 0;
    g->drop_active[bank] = reg == VGIC_ICACTIVER ? mask : 0;
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
            (void)vgic_call(self, v, NULL);
        }
    }
}

/* Whoever one of these SPIs is routed to looks at them anew. */
static void release(struct vcpu *self, unsigned int bank, u32 mask) {
    struct vgic *g = &self->vm->vgic;
    struct vgic_bank *b = &g->spi[bank];
    bool holds = load_relaxed(&g->holder) == self->id + 1;
    u64 targets = 0;

    spin_lock(&g->lock);
    if (holds) g->held[bank] &= ~mask;
    for (u32 c = mask & ((vgic_forwarded(b, g->ctlr) & vgic_pending(b)) | b->active); c; c &= c - 1)
        targets |= vgic_spi_target_bit(g, 32 * bank + lowest_bit(c));
    spin_unlock(&g->lock);
    if (holds) store_release(&g->holder, 0U);
    for (u64 left = targets & ~BIT(self->id); left; left &= left - 1)
        vcpu_post(self->vm->vcpu[lowest_bit(left)], POST_SPI);
    if (targets & BIT(self->id)) {
        self->look_at_spis = true;
        vgic_refill(self);
    }
}

/* SPIs that may sit in list registers leave them first. */
static u32 spi_recall(struct vcpu *v, const struct vgic_word *w) {
    struct vgic *g = &v->vm->vgic;
    unsigned int bank = w->bank - 1;
    u32 touched = w->write && w->reg != VGIC_IGROUPR ? w->value & w->mask : w->mask, value = 0;

    hold(v, bank, w->write ? w->reg : VGIC_ISACTIVER, touched);
    spin_lock(&g->lock);
    if (w->write)
        vgic_bank_write(&g->spi[bank], w->reg, w->index, w->value, w->mask);
    else
        value = vgic_bank_read(&g->spi[bank], w->reg, w->index);
    if (w->reg == VGIC_ISACTIVER || w->reg == VGIC_ICACTIVER) value |= g->lr_active[bank];
    spin_unlock(&g->lock);
    release(v, bank, touched);
    return value;
}

u32 vgic_spi(struct vcpu *v, const struct vgic_word *w) {
    struct vgic *g = &v->vm->vgic;
    struct vgic_bank *b = &g->spi[w->bank - 1];
    u32 waiting;

    if (touches_lr(w->reg) || (w->write && leaves_lr(w->reg))) return spi_recall(v, w);
    if (!w->write) return vgic_bank_read(b, w->reg, w->index);
    spin_lock(&g->lock);
    vgic_bank_write(b, w->reg, w->index, w->value, w->mask);
    waiting = w->reg == VGIC_ISENABLER ? (vgic_pending(b) | b->active) & w->value : 0;
    spin_unlock(&g->lock);
    if (waiting) release(v, w->bank - 1, waiting);
    return 0;
}

void vgic_spi_route(struct vcpu *v, unsigned int n, unsigned int target) {
    struct vgic *g = &v->vm->vgic;

    hold(v, n / 32, VGIC_ISENABLER, (u32)BIT(n % 32));
    spin_lock(&g->lock);
    g->route[n] = (u8)target;
    spin_unlock(&g->lock);
    /* What is pending and not taken yet goes to the new target. */
    release(v, n / 32, (u32)BIT(n % 32));
}

void vgic_end(struct vcpu *v, u32 intid) {
    u32 bit = (u32)BIT(intid % 32);
    struct vgic_word w = {VGIC_ICACTIVER, intid / 32, 0, true, bit, bit};

    if (w.bank >= NR_BANKS) return;
    (void)(w.bank ? vgic_spi(v, &w) : vgic_private(v, &w));
}

void vgic_set_ctlr(struct vcpu *v, u32 ctlr) {
    struct vm *vm = v->vm;
    /* Writing no bit makes each vCPU look at what is forwarded now. */
    static const struct vgic_word nothing = {.reg = VGIC_ICENABLER, .write = true};

    spin_lock(&vm->vgic.lock);
    vm->vgic.ctlr = ctlr;
    spin_unlock(&vm->vgic.lock);
    for (unsigned int i = 0; i < vm->nr_vcpus; i++)
        if (vm->vcpu[i] == v)
            (void)vgic_private(v, &nothing);
        else
            (void)vgic_call(v, vm->vcpu[i], &nothing);
}
