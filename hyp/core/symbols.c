/* SPDX-License-Identifier: Apache-2.0 */
#include "core/symbols.h"
#include "lib/string.h"

const char *symbol_find(const struct symbol_table *table, u64 offset, u64 *start) {
    const char *name = (const char *)&table->offsets[table->count + 1];
    u32 low = 0, high = table->count;

    if (high == 0 || offset < table->offsets[0] || offset >= table->offsets[high]) return NULL;
    while (high - low > 1) {
        u32 middle = low + (high - low) / 2;

        if (table->offsets[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    *start = table->offsets[low];
    /* Names have no index of their own: a panic has time to count them, the image has no room.
     */
    while (low--) name += strlen(name) + 1;
    return name;
}
