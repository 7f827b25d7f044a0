/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Barriers for what no acquire or release access (lib/atomic.h) can express: table walks,
 * instruction fetch, another core's WFE, the GIC.
 */
#pragma once

#include "arch/perturb.h"

/* All earlier accesses and maintenance are complete, for the whole system / the inner domain. */
static inline void dsb_sy(void) { asm volatile("dsb sy" ::: "memory"); }

static inline void dsb_ish(void) {
    asm volatile("dsb ish" ::: "memory");
    perturb();
}

/* Earlier stores are complete for the inner shareable domain: before an SGI that announces them. */
static inline void dsb_ishst(void) {
    asm volatile("dsb ishst" ::: "memory");
    perturb();
}

static inline void wfi(void) {
    perturb();
    asm volatile("dsb sy\n\twfi" ::: "memory");
    perturb();
}

static inline void wfe(void) { asm volatile("wfe" ::: "memory"); }

/* DSB first: the store that the woken core looks for must be visible before the event is. */
static inline void sev(void) { asm volatile("dsb ish\n\tsev" ::: "memory"); }
