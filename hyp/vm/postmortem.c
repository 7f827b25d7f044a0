/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/postmortem.h"
#include "core/esr.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "vm/vgic.h"

#define LOOKS_ALIKE 4  /* so many times the same is seen before it is told, */
#define LOOK_MS     40 /* this long apart */
#define LOOKS_IDLE  4  /* times that nothing is seen: then v is left alone */
#define ANSWER_MS   500

enum { REPORT_ASKED, REPORT_BEGUN, REPORT_DONE };

static u64 deadline_ticks;
/* One report at a time, so that their lines stay together. Innermost but for the console's. */
static struct spinlock report_lock;

void postmortem_init(u64 deadline_ms) { deadline_ticks = counter_hz() * deadline_ms / 1000; }

static void arm(u64 now, u64 ticks) {
    if (!ticks) return;
    write_sysreg(cnthp_cval_el2, now + ticks);
    write_sysreg(cnthp_ctl_el2, 1);
}

void life_begin(struct vcpu *v) {
    struct life *l = &v->life;
    u64 now = counter();

    l->on_ticks = now;
    l->idle_ticks += now - l->off_ticks;
    l->nr_exits = l->looks = l->idle_looks = 0;
    l->first_esr = 0;
    arm(now, deadline_ticks);
}

/* Exits by which a vCPU that has just been powered on shows that it gets somewhere. */
static u64 signs_of_life(const struct vcpu *v) {
    const u64 *n = v->exits;

    return n[EXIT_HVC] + n[EXIT_SMC] + n[EXIT_SYSREG] + n[EXIT_MMIO] + n[EXIT_TIMER];
}

static u64 injected(const struct vcpu *v) { return v->sgi_delivered + v->exits[EXIT_TIMER]; }

void life_end(struct vcpu *v) {
    write_sysreg(cnthp_ctl_el2, 0);
    v->life.off_ticks = counter();
    v->life.signs_before = signs_of_life(v);
    v->life.injected_before = injected(v);
}

void life_exit(struct vcpu *v, u64 esr) {
    struct life *l = &v->life;
    struct exit_record e = {0, read_sysreg(elr_el2), esr, read_sysreg(far_el2), 1};
    struct exit_record *last = &l->exit[(l->nr_exits - 1) % NR_LAST_EXITS];

    if (esr_ec(esr) == ESR_EC_IABT_LOW && !l->first_esr) {
        /* The fault whose vector leads nowhere: if there was none, this one. */
        l->first_esr = read_sysreg(esr_el1) ?: esr + PUT(1, 31, 26);
        l->first_elr = read_sysreg(esr_el1) ? read_sysreg(elr_el1) : e.pc;
        l->first_far = read_sysreg(esr_el1) ? read_sysreg(far_el1) : e.far;
    }
    if (l->nr_exits && last->pc == e.pc && last->esr == esr && last->far == e.far) {
        last->times++;
        return;
    }
    e.ticks = counter();
    l->exit[l->nr_exits++ % NR_LAST_EXITS] = e;
}

/* The code at [va, end) as the guest's own tables map it, if it is in its RAM; how many words. */
static unsigned int read_code(const struct vcpu *v, u64 va, u64 end, u32 *code) {
    u64 kept = read_sysreg(par_el1), par, at;
    const void *seen;

    asm volatile("at s1e1r, %0" ::"r"(va));
    isb();
    par = read_sysreg(par_el1);
    write_sysreg(par_el1, kept);
    if (end > align_down(va, PAGE_SIZE) + PAGE_SIZE) end = align_down(va, PAGE_SIZE) + PAGE_SIZE;
    at = (par & MASK(47, 12)) + (va & MASK(11, 0)) - GUEST_RAM_BASE;
    if ((par & 1) || at >= v->vm->config->ram_size) return 0;
    seen = window_open(0, pa(v->vm->config->ram.v + at), end - va, false);
    if (seen) memcpy(code, seen, end - va);
    window_close(0);
    return seen ? (unsigned int)(end - va) / 4 : 0;
}

/* From two instructions before the PC on, in its page. */
static void look_at_code(const struct vcpu *v, struct symptoms *s) {
    u64 before = s->pc_low & (PAGE_SIZE - 4),
        at = align_down(s->pc_low, 4) - (before < 8 ? before : 8);
    bool small = s->pc_high - s->pc_low < 64;
    u32 code[20];

    symptoms_code(s, code, small ? read_code(v, at, align_down(s->pc_high, 4) + 8, code) : 0, at);
}

