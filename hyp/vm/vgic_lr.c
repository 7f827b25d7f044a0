/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slow half: which of all pending interrupts get the list registers, when there are more of the
 * former, and how they come back out.
 */
#include "lib/string.h"
#include "vm/vgic.h"

#define GICH_EISR 0x20

static struct vgic_bank *bank_of(struct vcpu *v, unsigned int bank) {
    return bank ? &v->vm->vgic.spi[bank - 1] : &v->own;
}

static bool is_spi(unsigned int intid) { return intid >= 32 && intid < NR_IRQS; }

/* With the lock held if it is an SPI. */
static void drop_lr(struct vcpu *v, unsigned int n) {
    unsigned int intid = v->lr_intid[n];

    /* An SPI that leaves may be pending again, by its line: refilling looks at SPIs. */
    if (is_spi(intid)) {
        v->look_at_spis = true;
        v->vm->vgic.placed[intid / 32 - 1] &= ~(u32)BIT(intid % 32);
    }
    v->lr_intid[n] = NR_IRQS; /* no INTID */
    gic_write_lr(n, 0);
}

/*
 * List registers whose EOI asked for maintenance hold nothing any more, but still signal it, and
 * do not count as empty. True: one of them was an SPI's.
 */
static bool clear_eois(struct vcpu *v) {
    bool spi = false;
    u32 eois = gic.v3 ? (u32)read_sysreg(ich_eisr_el2) : mmio_read32(gic.hyp, GICH_EISR);

    for (eois &= gic.lr_mask; eois; eois &= eois - 1) {
        unsigned int n = lowest_bit(eois), intid = v->lr_intid[n];

        drop_lr(v, n);
        spi |= intid >= 32;
        if (!gic.links && intid < 32 && (v->own.hw & BIT(intid)))
            gic_deactivate(vgic_physical(intid), gic.v3);
    }
    return spi;
}

/* One list register's state back into its bank. With the lock held if that is of SPIs. */
static void pull(struct vcpu *v, unsigned int n) {
    u64 lr = gic_read_lr(n);
    unsigned int intid = v->lr_intid[n], i = intid % 32;
    struct vgic_bank *b;

    drop_lr(v, n);
    if (!(lr & (LR_PENDING | LR_ACTIVE)) || intid >= NR_IRQS) return;
    b = bank_of(v, intid / 32);
    if (lr & LR_ACTIVE) {
        b->active |= (u32)BIT(i);
        if (intid < NR_SGIS) v->sgi_active_from[intid] = (u8)FIELD(lr, 34, 32);
        if (intid >= 32) v->vm->vgic.active_on[intid - 32] = (u8)v->id;
    }
    if (!(lr & LR_PENDING)) return;
    if (!gic.v3 && intid < NR_SGIS) {
        u8 source = (u8)BIT(FIELD(lr, 34, 32));

        v->sgi_merged += (v->sgi_sources[intid] & source) != 0;
        v->sgi_sources[intid] |= source;
    }
    /* Sent again while it was there: that one and this one are one interrupt. */
    if (gic.v3 && intid < NR_SGIS) v->sgi_merged += (b->pending >> i) & 1;
    /* A level interrupt is pending again by its line, if that is still up. */
    if ((b->edge | b->hw | ~b->line) & BIT(i)) b->pending |= (u32)BIT(i);
    if (intid < NR_SGIS) v->sgi_delivered--;
}

/*
 * The lock is for SPIs alone. What a vCPU does with its own SGIs and PPIs takes none, so that many
 * vCPUs that set up their timers do not queue for each other.
 */
static bool lock_for_spis(struct vcpu *v) {
    bool needed = v->look_at_spis;

    for (unsigned int n = 0; n < gic.nr_lrs; n++) needed |= is_spi(v->lr_intid[n]);
    if (needed) spin_lock(&v->vm->vgic.lock);
    return needed;
}

static void unlock_for_spis(struct vcpu *v, bool locked) {
    if (locked) spin_unlock(&v->vm->vgic.lock);
}

/*
 * An active SPI stays where the guest's EOI will look for it; only its pending half goes back. When
 * it ends it is looked for: it may be pending again, here or for another vCPU by now.
 */
