/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pgtable.h"

#define LAST_LEVEL 3

static unsigned int level_shift(unsigned int level) {
    return PAGE_SHIFT + 9 * (LAST_LEVEL - level);
}

static u64 level_size(unsigned int level) { return BIT(level_shift(level)); }

static bool is_table(u64 pte, unsigned int level) {
    return level < LAST_LEVEL && (pte & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

/* The coarsest level, not above `coarsest`, whose block fits this spot. */
static unsigned int leaf_level(const struct pgtable *t, u64 in, u64 out, u64 size,
                               unsigned int coarsest) {
    unsigned int level = t->start_level > coarsest ? t->start_level : coarsest;

    while (level < LAST_LEVEL &&
           (size < level_size(level) || !is_aligned(in | out, level_size(level))))
        level++;
    return level;
}

/* The entry for `in` in the table that this one points at, which is of the given level. */
static u64 *entry_below(const struct pgtable *t, u64 pte, unsigned int level, u64 in) {
    return t->ops->table(t->ctx, pte & PTE_ADDR) + (in >> level_shift(level)) % 512;
}

/*
 * The entry at which the walk for `in` ends, and its level. Never NULL. At the start level
 * concatenated tables make the index wider than nine bits: up to sixteen tables (DDI 0487,
 * "Concatenated translation tables").
 */
static u64 *walk(const struct pgtable *t, u64 in, unsigned int *level) {
    unsigned int l = t->start_level;
    u64 index = (in & (BIT(t->in_bits) - 1)) >> level_shift(l);
    u64 *entry = t->ops->table(t->ctx, t->root) + index;

    while (is_table(*entry, l)) entry = entry_below(t, *entry, ++l, in);
    *level = l;
    return entry;
}

/*
 * The entry for a leaf at `in`, in tables made where they are missing; NULL with *r saying why.
 * *leaf is the level that would fit; a table that was linked there earlier stays, and the leaf goes
 * below it.
 */
static u64 *entry_for(const struct pgtable *t, u64 in, unsigned int *leaf, enum pgtable_result *r) {
    unsigned int level;
    u64 *entry = walk(t, in, &level);

    *r = PGTABLE_ALREADY;
    if (*entry & PTE_VALID) return NULL;
    *r = PGTABLE_NO_MEMORY;
    while (level < *leaf) {
        u64 fresh = t->ops->alloc_table(t->ctx);

        if (!fresh) return NULL;
        *entry = fresh | PTE_TABLE | PTE_VALID;
        entry = entry_below(t, fresh, ++level, in);
    }
    *leaf = level;
    return entry;
}

enum pgtable_result pgtable_map(const struct pgtable *t, u64 in, u64 out, u64 size, u64 attrs,
                                unsigned int coarsest) {
    u64 limit = BIT(t->in_bits);

    if (!is_aligned(in | out | size, PAGE_SIZE) || size > limit || in > limit - size ||
        out > BIT(48) - size)
        return PGTABLE_MISALIGNED;
    while (size) {
        unsigned int leaf = leaf_level(t, in, out, size, coarsest);
        enum pgtable_result r;
        u64 *entry = entry_for(t, in, &leaf, &r), *first = entry;
        u64 shift = level_shift(leaf), most = 512 - (in >> shift) % 512, done;
        u64 pte = out | attrs | PTE_VALID | (leaf == LAST_LEVEL ? PTE_TABLE : 0);

        if (!entry) return r;
        /* Entries that stand side by side in this table need no new walk. */
        if (most > size >> shift) most = size >> shift;
        do {
            *entry++ = pte;
            pte += BIT(shift);
        } while (entry < first + most && !(*entry & PTE_VALID));
        done = (u64)(entry - first) << shift;
        in += done;
        out += done;
        size -= done;
    }
    return PGTABLE_OK;
}

bool pgtable_prepare(const struct pgtable *t, u64 in) {
    unsigned int leaf = LAST_LEVEL;
    enum pgtable_result r;

    return entry_for(t, in, &leaf, &r);
}

void pgtable_unmap(const struct pgtable *t, u64 in, u64 size) {
    u64 limit = BIT(t->in_bits);
    u64 end = in > limit ? in : size > limit - in ? limit : in + size;

    while (in < end) {
        unsigned int level;
        u64 *entry = walk(t, in, &level);
        u64 block = level_size(level);
        bool whole = is_aligned(in, block) && end - in >= block;

        if (whole && (*entry & PTE_VALID)) {
            *entry = 0;
            t->ops->flush(t->ctx, in);
        }
        in = align_down(in, block) + block;
    }
}