/* The SGI that waits in a list register, or else in the bank. */
static void look_at_interrupts(const struct vcpu *v, struct symptoms *s) {
    u32 used = ~gic_empty_lrs() & gic.lr_mask, sgis = vgic_pending(&v->own) & POST_SGIS;
    u64 in_lrs = 0, vmcr = gic.v3 ? read_sysreg(ich_vmcr_el2) : mmio_read32(gic.hyp, GICH_VMCR);

    for (; used; used &= used - 1) {
        u64 lr = gic_read_lr(lowest_bit(used));

        if ((lr & (LR_PENDING | LR_ACTIVE)) != LR_PENDING) continue;
        in_lrs++;
        if (FIELD(lr, 31, 0) < NR_SGIS) sgis |= (u32)BIT(FIELD(lr, 31, 0));
    }
    s->groups_on[0] = vmcr & BIT(0);
    s->groups_on[1] = vmcr & BIT(1);
    s->pmr = (u8)FIELD(vmcr, 31, 24) & (gic.v3 ? 0xff : 0xf8); /* GICH_VMCR: 31:27 */
    s->waits = sgis && injected(v) - v->life.injected_before <= in_lrs;
    if (!s->waits) return;
    s->intid = (u8)lowest_bit(sgis);
    s->enabled = v->own.enabled & BIT(s->intid);
    s->forwarded = v->forwarded & BIT(s->intid);
    s->priority = v->own.priority[s->intid];
    s->group1 = v->own.group & BIT(s->intid);
}

/* *s: new, or that of the look before. */
static enum cause look(const struct vcpu *v, struct symptoms *s) {
    u64 pc = read_sysreg(elr_el2);

    if (pc < s->pc_low) s->pc_low = pc;
    if (pc > s->pc_high) s->pc_high = pc;
    s->pstate = read_sysreg(spsr_el2);
    s->sp = s->pstate & 1 ? read_sysreg(sp_el1) : read_sysreg(sp_el0);
    s->esr = read_sysreg(esr_el1);
    s->elr = read_sysreg(elr_el1);
    s->far = read_sysreg(far_el1);
    s->vbar = read_sysreg(vbar_el1);
    s->sctlr = read_sysreg(sctlr_el1);
    s->early = signs_of_life(v) == v->life.signs_before;
    look_at_interrupts(v, s);
    look_at_code(v, s);
    return symptoms_cause(s);
}

static void print_registers(const struct symptoms *s) {
    char fault[160];

    esr_describe(s->esr, s->far, fault, sizeof(fault));
    log_info("  PC %#lx, PSTATE %#lx: EL%lu, interrupts %s; SP %#lx", s->pc_high, s->pstate,
             FIELD(s->pstate, 3, 2), s->pstate & BIT(7) ? "masked" : "not masked", s->sp);
    log_info("  ESR_EL1 %#lx: %s; ELR_EL1 %#lx, FAR_EL1 %#lx", s->esr,
             s->esr ? fault : "no exception yet", s->elr, s->far);
    log_info("  SCTLR_EL1 %#lx: MMU %s; VBAR_EL1 %#lx, TTBR0_EL1 %#lx, TTBR1_EL1 %#lx", s->sctlr,
             s->sctlr & 1 ? "on" : "off", s->vbar, read_sysreg(ttbr0_el1), read_sysreg(ttbr1_el1));
}

static void print_interrupts(const struct vcpu *v, const struct symptoms *s) {
    log_info("  INTIDs 0-31: enabled %#x, group 1 %#x, pending %#x, active %#x, posted %#x; "
             "GICD_CTLR %#x; CPU interface: groups %u%u, PMR %#x",
             v->own.enabled, v->own.group, vgic_pending(&v->own), v->own.active,
             load_relaxed(&v->box.bits), v->vm->vgic.ctlr, s->groups_on[1], s->groups_on[0],
             s->pmr);
    for (u32 used = ~gic_empty_lrs() & gic.lr_mask; used; used &= used - 1) {
        u64 lr = gic_read_lr(lowest_bit(used));

        log_info("  list register %u: INTID %lu%s%s, priority %#lx, group %u", lowest_bit(used),
                 FIELD(lr, 31, 0), lr & LR_PENDING ? " pending" : "",
                 lr & LR_ACTIVE ? " active" : "", FIELD(lr, 55, 48), lr & LR_GROUP1 ? 1 : 0);
    }
}

static u64 ms_of(u64 ticks) { return ticks_to_us(ticks - console_start_ticks()) / 1000; }

static void print_exits(const struct life *l) {
    u32 n = l->nr_exits < NR_LAST_EXITS ? 0 : l->nr_exits - NR_LAST_EXITS;

    for (; n < l->nr_exits; n++) {
        const struct exit_record *e = &l->exit[n % NR_LAST_EXITS];
        char text[160];

        esr_describe(e->esr, e->far, text, sizeof(text));
        log_info("  exit at %lu ms, PC %#lx: %s, %u times", ms_of(e->ticks), e->pc,
                 e->esr ? text : "interrupt", e->times);
    }
}

