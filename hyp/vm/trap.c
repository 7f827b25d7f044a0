/* SPDX-License-Identifier: Apache-2.0 */
#include "core/esr.h"
#include "drivers/console.h"
#include "lib/log.h"
#include "vm/postmortem.h"
#include "vm/sched.h"
#include "vm/vgic.h"
#include "vm/vpsci.h"

/*
 * The only place that moves the guest's PC past an instruction, which is then done: PSTATE.SS is
 * spent, BTYPE is what every instruction but a branch leaves. AArch32 code at EL0 may be 16 bits.
 */
static inline void skip_instruction(u64 esr) {
    u64 spsr = read_sysreg(spsr_el2), done = BIT(21) | MASK(11, 10);

    if (unlikely(spsr & done)) /* AArch32 has IT in bits 11:10 */
        write_sysreg(spsr_el2, spsr & ~(spsr & BIT(4) ? BIT(21) : done));
    write_sysreg(elr_el2, read_sysreg(elr_el2) + 2 + 2 * FIELD(esr, 25, 25)); /* ESR_IL */
}

/* DEN 0028, "Conduits": only an immediate of 0 is a call. */
static void call(struct guest_regs *regs, u64 esr, struct vcpu *v) {
    if (likely(esr_imm(esr) == 0))
        smccc_call(v, regs);
    else
        regs->x[0] = (u64)PSCI_NOT_SUPPORTED;
}

static inline void handle_hvc(struct guest_regs *regs, u64 esr, struct vcpu *v) {
    v->exits[EXIT_HVC]++;
    call(regs, esr, v);
}

static seldom void trace_hvc(struct guest_regs *regs, u64 esr, struct vcpu *v) {
    vcpu_trace_exit(v, esr);
    handle_hvc(regs, esr, v);
}

/* HVC returns to the instruction after it by itself. */
void trap_hvc(struct guest_regs *regs, u64 esr) {
    struct vcpu *v = this_cpu()->vcpu;

    if (unlikely(trace_on))
        trace_hvc(regs, esr, v);
    else
        handle_hvc(regs, esr, v);
}

/* A trapped SMC has not executed: the PC stands on it. */
static apart void trap_smc(struct guest_regs *regs, u64 esr, struct vcpu *v) {
    v->exits[EXIT_SMC]++;
    skip_instruction(ESR_IL);
    call(regs, esr, v);
}

/* Register 31 is XZR: reads as zero, swallows writes. So does its place, for this one exit. */
static u64 get_reg(const struct guest_regs *regs, u64 n) { return regs->x[n]; }

static void set_reg(struct guest_regs *regs, u64 n, u64 value) { regs->x[n] = value; }

#define SYSREG_REVIDR     ESR_SYSREG(3, 0, 0, 0, 6)
#define SYSREG_AIDR       ESR_SYSREG(3, 1, 0, 0, 7)
#define SYSREG_ICC_DIR    ESR_SYSREG(3, 0, 12, 11, 1)
#define SYSREG_ICC_SGI1R  ESR_SYSREG(3, 0, 12, 11, 5)
#define SYSREG_ICC_ASGI1R ESR_SYSREG(3, 0, 12, 11, 6)
#define SYSREG_ICC_SGI0R  ESR_SYSREG(3, 0, 12, 11, 7)

static bool sysreg_write(struct vcpu *v, u32 id, u64 value) {
    /* A GICv2 guest has no such registers: UNDEFINED, and nothing is sent. SGI1R: handle_sync(). */
    if (!gic.v3) return false;
    switch (id) {
    case SYSREG_ICC_DIR: vgic_end(v, (u32)value & 0xffffff); return true;
    case SYSREG_ICC_SGI0R: vgic_sgi0r(v, value); return true;
    case SYSREG_ICC_ASGI1R: return true; /* there is no other security state: nobody gets it */
    }
    return false;
}

/* A read in the space that HCR_EL2.TID3 traps: op0 3, op1 0, CRn 0, CRm 1 to 7. */
static inline bool is_id_read(u64 esr) {
    const u64 space = ESR_SYSREG(3, 7, 15, 8, 0) | BIT(0);

    return (esr & space) == (ESR_SYSREG(3, 0, 0, 0, 0) | BIT(0)) && FIELD(esr, 4, 1);
}

