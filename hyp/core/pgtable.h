/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One translation-table walker for stage 1 at EL2 and for stage 2: 4 KiB granule, VMSAv8-64, output
 * addresses of up to 48 bits (Arm ARM DDI 0487, "The AArch64 Virtual Memory System Architecture",
 * "VMSAv8-64 translation table format descriptors").
 *
 * It knows memory only through struct pgtable_ops, so that the same code runs in host tests.
 */
#pragma once

#include "lib/bits.h"

struct pgtable_ops {
    /* A zeroed 4 KiB table that the hardware walker can see; 0 when there is none left. */
    u64 (*alloc_table)(void *ctx);
    /* Where we can write a table that lies at physical address pa. */
    u64 *(*table)(void *ctx, u64 pa);
    /* Makes the walker of every core that uses this table forget address `in`. */
    void (*flush)(void *ctx, u64 in);
};

struct pgtable {
    const struct pgtable_ops *ops;
    void *ctx;
    u64 root;                 /* physical address; concatenated tables lie side by side */
    unsigned int start_level; /* 0, 1 or 2 */
    unsigned int in_bits;     /* size of the input address */
};

/* Descriptor bits that the walker itself writes. */
#define PTE_VALID BIT(0)
#define PTE_TABLE BIT(1) /* at level 3: a page */
#define PTE_ADDR  MASK(47, 12)

enum pgtable_result {
    PGTABLE_OK,
    PGTABLE_MISALIGNED, /* not whole pages, or outside the input range */
    PGTABLE_NO_MEMORY,  /* alloc_table failed; what was mapped before stays mapped */
    PGTABLE_ALREADY,    /* something is mapped there: unmap first (break-before-make) */
};

enum { PGTABLE_1G = 1, PGTABLE_2M = 2, PGTABLE_4K = 3 };

/*
 * Maps [in, in + size) to [out, out + size) by the largest blocks that fit, but none larger than
 * `coarsest` (a level: PGTABLE_1G, PGTABLE_2M or PGTABLE_4K).
 * attrs: lower and upper attributes of the leaf descriptors, without the type and address bits.
 */
enum pgtable_result pgtable_map(const struct pgtable *t, u64 in, u64 out, u64 size, u64 attrs,
                                unsigned int coarsest);

/* Makes the tables that a page at `in` needs, so that mapping it takes none. False: no memory. */
bool pgtable_prepare(const struct pgtable *t, u64 in);

/*
 * Removes whole leaf entries in [in, in + size), and flushes each: the "break" of break-before-make
 * (DDI 0487, "TLB maintenance requirements and the TLB maintenance instructions"). A block that is
 * only partly inside the range stays. Tables are kept for reuse.
 */
void pgtable_unmap(const struct pgtable *t, u64 in, u64 size);
