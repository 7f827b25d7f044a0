/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/pgtable.c against Arm DDI 0487, "The AArch64 Virtual Memory System Architecture": a second
 * walker, written from "VMSAv8-64 translation table format descriptors", translates what it made.
 */
#include <stdlib.h>
#include <string.h>
#include "core/pgtable.h"
#include "tap.h"

#define TABLES    1200
#define TABLES_PA 0x80000000ULL /* the pool's physical address: not where the host has it */
#define ATTRS     (BIT(54) | BIT(10) | PUT(3, 9, 8) | PUT(2, 7, 6) | PUT(15, 5, 2))
#define MAX_FLUSH 4096

struct world {
    struct pgtable t;
    unsigned int used, limit; /* tables */
    u64 flushed[MAX_FLUSH];
    unsigned int nr_flushed, early_flushes;
};

static u64 pool[TABLES][512] __attribute__((aligned(PAGE_SIZE)));
static struct world world;

static u64 alloc_table(void *ctx) {
    struct world *w = ctx;

    if (w->used == w->limit) return 0;
    memset(pool[w->used], 0, PAGE_SIZE);
    return TABLES_PA + PAGE_SIZE * w->used++;
}

static u64 *table_at(void *ctx, u64 at) {
    struct world *w = ctx;

    if (at < TABLES_PA || !is_aligned(at, PAGE_SIZE) || at >= TABLES_PA + PAGE_SIZE * w->used)
        abort();
    return pool[(at - TABLES_PA) / PAGE_SIZE];
}

static u64 hardware(u64 in, u64 *attrs, u64 *block);

/* Break-before-make: when the entry is invalidated it must be gone already. */
static void flush(void *ctx, u64 in) {
    struct world *w = ctx;
    u64 attrs, block;

    w->early_flushes += hardware(in, &attrs, &block) != ~0ULL;
    if (w->nr_flushed < MAX_FLUSH) w->flushed[w->nr_flushed++] = in;
}

static const struct pgtable_ops ops = {alloc_table, table_at, flush};

/* An empty address space whose root is that many tables side by side. */
static const struct pgtable *fresh(unsigned int start_level, unsigned int in_bits) {
    unsigned int top = in_bits - (39 - 9 * start_level);
    unsigned int roots = top > 9 ? 1U << (top - 9) : 1;

    memset(&world, 0, sizeof(world));
    memset(pool, 0xee, sizeof(pool)); /* only what alloc_table() gave may be read */
    world.limit = TABLES;
    world.t = (struct pgtable){&ops, &world, TABLES_PA, start_level, in_bits};
    for (unsigned int i = 0; i < roots; i++) alloc_table(&world);
    return &world.t;
}

/* A table walk as the architecture has it. ~0: translation fault. *block: size of the last level.
 */
static u64 hardware(u64 in, u64 *attrs, u64 *block) {
    u64 at = world.t.root;

    *attrs = 0;
    for (unsigned int level = world.t.start_level; level <= 3; level++) {
        unsigned int lsb = 39 - 9 * level;
        unsigned int msb = level == world.t.start_level ? world.t.in_bits - 1 : lsb + 8;
        u64 d =
            table_at(&world, at + FIELD(in, msb, lsb) / 512 * PAGE_SIZE)[FIELD(in, msb, lsb) % 512];

        *block = 1ULL << lsb;
        if (!(d & 1)) return ~0ULL;
        if (level == 3 || !(d & 2)) {
            if ((level == 3) != ((d & 2) != 0) || level == 0) return ~0ULL; /* reserved encodings */
            if (d & (*block - 1) & MASK(47, 12))
                abort(); /* RES0 bits of a block's output address */
            *attrs = d & ~(MASK(47, 12) | 3);
            return (d & MASK(47, lsb)) | (in & (*block - 1));
        }
        if (d & (MASK(63, 59) | MASK(50, 48)))
            abort(); /* hierarchical attributes, which nobody asked for */
        at = d & MASK(47, 12);
    }
    abort();
}

static bool translates(u64 in, u64 out, u64 block_size) {
    u64 attrs, block, at = hardware(in, &attrs, &block);

    return at == out && attrs == ATTRS && block == block_size;
}

