/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fast half of the vGIC: SGIs and timers into list registers, without a lock. Whatever does not
 * fit at once is left pending in the banks and goes through vgic_refill() (vgic_lr.c).
 */
#include "vm/sched.h"
#include "vm/vgic.h"

void vcpu_post(struct vcpu *v, u32 bits) {
    if (post(&v->box, bits) == 0) gic_kick(v->cpu);
}

static seldom u64 make_word(struct vcpu *v, unsigned int intid) {
    u32 bit = (u32)BIT(intid);
    u64 link = v->own.hw & bit ? vgic_link(vgic_physical(intid)) : 0;

    v->lr_word[intid] =
        gic_lr_word(LR_PENDING | LR_VINTID(intid) | LR_PRIORITY(v->own.priority[intid]) |
                    (v->own.group & bit ? LR_GROUP1 : 0) | link);
    return v->lr_word[intid];
}

/* What puts a private interrupt, pending, into a list register. */
static inline u64 lr_word(struct vcpu *v, unsigned int intid) {
    u64 word = v->lr_word[intid];

    return likely(word) ? word : make_word(v, intid);
}

/* Does its own list register hold this private interrupt, in some state? empty: those that do not.
 */
static inline bool has_lr(const struct vcpu *v, unsigned int intid, u32 empty) {
    unsigned int n = v->lr_of[intid];

    return v->lr_intid[n] == intid && !(empty & BIT(n));
}

/*
 * Seldom: still in its list register, since one INTID is never in two, pending or active there; or
 * not to be forwarded; or there are more than list registers.
 */
static seldom void inject_crowded(struct vcpu *v, unsigned int intid, u32 empty) {
    u32 bit = (u32)BIT(intid);
    u64 lr;

    if (has_lr(v, intid, empty)) {
        lr = gic_read_lr(v->lr_of[intid]);
        v->sgi_merged += intid < NR_SGIS && (lr & LR_PENDING);
        v->sgi_delivered += intid < NR_SGIS && !(lr & LR_PENDING);
        gic_write_lr(v->lr_of[intid], lr | LR_PENDING);
        return;
    }
    v->sgi_merged += (v->own.pending & bit & POST_SGIS) != 0;
    v->own.pending |= bit;
    if (v->forwarded & bit) vgic_refill(v);
}

/* A private interrupt is raised. GICv2's SGIs do not come here: they have sources. */
static inline void inject_private(struct vcpu *v, unsigned int intid) {
    u32 empty = gic_empty_lrs();

    if (unlikely(!(v->forwarded & BIT(intid)) || v->overflow || !empty ||
                 has_lr(v, intid, empty))) {
        inject_crowded(v, intid, empty);
        return;
    }
    v->sgi_delivered += intid < NR_SGIS;
    vgic_place(v, lowest_bit(empty), intid, lr_word(v, intid));
}

void vgic_inject_timer(struct vcpu *v, u32 physical) {
    unsigned int intid =
        physical == gic.virt_timer_intid ? GUEST_TIMER_VIRT_INTID : GUEST_TIMER_PHYS_INTID;

    trace_first(v, SEEN_TICK, TRACE_VCPU_FIRST_TICK, intid);
    inject_private(v, intid);
}

/*
 * GICv2, the usual case: one source, none waiting, a list register free. False: not so, and nothing
 * was done.
 */
static inline bool place_sgi(struct vcpu *v, unsigned int sgi, u8 from) {
    u32 empty = gic_empty_lrs();

    if (unlikely((from & (from - 1)) || v->sgi_sources[sgi] || !(v->forwarded & BIT(sgi)) ||
                 v->overflow || !empty || has_lr(v, sgi, empty)))
        return false;
    v->sgi_delivered++;
    vgic_place(v, lowest_bit(empty), sgi, lr_word(v, sgi) | GICH_LR_SOURCE(lowest_bit(from)));
    return true;
}

/* Each source is an interrupt of its own: noted, and handed out one after the other. */
static void inject_sgi_v2(struct vcpu *v, unsigned int sgi) {
    u8 from = post_take_sources(&v->box, sgi);

    /* Without: taken with an earlier post, as the sender was between its two ORs. */
    if (!from || likely(place_sgi(v, sgi, from))) return;
    v->sgi_merged += count_bits(v->sgi_sources[sgi] & from);
    v->sgi_sources[sgi] |= from;
    vgic_present_sgi(v, sgi);
}

static inline void inject_sgi(struct vcpu *v, unsigned int sgi) {
    trace_first(v, SEEN_SGI, TRACE_VCPU_FIRST_SGI, sgi);
    if (gic.v3)
        inject_private(v, sgi);
    else
        inject_sgi_v2(v, sgi);
}

/* From another core. */
static inline void send_sgi(struct vcpu *from, struct vcpu *to, unsigned int sgi) {
    bool known = !gic.v3 && post_source(&to->box, sgi, from->id);
    u32 old = post(&to->box, (u32)BIT(sgi));

    from->sgi_sent[to->id]++;
    from->sgi_coalesced[to->id] += gic.v3 ? (old >> sgi) & 1 : known;
    if (old == 0) gic_kick(to->cpu);
}

static apart void send_sgi_self(struct vcpu *v, unsigned int sgi) {
    v->sgi_sent[v->id]++;
    if (!gic.v3) {
        if (place_sgi(v, sgi, (u8)BIT(v->id))) return;
        v->sgi_coalesced[v->id] += (v->sgi_sources[sgi] & BIT(v->id)) != 0;
        v->sgi_sources[sgi] |= (u8)BIT(v->id);
        trace_first(v, SEEN_SGI, TRACE_VCPU_FIRST_SGI, sgi);
        vgic_present_sgi(v, sgi);
        return;
    }
    inject_sgi(v, sgi);
}