static bool keep_active(struct vcpu *v, unsigned int n) {
    u64 lr = gic_read_lr(n);
    unsigned int intid = v->lr_intid[n], bank = intid / 32 - 1;
    struct vgic *g = &v->vm->vgic;
    u32 bit = (u32)BIT(intid % 32);

    if (!is_spi(intid) || !(lr & LR_ACTIVE) || (g->drop_active[bank] & bit)) return false;
    g->lr_active[bank] |= bit;
    if ((lr & LR_PENDING) && (g->spi[bank].edge & bit)) g->spi[bank].pending |= bit;
    gic_write_lr(n, (lr & ~LR_PENDING) | LR_EOI);
    return true;
}

static void pull_used(struct vcpu *v, bool all) {
    for (u32 used = ~gic_empty_lrs() & gic.lr_mask; used; used &= used - 1)
        if (all || !keep_active(v, lowest_bit(used))) pull(v, lowest_bit(used));
}

void vgic_pull_all(struct vcpu *v) {
    bool locked = lock_for_spis(v);

    pull_used(v, false);
    unlock_for_spis(v, locked);
}

/* A list register's word for an interrupt of the banks; what it takes is taken off the latch. */
static u64 make_lr(struct vcpu *v, struct vgic_bank *b, unsigned int bank, unsigned int i) {
    u32 bit = (u32)BIT(i);
    unsigned int intid = 32 * bank + i;
    u64 lr = LR_VINTID(intid) | LR_PRIORITY(b->priority[i]) | (b->group & bit ? LR_GROUP1 : 0);

    if (vgic_pending(b) & b->enabled & bit) lr |= LR_PENDING;
    if (b->active & bit) lr |= LR_ACTIVE;
    /* The guest's EOI names the source of the SGI that it acknowledged. */
    if (!gic.v3 && intid < NR_SGIS && (lr & LR_ACTIVE)) {
        b->active &= ~bit;
        return (lr & ~LR_PENDING) | LR_EOI | LR_SOURCE(v->sgi_active_from[intid]);
    }
    b->active &= ~bit;
    if (b->hw & bit) {
        b->pending &= ~bit;
        /* Hardware cannot hold pending and active for a linked interrupt: active counts. */
        return (lr & LR_ACTIVE ? lr & ~LR_PENDING : lr) | vgic_link(vgic_physical(intid));
    }
    if (!gic.v3 && intid < NR_SGIS && (lr & LR_PENDING)) {
        unsigned int source = lowest_bit(v->sgi_sources[intid]);

        v->sgi_sources[intid] &= (u8)(v->sgi_sources[intid] - 1);
        if (v->sgi_sources[intid])
            lr |= LR_EOI; /* the next source follows */
        else
            b->pending &= ~bit;
        v->sgi_delivered++;
        return lr | LR_SOURCE(source);
    }
    if (b->line & ~b->edge & bit) lr |= LR_EOI; /* the line is looked at again then */
    if (bank) v->vm->vgic.placed[bank - 1] |= bit;
    if (intid < NR_SGIS && (lr & LR_PENDING)) v->sgi_delivered++;
    b->pending &= ~bit;
    return lr;
}

static bool in_lr(const struct vcpu *v, unsigned int intid, u32 used) {
    for (; used; used &= used - 1)
        if (v->lr_intid[lowest_bit(used)] == intid) return true;
    return false;
}

/*
 * What is most urgent has the smallest key: by priority, an active one before a pending one, since
 * the guest ends it first. Active ones that are not in a list register stay in the banks: the
 * hardware counts their ends (ICH_HCR_EL2.EOIcount), which come most urgent first.
 */
struct choice {
    struct vgic_bank *bank;
    unsigned int nr, i; /* bank number, bit */
    u32 key;
};

/* At least 1: 0 is more urgent than all. */
static u32 key(u32 priority, bool active) { return 2 * priority + (active ? 1 : 2); }

/* SPIs of this bank that are for v. */
static u32 routed_here(const struct vcpu *v, unsigned int bank, u32 candidates) {
    for (u32 left = candidates; left; left &= left - 1) {
        unsigned int i = lowest_bit(left);

        if (vgic_spi_target(&v->vm->vgic, 32 * (bank - 1) + i) != v->id) candidates &= ~(u32)BIT(i);
    }
    return candidates;
}

enum { ACTIVE = 1, PENDING = 2 };