/* What the core says of itself, and we only see when something beside it is hidden. */
static bool sysreg_read_native(u32 id, u64 *value) {
    switch (id) {
    case SYSREG_REVIDR: *value = read_sysreg(revidr_el1); return true;
    case SYSREG_AIDR: *value = read_sysreg(aidr_el1); return true;
    }
    return false;
}

static apart void trap_sysreg(struct guest_regs *regs, u64 esr, struct vcpu *v) {
    struct esr_sysreg s = esr_sysreg(esr);
    u64 value = 0;
    bool known;

    if (s.read)
        known = sysreg_read_native(esr_sysreg_id(esr), &value);
    else
        known = sysreg_write(v, esr_sysreg_id(esr), get_reg(regs, s.rt));
    if (unlikely(!known)) {
        /* ID_AA64MMFR2_EL1.IDS: in the ID registers' space a read that is UNDEFINED says which. */
        if (s.read && s.op0 == 3 && s.crn == 0 && FIELD(v->vm->idreg[idregs_index(7, 2)], 39, 36))
            inject_sync(esr);
        else
            inject_undefined(v);
        return;
    }
    if (s.read) set_reg(regs, s.rt, value);
    skip_instruction(esr);
}

/* HPFAR_EL2 holds bits 47:12 of the faulting IPA in 39:4; the page offset is FAR's. */
static u64 fault_ipa(void) {
    /* HPFAR_EL2 has IPA bits 12 and up from its bit 4 on, 0 below, and NS in bit 63. */
    return read_sysreg(hpfar_el2) << 8 | FIELD(read_sysreg(far_el2), 11, 0);
}

/* Tells of the first few faults of each vCPU: a guest in a loop must not flood the console. */
static void tell_fault(struct vcpu *v, u64 esr, const char *what) {
    char text[160];

    if (v->faults_told >= 4) return;
    v->faults_told++;
    esr_describe(esr, read_sysreg(far_el2), text, sizeof(text));
    log_warn("%s vcpu%u: %s", v->vm->config->name, v->id, text);
    log_warn("%s vcpu%u: %s at address %#lx, pc %#lx; external abort to the guest%s",
             v->vm->config->name, v->id, what, fault_ipa(), read_sysreg(elr_el2),
             v->faults_told == 4 ? "; more are not shown" : "");
}

/*
 * A guest whose exception vector is itself where nothing is faults there for ever. It makes no
 * progress that anyone could see: its VM is stopped, with the reason.
 */
static void check_abort_loop(struct vcpu *v) {
    u64 pc = read_sysreg(elr_el2);

    v->abort_repeats = pc == v->last_abort_pc ? v->abort_repeats + 1 : 0;
    v->last_abort_pc = pc;
    if (v->abort_repeats < 1000) return;
    log_error("%s vcpu%u: fetches instructions from %#lx, where no memory is, again and again: "
              "its exception vector (VBAR_EL1 %#lx) leads there",
              v->vm->config->name, v->id, pc, read_sysreg(vbar_el1));
    postmortem_crash(v);
    vm_request_stop(v, VM_CRASHED);
}

static seldom void trap_instruction_abort(struct vcpu *v, u64 esr) {
    v->exits[EXIT_ABORT]++;
    tell_fault(v, esr, "no memory to execute");
    check_abort_loop(v);
    inject_abort(v, esr);
}

#define DABT_EMULATED (ESR_ISV | ESR_S1PTW | MASK(5, 2)) /* bits 1:0 are the level of the walk */
#define DABT_SAS      MASK(23, 22)
#define DABT_WORD     PUT(2, 23, 22)
#define DABT_SSE      BIT(21) /* sign-extend */

static seldom void trap_other_abort(struct vcpu *v, u64 esr, u64 ipa) {
    /* Cache maintenance by address has no syndrome, and nothing to do on a device. */
    if ((esr & (ESR_CM | ESR_S1PTW)) == ESR_CM && mmio_find(v, ipa)) {
        skip_instruction(esr);
        return;
    }
    v->exits[EXIT_ABORT]++;
    tell_fault(v, esr,
               esr & ESR_S1PTW ? "translation table walk: no memory"
               : esr & ESR_CM  ? "cache maintenance: no memory"
               : esr & ESR_ISV ? "no memory and no device"
                               : "an access that hardware does not describe");
    inject_abort(v, esr);
}

