/* SPDX-License-Identifier: Apache-2.0 */
#include <libfdt.h>
#include "core/dt.h"
#include "core/machine.h"
#include "lib/bits.h"
#include "lib/log.h"
#include "lib/string.h"

bool dt_open(struct dt *dt, const void *fdt) {
    if (!fdt || (uintptr_t)fdt % 8 || fdt_check_header(fdt) || fdt_version(fdt) < 17 ||
        fdt_totalsize(fdt) > MACHINE_FDT_MAX || fdt_off_dt_struct(fdt) % 4 ||
        fdt_off_mem_rsvmap(fdt) % 8)
        return log_error(
            "device tree: at address %p: a multiple of 8 with a header (magic 0x%x) of "
            "version 17, its blocks within a totalsize of at most 0x%x, would be right",
            fdt, FDT_MAGIC, (u32)MACHINE_FDT_MAX);
    memset(dt, 0, sizeof(*dt));
    memset(dt->seen, 0xff, sizeof(dt->seen)); /* no offset: no tree is that long */
    dt->at = (const u32 *)fdt + fdt_off_dt_struct(fdt) / 4;
    dt->end = dt->at + fdt_size_dt_struct(fdt) / 4;
    dt->strings = (const char *)fdt + fdt_off_dt_strings(fdt);
    dt->strings_size = fdt_size_dt_strings(fdt);
    while (dt->strings_size && dt->strings[dt->strings_size - 1]) dt->strings_size--;
    return true;
}

const char *dt_path(struct dt *dt) {
    size_t at = 0, size = sizeof(dt->path);

    print_s(dt->path, size, "/");
    for (unsigned int i = 1; i < dt->nr_levels && at < size; i++)
        at += print_s(dt->path + at, size - at, "/%s", dt->level[i].name);
    return dt->path;
}

u64 dt_cells(const void *data, u32 at, u32 nr) {
    const fdt32_t *cell = (const fdt32_t *)data + at;
    u64 number = 0;

    while (nr--) number = number << 32 | fdt32_to_cpu(*cell++);
    return number;
}

static void wrong_type(struct dt *dt, const struct dt_prop *p, const char *right) {
    log_warn("device tree: %s: %s has %u bytes, taken as missing: %s would be right", dt_path(dt),
             p->name, p->len, right);
}

u64 dt_number(struct dt *dt, enum dt_name name, u64 otherwise) {
    const struct dt_prop *p = dt_prop(dt, name);

    if (!p) return otherwise;
    if (p->len == 4 || p->len == 8) return dt_cells(p->data, 0, p->len / 4);
    wrong_type(dt, p, "4 or 8");
    return otherwise;
}

const char *dt_string(struct dt *dt, enum dt_name name) {
    const struct dt_prop *p = dt_prop(dt, name);

    if (!p) return NULL;
    if (p->len && !((const char *)p->data)[p->len - 1]) return p->data;
    wrong_type(dt, p, "text that ends with a byte of 0");
    return NULL;
}

u32 dt_nr_reg(const struct dt *dt) {
    const struct dt_level *bus = &dt->level[dt->nr_levels - 2];
    const struct dt_prop *reg = dt_prop(dt, DT_REG);
    u32 entry = 4 * (bus->addr_cells + bus->size_cells);

    return reg && entry && reg->len % entry == 0 ? reg->len / entry : 0;
}

/* An address on this bus, as it is one bus higher up. */
static bool to_upper_bus(const struct dt_level *bus, u64 *address) {
    u32 upper_cells = bus[-1].addr_cells;
    u32 nr = bus->addr_cells + upper_cells + bus->size_cells;

    if (bus->ranges.len == 0) return bus->ranges.data;
    for (u32 at = 0; nr && 4 * (at + nr) <= bus->ranges.len; at += nr) {
        u64 lower = dt_cells(bus->ranges.data, at, bus->addr_cells);
        u64 upper = dt_cells(bus->ranges.data, at + bus->addr_cells, upper_cells);
        u64 size = dt_cells(bus->ranges.data, at + nr - bus->size_cells, bus->size_cells);

        if (*address < lower || *address - lower >= size || wraps((struct range){upper, size}))
            continue;
        *address += upper - lower;
        return true;
    }
    return false;
}

