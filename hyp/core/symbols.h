/* SPDX-License-Identifier: Apache-2.0 */
/* Which function an address lies in, for backtraces. scripts/ksyms writes the table. */
#pragma once

#include "lib/types.h"

/*
 * Offsets are in instructions from the start of the image, which runs anywhere, so nothing here is
 * relocated. Names follow the last offset, three characters to a halfword: (a * 40 + b) * 40 + c. A
 * name ends where c is 0.
 */
struct symbol_table {
    u16 count;
    u16 offsets[]; /* of each function, ascending, and the end of the last */
};

#define SYMBOL_CHARACTERS "\0abcdefghijklmnopqrstuvwxyz0123456789_?"
#define SYMBOL_LENGTH     48 /* with its 0: what is longer is cut */

/*
 * Writes the name of the function that holds offset, and in *start where it begins; false before
 * the first one and after the last. A return address points behind its call, which may be the
 * caller's last instruction: look up the address minus 4.
 */
bool symbol_find(const struct symbol_table *table, u64 offset, u64 *start,
                 char name[SYMBOL_LENGTH]);