/* The best of these kinds that is in no list register and would be delivered, or ended, by v. */
static bool choose(struct vcpu *v, u32 used, bool spis, unsigned int kinds, struct choice *best) {
    bool found = false;

    for (unsigned int nr = 0; nr < (spis ? NR_BANKS : 1); nr++) {
        struct vgic_bank *b = bank_of(v, nr);
        u32 pending = vgic_forwarded(b, v->vm->vgic.ctlr) & vgic_pending(b);
        u32 groups[] = {kinds & ACTIVE ? b->active : 0, kinds & PENDING ? pending & ~b->active : 0};
        u32 out = nr ? v->vm->vgic.held[nr - 1] | v->vm->vgic.placed[nr - 1] : 0;

        for (unsigned int g = 0; g < 2; g++) {
            u32 c = nr ? routed_here(v, nr, groups[g] & ~out) : groups[g], k;
            unsigned int i;

            for (u32 left = c; left; left &= left - 1)
                if (in_lr(v, 32 * nr + lowest_bit(left), used)) c &= ~(u32)BIT(lowest_bit(left));
            if (!c) continue;
            i = vgic_most_urgent(b, c);
            k = key(b->priority[i], g == 0);
            if (!found || k < best->key) *best = (struct choice){b, nr, i, k};
            found = true;
        }
    }
    return found;
}

/*
 * The least urgent list register, if it is less urgent than `than`; linked: it may be a timer's. Of
 * several the last: where priorities are equal the hardware begins with the first.
 */
static bool least_urgent(u32 than, bool linked, unsigned int *n) {
    u32 worst = than;

    for (unsigned int i = 0; i < gic.nr_lrs; i++) {
        u64 lr = gic_read_lr(i);
        u32 k = key((u32)FIELD(lr, 55, 48), lr & LR_ACTIVE);

        if (!(lr & (LR_PENDING | LR_ACTIVE)) || k < worst || (!linked && (lr & LR_HW))) continue;
        worst = k;
        *n = i;
    }
    return worst > than;
}

/* The guest has ended interrupts that were in no list register. */
static void settle_ends(struct vcpu *v, bool spis) {
    u32 ends = gic_ends();
    struct choice c;

    for (; ends && choose(v, 0, spis, ACTIVE, &c); ends--) {
        c.bank->active &= ~(u32)BIT(c.i);
        if (c.bank->hw & BIT(c.i)) gic_deactivate(vgic_physical(c.i), gic.v3);
    }
}

/*
 * More than fits: an underflow interrupt would come with one list register in use, whose guest may
 * be waiting for what has none. The end of the least urgent one is the end of all.
 */
static void ask_for_refill(void) {
    unsigned int n;

    if (least_urgent(0, false, &n)) gic_write_lr(n, gic_read_lr(n) | LR_EOI);
}

/* The vCPUs for which SPIs are pending that no list register holds, as a mask. */
static u64 pending_spis(const struct vm *vm) {
    u64 targets = 0;

    for (unsigned int nr = 0; nr < NR_BANKS - 1; nr++)
        for (u32 p = vgic_pending(&vm->vgic.spi[nr]) & ~vm->vgic.placed[nr]; p; p &= p - 1)
            targets |= vgic_spi_target_bit(&vm->vgic, 32 * nr + lowest_bit(p));
    return targets;
}

/*
 * The maintenance interrupts that more than fits needs. A guest that drops priorities first may
 * acknowledge all that is in list registers, and end none of it, before it wants the next.
 */
static u32 overflow_hcr(struct vcpu *v, bool spis) {
    struct choice next;
    bool more =
        gic_guest_drops() && choose(v, ~gic_empty_lrs() & gic.lr_mask, spis, PENDING, &next);

    return gic.overflow_hcr | (more ? (u32)ICH_HCR_NPIE : 0);
}

static bool any_pending_lr(void) {
    for (unsigned int n = 0; n < gic.nr_lrs; n++)
        if ((gic_read_lr(n) & (LR_PENDING | LR_ACTIVE)) == LR_PENDING) return true;
    return false;
}

/*
 * All list registers hold what is more urgent, and active: the least urgent of them makes way for
 * the best that is pending, since a guest with EOImode 1 may have dropped their priorities.
 */
static bool make_way(struct vcpu *v, bool spis, struct choice *c, unsigned int *n) {
    return !any_pending_lr() && choose(v, gic.lr_mask, spis, PENDING, c) &&
           least_urgent(0, true, n);
}

static void place(struct vcpu *v, unsigned int n, const struct choice *c) {
    u64 word = gic_lr_word(make_lr(v, c->bank, c->nr, c->i));

    v->spis += c->nr != 0;
    if (c->nr)
        vgic_place(v, n, 32 * c->nr + c->i, word);
    else
        vgic_place_private(v, n, c->i, word);
}