/* What any core may read. */
static void print_power(const struct vcpu *v) {
    static const char states[][11] = {"OFF", "CLAIMED", "ON_PENDING", "ON"};

    log_info("%s vcpu%u on cpu%u: PSCI %s%s; last CPU_ON at %lu ms, entry %#lx, context %#lx; "
             "CPU_SUSPEND %lu times",
             v->vm->config->name, v->id, v->cpu->index, states[load_acquire(&v->psci.state)],
             v->life.asleep ? ", suspended" : "", ms_of(v->life.on_ticks), v->psci.entry,
             v->psci.context, v->suspended[0].count + v->suspended[1].count);
}

static void print_report(const struct vcpu *v, const struct symptoms *s) {
    print_power(v);
    print_registers(s);
    print_interrupts(v, s);
    print_exits(&v->life);
    stats_print(v);
}

static void tell(const struct vcpu *v, const struct symptoms *s, enum cause c) {
    char text[256];

    symptoms_describe(s, c, text, sizeof(text));
    spin_lock(&report_lock);
    log_warn("%s vcpu%u makes no progress. Post-mortem:", v->vm->config->name, v->id);
    print_report(v, s);
    log_warn("%s vcpu%u, most likely: %s", v->vm->config->name, v->id, text);
    spin_unlock(&report_lock);
}

/*
 * Nothing that speaks against v: it is looked at again, each time later, and then no more. The
 * same in all looks: that is told.
 */
void postmortem_irq(struct vcpu *v) {
    struct life *l = &v->life;
    struct symptoms *s = &l->seen;
    u64 signs = signs_of_life(v);
    bool moved = l->looks && signs != l->signs_seen;
    enum cause c;

    write_sysreg(cnthp_ctl_el2, 0);
    isb(); /* the interrupt's line is low before it is deactivated */
    if (load_acquire(&v->psci.state) != PSCI_STATE_ON || l->asleep) return;
    if (!l->looks || moved) {
        s->pc_low = ~(u64)0;
        s->pc_high = 0;
    }
    l->signs_seen = signs;
    c = look(v, s);
    if (moved || (l->looks && c != l->cause)) c = CAUSE_UNKNOWN;
    l->cause = c;
    if (c == CAUSE_UNKNOWN) {
        l->looks = 0;
        if (++l->idle_looks < LOOKS_IDLE) arm(counter(), deadline_ticks << l->idle_looks);
    } else if (++l->looks < LOOKS_ALIKE) {
        arm(counter(), counter_hz() * LOOK_MS / 1000);
    } else {
        tell(v, s, c);
    }
}

void postmortem_crash(struct vcpu *v) {
    struct symptoms s = {.pc_low = ~(u64)0, .fetches_nothing = true};

    (void)look(v, &s);
    s.esr = v->life.first_esr;
    s.elr = v->life.first_elr;
    s.far = v->life.first_far;
    tell(v, &s, symptoms_cause(&s) ?: CAUSE_FAULT);
}

void postmortem_report(struct vcpu *v) {
    struct symptoms s = {.pc_low = ~(u64)0};

    store_release(&v->life.report, REPORT_BEGUN);
    (void)look(v, &s);
    spin_lock(&report_lock);
    print_report(v, &s);
    spin_unlock(&report_lock);
    store_release(&v->life.report, REPORT_DONE);
}

/* Its registers are on its own core, which is asked; self: what runs here, or NULL. */
static void ask(struct vcpu *self, struct vcpu *v) {
    u64 end = counter() + counter_hz() * ANSWER_MS / 1000;

    store_release(&v->life.report, REPORT_ASKED);
    vcpu_post(v, POST_REPORT);
    while (load_acquire(&v->life.report) != REPORT_DONE) {
        if (self) vgic_answer_calls(self);
        if (load_acquire(&v->life.report) == REPORT_BEGUN || counter() < end) continue;
        print_power(v);
        log_warn("  its core does not answer within %u ms", ANSWER_MS);
        return;
    }
}

static void show(struct vcpu *self, struct vcpu *v) {
    if (load_acquire(&v->psci.state) != PSCI_STATE_ON) {
        print_power(v);
        stats_print(v);
    } else if (v == self) {
        postmortem_report(v);
    } else {
        ask(self, v);
    }
}

void postmortem_key(u8 c) {
    if (c != 's')
        log_info("console: Ctrl-] and 1-9: input to that guest, s: all vCPUs, Ctrl-]: itself");
    for (unsigned int i = 0; c == 's' && i < nr_vms; i++)
        for (unsigned int n = 0; n < vms[i]->nr_vcpus; n++) show(this_cpu()->vcpu, vms[i]->vcpu[n]);
}
