/* SPDX-License-Identifier: Apache-2.0 */
/* Free RAM, and the hypervisor's own pages out of it. */
#include "arch/cache.h"
#include "core/resolve.h"
#include "lib/atomic.h"
#include "lib/bits.h"
#include "lib/log.h"
#include "mm/mm.h"

#define HEAP_PIECE MIB(2)
/* The last pages of a piece are for the tables that map the next one: one for each level. */
#define HEAP_RESERVE (3 * PAGE_SIZE)

struct memmap mm_ram;
static u64 heap_next, heap_end;
static u64 heap_reserve = HEAP_RESERVE; /* 0 while a new piece is being mapped */

/* Only at boot, when one core runs. Mapping takes its tables from the piece before. */
static bool heap_grow(void) {
    bool mapped;
    pa_t at;

    if (!memmap_alloc(&mm_ram, HEAP_PIECE, HEAP_PIECE, &at)) return false;
    heap_reserve = 0;
    mapped = mm_map_heap((struct range){at.v, HEAP_PIECE});
    heap_reserve = HEAP_RESERVE;
    heap_next = at.v;
    heap_end = at.v + HEAP_PIECE;
    return mapped;
}

void *page_alloc_dirty(unsigned int pages) {
    u64 size = pages * PAGE_SIZE, at;

    if (heap_next + size + heap_reserve > heap_end && (heap_reserve == 0 || !heap_grow()))
        return NULL;
    /* Cores that come at once each get what they add. */
    at = fetch_add_relaxed(&heap_next, size);
    if (at + size > heap_end) return NULL;
    return (void *)at;
}

void *page_alloc(unsigned int pages) {
    void *p = page_alloc_dirty(pages);

    if (p) zero_pages(p, pages * PAGE_SIZE);
    return p;
}

bool mm_init(struct machine *m) {
    return resolve_free_ram(m, (struct range){(u64)_text, (u64)(_end - _text)}, &mm_ram) &&
           ((heap_grow() && window_prepare(0)) ||
            log_error("memory: no free 2 MiB block for the hypervisor's heap"));
}