bool dt_reg(struct dt *dt, u32 i, struct range *r) {
    const struct dt_level *bus = &dt->level[dt->nr_levels - 2];
    const struct dt_prop *reg = dt_prop(dt, DT_REG);
    u32 at = i * (bus->addr_cells + bus->size_cells);

    if (i >= dt_nr_reg(dt))
        return log_warn("device tree: %s: reg has %u bytes: %u or more times %u would be right",
                        dt_path(dt), reg ? reg->len : 0, i + 1,
                        4 * (bus->addr_cells + bus->size_cells));
    r->base = dt_cells(reg->data, at, bus->addr_cells);
    r->size = dt_cells(reg->data, at + bus->addr_cells, bus->size_cells);
    while (bus > dt->level && to_upper_bus(bus, &r->base)) bus--;
    if (bus == dt->level && !wraps(*r)) return true;
    return log_warn(
        "device tree: %s: reg <0x%lx 0x%lx> cannot be reached: within the %s%s would be right",
        dt_path(dt), r->base, r->size, *bus->name ? "ranges of " : "address space", bus->name);
}

static enum dt_name number_of(const char *name) {
#define X(id, text) text,
    static const char *const names[] = {DT_NAMES(X)};
#undef X

    for (u32 i = 0; i < ARRAY_SIZE(names); i++)
        if (*names[i] == *name && strcmp(names[i], name) == 0) return DT_NOT_LOOKED_UP + 1 + i;
    return DT_NOT_LOOKED_UP;
}

static inline u32 name_of(struct dt *dt, u32 offset) {
    u32 *seen = &dt->seen[offset / 4 % DT_SEEN];

    if (unlikely(*seen >> 8 != offset)) *seen = offset << 8 | number_of(dt->strings + offset);
    return *seen & 0xff;
}

static bool read_properties(struct dt *dt) {
    const u32 *at = dt->at;
    u32 nr = 0;

    memset(dt->where, 0, sizeof(dt->where));
    for (; at < dt->end && (*at == cpu_to_fdt32(FDT_PROP) || *at == cpu_to_fdt32(FDT_NOP)); at++) {
        u32 len, name;

        if (*at == cpu_to_fdt32(FDT_NOP)) continue;
        if (dt->end - at < 3) return false;
        len = fdt32_to_cpu(at[1]);
        name = fdt32_to_cpu(at[2]);
        at += 2;
        if (len > 4 * (size_t)(dt->end - at - 1) || name >= dt->strings_size) return false;
        if (nr < DT_MAX_PROPS) {
            u8 *where = &dt->where[name_of(dt, name)];

            dt->prop[nr++] = (struct dt_prop){dt->strings + name, at + 1, len};
            if (!*where) *where = (u8)nr;
        }
        at += (len + 3) / 4;
    }
    dt->at = at;
    dt->nr_props = nr;
    return true;
}

