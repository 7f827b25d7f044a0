/* SPDX-License-Identifier: Apache-2.0 */
#include <libfdt.h>
#include "core/dt_walk.h"
#include "core/machine.h"
#include "lib/log.h"
#include "lib/string.h"

#define NAME_ROOM 24

#define DT_NAME(id, name) name,
static const char prop_names[DT_NR_PROPS][NAME_ROOM] = {DT_PROPERTIES(DT_NAME)};

_Static_assert(DT_NR_PROPS <= 64, "dt_walk.present is one word");

#define CACHE_EMPTY 0xffffffffU

int dt_search(const void *rows, size_t stride, unsigned int nr_rows, const char *name) {
    unsigned int low = 0, high = nr_rows;

    while (low < high) {
        unsigned int middle = (low + high) / 2;
        const char *row = (const char *)rows + middle * stride;
        int order = *name - *row;

        if (order == 0) order = strcmp(name, row);
        if (order == 0) return (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

const char *dt_prop_name(enum dt_prop_id id) { return prop_names[id]; }

enum dt_prop_id dt_prop_id(const char *name) {
    int row = dt_search(prop_names, NAME_ROOM, DT_NR_PROPS, name);

    return row < 0 ? DT_NR_PROPS : (enum dt_prop_id)row;
}

/* A tree has few names and uses them again and again: each is searched for once, mostly. */
static enum dt_prop_id id_of_name(struct dt_walk *w, u32 name_offset) {
    u32 *slot = &w->name_cache[name_offset % ARRAY_SIZE(w->name_cache)];

    if (*slot == CACHE_EMPTY || *slot >> 8 != name_offset)
        *slot = name_offset << 8 | (u32)dt_prop_id(w->strings + name_offset);
    return (enum dt_prop_id)(*slot & 0xff);
}

static const char *path_of(struct dt_walk *w, unsigned int nr_levels) {
    size_t at = 0;

    for (unsigned int i = 1; i < nr_levels; i++) {
        const char *name = w->level[i].name;

        if (at < sizeof(w->path) - 1) w->path[at++] = '/';
        for (; *name && at < sizeof(w->path) - 1; name++)
            w->path[at++] = *name > ' ' && *name < 127 ? *name : '?';
    }
    if (at == 0) w->path[at++] = '/';
    w->path[at] = 0;
    return w->path;
}

const char *dt_path(struct dt_walk *w) { return path_of(w, w->nr_levels); }

/* Is [offset, offset + size) within the tree, and aligned? */
static bool block_fits(const struct dt_walk *w, const char *what, u32 offset, u32 size, u32 align) {
    if (offset % align == 0 && offset >= FDT_V17_SIZE && offset <= w->size &&
        size <= w->size - offset)
        return true;
    log_error("device tree: %s at offset 0x%x, 0x%x bytes: not a multiple of %u within its "
              "totalsize of 0x%x",
              what, offset, size, align, w->size);
    return false;
}

static bool header_is_ours(const void *fdt) {
    u32 magic, version, compatible, size;

    if (!fdt || (uintptr_t)fdt % 8 != 0) {
        log_error("device tree: at address %p: a multiple of 8, not 0, would be right", fdt);
        return false;
    }
    magic = dt_cell(fdt, 0);
    if (magic != FDT_MAGIC) {
        log_error("device tree: begins with 0x%08x at address %p: 0x%08x would be right", magic,
                  fdt, FDT_MAGIC);
        return false;
    }
    version = dt_cell(fdt, 5);
    compatible = dt_cell(fdt, 6);
    if (version < 17 || compatible > 17) {
        log_error("device tree: version %u, compatible with %u: 17 would be right", version,
                  compatible);
        return false;
    }
    size = dt_cell(fdt, 1);
    if (size < FDT_V17_SIZE || size > MACHINE_FDT_MAX) {
        log_error("device tree: totalsize 0x%x: %u to 0x%x would be right", size, (u32)FDT_V17_SIZE,
                  (u32)MACHINE_FDT_MAX);
        return false;
    }
    return true;
}

bool dt_open(struct dt_walk *w, const void *fdt) {
    const struct fdt_header *h = fdt;
    u32 structure, structure_size, strings, strings_size, reserved;

    if (!header_is_ours(fdt)) return false;
    w->blob = fdt;
    w->size = dt_cell(&h->totalsize, 0);
    structure = dt_cell(&h->off_dt_struct, 0);
    structure_size = dt_cell(&h->size_dt_struct, 0);
    strings = dt_cell(&h->off_dt_strings, 0);
    strings_size = dt_cell(&h->size_dt_strings, 0);
    reserved = dt_cell(&h->off_mem_rsvmap, 0);
    if (!block_fits(w, "structure block", structure, structure_size, 4) ||
        !block_fits(w, "strings block", strings, strings_size, 1) ||
        !block_fits(w, "memory reservation block", reserved, sizeof(struct fdt_reserve_entry), 8))
        return false;

    w->at = (const u32 *)(const void *)(w->blob + structure);
    w->end = w->at + structure_size / 4;
    w->reserved = (const u32 *)(const void *)(w->blob + reserved);
    w->strings = w->blob + strings;
    while (strings_size && w->strings[strings_size - 1]) strings_size--;
    w->strings_size = strings_size;
    w->nr_levels = 0;
    w->present = 0;
    w->root_seen = false;
    memset(w->name_cache, 0xff, sizeof(w->name_cache));
    return true;
}

bool dt_reservation(const struct dt_walk *w, unsigned int i, struct range *r) {
    const u32 *entry = w->reserved + 4 * (size_t)i;

    if ((size_t)(w->blob + w->size - (const char *)entry) < sizeof(struct fdt_reserve_entry))
        return false;
    r->base = dt_cells(entry, 0, 2);
    r->size = dt_cells(entry, 2, 2);
    return r->base || r->size;
}

static u32 offset_of(const struct dt_walk *w, const void *at) {
    return (u32)((const char *)at - w->blob);
}

static bool truncated(struct dt_walk *w) {
    log_error("device tree: the structure block ends at offset 0x%x inside %s",
              offset_of(w, w->end), dt_path(w));
    return false;
}

/* The property at w->at is readable up to its value: says why its value or name is not. */
static bool bad_property(struct dt_walk *w, u32 len, u32 name_offset) {
    if (name_offset >= w->strings_size)
        log_error("device tree: %s: a property's name at offset 0x%x of the strings block, "
                  "which has 0x%x bytes",
                  dt_path(w), name_offset, w->strings_size);
    else
        log_error("device tree: %s: %s has a length of 0x%x bytes, which goes past the end "
                  "of the structure block",
                  dt_path(w), w->strings + name_offset, len);
    return false;
}

static bool read_properties(struct dt_walk *w) {
    const u32 *at = w->at, *end = w->end;
    u64 present = 0;

    w->props_at = at;
    for (; at < end; at++) {
        while (at < end && dt_cell(at, 0) == FDT_PROP) {
            size_t room = (size_t)(end - at) * 4;
            u32 len, name_offset;
            enum dt_prop_id id;

            if (room < sizeof(struct fdt_property)) return truncated(w);
            len = dt_cell(at, 1);
            name_offset = dt_cell(at, 2);
            at += 3;
            if (name_offset >= w->strings_size || len > room - sizeof(struct fdt_property))
                return bad_property(w, len, name_offset);
            id = id_of_name(w, name_offset);
            if (id != DT_NR_PROPS && !(present >> id & 1)) {
                present |= 1ULL << id;
                w->prop[id] = (struct dt_prop){at, len};
            }
            at += len / 4 + (len % 4 != 0);
        }
        if (at == end || dt_cell(at, 0) != FDT_NOP) break;
    }
    w->at = at;
    w->present = present;
    return true;
}

/* What the node, whose properties are read, takes over and hands down. */
static void enter_level(struct dt_walk *w) {
    struct dt_level *l = &w->level[w->nr_levels - 1];
    const struct dt_level *up = dt_parent(w);
    const struct dt_prop *ranges = dt_prop(w, DT_RANGES);
    const char *status = dt_string(w, DT_STATUS);

    /*
     * A bus that does not say how wide its addresses are takes over the width above it, as in
     * Linux and Xen, not the default of the specification (2.3.5 "#address-cells and
     * #size-cells"): QEMU's guest loader counts on it in /chosen.
     */
    l->addr_cells = dt_u32(w, DT_ADDRESS_CELLS, up ? up->addr_cells : 2);
    l->size_cells = dt_u32(w, DT_SIZE_CELLS, up ? up->size_cells : 1);
    l->interrupt_parent = dt_u32(w, DT_INTERRUPT_PARENT, up ? up->interrupt_parent : 0);
    l->ranges = ranges ? ranges->data : NULL;
    l->ranges_len = ranges ? ranges->len : 0;
    l->enabled = (!up || up->enabled) &&
                 (!dt_prop(w, DT_STATUS) ||
                  (status && (strcmp(status, "okay") == 0 || strcmp(status, "ok") == 0)));
    l->kind = 0;
}

/* The number of words that a string and its padding take, 0 when it does not end before end. */
static size_t string_words(const u32 *s, const u32 *end) {
    for (const u32 *p = s; p < end; p++)
        if ((*p - 0x01010101U) & ~*p & 0x80808080U) return (size_t)(p - s) + 1;
    return 0;
}

static bool open_node(struct dt_walk *w) {
    size_t words = string_words(w->at, w->end);

    if (words == 0) return truncated(w);
    if (w->nr_levels == DT_MAX_DEPTH) {
        log_error("device tree: nodes in %s are nested more than %u deep", dt_path(w),
                  DT_MAX_DEPTH);
        return false;
    }
    if (w->nr_levels == 0 && w->root_seen) {
        log_error("device tree: a second root node at offset 0x%x", offset_of(w, w->at));
        return false;
    }
    w->root_seen = true;
    w->level[w->nr_levels++].name = (const char *)w->at;
    w->at += words;
    if (!read_properties(w)) return false;
    enter_level(w);
    return true;
}

/* A tag that the grammar does not have here. */
static enum dt_step misplaced(struct dt_walk *w, u32 tag) {
    const char *what = tag == FDT_PROP       ? "a property after the node's children"
                       : tag == FDT_END      ? "the end of the tree within a node"
                       : tag == FDT_END_NODE ? "the end of a node that never began"
                                             : "an unknown tag";

    log_error("device tree: %s: %s (0x%x at offset 0x%x)", dt_path(w), what, tag,
              offset_of(w, w->at) - 4);
    return DT_BROKEN;
}

enum dt_step dt_next_node(struct dt_walk *w) {
    while (w->at < w->end) {
        u32 tag = dt_cell(w->at++, 0);

        if (tag == FDT_BEGIN_NODE) return open_node(w) ? DT_NODE : DT_BROKEN;
        if (tag == FDT_END && w->nr_levels == 0) return DT_DONE;
        if (tag == FDT_END_NODE && w->nr_levels > 0)
            w->nr_levels--;
        else if (tag != FDT_NOP)
            return misplaced(w, tag);
    }
    truncated(w);
    return DT_BROKEN;
}

struct dt_prop dt_find_property(const struct dt_walk *w, const u32 *props_at, const char *name,
                                size_t name_len) {
    const u32 *p = props_at;

    while (p < w->end) {
        u32 tag = dt_cell(p, 0);

        if (tag == FDT_NOP) {
            p++;
        } else if (tag == FDT_PROP) {
            const char *found = w->strings + dt_cell(p, 2);
            u32 len = dt_cell(p, 1);

            if (strncmp(found, name, name_len) == 0 && !found[name_len])
                return (struct dt_prop){p + 3, len};
            p += 3 + (len + 3) / 4;
        } else {
            break;
        }
    }
    return (struct dt_prop){NULL, 0};
}
