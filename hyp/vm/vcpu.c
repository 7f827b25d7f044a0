/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/string.h"
#include "vm/postmortem.h"
#include "vm/sched.h"
#include "vm/vgic.h"

/* SCTLR_EL1 with MMU and caches off: its RES1 bits (DDI 0487, "SCTLR_EL1"), where they are RES1. */
#define SCTLR_EL1_RESET 0x30d00800

/* EL1h, all of DAIF masked: DEN 0022F, "Initial core configuration", as CPU_ON hands a core over.
 */
#define SPSR_RESET 0x3c5

/*
 * Every register of EL1 and EL0 that a vCPU owns on its core and that a power-down loses, which the
 * timers outlast (the tree says always-on): register, value, why. Where the
 * architecture leaves a reset value UNKNOWN it is 0: nothing of an earlier guest is seen.
 */
#define RESET_REGISTERS(R)                                                       \
    R(sctlr_el1, SCTLR_EL1_RESET) /* MMU, caches and alignment checks off */     \
    R(actlr_el1, 0)               /* IMPLEMENTATION DEFINED */                   \
    R(cpacr_el1, 0)               /* FP and AdvSIMD trap to EL1 until enabled */ \
    R(ttbr0_el1, 0)               /* UNKNOWN */                                  \
    R(ttbr1_el1, 0)               /* UNKNOWN */                                  \
    R(tcr_el1, 0)                 /* UNKNOWN */                                  \
    R(mair_el1, 0)                /* UNKNOWN */                                  \
    R(amair_el1, 0)               /* IMPLEMENTATION DEFINED */                   \
    R(vbar_el1, 0)                /* UNKNOWN */                                  \
    R(esr_el1, 0)                 /* UNKNOWN */                                  \
    R(far_el1, 0)                 /* UNKNOWN */                                  \
    R(afsr0_el1, 0)               /* IMPLEMENTATION DEFINED */                   \
    R(afsr1_el1, 0)               /* IMPLEMENTATION DEFINED */                   \
    R(elr_el1, 0)                 /* UNKNOWN */                                  \
    R(spsr_el1, 0)                /* UNKNOWN */                                  \
    R(sp_el0, 0)                  /* UNKNOWN */                                  \
    R(sp_el1, 0)                  /* UNKNOWN */                                  \
    R(tpidr_el0, 0)               /* UNKNOWN */                                  \
    R(tpidrro_el0, 0)             /* UNKNOWN */                                  \
    R(tpidr_el1, 0)               /* UNKNOWN */                                  \
    R(contextidr_el1, 0)          /* UNKNOWN */                                  \
    R(par_el1, 0)                 /* UNKNOWN */                                  \
    R(csselr_el1, 0)              /* UNKNOWN */                                  \
    R(cntkctl_el1, 0)             /* EL0 has no timer, no event stream */        \
    R(mdscr_el1, 0)               /* no breakpoint, no single step */            \
    R(mdccint_el1, 0)             /* no debug interrupt */

#define SIXTEEN(X) \
    X(15) X(14) X(13) X(12) X(11) X(10) X(9) X(8) X(7) X(6) X(5) X(4) X(3) X(2) X(1) X(0)
#define OFF(kind, n)                             \
    case n:                                      \
        write_sysreg(dbg##kind##cr##n##_el1, 0); \
        __attribute__((fallthrough));
#define BREAKPOINT_OFF(n) OFF(b, n)
#define WATCHPOINT_OFF(n) OFF(w, n)

/* As many as ID_AA64DFR0_EL1 says: BRPs 15:12, WRPs 23:20. */
static void reset_breakpoints(void) {
    u64 dfr0 = read_sysreg(id_aa64dfr0_el1);

    switch (FIELD(dfr0, 15, 12)) {
        SIXTEEN(BREAKPOINT_OFF)
    default:;
    }
    switch (FIELD(dfr0, 23, 20)) {
        SIXTEEN(WATCHPOINT_OFF)
    default:;
    }
}

static void reset_registers(void) {
#define R(reg, value) write_sysreg(reg, value);
    RESET_REGISTERS(R)
#undef R
    reset_breakpoints();
    write_sysreg(osdlr_el1, 0); /* OS double lock off */
    write_sysreg(oslar_el1, 1); /* OS lock on: "OSLSR_EL1", reset value of OSLK is 1 */
}

void vcpu_trace_once(enum trace_kind kind, struct vcpu *v, u64 a, u32 which) {
    if (v->seen & which) return;
    v->seen |= which;
    trace_record(kind, vcpu_trace_id(v), a, 0);
}

void vcpu_trace_exit(struct vcpu *v, u64 esr) {
    life_exit(v, esr);
    vcpu_trace_once(TRACE_VCPU_FIRST_EXIT, v, esr, SEEN_EXIT);
}

void vcpu_trace_sgi(struct vcpu *v, u64 targets, unsigned int sgi) {
    for (; targets; targets &= targets - 1) {
        unsigned int i = lowest_bit(targets);

        if (compare_swap(&v->vm->vcpu[i]->sgi_announced, 0U, 1U))
            trace_record(TRACE_VCPU_SGI_OUT, vcpu_trace_id(v), sgi, i);
    }
}

void vcpu_stop_timers(void) {
    write_sysreg(cntv_ctl_el0, 0);
    write_sysreg(cntp_ctl_el0, 0);
    write_sysreg(cntv_cval_el0, 0);
    write_sysreg(cntp_cval_el0, 0);
    isb();
}

void vcpu_enter(struct vcpu *v) {
    struct vm *vm = v->vm;

    vgic_power_on(v);
    /* Whoever stops the VM sets `stop` first and posts after: one of the two is seen. */
    if (load_acquire(&vm->stop) != VM_RUNS) vcpu_off(v);
    vcpu_stop_timers();
    write_sysreg(vmpidr_el2, BIT(31) | vm_mpidr(vm, v->id));
    write_sysreg(vtcr_el2, vm->vtcr);
    write_sysreg(vttbr_el2, vm->vttbr);
    write_sysreg(cntvoff_el2, vm->cntvoff_ticks);
    v->seen = 0;
    if (trace_on) store_release(&v->sgi_announced, 0U);
    life_begin(v);
    vcpu_run(v);
}

void vcpu_run(struct vcpu *v) {
    struct guest_regs regs __attribute__((aligned(16)));

    trace(TRACE_VCPU_RESET, vcpu_trace_id(v), v->psci.entry, v->psci.context);
    reset_registers();
    /* No virtual SError of an earlier life: VSE, bit 8. */
    write_sysreg(hcr_el2, read_sysreg(hcr_el2) & ~BIT(8));
    isb();
    /*
     * This core may hold translations and instructions of an earlier life of this VMID: images
     * are loaded anew while it is off.
     */
    asm volatile("tlbi vmalls12e1\n\tic iallu" ::: "memory");
    dsb_sy();
    memset(&regs, 0, sizeof(regs));
    regs.x[0] = v->psci.context;
    write_sysreg(elr_el2, v->psci.entry);
    write_sysreg(spsr_el2, SPSR_RESET);
    trace(TRACE_VCPU_ENTER, vcpu_trace_id(v), v->psci.entry, 0);
    /* From here this frame is where the vectors save to; nothing below it is live. */
    guest_enter(&regs);
}