/* SPIs that have left their list registers by themselves. With the lock held if there are any. */
static void forget_ended(struct vcpu *v, u32 empty) {
    for (; empty; empty &= empty - 1)
        if (is_spi(v->lr_intid[lowest_bit(empty)])) drop_lr(v, lowest_bit(empty));
}

/* SPIs that became pending again while they sit in list registers follow when those end. */
static void follow_pending(struct vcpu *v, u32 used) {
    for (; used; used &= used - 1) {
        unsigned int n = lowest_bit(used), intid = v->lr_intid[n];

        if (is_spi(intid) && (vgic_pending(bank_of(v, intid / 32)) & BIT(intid % 32)))
            gic_write_lr(n, gic_read_lr(n) | LR_EOI);
    }
}

void vgic_refill(struct vcpu *v) {
    bool locked = lock_for_spis(v), ended = clear_eois(v), overflow = false, spis;
    struct choice c = {0};
    u32 empty, hcr = ICH_HCR_EN;
    unsigned int n = 0;
    u64 others;

    isb(); /* ELRSR follows the writes to list registers */
    empty = gic_empty_lrs();
    forget_ended(v, empty);
    /* A vCPU that is off takes no SPI: at CPU_ON it looks at what is routed to it. */
    spis = locked && load_acquire(&v->psci.state) == PSCI_STATE_ON;
    /* A guest that drops first ends interrupts by DIR, which traps: see vgic_end(). */
    if (!v->lr_open && !gic_guest_drops()) settle_ends(v, spis);
    while (!overflow && choose(v, ~empty & gic.lr_mask, spis, ACTIVE | PENDING, &c)) {
        if (empty) {
            n = lowest_bit(empty);
        } else if (least_urgent(c.key, true, &n)) {
            pull(v, n);
            v->evictions++;
        } else {
            overflow = true;
            if (!make_way(v, spis, &c, &n)) break;
            pull(v, n);
            v->evictions++;
        }
        empty &= ~(u32)BIT(n);
        place(v, n, &c);
    }
    if (locked) follow_pending(v, ~empty & gic.lr_mask);
    /*
     * What is left over is looked at again with the next refill; what is not, with a post. An SPI
     * that was ended here may be pending for another vCPU.
     */
    others = ended ? pending_spis(v->vm) & ~BIT(v->id) : 0;
    v->lr_open = overflow ? 0 : gic.lr_mask;
    v->look_at_spis = overflow && locked;
    if (overflow) hcr |= overflow_hcr(v, spis);
    unlock_for_spis(v, locked);
    if (overflow) ask_for_refill();
    gic_set_hcr(hcr);
    for (; others; others &= others - 1) vcpu_post(v->vm->vcpu[lowest_bit(others)], POST_SPI);
}

/*
 * The SGI has list register n already, for one of its sources: the others follow when that is done.
 * The same source, still pending there, is one interrupt with the new one.
 */
static void wait_behind(struct vcpu *v, unsigned int sgi, unsigned int n) {
    u64 lr = gic_read_lr(n);
    u8 source = (u8)BIT(FIELD(lr, 34, 32));

    if ((lr & LR_PENDING) && (v->sgi_sources[sgi] & source)) {
        v->sgi_sources[sgi] &= (u8)~source;
        v->sgi_merged++;
    }
    if (v->sgi_sources[sgi])
        gic_write_lr(n, lr | LR_EOI);
    else
        v->own.pending &= ~(u32)BIT(sgi);
}

void vgic_present_sgi(struct vcpu *v, unsigned int sgi) {
    unsigned int n = v->lr_of[sgi];
    u32 empty = gic_empty_lrs(), bit = (u32)BIT(sgi);

    v->own.pending |= bit;
    if (!(v->forwarded & bit)) return;
    if (v->lr_intid[n] == sgi && !(empty & BIT(n))) {
        wait_behind(v, sgi, n);
        return;
    }
    empty &= v->lr_open;
    if (!empty) {
        vgic_refill(v);
        return;
    }
    vgic_place_private(v, lowest_bit(empty), sgi, gic_lr_word(make_lr(v, &v->own, 0, sgi)));
}

bool vgic_has_pending(struct vcpu *v) {
    u32 used = ~gic_empty_lrs() & gic.lr_mask;

    for (; used; used &= used - 1)
        if (gic_read_lr(lowest_bit(used)) & LR_PENDING) return true;
    /* Whatever its group is, and whether that is on: it wakes. */
    for (unsigned int nr = 0; nr < NR_BANKS; nr++) {
        struct vgic_bank *b = bank_of(v, nr);
        u32 waits = vgic_pending(b) & b->enabled;

        if (nr ? routed_here(v, nr, waits) : waits) return true;
    }
    return false;
}

