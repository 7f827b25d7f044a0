/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fast half of the vGIC: SGIs and timers into list registers, without a lock. Whatever does not
 * fit at once is left pending in the banks and goes through vgic_refill() (vgic_lr.c).
 */
#include "vm/postmortem.h"
#include "vm/sched.h"
#include "vm/vgic.h"

void vcpu_post(struct vcpu *v, u32 bits) {
    if (post(&v->box, bits) == 0) gic_kick(v->cpu);
}

/*
 * What puts a private interrupt, pending, into a list register. Made when it is first needed, which
 * after a reset is also when the trace wants to know.
 */
static void make_word(struct vcpu *v, unsigned int intid) {
    u32 bit = (u32)BIT(intid);
    u64 link = v->own.hw & bit ? vgic_link(vgic_physical(intid)) : 0;

    v->lr_word[intid] =
        gic_lr_word(LR_PENDING | LR_VINTID(intid) | LR_PRIORITY(v->own.priority[intid]) |
                    (v->own.group & bit ? LR_GROUP1 : 0) | link);
    if (intid < NR_SGIS)
        trace_first(v, SEEN_SGI, TRACE_VCPU_FIRST_SGI, intid);
    else
        trace_first(v, SEEN_TICK, TRACE_VCPU_FIRST_TICK, intid);
}

/* Does its own list register hold this private interrupt, in some state? empty: those that do not.
 */
static inline bool has_lr(const struct vcpu *v, unsigned int intid, u32 empty) {
    unsigned int n = v->lr_of[intid];

    return v->lr_intid[n] == intid && !(empty & BIT(n));
}

/* May it go at once into one of these empty list registers, which are open to all? */
static inline bool has_room(const struct vcpu *v, unsigned int intid, u32 open) {
    return open && (v->forwarded & BIT(intid)) && !has_lr(v, intid, open);
}

/*
 * Seldom: not known yet; or still in its list register, since one INTID is never in two, pending or
 * active there; or not to be forwarded; or there are more than list registers.
 */
static seldom void inject_crowded(struct vcpu *v, unsigned int intid) {
    u32 empty = gic_empty_lrs(), bit = (u32)BIT(intid);
    bool is_sgi = intid < NR_SGIS;
    u64 lr;

    if (!v->lr_word[intid]) make_word(v, intid);
    if (has_lr(v, intid, empty)) {
        lr = gic_read_lr(v->lr_of[intid]);
        v->sgi_merged += is_sgi && (lr & LR_PENDING);
        v->sgi_delivered += is_sgi && !(lr & LR_PENDING);
        gic_write_lr(v->lr_of[intid], lr | LR_PENDING);
    } else if (has_room(v, intid, empty & v->lr_open)) {
        v->sgi_delivered += is_sgi;
        vgic_place_private(v, lowest_bit(empty), intid, v->lr_word[intid]);
    } else {
        v->sgi_merged += (v->own.pending & bit & POST_SGIS) != 0;
        v->own.pending |= bit;
        if (v->forwarded & bit) vgic_refill(v);
    }
}

/* A private interrupt is raised. GICv2's SGIs do not come here: they have sources. */
static inline void inject_private(struct vcpu *v, unsigned int intid, bool is_sgi, bool v3) {
    u32 open = gic_elrsr(v3) & v->lr_open;
    u64 word = v->lr_word[intid];

    if (likely(word && has_room(v, intid, open))) {
        if (is_sgi) v->sgi_delivered++;
        vgic_place_private(v, lowest_bit(open), intid, word);
    } else {
        inject_crowded(v, intid);
    }
}

void vgic_inject_timer(struct vcpu *v, unsigned int intid) {
    inject_private(v, intid, false, gic.v3);
}

/*
 * GICv2, the usual case: one source, none waiting, a list register free. False: not so, and nothing
 * was done.
 */
static inline bool place_sgi(struct vcpu *v, unsigned int sgi, u8 from) {
    u32 open = gic_elrsr(false) & v->lr_open;
    u64 word = v->lr_word[sgi];

    if (unlikely(!word || (from & (from - 1)) || v->sgi_sources[sgi] || !has_room(v, sgi, open)))
        return false;
    v->sgi_delivered++;
    vgic_place_private(v, lowest_bit(open), sgi, word | GICH_LR_SOURCE(lowest_bit(from)));
    return true;
}

/* GICv2: each source is an interrupt of its own: noted, and handed out one after the other. */
static seldom void inject_sources(struct vcpu *v, unsigned int sgi, u8 from) {
    if (!v->lr_word[sgi]) make_word(v, sgi);
    v->sgi_merged += count_bits(v->sgi_sources[sgi] & from);
    v->sgi_sources[sgi] |= from;
    vgic_present_sgi(v, sgi);
}

static inline void inject_sgi(struct vcpu *v, unsigned int sgi) {
    u8 from;

    if (gic.v3) {
        inject_private(v, sgi, true, true);
        return;
    }
    from = post_take_sources(&v->box, sgi);
    /* Without: taken with an earlier post, as the sender was between its two ORs. */
    if (likely(from) && unlikely(!place_sgi(v, sgi, from))) inject_sources(v, sgi, from);
}

