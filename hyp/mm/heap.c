/* SPDX-License-Identifier: Apache-2.0 */
/* Free RAM, and the hypervisor's own pages out of it. */
#include "arch/spinlock.h"
#include "lib/bits.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/mm.h"

#define HEAP_PIECE MIB(2)

/* The last pages of a piece are for the tables that map the next one: one for each level. */
#define HEAP_RESERVE (3 * PAGE_SIZE)

struct memmap mm_ram;
static struct spinlock heap_lock;
static u64 heap_next, heap_end;
static u64 heap_reserve = HEAP_RESERVE; /* 0 while a new piece is being mapped */

bool mm_map_heap(struct range r);

/* Only at boot, when one core runs. Mapping takes its tables from the piece before. */
static bool heap_grow(void) {
    pa_t at;
    bool mapped;

    if (!memmap_alloc(&mm_ram, HEAP_PIECE, HEAP_PIECE, &at)) return false;
    heap_reserve = 0;
    mapped = mm_map_heap((struct range){at.v, HEAP_PIECE});
    heap_reserve = HEAP_RESERVE;
    heap_next = at.v;
    heap_end = at.v + HEAP_PIECE;
    return mapped;
}

static bool has_room(u64 size) {
    return heap_end >= heap_reserve && heap_end - heap_reserve >= heap_next &&
           heap_end - heap_reserve - heap_next >= size;
}

void *page_alloc(unsigned int pages) {
    u64 size = pages * PAGE_SIZE;
    void *p = NULL;

    if (!has_room(size) && (heap_reserve == 0 || !heap_grow())) return NULL;
    spin_lock(&heap_lock);
    if (has_room(size)) {
        p = (void *)heap_next;
        heap_next += size;
    }
    spin_unlock(&heap_lock);
    if (p) memset(p, 0, size);
    return p;
}

/* Whole pages: a page that is partly reserved is not free. */
static struct range outward(struct range r) {
    u64 base = align_down(r.base, PAGE_SIZE);

    return (struct range){base, align_up(r.base + r.size, PAGE_SIZE) - base};
}

static struct range inward(struct range r) {
    u64 base = align_up(r.base, PAGE_SIZE), end = align_down(r.base + r.size, PAGE_SIZE);

    return (struct range){base, end > base ? end - base : 0};
}

bool mm_init(const struct machine *m) {
    bool fits = true;

    for (unsigned int i = 0; i < m->nr_ram; i++) fits &= memmap_add(&mm_ram, inward(m->ram[i]));
    for (unsigned int i = 0; i < m->nr_reserved; i++)
        fits &= memmap_remove(&mm_ram, outward(m->reserved[i]));
    for (unsigned int i = 0; i < m->nr_modules; i++)
        fits &= memmap_remove(&mm_ram, outward(m->module[i].at));
    fits &= memmap_remove(&mm_ram, (struct range){(u64)_text, (u64)(_end - _text)});
    fits &= memmap_remove(&mm_ram, outward((struct range){(u64)m->fdt, m->fdt_size}));
    if (!fits) {
        log_error("memory: more than %d separate pieces of free RAM", MEMMAP_MAX);
        return false;
    }
    if (!heap_grow()) {
        log_error("memory: no free 2 MiB block for the hypervisor's heap");
        return false;
    }
    return true;
}
