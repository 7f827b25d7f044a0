/* SPDX-License-Identifier: Apache-2.0 */
/* What a core keeps for itself, found through TPIDR_EL2. */
#pragma once

#include "core/mitigation.h"

#define STACK_SIZE       KIB(8)
#define PANIC_STACK_SIZE KIB(4)

struct vcpu;
struct trace_ring;

/* How far a core has come. Written by cpu_up() and by the core itself, by compare-and-swap. */
enum cpu_state {
    CPU_ABSENT,   /* named by the tree, not asked for yet */
    CPU_STARTING, /* asked for, not seen yet */
    CPU_ONLINE,
    CPU_FAILED,    /* firmware refused, or there is no way to ask */
    CPU_TIMED_OUT, /* firmware agreed, the core did not come by the deadline */
    CPU_LATE,      /* came after the deadline: parked, never used */
};

/*
 * What a core loads before it has an MMU: read with caches off, so whoever fills it cleans it to
 * the point of coherency. head.S knows this layout through asm-offsets,
 * and loads two at a time.
 */
struct boot_regs {
    u64 mair, tcr, ttbr, sctlr, vbar;
    u64 stack_top;
};

struct percpu {
    /* First cache line: what an exit touches. */
    struct vcpu *vcpu; /* the one that runs here, or NULL */
    struct trace_ring *trace;
    u64 idle_wfis; /* times this core slept in EL2 */
    u64 panic_stack_top;
    u32 index;      /* position in the machine's list of cores */
    u64 sgi_target; /* ICC_SGI1R_EL1, or GICv2's GICD_SGIR, without the INTID */
    mitigation_t mitigation;

    struct boot_regs boot;
    u64 mpidr;                /* affinity fields only */
    u64 release_addr;         /* spin-table mailbox */
    volatile u8 *gic_private; /* where the registers of its SGIs and PPIs are */
    enum cpu_state state;
    s32 psci_result;  /* what firmware answered to CPU_ON, or PSCI_NOBODY_TO_ASK */
    u32 perturbation; /* arch/perturb.h */
    u64 on_ticks, online_ticks;
    void (*errand)(void); /* what another core wants this one to do, once, when it is idle */
    /* CurrentEL of a core that came elsewhere than at EL2: written without caches, in a line of its
     * own, which nobody else writes to. */
    u64 wrong_level cacheline_aligned;
} cacheline_aligned;

static inline struct percpu *this_cpu(void) {
    struct percpu *p;

    asm("mrs %0, tpidr_el2" : "=r"(p));
    return p;
}

/* Cores in the order of the device tree; entry 0 is the boot core, a NULL ends them. */
extern struct percpu *cpus[];
extern unsigned int nr_cpus;
