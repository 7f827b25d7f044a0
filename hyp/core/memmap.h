/* SPDX-License-Identifier: Apache-2.0 */
/* Which physical memory is free: a sorted list of ranges that never touch or overlap. */
#pragma once

#include "lib/types.h"

#define MEMMAP_MAX 128

struct memmap {
    struct range free[MEMMAP_MAX];
    unsigned int nr;
};

/* Both answer false, and change nothing, when the list would need more than MEMMAP_MAX ranges. */
bool memmap_add(struct memmap *m, struct range r);
bool memmap_remove(struct memmap *m, struct range r);

/* Takes size bytes at a multiple of align (a power of two) from the lowest place; false: none. */
bool memmap_alloc(struct memmap *m, u64 size, u64 align, pa_t *at);

/* Size of the largest block that memmap_alloc() could give, in multiples of align. */
u64 memmap_largest(const struct memmap *m, u64 align);