static bool faults(u64 in) {
    u64 attrs, block;

    return hardware(in, &attrs, &block) == ~0ULL;
}

static void test_block_sizes(void) {
    const struct pgtable *t = fresh(1, 39);
    u64 in = 0x40000000, out = 0x880000000;

    ok(pgtable_map(t, in, out, GIB(1), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(in + 0x12345678, out + 0x12345678, GIB(1)) && world.used == 1,
       "an aligned GiB is one block at level 1, without any table");
    ok(pgtable_map(t, GIB(2), GIB(3), GIB(1), ATTRS, PGTABLE_2M) == PGTABLE_OK &&
           translates(GIB(2), GIB(3), MIB(2)) && translates(GIB(3) - 1, GIB(4) - 1, MIB(2)) &&
           world.used == 2,
       "limited to 2 MiB it is 512 blocks at level 2 in one table");
    ok(pgtable_map(t, GIB(4), GIB(8), MIB(2), ATTRS, PGTABLE_4K) == PGTABLE_OK &&
           translates(GIB(4) + 0x1ff123, GIB(8) + 0x1ff123, KIB(4)) && world.used == 4,
       "limited to 4 KiB, 2 MiB are 512 pages at level 3");
    ok(pgtable_map(t, GIB(6), GIB(8) + MIB(2), GIB(1), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(GIB(6), GIB(8) + MIB(2), MIB(2)),
       "an output address that is aligned to 2 MiB only gives 2 MiB blocks");
    ok(pgtable_map(t, GIB(8), GIB(9) + KIB(4), GIB(1), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(GIB(9) - 1, GIB(10) + KIB(4) - 1, KIB(4)) && faults(GIB(9)),
       "one that is aligned to 4 KiB only gives pages");

    t = fresh(0, 48);
    in = GIB(512) - KIB(8);
    ok(pgtable_map(t, in, in, GIB(2) + KIB(16), ATTRS, PGTABLE_1G) == PGTABLE_OK,
       "a range may begin and end at any page");
    ok(faults(in - 1) && translates(in, in, KIB(4)) && translates(GIB(512), GIB(512), GIB(1)) &&
           translates(GIB(514) - 1, GIB(514) - 1, GIB(1)) &&
           translates(GIB(514), GIB(514), KIB(4)) &&
           translates(GIB(514) + KIB(8) - 1, GIB(514) + KIB(8) - 1, KIB(4)) &&
           faults(GIB(514) + KIB(8)),
       "pages up to the first aligned place, then the largest blocks, then pages");
    ok(pgtable_map(t, MIB(1022), MIB(1022), MIB(4), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(MIB(1023), MIB(1023), MIB(2)) && translates(MIB(1025), MIB(1025), MIB(2)),
       "2 MiB blocks go on in the next table");
    t = fresh(0, 48);
    ok(pgtable_map(t, 0, 0, GIB(1024), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(GIB(600), GIB(600), GIB(1)) && world.used == 3,
       "level 0 has no blocks: 512 GiB are 512 blocks at level 1");
}

/* "Concatenated translation tables": 40 bits from level 1 index two tables as if they were one. */
static void test_concatenated(void) {
    const struct pgtable *t = fresh(1, 40);
    u64 half = GIB(512), last = BIT(40) - PAGE_SIZE;

    ok(world.used == 2, "40 bits from level 1 are two tables side by side");
    ok(pgtable_map(t, half - GIB(1), GIB(4), GIB(2), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(half - 1, GIB(5) - 1, GIB(1)) && translates(half, GIB(5), GIB(1)) &&
           world.used == 2,
       "a range goes on from the first into the second");
    ok(faults(0) && faults(half + GIB(1)), "entries with the same low nine bits are others");
    ok(pgtable_map(t, last, MIB(64), PAGE_SIZE, ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(last, MIB(64), KIB(4)),
       "the last page of the input range can be mapped");
    ok(pgtable_map(t, last, MIB(64), 2 * PAGE_SIZE, ATTRS, PGTABLE_1G) == PGTABLE_MISALIGNED,
       "the one behind it cannot");
    pgtable_unmap(t, 0, BIT(40));
    ok(faults(half) && faults(half - 1) && faults(last) && world.nr_flushed == 3,
       "unmapping everything reaches both");

    t = fresh(2, 34);
    ok(world.used == 16, "34 bits from level 2 are sixteen tables");
    ok(pgtable_map(t, GIB(15), GIB(31), GIB(1), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(GIB(16) - 1, GIB(32) - 1, MIB(2)) && world.used == 16,
       "starting at level 2 there are no 1 GiB blocks");
}

static void test_refused(void) {
    const struct pgtable *t = fresh(1, 40);

    ok(pgtable_map(t, 0x800, 0, PAGE_SIZE, ATTRS, 1) == PGTABLE_MISALIGNED &&
           pgtable_map(t, 0, 0x10, PAGE_SIZE, ATTRS, 1) == PGTABLE_MISALIGNED &&
           pgtable_map(t, 0, 0, PAGE_SIZE + 1, ATTRS, 1) == PGTABLE_MISALIGNED,
       "input address, output address and size are whole pages");
    ok(pgtable_map(t, BIT(40), 0, PAGE_SIZE, ATTRS, 1) == PGTABLE_MISALIGNED &&
           pgtable_map(t, 0, 0, BIT(40) + PAGE_SIZE, ATTRS, 1) == PGTABLE_MISALIGNED &&
           pgtable_map(t, -PAGE_SIZE, 0, 2 * PAGE_SIZE, ATTRS, 1) == PGTABLE_MISALIGNED &&
           pgtable_map(t, PAGE_SIZE, 0, -PAGE_SIZE, ATTRS, 1) == PGTABLE_MISALIGNED,
       "nothing outside the input range can be mapped");
    ok(pgtable_map(t, 0, BIT(48), PAGE_SIZE, ATTRS, 1) == PGTABLE_MISALIGNED &&
           pgtable_map(t, 0, BIT(48) - PAGE_SIZE, 2 * PAGE_SIZE, ATTRS, 1) == PGTABLE_MISALIGNED,
       "a descriptor has no room for an output address above 48 bits");
    ok(faults(0) && world.used == 2, "and nothing was written");
    t = fresh(1, 32);
    ok(pgtable_map(t, 0, GIB(8), BIT(32), ATTRS, 1) == PGTABLE_OK &&
           translates(BIT(32) - 1, GIB(12) - 1, GIB(1)),
       "all of the input range can be mapped at once");
    t = fresh(1, 40);
    ok(pgtable_map(t, 0, BIT(48) - GIB(1), GIB(1), ATTRS, 1) == PGTABLE_OK &&
           translates(5, BIT(48) - GIB(1) + 5, GIB(1)),
       "the last GiB of 48 bits can be mapped");
    ok(pgtable_map(t, MIB(4), 0, 0, ATTRS, 1) == PGTABLE_OK && faults(MIB(1024)),
       "size 0 maps nothing");
    pgtable_unmap(t, BIT(40), GIB(2));
    ok(!faults(0), "unmapping outside the input range touches nothing inside");
}

static void test_already(void) {
    const struct pgtable *t = fresh(1, 39);

    pgtable_map(t, MIB(2), MIB(32), MIB(2), ATTRS, PGTABLE_2M);
    pgtable_map(t, MIB(4), MIB(64), PAGE_SIZE, ATTRS, PGTABLE_2M);
    ok(pgtable_map(t, MIB(2), MIB(128), MIB(2), ATTRS, PGTABLE_2M) == PGTABLE_ALREADY,
       "a block over a block is refused");
    ok(pgtable_map(t, MIB(3), MIB(128), PAGE_SIZE, ATTRS, PGTABLE_2M) == PGTABLE_ALREADY,
       "a page inside a block is refused");
    ok(pgtable_map(t, MIB(4), MIB(128), MIB(2), ATTRS, PGTABLE_2M) == PGTABLE_ALREADY,
       "a block over a page is refused");
    ok(pgtable_map(t, 0, 0, GIB(1), ATTRS, PGTABLE_1G) == PGTABLE_ALREADY,
       "a GiB over both is refused");
    ok(pgtable_map(t, MIB(4), MIB(64), PAGE_SIZE, ATTRS, PGTABLE_2M) == PGTABLE_ALREADY,
       "mapping a page again is refused, to the same place too");
    ok(translates(MIB(2), MIB(32), MIB(2)) && translates(MIB(4), MIB(64), KIB(4)) &&
           world.nr_flushed == 0,
       "what was mapped stays as it was");
}

static void test_no_memory(void) {
    const struct pgtable *t = fresh(0, 48);
    enum pgtable_result r;

    pgtable_map(t, 0, 0, MIB(2), ATTRS, PGTABLE_4K);
    world.limit = world.used;
    ok(pgtable_map(t, MIB(2), 0, PAGE_SIZE, ATTRS, PGTABLE_4K) == PGTABLE_NO_MEMORY &&
           pgtable_map(t, GIB(1), 0, MIB(2), ATTRS, PGTABLE_2M) == PGTABLE_NO_MEMORY &&
           pgtable_map(t, BIT(40), 0, GIB(1), ATTRS, PGTABLE_1G) == PGTABLE_NO_MEMORY,
       "a missing table at level 3, 2 or 1 that cannot be had is said");
    ok(translates(MIB(2) - 1, MIB(2) - 1, KIB(4)) && faults(MIB(2)) && faults(BIT(40)),
       "what was mapped before stays mapped");
    ok(pgtable_map(t, GIB(2), GIB(2), GIB(1), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(GIB(2), GIB(2), GIB(1)),
       "what needs no new table can still be mapped");
    world.limit = world.used + 1;
    r = pgtable_map(t, MIB(4), MIB(4), MIB(4), ATTRS, PGTABLE_4K);
    ok(r == PGTABLE_NO_MEMORY && translates(MIB(6) - 1, MIB(6) - 1, KIB(4)) && faults(MIB(6)),
       "a range is mapped up to where the tables ended");
    world.limit = TABLES;
    pgtable_unmap(t, MIB(4), MIB(4));
    ok(pgtable_map(t, MIB(4), MIB(4), MIB(4), ATTRS, PGTABLE_4K) == PGTABLE_OK &&
           translates(MIB(8) - 1, MIB(8) - 1, KIB(4)),
       "and can be mapped again when there are more");
}

static void test_unmap(void) {
    const struct pgtable *t = fresh(1, 39);

    pgtable_map(t, GIB(1), GIB(1), GIB(1) + MIB(4) + KIB(8), ATTRS, PGTABLE_1G);
    pgtable_unmap(t, GIB(1) + MIB(2), MIB(2));
    pgtable_unmap(t, GIB(2) + PAGE_SIZE, MIB(2) - PAGE_SIZE);
    pgtable_unmap(t, GIB(1), MIB(2));
    pgtable_unmap(t, GIB(2), MIB(2) - PAGE_SIZE);
    ok(!faults(GIB(1)) && !faults(GIB(2)) && !faults(GIB(2) + PAGE_SIZE) && world.nr_flushed == 0,
       "a block that is only partly inside the range stays");
    pgtable_unmap(t, GIB(2) + PAGE_SIZE, MIB(8));
    ok(!faults(GIB(2)) && faults(GIB(2) + MIB(2)) && faults(GIB(2) + MIB(4) + KIB(4)) &&
           world.nr_flushed == 3 && world.flushed[0] == GIB(2) + MIB(2) &&
           world.flushed[1] == GIB(2) + MIB(4),
       "whole blocks and pages go, each with its own invalidation");
    pgtable_unmap(t, GIB(2) + MIB(2), GIB(1));
    ok(world.nr_flushed == 3, "what is not mapped needs none");
    pgtable_unmap(t, 0, GIB(512));
    ok(faults(GIB(1)) && faults(GIB(2)) && world.nr_flushed == 5, "a 1 GiB block goes at once");
    ok(world.early_flushes == 0, "each entry is invalid before it is invalidated in the TLBs");
    ok(pgtable_map(t, GIB(1), GIB(5), GIB(1), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           translates(GIB(1), GIB(5), GIB(1)),
       "the place can be mapped anew");
    pgtable_unmap(t, GIB(2), GIB(1));
    ok(pgtable_map(t, GIB(2), GIB(7), GIB(1), ATTRS, PGTABLE_1G) == PGTABLE_OK &&
           hardware(GIB(3) - 1, &(u64){0}, &(u64){0}) == GIB(8) - 1,
       "where smaller blocks were, a larger one can be mapped: nothing is mapped there");
}

/* Random maps and unmaps around the seam of two concatenated tables, against a list of pages. */
#define SEAM  GIB(512)
#define PAGES 4096U
#define FIRST (SEAM - PAGES / 2 * PAGE_SIZE)

static struct { u64 out, block; /* block 0: not mapped */ } model[PAGES];

static bool page_as_model(u64 i) {
    u64 in = FIRST + i * PAGE_SIZE + 0x123;

    if (!model[i].block) return faults(in);
    return translates(in, model[i].out + 0x123, model[i].block);
}

/* Pages that were free may have become [in, in + n) -> out; those that were not are as before. */
static bool note_mapped(u64 first, u64 n, u64 out, u64 coarsest_size, bool all) {
    bool same = true;

    for (u64 i = first; i < first + n; i++, out += PAGE_SIZE) {
        u64 attrs, block;

        if (!model[i].block && hardware(FIRST + i * PAGE_SIZE, &attrs, &block) != ~0ULL) {
            model[i].out = out;
            model[i].block = block;
            same = same && block <= coarsest_size;
        }
        same = same && page_as_model(i) && (!all || model[i].block);
    }
    return same;
}

/* Blocks that lie in [first, first + n) as a whole go. Returns how many. */
static unsigned int model_unmap(u64 first, u64 n) {
    unsigned int blocks = 0;

    for (u64 i = first; i < first + n; i++) {
        u64 pages = model[i].block / PAGE_SIZE;

        if (!pages || i % pages != 0 || i + pages > first + n) continue;
        for (u64 k = i; k < i + pages; k++) model[k].block = 0;
        blocks++;
    }
    return blocks;
}

static void test_random(unsigned int coarsest, const char *size) {
    const struct pgtable *t = NULL;
    bool results = true, mapped = true, flushes = true, unchanged = true;

    srand(3);
    for (int round = 0; round < 3000; round++) {
        u64 first = (u64)rand() % PAGES, n = 1 + (u64)rand() % 1600, in, out;
        bool taken = false;

        /* Tables stay once they are there: begin anew before all of it is pages. */
        if (round % 60 == 0) {
            t = fresh(1, 40);
            memset(model, 0, sizeof(model));
        }
        if (rand() & 1) first = align_down(first, 512);
        n = first + n > PAGES ? PAGES - first : n;
        in = FIRST + first * PAGE_SIZE;
        out = GIB(4) + (u64)(rand() % 4096) * PAGE_SIZE;
        if (rand() & 1) out = align_down(out, MIB(2)) + in % MIB(2);
        if (rand() & 1) {
            world.nr_flushed = 0;
            pgtable_unmap(t, in, n * PAGE_SIZE);
            flushes &= world.nr_flushed == model_unmap(first, n);
        } else {
            enum pgtable_result r = pgtable_map(t, in, out, n * PAGE_SIZE, ATTRS, coarsest);

            for (u64 i = first; i < first + n; i++) taken |= model[i].block != 0;
            results &= r == (taken ? PGTABLE_ALREADY : PGTABLE_OK);
            mapped &= note_mapped(first, n, out, BIT(39 - 9 * coarsest), r == PGTABLE_OK);
        }
        for (u64 i = 0; round % 8 == 0 && i < PAGES; i++) unchanged &= page_as_model(i);
    }
    ok(results, "blocks up to %s: mapping succeeds exactly where nothing is mapped", size);
    ok(mapped, "then every page translates, and what was there stays");
    ok(flushes, "unmapping invalidates each entry once, and no other");
    ok(unchanged, "nothing outside the ranges changes");
    ok(world.early_flushes == 0 && world.used <= 2 + 2 + PAGES / 512, "tables are used again");
}

int main(void) {
    test_random(PGTABLE_4K, "4 KiB");
    test_random(PGTABLE_2M, "2 MiB");
    test_block_sizes();
    test_concatenated();
    test_refused();
    test_already();
    test_no_memory();
    test_unmap();
    return tap_done();
}
