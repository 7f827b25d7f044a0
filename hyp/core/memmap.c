/* SPDX-License-Identifier: Apache-2.0 */
#include "core/memmap.h"
#include "lib/bits.h"

/* A range that wraps reaches the end of the address space, and no further. */
static u64 end_of(struct range r) { return r.size > ~r.base ? ~0ULL : r.base + r.size; }

static void delete_at(struct memmap *m, unsigned int i) {
    m->nr--;
    for (; i < m->nr; i++) m->free[i] = m->free[i + 1];
}

static void insert_at(struct memmap *m, unsigned int i, struct range r) {
    for (unsigned int k = m->nr; k > i; k--) m->free[k] = m->free[k - 1];
    m->free[i] = r;
    m->nr++;
}

bool memmap_add(struct memmap *m, struct range r) {
    unsigned int i = 0;

    if (r.size == 0) return true;
    /* Swallow every range that r touches, then put the union in its place. */
    while (i < m->nr && end_of(m->free[i]) < r.base) i++;
    if (m->nr == MEMMAP_MAX && (i == m->nr || m->free[i].base > end_of(r))) return false;
    while (i < m->nr && m->free[i].base <= end_of(r)) {
        u64 base = m->free[i].base < r.base ? m->free[i].base : r.base;
        u64 end = end_of(m->free[i]) > end_of(r) ? end_of(m->free[i]) : end_of(r);

        r = (struct range){base, end - base};
        delete_at(m, i);
    }
    insert_at(m, i, r);
    return true;
}

bool memmap_remove(struct memmap *m, struct range r) {
    if (r.size == 0) return true;
    for (unsigned int i = 0; i < m->nr; i++) {
        struct range f = m->free[i];
        u64 head, tail;

        if (!ranges_overlap(f, r)) continue;
        head = r.base > f.base ? r.base - f.base : 0;
        tail = end_of(f) > end_of(r) ? end_of(f) - end_of(r) : 0;
        if (head && tail) {
            if (m->nr == MEMMAP_MAX) return false;
            m->free[i].size = head;
            insert_at(m, i + 1, (struct range){end_of(r), tail});
            return true;
        }
        if (head) {
            m->free[i].size = head;
        } else if (tail) {
            m->free[i] = (struct range){end_of(r), tail};
        } else {
            delete_at(m, i);
            i--;
        }
    }
    return true;
}

bool memmap_alloc(struct memmap *m, u64 size, u64 align, pa_t *at) {
    for (unsigned int i = 0; i < m->nr; i++) {
        u64 base = align_up(m->free[i].base, align);

        if (base < m->free[i].base || !range_contains(m->free[i], base, size)) continue;
        if (!memmap_remove(m, (struct range){base, size})) return false;
        *at = pa(base);
        return true;
    }
    return false;
}

u64 memmap_largest(const struct memmap *m, u64 align) {
    u64 best = 0;

    for (unsigned int i = 0; i < m->nr; i++) {
        u64 base = align_up(m->free[i].base, align);
        u64 end = align_down(end_of(m->free[i]), align);

        if (base < end && end - base > best) best = end - base;
    }
    return best;
}