/* What the node, whose properties are read, takes over from above and hands down. */
static bool inherit(struct dt *dt, struct dt_level *l) {
    static const struct dt_level above = {.addr_cells = 2, .size_cells = 1, .enabled = true};
    const struct dt_level *up = l > dt->level ? l - 1 : &above;
    const struct dt_prop *ranges = dt_prop(dt, DT_RANGES);
    const char *state;

    *l = (struct dt_level){.name = l->name,
                           .ranges.data = "",
                           .addr_cells = up->addr_cells,
                           .size_cells = up->size_cells,
                           .interrupt_parent = up->interrupt_parent,
                           .enabled = up->enabled,
                           .physical = up->physical};

    if (dt_prop(dt, DT_STATUS)) {
        state = dt_string(dt, DT_STATUS);
        l->enabled &= !state || strcmp(state, "okay") == 0 || strcmp(state, "ok") == 0;
    }
    /*
     * A bus that does not say how wide its addresses are takes over the width above it, as in
     * Linux and Xen, not the default of the specification (2.3.5 "#address-cells and
     * #size-cells"): QEMU's guest loader counts on it in /chosen.
     */
    if (dt_prop(dt, DT_ADDRESS_CELLS))
        l->addr_cells = (u32)dt_number(dt, DT_ADDRESS_CELLS, up->addr_cells);
    if (dt_prop(dt, DT_SIZE_CELLS))
        l->size_cells = (u32)dt_number(dt, DT_SIZE_CELLS, up->size_cells);
    if (dt_prop(dt, DT_INTERRUPT_PARENT))
        l->interrupt_parent = (u32)dt_number(dt, DT_INTERRUPT_PARENT, up->interrupt_parent);
    /* What is no device is no bus: addresses below /chosen, /cpus, /reserved-memory are physical.
     */
    if (dt->nr_levels == 2)
        l->physical = strcmp(l->name, "chosen") == 0 || strcmp(l->name, "cpus") == 0;
    if (ranges)
        l->ranges = *ranges;
    else if (dt_prop(dt, DT_COMPATIBLE) && !l->physical)
        l->ranges.data = NULL;
    return l->addr_cells <= DT_MAX_CELLS && l->size_cells <= DT_MAX_CELLS;
}

/* The first word of four characters with a 0 among them, at `at` or later; or end. */
static const u32 *end_of_name(const u32 *at, const u32 *end) {
    while (at < end && !((*at - 0x01010101) & ~*at & 0x80808080)) at++;
    return at;
}

/* From behind its tag to behind its properties. */
static bool read_node(struct dt *dt) {
    const u32 *last = end_of_name(dt->at, dt->end);
    struct dt_level *l = &dt->level[dt->nr_levels];

    if (last == dt->end || dt->nr_levels == DT_MAX_DEPTH) return false;
    l->name = (const char *)dt->at;
    dt->nr_levels++;
    dt->at = last + 1;
    return read_properties(dt) && inherit(dt, l);
}

void dt_skip_children(struct dt *dt) {
    const u32 *at = dt->at, *end = dt->end;
    unsigned int below = 0;

    while (at < end) {
        u32 tag = fdt32_to_cpu(*at);

        if (tag == FDT_END_NODE) {
            if (below-- == 0) break;
            at++;
        } else if (tag == FDT_BEGIN_NODE) {
            below++;
            at = end_of_name(at + 1, end) + 1;
        } else if (tag == FDT_PROP && end - at > 2 &&
                   fdt32_to_cpu(at[1]) <= 4 * (size_t)(end - at - 3)) {
            at += 3 + (fdt32_to_cpu(at[1]) + 3) / 4;
        } else if (tag == FDT_NOP) {
            at++;
        } else {
            break;
        }
    }
    dt->at = at; /* whatever stopped us stops dt_next_node() too, unless it is our node's end */
}

enum dt_step dt_next_node(struct dt *dt) {
    bool good = true;

    while (good && dt->at < dt->end) {
        switch (fdt32_to_cpu(*dt->at++)) {
        case FDT_BEGIN_NODE:
            good = read_node(dt);
            if (good) return DT_NODE;
            break;
        case FDT_END_NODE:
            good = dt->nr_levels > 0;
            dt->nr_levels -= good;
            break;
        case FDT_NOP: break;
        case FDT_END:
            if (dt->nr_levels == 0) return DT_DONE;
            good = false;
            break;
        default: good = false;
        }
    }
    log_error("device tree: broken at or after %s: cut off, damaged, or more than %u levels or %u "
              "cells",
              dt_path(dt), DT_MAX_DEPTH, DT_MAX_CELLS);
    return DT_BROKEN;
}
