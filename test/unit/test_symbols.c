/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "core/symbols.h"
#include "tap.h"

#define MANY 400

/* The layout that scripts/ksyms writes, spelled out: count, offsets, end, names. */
static const struct {
    u32 count, offsets[4];
    char names[sizeof("_head\0main\0panic")];
} three = {3, {0x40, 0x100, 0x1c0, 0x200}, "_head\0main\0panic"};

static const struct { u32 count, end; } none = {0, 0};

static const char *find(const void *table, u64 offset, u64 *start) {
    *start = ~0ULL;
    return symbol_find(table, offset, start);
}

static void is(u64 offset, const char *want, u64 want_start) {
    u64 start;
    const char *name = find(&three, offset, &start);

    ok(name && !strcmp(name, want) && start == want_start, "%#llx is %s+%#llx",
       (unsigned long long)offset, want, (unsigned long long)(offset - want_start));
}

static void test_three(void) {
    u64 start;

    is(0x40, "_head", 0x40);
    is(0xfc, "_head", 0x40);
    is(0x100, "main", 0x100);
    is(0x1bf, "main", 0x100);
    is(0x1c0, "panic", 0x1c0);
    is(0x1ff, "panic", 0x1c0);
    ok(!find(&three, 0x3c, &start), "in front of the first function there is none");
    ok(!find(&three, 0x200, &start), "behind the last function there is none");
    ok(!find(&three, ~0ULL, &start) && start == ~0ULL,
       "an address outside the image names no function");
    ok(!find(&three, 0x100000100, &start), "offsets are compared in 64 bits");
}

static void test_many(void) {
    static struct {
        u32 count, offsets[MANY + 1];
        char names[MANY * 8];
    } table = {.count = MANY};
    char *name = table.names;
    bool all = true;

    for (u32 i = 0; i <= MANY; i++) table.offsets[i] = 0x1000 + i * i * 4;
    for (unsigned int i = 0; i < MANY; i++) name += snprintf(name, 8, "f%u", i) + 1;
    for (unsigned int i = 0; i < MANY; i++) {
        char want[8];
        u64 start;
        const char *got = find(&table, table.offsets[i + 1] - 4, &start);

        snprintf(want, sizeof(want), "f%u", i);
        all = all && got && !strcmp(got, want) && start == table.offsets[i];
    }
    ok(all, "the last instruction of each of %d functions belongs to it", MANY);
}

int main(void) {
    u64 start;

    ok(!find(&none, 0, &start) && !find(&none, 4, &start),
       "the empty table of the first link names nothing");
    test_three();
    test_many();
    return tap_done();
}
