/* SPDX-License-Identifier: Apache-2.0 */
/* Which function an address lies in, for backtraces. scripts/ksyms writes the table. */
#pragma once

#include "lib/types.h"

/*
 * Offsets are from the start of the image, which runs anywhere, so nothing here is relocated.
 *
 *   count | offset of function 0 .. count - 1, ascending | end of the last | names, each 0-ended
 */
struct symbol_table {
    u32 count;
    u32 offsets[];
};

/*
 * The function that holds offset, and in *start where it begins; NULL before the first one and
 * after the last. A return address points behind its call, which may be the caller's last
 * instruction: look up the address minus 4.
 */
const char *symbol_find(const struct symbol_table *table, u64 offset, u64 *start);