/*
 * Not a word of a device that is found at once: another frame, bytes and halfwords within a word,
 * or two words, each an access of its own.
 */
static apart void emulate_other(struct guest_regs *regs, u64 esr, struct vcpu *v, u64 ipa) {
    const struct mmio_device *dev = mmio_find(v, ipa);
    struct esr_dabt d = esr_dabt(esr);
    unsigned int shift = 8 * (ipa & 3);
    u64 mask = ~(u64)0 >> (64 - 8 * d.size_bytes), value = get_reg(regs, d.rt), upper = 0;
    u32 at;

    /* An unaligned access to Device memory is the guest's own fault before it gets here. */
    if (!dev || !is_aligned(ipa, d.size_bytes)) {
        trap_other_abort(v, esr, ipa);
        return;
    }
    v->exits[EXIT_MMIO]++;
    skip_instruction(esr);
    at = ((u32)ipa - dev->base) & ~3U;
    if (d.size_bytes == 8) upper = dev->access(v, at + 4, d.write, (u32)(value >> 32), ~0U);
    value = dev->access(v, at, d.write, (u32)((value & mask) << shift), (u32)(mask << shift));
    value = upper << 32 | value >> shift;
    if (!d.write) set_reg(regs, d.rt, esr_dabt_extend(d, value));
}

/*
 * An access to an emulated device, whole and described by the syndrome, is done before the device
 * sees it.
 */
static apart void trap_data_abort(struct guest_regs *regs, u64 esr, struct vcpu *v) {
    u64 ipa = fault_ipa();
    const struct mmio_device *dev = mmio_at(ipa);
    u64 rt = FIELD(esr, 20, 16);
    bool write = esr & ESR_WNR;
    u32 value;

    /* A translation fault: for some others HPFAR_EL2 is UNKNOWN (DDI 0487, "HPFAR_EL2"). */
    if (unlikely((esr & DABT_EMULATED) != (ESR_ISV | ESR_FAULT_TRANSLATION))) {
        trap_other_abort(v, esr, ipa);
    } else if (unlikely(!dev || (esr & (DABT_SAS | DABT_SSE)) != DABT_WORD || (ipa & 3))) {
        emulate_other(regs, esr, v, ipa);
    } else {
        v->exits[EXIT_MMIO]++;
        skip_instruction(esr);
        value = dev->access(v, (u32)ipa - dev->base, write, (u32)get_reg(regs, rt), ~0U);
        if (!write) set_reg(regs, rt, value);
    }
}

/* GICv2's only way to send an SGI. */
static inline bool is_sgir_write(u64 esr) {
    return fault_ipa() == GUEST_GICD_BASE + GICV2_SGIR &&
           (esr & (DABT_EMULATED | DABT_SAS | ESR_WNR)) ==
               (ESR_ISV | ESR_FAULT_TRANSLATION | DABT_WORD | ESR_WNR);
}

/* SGIs are looked for before all other devices. */
static apart void trap_data_abort_v2(struct guest_regs *regs, u64 esr, struct vcpu *v) {
    if (is_sgir_write(esr)) {
        v->exits[EXIT_MMIO]++;
        skip_instruction(esr);
        vgic_sgir(v, (u32)get_reg(regs, FIELD(esr, 20, 16)));
    } else {
        trap_data_abort(regs, esr, v);
    }
}

static inline void trap_msr_mrs(struct guest_regs *regs, u64 esr, struct vcpu *v) {
    u64 rt = FIELD(esr, 9, 5);

    v->exits[EXIT_SYSREG]++;
    /* An SGI: bit 0 says write. There is no way for it to fail. */
    if (likely((esr & (ESR_SYSREG_MASK | BIT(0))) == SYSREG_ICC_SGI1R && gic.v3)) {
        skip_instruction(ESR_IL);
        vgic_sgi1r(v, get_reg(regs, rt));
    } else if (is_id_read(esr)) {
        set_reg(regs, rt,
                v->vm->idreg[idregs_index((u32)FIELD(esr, 4, 1), (u32)FIELD(esr, 19, 17))]);
        skip_instruction(ESR_IL);
    } else {
        trap_sysreg(regs, esr, v);
    }
}