static seldom void send_many(struct vcpu *v, u64 targets, unsigned int sgi) {
    for (; targets; targets &= targets - 1) {
        unsigned int i = lowest_bit(targets);

        if (i == v->id)
            send_sgi_self(v, sgi);
        else
            send_sgi(v, v->vm->vcpu[i], sgi);
    }
}

static inline void send_sgis(struct vcpu *v, u64 targets, unsigned int sgi) {
    if (unlikely(!targets || (targets & (targets - 1))))
        send_many(v, targets, sgi);
    else if (lowest_bit(targets) != v->id)
        send_sgi(v, v->vm->vcpu[lowest_bit(targets)], sgi);
    else
        send_sgi_self(v, sgi);
}

/* Groups that differ from reset: those of the targets for which the SGI is in this group. */
static seldom u64 in_group(const struct vcpu *v, u64 targets, unsigned int sgi, bool group1) {
    for (u64 left = targets; left; left &= left - 1) {
        unsigned int i = lowest_bit(left);
        u32 group = load_relaxed(&v->vm->vcpu[i]->own.group);

        if (((group >> sgi) & 1) != group1) targets &= ~BIT(i);
    }
    return targets;
}

static seldom void send_in_group(struct vcpu *v, u64 targets, unsigned int sgi, bool group1) {
    send_many(v, in_group(v, targets, sgi, group1), sgi);
}

/*
 * IHI 0069, "ICC_SGI1R_EL1": Aff3 55:48, RS 47:44, IRM 40, Aff2 39:32, INTID 27:24, Aff1 23:16,
 * target list 15:0. A target for which the SGI is in the other group does not get it ("Forwarding
 * an SGI to a target PE").
 */
void vgic_sgi1r(struct vcpu *v, u64 value, bool group1) {
    unsigned int sgi = (unsigned int)FIELD(value, 27, 24);
    unsigned int shift = v->vm->cluster_shift;
    u64 cluster = FIELD(value, 23, 16) << shift, targets;

    if (value & BIT(40))
        targets = v->vm->vcpu_mask & ~BIT(v->id);
    else if ((value & (MASK(55, 44) | MASK(39, 32))) || cluster >= MAX_VCPUS)
        return; /* nobody has such an affinity */
    else
        targets = FIELD(value, (1U << shift) - 1, 0) << cluster & v->vm->vcpu_mask;
    if (unlikely(!group1 || !(v->own.group & BIT(sgi))))
        send_in_group(v, targets, sgi, group1);
    else
        send_sgis(v, targets, sgi);
}

/* IHI 0048, "GICD_SGIR": TargetListFilter 25:24, CPUTargetList 23:16, SGIINTID 3:0. */
void vgic_sgir(struct vcpu *v, u32 value) {
    u64 targets = 0;

    switch (FIELD(value, 25, 24)) {
    case 0: targets = FIELD(value, 23, 16) & v->vm->vcpu_mask; break;
    case 1: targets = v->vm->vcpu_mask & ~BIT(v->id); break;
    case 2: targets = BIT(v->id); break;
    }
    send_sgis(v, targets, (unsigned int)FIELD(value, 3, 0));
}

void vgic_answer_calls(struct vcpu *v) {
    struct vgic_call *c = exchange_acquire(&v->call, NULL);

    if (!c) return;
    if (c->word) {
        c->value = vgic_private(v, c->word);
    } else {
        vgic_pull_all(v);
        vgic_refill(v);
    }
    store_release(&c->done, 1);
}

u32 vgic_call(struct vcpu *self, struct vcpu *target, const struct vgic_word *w) {
    struct vgic_call c = {.word = w};

    while (!compare_swap(&target->call, NULL, &c)) vgic_answer_calls(self);
    vcpu_post(target, POST_CALL);
    while (!load_acquire(&c.done)) vgic_answer_calls(self);
    return c.value;
}

/* What was posted to a vCPU that is off: its SGIs end here, as its CPU_ON would end them. */
static void collect_off(struct vcpu *v, u32 posts) {
    for (u32 sgis = posts & POST_SGIS; sgis; sgis &= sgis - 1)
        v->sgi_cancelled += gic.v3 ? 1 : count_bits(post_take_sources(&v->box, lowest_bit(sgis)));
    if (posts & POST_CALL) vgic_answer_calls(v);
}

static seldom void collect_many(struct vcpu *v, u32 posts) {
    if (load_acquire(&v->psci.state) != PSCI_STATE_ON) {
        collect_off(v, posts);
        return;
    }
    for (u32 sgis = posts & POST_SGIS; sgis; sgis &= sgis - 1) {
        inject_sgi(v, lowest_bit(sgis));
        isb(); /* which list registers are empty is only known after the write of this one */
    }
    if (posts & POST_CALL) vgic_answer_calls(v);
    if (posts & POST_SPI) {
        v->look_at_spis = true;
        vgic_refill(v);
    }
    if (posts & POST_STOP) vcpu_check_stop(v);
}

void vgic_collect(struct vcpu *v) {
    u32 posts = post_take(&v->box);

    if (likely(posts && posts <= POST_SGIS && !(posts & (posts - 1)) &&
               load_acquire(&v->psci.state) == PSCI_STATE_ON))
        inject_sgi(v, lowest_bit(posts));
    else
        collect_many(v, posts);
}
