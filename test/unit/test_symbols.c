/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "core/symbols.h"
#include "tap.h"

#define MANY 400

/* The layout that scripts/ksyms writes, spelled out: count, offsets, end, names. */
#define A             1 /* B 2 ... */
#define PACK(a, b, c) (u16)(((a)*40 + (b)) * 40 + (c))
#define L(letter)     ((letter) - 'a' + A)
static const u16 three[] = {
    3,
    0x40 / 4,
    0x100 / 4,
    0x1c0 / 4,
    0x200 / 4,
    PACK(37, L('h'), L('e')), /* _head */
    PACK(L('a'), L('d'), 0),
    PACK(L('c'), L('p'), L('u')), /* cpu_on */
    PACK(37, L('o'), L('n')),
    PACK(0, 0, 0),
    PACK(L('s'), L('x'), 0), /* sx */
};

static const u16 none[] = {0, 0};

static bool find(const void *table, u64 offset, u64 *start, char *name) {
    *start = ~0ULL;
    return symbol_find(table, offset, start, name);
}

static void is(u64 offset, const char *want, u64 want_start) {
    char name[SYMBOL_LENGTH];
    u64 start;

    ok(find(three, offset, &start, name) && !strcmp(name, want) && start == want_start,
       "%#llx is %s+%#llx", (unsigned long long)offset, want,
       (unsigned long long)(offset - want_start));
}

static void test_three(void) {
    char name[SYMBOL_LENGTH];
    u64 start;

    is(0x40, "_head", 0x40);
    is(0xfc, "_head", 0x40);
    is(0x100, "cpu_on", 0x100);
    is(0x1bf, "cpu_on", 0x100);
    is(0x1c0, "sx", 0x1c0);
    is(0x1ff, "sx", 0x1c0);
    ok(!find(three, 0x3c, &start, name), "in front of the first function there is none");
    ok(!find(three, 0x200, &start, name), "behind the last function there is none");
    ok(!find(three, ~0ULL, &start, name) && start == ~0ULL,
       "an address outside the image names no function");
    ok(!find(three, 0x100000100, &start, name), "offsets are compared in 64 bits");
}

/* "x" and three digits: a name of four characters, two halfwords. */
static void test_many(void) {
    static u16 table[1 + MANY + 1 + 2 * MANY];
    u16 *at = table;
    bool all = true;

    *at++ = MANY;
    for (u32 i = 0; i <= MANY; i++) *at++ = (u16)(0x100 + i * i / 4 + i);
    for (u32 i = 0; i < MANY; i++) {
        *at++ = PACK(L('x'), 27 + i / 100, 27 + i / 10 % 10);
        *at++ = PACK(27 + i % 10, 0, 0);
    }
    for (unsigned int i = 0; i < MANY; i++) {
        char want[8], got[SYMBOL_LENGTH];
        u64 start;
        bool found = find(table, 4ULL * table[2 + i] - 4, &start, got);

        snprintf(want, sizeof(want), "x%03u", i);
        all = all && found && !strcmp(got, want) && start == 4ULL * table[1 + i];
    }
    ok(all, "the last instruction of each of %d functions belongs to it", MANY);
}

static void test_long(void) {
    static u16 table[3 + 30] = {1, 0, 1};
    char name[SYMBOL_LENGTH];
    u64 start;

    for (u32 i = 0; i < 20; i++) table[3 + i] = PACK(A, A, A);
    ok(find(table, 0, &start, name) && strlen(name) == SYMBOL_LENGTH - 1,
       "of a name of 60 characters the first %d are shown", SYMBOL_LENGTH - 1);
}

int main(void) {
    char name[SYMBOL_LENGTH];
    u64 start;

    ok(!find(none, 0, &start, name) && !find(none, 4, &start, name),
       "the empty table of the first link names nothing");
    test_three();
    test_many();
    test_long();
    return tap_done();
}