/*
 * Here every call on a fast path is the last thing that its caller does: no frames. What is seldom
 * is in functions of its own.
 */
void trap_sync(struct guest_regs *regs, u64 esr) {
    struct vcpu *v = this_cpu()->vcpu;
    u32 ec = esr_ec(esr);

    if (likely(ec == ESR_EC_SYSREG)) {
        trap_msr_mrs(regs, esr, v);
    } else if (likely(ec == ESR_EC_DABT_LOW)) {
        if (gic.v3)
            trap_data_abort(regs, esr, v);
        else
            trap_data_abort_v2(regs, esr, v);
    } else if (ec == ESR_EC_SMC64) {
        trap_smc(regs, esr, v);
    } else if (ec == ESR_EC_IABT_LOW) {
        trap_instruction_abort(v, esr);
    } else {
        /* A feature that the guest was told it does not have, or AArch32's traps. */
        v->exits[EXIT_OTHER]++;
        inject_undefined(v);
    }
}

void trap_trace_sync(const struct guest_regs *regs, u64 esr) {
    struct vcpu *v = this_cpu()->vcpu;

    vcpu_trace_exit(v, esr);
    if (gic.v3 && esr_ec(esr) == ESR_EC_SYSREG &&
        (esr & (ESR_SYSREG_MASK | BIT(0))) == SYSREG_ICC_SGI1R)
        vgic_trace_sgi1r(v, get_reg(regs, FIELD(esr, 9, 5)));
    if (!gic.v3 && esr_ec(esr) == ESR_EC_DABT_LOW && is_sgir_write(esr))
        vgic_trace_sgir(v, (u32)get_reg(regs, FIELD(esr, 20, 16)));
}

void trap_trace_irq(void) { vcpu_trace_exit(this_cpu()->vcpu, 0); }

/* v: NULL on a core that has none. */
static seldom void seldom_irq(struct vcpu *v, u32 ack, u32 intid) {
    if (v && intid == gic.maintenance_intid) {
        v->exits[EXIT_MAINTENANCE]++;
        vgic_refill(v);
    } else if (intid != SGI_KICK) {
        if (v) v->exits[EXIT_IRQ]++;
        if (v && intid == gic.hyp_timer_intid)
            postmortem_irq(v);
        else
            (void)console_irq(intid);
    }
    gic_deactivate(ack, gic.v3);
}

static inline void handle_irq(struct vcpu *v, u32 ack, bool v3) {
    u32 intid = ack & 0x3ff;

    if (unlikely(!v)) {
        seldom_irq(v, ack, intid);
    } else if (intid == SGI_KICK) {
        v->exits[EXIT_KICK]++;
        gic_deactivate(ack, v3);
        vgic_collect(v);
    } else if (intid == gic.virt_timer_intid) {
        v->exits[EXIT_TIMER]++;
        vgic_inject_timer(v, GUEST_TIMER_VIRT_INTID);
    } else if (intid == gic.phys_timer_intid) {
        v->exits[EXIT_TIMER]++;
        vgic_inject_timer(v, GUEST_TIMER_PHYS_INTID);
    } else {
        seldom_irq(v, ack, intid);
    }
}

static inline void take_irq(bool v3) {
    struct vcpu *v = this_cpu()->vcpu;
    u32 ack = gic_ack(v3);

    if (unlikely((ack & 0x3ff) >= 1020)) return; /* it went away before we looked */
    gic_drop(ack, v3);
    handle_irq(v, ack, v3);
}

void trap_irq(void) {
    if (gic.v3)
        take_irq(true);
    else
        take_irq(false);
}

void trap_serror(struct guest_regs *regs) {
    struct vcpu *v = this_cpu()->vcpu;

    v->exits[EXIT_OTHER]++;
    log_error("%s vcpu%u: the machine reports an asynchronous external abort (SError), ESR %#lx",
              v->vm->config->name, v->id, read_sysreg(esr_el2));
    inject_serror(v);
}
