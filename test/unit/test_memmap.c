/* SPDX-License-Identifier: Apache-2.0 */
/* core/memmap.c against a bitmap, and at the edges of its list and of the address space. */
#include <stdlib.h>
#include <string.h>
#include "core/memmap.h"
#include "lib/bits.h"
#include "tap.h"

#define UNITS  96 /* of memory in the model, one byte of the bitmap each */
#define UNIT   0x1000ULL
#define BASE   0x40000000ULL
#define ROUNDS 20000

static bool sorted_apart(const struct memmap *m) {
    for (unsigned int i = 0; i < m->nr; i++) {
        if (m->free[i].size == 0) return false;
        if (i && m->free[i - 1].base + m->free[i - 1].size >= m->free[i].base) return false;
    }
    return m->nr <= MEMMAP_MAX;
}

static bool same_as(const struct memmap *m, const u8 *model) {
    u8 seen[UNITS] = {0};

    for (unsigned int i = 0; i < m->nr; i++) {
        u64 first = (m->free[i].base - BASE) / UNIT, n = m->free[i].size / UNIT;

        if (first + n > UNITS) return false;
        memset(seen + first, 1, n);
    }
    return memcmp(seen, model, UNITS) == 0;
}

static bool is_free(const u8 *model, unsigned int first, unsigned int n) {
    return first + n <= UNITS && !memchr(model + first, 0, n);
}

/* The lowest place in the model, UNITS for none. BASE is a multiple of every align used. */
static unsigned int model_place(const u8 *model, unsigned int n, unsigned int align) {
    for (unsigned int at = 0; at < UNITS; at += align)
        if (is_free(model, at, n)) return at;
    return UNITS;
}

static u64 model_largest(const u8 *model, unsigned int align) {
    u64 best = 0;

    for (unsigned int at = 0; at < UNITS; at += align)
        for (unsigned int n = align; is_free(model, at, n); n += align) best = n > best ? n : best;
    return best * UNIT;
}

static bool alloc_matches(struct memmap *m, u8 *model, unsigned int n, unsigned int align) {
    unsigned int place = model_place(model, n, align);
    pa_t at = pa(~0ULL);
    bool got = memmap_alloc(m, n * UNIT, align * UNIT, &at);

    if (place == UNITS) return !got && at.v == ~0ULL;
    memset(model + place, 0, n);
    return got && at.v == BASE + place * UNIT;
}

static void test_random(void) {
    struct memmap m = {0};
    u8 model[UNITS] = {0};
    bool accepted = true, same = true, order = true, placed = true, largest = true;

    srand(2);
    for (int i = 0; i < ROUNDS; i++) {
        unsigned int first = (unsigned int)rand() % UNITS;
        unsigned int n = (unsigned int)rand() % (i % 3 ? 6 : UNITS), align;
        struct range r;

        n = first + n > UNITS ? UNITS - first : n;
        r = (struct range){BASE + first * UNIT, n * UNIT};
        switch (rand() % 4) {
        case 0:
            accepted &= memmap_add(&m, r);
            memset(model + first, 1, n);
            break;
        case 1:
            accepted &= memmap_remove(&m, r);
            memset(model + first, 0, n);
            break;
        default:
            align = 1U << (rand() % 5);
            largest &= memmap_largest(&m, align * UNIT) == model_largest(model, align);
            placed &= alloc_matches(&m, model, 1 + (unsigned int)rand() % 12, align);
        }
        order &= sorted_apart(&m);
        same &= same_as(&m, model);
    }
    ok(accepted, "%d random additions and removals are accepted", ROUNDS);
    ok(same, "what is free is what was added and neither removed nor taken since");
    ok(order, "the ranges are sorted, none is empty, no two touch or overlap");
    ok(placed, "memory is taken from the lowest aligned place, or there is none");
    ok(largest, "the largest block is the largest that could be taken");
}

static void test_merging(void) {
    struct memmap m = {0};
    struct range middle = {0x2000, 0x1000};

    memmap_add(&m, (struct range){0x1000, 0x1000});
    memmap_add(&m, (struct range){0x3000, 0x1000});
    ok(m.nr == 2, "ranges with a hole between them stay two");
    memmap_add(&m, middle);
    ok(m.nr == 1 && m.free[0].base == 0x1000 && m.free[0].size == 0x3000,
       "what fills the hole makes them one");
    memmap_remove(&m, middle);
    ok(m.nr == 2 && m.free[0].size == 0x1000 && m.free[1].base == 0x3000,
       "what is cut out of the middle makes them two");
    ok(memmap_add(&m, (struct range){0x9000, 0}) && memmap_remove(&m, (struct range){0x1800, 0}) &&
           m.nr == 2,
       "a range of size 0 is none");
}

/* MEMMAP_MAX single pages, a page between each two and before the first. */
static struct memmap full_list(void) {
    struct memmap m = {0};

    for (u64 i = 0; i < MEMMAP_MAX; i++)
        if (!memmap_add(&m, (struct range){BASE + (2 * i + 1) * 0x4000, 0x4000})) abort();
    return m;
}

