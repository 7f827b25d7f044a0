/* SPDX-License-Identifier: Apache-2.0 */
#include "core/symbols.h"

/* Reads one name; returns where the next begins. */
static const u16 *unpack(const u16 *from, char name[SYMBOL_LENGTH]) {
    size_t n = 0;

    for (;; from++) {
        const u32 letter[] = {*from / 1600U, *from / 40U % 40U, *from % 40U};

        for (unsigned int i = 0; i < 3; i++)
            if (n < SYMBOL_LENGTH) name[n++] = SYMBOL_CHARACTERS[letter[i]];
        if (!letter[2]) break;
    }
    name[SYMBOL_LENGTH - 1] = 0;
    return from + 1;
}

bool symbol_find(const struct symbol_table *table, u64 offset, u64 *start,
                 char name[SYMBOL_LENGTH]) {
    const u16 *at = &table->offsets[table->count + 1];
    u64 place = offset / 4;
    u32 i = 0;

    if (!table->count || place < table->offsets[0] || place >= table->offsets[table->count])
        return false;
    /* A panic has time to go through all of them; the image has no room for an index. */
    while (table->offsets[i + 1] <= place) i++;
    *start = 4ULL * table->offsets[i];
    for (i++; i; i--) at = unpack(at, name);
    return true;
}
