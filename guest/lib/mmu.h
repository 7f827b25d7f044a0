/* SPDX-License-Identifier: Apache-2.0 */
/* One identity map in blocks of 1 GiB: RAM cacheable and executable, all else device memory. */
#pragma once

#include "types.h"

/* What a CPU loads to turn its MMU on; start.S reads it with the MMU off. */
struct boot_regs {
    u64 ttbr0;
    u64 tcr;
    u64 mair;
    u64 sctlr;
};

extern struct boot_regs boot_regs;

/* Boot CPU, MMU off: builds the map and turns the MMU on. */
void mmu_init(void);
/* Makes the GiB around `address` normal executable memory, whether or not RAM is there. */
void mmu_map_normal(u64 address);
/* Gives the GiB around `address` a level 2 table, for tests of what a walk runs into. */
void mmu_map_table(u64 address, u64 table);
/* Makes the GiB around `alias` another view of the one around `address`, guarded (BTI). */
void mmu_map_guarded(u64 alias, u64 address);
/* For what another CPU reads with its MMU off. */
void cache_clean_to_poc(const void *start, size_t size);