static void test_full_list(void) {
    struct memmap m = full_list(), before = m;
    u64 second = m.free[1].base;
    pa_t at;

    ok(m.nr == MEMMAP_MAX, "%d separate ranges fit", MEMMAP_MAX);
    ok(!memmap_add(&m, (struct range){BASE, 0x1000}) && !memcmp(&m, &before, sizeof(m)),
       "one more does not, and nothing changes");
    ok(!memmap_remove(&m, (struct range){second + 0x1000, 0x1000}) &&
           !memcmp(&m, &before, sizeof(m)),
       "cutting one in two does not either, and nothing changes");
    ok(memmap_add(&m, (struct range){second, 0x4000}) && !memcmp(&m, &before, sizeof(m)),
       "adding what is free already needs no room");
    ok(memmap_add(&m, (struct range){second + 0x4000, 0x1000}) && m.nr == MEMMAP_MAX &&
           m.free[1].size == 0x5000,
       "growing a range needs no room");
    m = full_list();
    ok(memmap_add(&m, (struct range){second + 0x4000, 0x4000}) && m.nr == MEMMAP_MAX - 1,
       "filling the hole between two needs none, it makes some");
    m = full_list();
    ok(memmap_add(&m, (struct range){BASE, 0x4000}) && m.nr == MEMMAP_MAX &&
           m.free[0].base == BASE && m.free[0].size == 0x8000,
       "growing one downwards does not either");
    m = full_list();
    memmap_remove(&m, m.free[0]);
    memmap_add(&m, (struct range){BASE + 0x5000, 0x2000});
    before = m;
    ok(!memmap_alloc(&m, 0x800, 0x2000, &at) && !memmap_alloc(&m, 0x800, 0x2000, &at) &&
           !memcmp(&m, &before, sizeof(m)),
       "memory out of the middle of a range is not to be had from a full list");
    m = full_list();
    ok(memmap_remove(&m, (struct range){second, 0x1000}) &&
           memmap_remove(&m, (struct range){second + 0x3000, 0x1000}) &&
           m.free[1].base == second + 0x1000 && m.free[1].size == 0x2000,
       "cutting off the ends of a range needs no room");
    ok(memmap_remove(&m, (struct range){BASE, MEMMAP_MAX * 0x8000ULL}) && m.nr == 0,
       "everything can be removed at once");
}

/*
 * Reservations come from a device tree that nobody has checked. lib/bits.h, ranges_overlap(): "sums
 * that wrap count as reaching the end".
 */
static void test_end_of_address_space(void) {
    struct memmap m = {0};
    pa_t at;

    memmap_add(&m, (struct range){BASE, 0x10000});
    ok(memmap_remove(&m, (struct range){BASE + 0x8000, -(BASE + 0x8000)}) && m.nr == 1 &&
           m.free[0].base == BASE && m.free[0].size == 0x8000,
       "removing all that is above an address leaves what is below it");
    m = (struct memmap){0};
    memmap_add(&m, (struct range){BASE, 0x10000});
    ok(memmap_remove(&m, (struct range){BASE + 0x8000, ~0ULL}) && m.nr == 1 &&
           m.free[0].base == BASE && m.free[0].size == 0x8000,
       "a size that wraps reaches the end of the address space");

    m = (struct memmap){0};
    memmap_add(&m, (struct range){0 - 0x4000ULL, 0x4000});
    memmap_add(&m, (struct range){BASE, 0x1000});
    ok(m.nr == 2 && m.free[0].base == BASE && m.free[1].base == 0 - 0x4000ULL &&
           m.free[1].size == 0x4000,
       "the last bytes of the address space are a range like any other");
    ok(memmap_alloc(&m, 0x4000, 0x1000, &at) && at.v == 0 - 0x4000ULL, "and can be taken");
    ok(!memmap_alloc(&m, 0x1000, BIT(63), &at),
       "no multiple of the alignment above the last range: there is no such block");
}

static void test_sizes(void) {
    struct memmap m = {0};
    pa_t at;

    memmap_add(&m, (struct range){0x40001000, GIB(1)});
    ok(!memmap_alloc(&m, GIB(1), MIB(2), &at), "alignment costs memory that then is not there");
    ok(!memmap_alloc(&m, ~0ULL, PAGE_SIZE, &at) && !memmap_alloc(&m, BIT(63), PAGE_SIZE, &at),
       "an absurd size is no place");
    ok(memmap_largest(&m, GIB(1)) == 0 && memmap_largest(&m, MIB(2)) == GIB(1) - MIB(2),
       "the largest block is in whole multiples of the alignment");
    ok(memmap_alloc(&m, GIB(1) - MIB(2), MIB(2), &at) && at.v == 0x40200000,
       "and that much can be taken");
    ok(m.nr == 2 && memmap_largest(&m, PAGE_SIZE) == MIB(2) - PAGE_SIZE,
       "what is left over in front and behind stays free");
    m.nr = 0;
    ok(!memmap_alloc(&m, PAGE_SIZE, PAGE_SIZE, &at) && memmap_largest(&m, PAGE_SIZE) == 0,
       "an empty map has nothing to give");
}

int main(void) {
    test_random();
    test_merging();
    test_full_list();
    test_end_of_address_space();
    test_sizes();
    return tap_done();
}
