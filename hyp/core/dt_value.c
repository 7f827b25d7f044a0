/* SPDX-License-Identifier: Apache-2.0 */
/* The values of a node's properties: numbers, strings, and registers as the CPU addresses them. */
#include "core/dt_walk.h"
#include "lib/log.h"
#include "lib/string.h"

static void wrong_length(struct dt_walk *w, enum dt_prop_id id, const char *right) {
    log_warn("device tree: %s: %s has %u bytes, taken as missing: %s would be right", dt_path(w),
             dt_prop_name(id), w->prop[id].len, right);
}

u32 dt_u32(struct dt_walk *w, enum dt_prop_id id, u32 otherwise) {
    const struct dt_prop *p = dt_prop(w, id);

    if (!p) return otherwise;
    if (p->len != 4) {
        wrong_length(w, id, "4");
        return otherwise;
    }
    return dt_cell(p->data, 0);
}

u64 dt_number(struct dt_walk *w, enum dt_prop_id id, u64 otherwise) {
    const struct dt_prop *p = dt_prop(w, id);

    if (!p) return otherwise;
    if (p->len != 4 && p->len != 8) {
        wrong_length(w, id, "4 or 8");
        return otherwise;
    }
    return dt_cells(p->data, 0, p->len / 4);
}

const char *dt_string(struct dt_walk *w, enum dt_prop_id id) {
    const struct dt_prop *p = dt_prop(w, id);
    const char *s;

    if (!p) return NULL;
    s = p->data;
    if (p->len == 0 || s[p->len - 1]) {
        wrong_length(w, id, "text that ends with a byte of 0");
        return NULL;
    }
    return s;
}

const char *dt_next_string(const struct dt_prop *list, const char *s) {
    s += strlen(s) + 1;
    return s < (const char *)list->data + list->len ? s : NULL;
}

static bool cells_usable(u32 cells) { return cells == 1 || cells == 2; }

unsigned int dt_nr_reg(struct dt_walk *w) {
    const struct dt_prop *reg = dt_prop(w, DT_REG);
    const struct dt_level *bus = dt_parent(w);
    u32 entry;

    if (!reg || !bus) {
        print_s(w->reason, sizeof(w->reason), "it has no reg");
        return 0;
    }
    if (!cells_usable(bus->addr_cells) || !cells_usable(bus->size_cells)) {
        print_s(w->reason, sizeof(w->reason),
                "reg cannot be read: its parent has #address-cells %u and #size-cells %u, "
                "where 1 or 2 would be right",
                bus->addr_cells, bus->size_cells);
        return 0;
    }
    entry = 4 * (bus->addr_cells + bus->size_cells);
    if (reg->len == 0 || reg->len % entry != 0) {
        print_s(w->reason, sizeof(w->reason),
                "reg has %u bytes: a multiple of %u would be right (%u address and %u size "
                "cells)",
                reg->len, entry, bus->addr_cells, bus->size_cells);
        return 0;
    }
    return reg->len / entry;
}

static bool wraps(u64 base, u64 size) { return size && base + (size - 1) < base; }

/* An address on the bus at level[at], as it is one bus higher up. */
static bool to_upper_bus(struct dt_walk *w, unsigned int at, struct range *r) {
    const struct dt_level *bus = &w->level[at], *up = &w->level[at - 1];
    u32 cells = bus->addr_cells + up->addr_cells + bus->size_cells;
    const u32 *entry = bus->ranges;

    if (!bus->ranges) {
        print_s(w->reason, sizeof(w->reason),
                "reg 0x%lx cannot be reached: its bus %s has no ranges", r->base, bus->name);
        return false;
    }
    if (bus->ranges_len == 0) return true;
    if (!cells_usable(bus->addr_cells) || !cells_usable(bus->size_cells) ||
        !cells_usable(up->addr_cells) || bus->ranges_len % (4 * cells) != 0) {
        print_s(w->reason, sizeof(w->reason),
                "reg 0x%lx cannot be reached: ranges of its bus %s, %u bytes, are not "
                "entries of %u address, %u parent address and %u size cells, 1 or 2 each",
                r->base, bus->name, bus->ranges_len, bus->addr_cells, up->addr_cells,
                bus->size_cells);
        return false;
    }
    for (u32 n = bus->ranges_len / (4 * cells); n--; entry += cells) {
        u64 child = dt_cells(entry, 0, bus->addr_cells);
        u64 parent = dt_cells(entry, bus->addr_cells, up->addr_cells);
        u64 size = dt_cells(entry, bus->addr_cells + up->addr_cells, bus->size_cells);

        if (r->base < child || r->base - child >= size) continue;
        if (wraps(child, size) || wraps(parent, size)) {
            print_s(w->reason, sizeof(w->reason),
                    "reg 0x%lx cannot be reached: its bus %s has ranges <0x%lx 0x%lx "
                    "0x%lx>, which go past the end of the address space",
                    r->base, bus->name, child, parent, size);
            return false;
        }
        r->base = r->base - child + parent;
        return true;
    }
    print_s(w->reason, sizeof(w->reason),
            "reg 0x%lx cannot be reached: it is outside the ranges of its bus %s", r->base,
            bus->name);
    return false;
}

bool dt_reg(struct dt_walk *w, unsigned int i, struct range *r) {
    const struct dt_level *bus = dt_parent(w);
    const u32 *cells = w->prop[DT_REG].data;
    unsigned int at = i * (bus->addr_cells + bus->size_cells);

    r->base = dt_cells(cells, at, bus->addr_cells);
    r->size = dt_cells(cells, at + bus->addr_cells, bus->size_cells);
    for (unsigned int l = w->nr_levels - 2; l > 0; l--)
        if (!to_upper_bus(w, l, r)) return false;
    if (wraps(r->base, r->size)) {
        print_s(w->reason, sizeof(w->reason),
                "reg <0x%lx 0x%lx> goes past the end of the address space", r->base, r->size);
        return false;
    }
    return true;
}

bool dt_path_matches(const char *node, const char *path, size_t len) {
    const char *end = path + len;

    for (; path < end; node++, path++) {
        if (*node == '@' && *path == '/')
            while (*node && *node != '/') node++;
        if (*node != *path) return false;
    }
    return !*node || (*node == '@' && !strchr(node, '/'));
}
