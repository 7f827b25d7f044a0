/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a vCPU that was powered on does nothing: what is seen of it in several looks, and the most
 * likely cause. A vCPU that only computes has none.
 */
#pragma once

#include "lib/bits.h"

struct symptoms {
    u64 pc_low, pc_high;                        /* of all looks */
    u64 pstate, sp, esr, elr, far, vbar, sctlr; /* EL1's */
    /*
     * Since its power-on: it has called nobody, touched no device and no trapped register, and had
     * no timer interrupt.
     */
    bool early;
    bool fetches_nothing; /* again and again an instruction abort where no memory is */
    /* Of an SGI that waits, if none was ever taken since the power-on. */
    bool waits;
    u8 intid, priority, pmr;
    bool group1, enabled, forwarded; /* forwarded: GICD_CTLR */
    bool groups_on[2];               /* at the CPU interface */
    /* In the code around the PC. */
    bool wfe, wfi, self; /* self: a branch to itself */
};

/* From ENTRY on a fault at EL1; from DISABLED on an SGI that waits. Less than 64 characters each.
 */
#define CAUSES(X)                                                                \
    X(WFE, "it waits in WFE: nobody sets the flag, or not where it sees it")     \
    X(SELF, "it stands on a branch to itself: the end of an error's path?")      \
    X(GIC_OFF, "its interrupt controller is not enabled: ISENABLER0, interface") \
    X(ENTRY, "wrong entry point? It had no vectors yet when it met")             \
    X(MMU, "the MMU is on and its code is not mapped")                           \
    X(STACK, "it has no stack")                                                  \
    X(FAULT, "it did not get over an exception")                                 \
    X(DISABLED, "it is disabled (ISENABLER0)")                                   \
    X(DISTRIBUTOR, "GICD_CTLR has its group off")                                \
    X(GROUP, "its CPU interface is not enabled (ICC_IGRPEN, GICC_CTLR)")         \
    X(PRIORITY, "the priority mask (PMR) does not let it pass")                  \
    X(MASKED, "interrupts are masked (PSTATE.I)")

#define X(name, text) CAUSE_##name,
enum cause { CAUSE_UNKNOWN, CAUSES(X) };
#undef X

/* The code [at, at + 4 * n), which holds the PC of all looks: sets wfe, wfi and self. */
void symptoms_code(struct symptoms *s, const u32 *code, unsigned int n, u64 at);

enum cause symptoms_cause(const struct symptoms *s);

/* One sentence, cut at size bytes; c is not CAUSE_UNKNOWN. */
void symptoms_describe(const struct symptoms *s, enum cause c, char *buf, size_t size);