/* From another core. The kick is out before the ERET that follows: no ISB. */
static inline void send_sgi(struct vcpu *from, struct vcpu *to, unsigned int sgi, bool v3) {
    u32 old;

    if (!v3 && unlikely(post_source(&to->box, sgi, from->id))) from->sgi_coalesced[to->id]++;
    old = post(&to->box, (u32)BIT(sgi));
    from->sgi_sent[to->id]++;
    if (likely(old == 0))
        gic_kick_before_eret(to->cpu, v3);
    else if (v3)
        from->sgi_coalesced[to->id] += (old >> sgi) & 1;
}

static inline void send_sgi_self(struct vcpu *v, unsigned int sgi, bool v3) {
    v->sgi_sent[v->id]++;
    if (v3)
        inject_private(v, sgi, true, true);
    else if (unlikely(!place_sgi(v, sgi, (u8)BIT(v->id))))
        inject_sources(v, sgi, (u8)BIT(v->id));
}

static seldom void send_many(struct vcpu *v, u64 targets, unsigned int sgi) {
    for (; targets; targets &= targets - 1) {
        unsigned int i = lowest_bit(targets);

        if (i != v->id) {
            send_sgi(v, v->vm->vcpu[i], sgi, gic.v3);
            continue;
        }
        v->sgi_sent[i]++;
        if (gic.v3)
            inject_crowded(v, sgi);
        else
            inject_sources(v, sgi, (u8)BIT(i));
    }
}

/* v3: gic.v3, which the caller knows. */
static inline void send_sgis(struct vcpu *v, u64 targets, unsigned int sgi, bool v3) {
    if (unlikely(!targets || (targets & (targets - 1))))
        send_many(v, targets, sgi);
    else if (lowest_bit(targets) != v->id)
        send_sgi(v, v->vm->vcpu[lowest_bit(targets)], sgi, v3);
    else
        send_sgi_self(v, sgi, v3);
}

/*
 * Groups that differ from reset: those of the targets for which the SGI is in this group. The
 * others do not get it (IHI 0069, "Forwarding an SGI to a target PE").
 */
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
 * target list 15:0.
 */
static inline u64 sgi_targets(const struct vcpu *v, u64 value) {
    const struct vm *vm = v->vm;
    u64 cluster = FIELD(value, 23, 16) << vm->cluster_shift;

    if (likely(!(value & vm->sgi_nobody)))
        return (value & vm->cluster_mask) << cluster & vm->vcpu_mask;
    /* All but itself; else nobody has such an affinity. */
    return value & BIT(40) ? vm->vcpu_mask & ~BIT(v->id) : 0;
}

static inline unsigned int sgi_number(u64 value) { return (unsigned int)FIELD(value, 27, 24); }

void vgic_sgi1r(struct vcpu *v, u64 value) {
    u64 targets = sgi_targets(v, value);
    unsigned int sgi = sgi_number(value);

    if (likely(v->own.group & BIT(sgi)))
        send_sgis(v, targets, sgi, true);
    else
        send_in_group(v, targets, sgi, true);
}

void vgic_sgi0r(struct vcpu *v, u64 value) {
    send_in_group(v, sgi_targets(v, value), sgi_number(value), false);
}

void vgic_trace_sgi1r(struct vcpu *v, u64 value) {
    vcpu_trace_sgi(v, sgi_targets(v, value), sgi_number(value));
}

/* IHI 0048, "GICD_SGIR": TargetListFilter 25:24, CPUTargetList 23:16, SGIINTID 3:0. */
static inline u64 sgir_targets(const struct vcpu *v, u32 value) {
    u64 all = v->vm->vcpu_mask, self = BIT(v->id), filter = FIELD(value, 25, 24);

    return likely(filter == 0) ? FIELD(value, 23, 16) & all
           : filter == 1       ? all & ~self
           : filter == 2       ? self
                               : 0;
}

void vgic_sgir(struct vcpu *v, u32 value) {
    send_sgis(v, sgir_targets(v, value), (unsigned int)FIELD(value, 3, 0), false);
}

void vgic_trace_sgir(struct vcpu *v, u32 value) {
    vcpu_trace_sgi(v, sgir_targets(v, value), (unsigned int)FIELD(value, 3, 0));
}

void vgic_answer_calls(struct vcpu *v) {
    struct vgic_call *c = exchange_acquire(&v->call, NULL);

    if (!c) return;
    v->is_reset = false;
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
        unsigned int sgi = lowest_bit(sgis);
        u8 from = gic.v3 ? 0 : post_take_sources(&v->box, sgi);

        if (gic.v3)
            inject_crowded(v, sgi);
        else if (from)
            inject_sources(v, sgi, from);
        isb(); /* which list registers are empty is only known after the write of this one */
    }
    if (posts & POST_CALL) vgic_answer_calls(v);
    if (posts & POST_SPI) {
        v->look_at_spis = true;
        vgic_refill(v);
    }
    if (posts & POST_REPORT) postmortem_report(v);
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