void vgic_set_line(struct vm *vm, unsigned int intid, bool high) {
    struct vgic_bank *b = &vm->vgic.spi[intid / 32 - 1];
    u32 bit = (u32)BIT(intid % 32);
    struct vcpu *target = NULL;

    spin_lock(&vm->vgic.lock);
    if (high != ((b->line & bit) != 0)) {
        b->line = high ? b->line | bit : b->line & ~bit;
        if (high && (b->edge & bit)) b->pending |= bit;
        if (high && (b->enabled & bit) && vm->vgic.route[intid - 32] != NOBODY)
            target = vm->vcpu[vm->vgic.route[intid - 32]];
    }
    spin_unlock(&vm->vgic.lock);
    if (target) vcpu_post(target, POST_SPI);
}

void vgic_reset(struct vm *vm) {
    vm->vgic.ctlr = 0;
    memset(vm->vgic.held, 0, sizeof(vm->vgic.held));
    memset(vm->vgic.placed, 0, sizeof(vm->vgic.placed));
    memset(vm->vgic.route, 0, sizeof(vm->vgic.route));
    memset(vm->vgic.targets, gic.v3 ? 0 : 1, sizeof(vm->vgic.targets));
    memset(vm->vgic.router, 0, sizeof(vm->vgic.router));
    for (unsigned int i = 0; i < NR_BANKS - 1; i++) vgic_bank_reset(&vm->vgic.spi[i], 0, gic.v3);
    for (unsigned int i = 0; i < vm->nr_vcpus; i++) vm->vcpu[i]->sleeps = true;
}

void vgic_reset_vcpu(struct vcpu *v) {
    /* Cancelled by the reset: SGIs that were not yet delivered. */
    if (gic.v3) v->sgi_cancelled += count_bits(v->own.pending & POST_SGIS);
    for (unsigned int sgi = 0; sgi < NR_SGIS && !gic.v3; sgi++)
        v->sgi_cancelled += count_bits(v->sgi_sources[sgi]);
    memset(v->sgi_sources, 0, sizeof(v->sgi_sources));
    v->own.hw = (u32)(BIT(GUEST_TIMER_VIRT_INTID) |
                      (gic.phys_timer_intid ? BIT(GUEST_TIMER_PHYS_INTID) : 0));
    vgic_bank_reset(&v->own, 0xffff, gic.v3);
    v->forwarded = 0;
    memset(v->lr_of, 0, sizeof(v->lr_of));
    memset(v->lr_word, 0, sizeof(v->lr_word));
    for (unsigned int n = 0; n < gic.nr_lrs; n++) v->lr_intid[n] = NR_IRQS;
    v->lr_open = gic.lr_mask;
    /* A timer interrupt that the guest never ended is still active in the machine's GIC. */
    gic_ppi_reset(gic.virt_timer_intid);
    if (gic.phys_timer_intid) gic_ppi_reset(gic.phys_timer_intid);
    gic_reset_virtual();
    v->is_reset = true;
}

void vgic_power_on(struct vcpu *v) {
    u32 posts;

    if (!v->is_reset) vgic_reset_vcpu(v);
    v->is_reset = false;
    /* Cancelled as well: those that were sent and not yet collected. */
    posts = post_take(&v->box);
    for (u32 sgis = posts & POST_SGIS; sgis; sgis &= sgis - 1)
        v->sgi_cancelled += gic.v3 ? 1 : count_bits(post_take_sources(&v->box, lowest_bit(sgis)));
    gic_set_hcr(ICH_HCR_EN);
    /*
     * SPIs that came while this vCPU was off. Without the lock: what becomes pending after the
     * posts were taken is posted.
     */
    v->look_at_spis = pending_spis(v->vm) != 0;
    if (v->look_at_spis) vgic_refill(v);
    if (posts & POST_CALL) vcpu_post(v, POST_CALL);
}

void vgic_park_vcpu(struct vcpu *v) {
    bool locked = lock_for_spis(v);
    u64 targets;

    pull_used(v, true);
    forget_ended(v, gic_empty_lrs());
    unlock_for_spis(v, locked);
    /* An SPI that became ours before it was routed elsewhere goes there now. */
    for (targets = pending_spis(v->vm) & ~BIT(v->id); targets; targets &= targets - 1)
        vcpu_post(v->vm->vcpu[lowest_bit(targets)], POST_SPI);
}
