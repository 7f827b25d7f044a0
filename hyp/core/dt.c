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

const struct dt_prop *dt_prop(const struct dt *dt, const char *name) {
    const struct dt_prop *end = &dt->prop[dt->nr_props];

    for (const struct dt_prop *p = dt->prop; p < end; p++)
        if (*p->name == *name && strcmp(p->name, name) == 0) return p;
    return NULL;
}

static void wrong_type(struct dt *dt, const struct dt_prop *p, const char *right) {
    log_warn("device tree: %s: %s has %u bytes, taken as missing: %s would be right", dt_path(dt),
             p->name, p->len, right);
}

u64 dt_number(struct dt *dt, const char *name, u64 otherwise) {
    const struct dt_prop *p = dt_prop(dt, name);

    if (!p) return otherwise;
    if (p->len == 4 || p->len == 8) return dt_cells(p->data, 0, p->len / 4);
    wrong_type(dt, p, "4 or 8");
    return otherwise;
}

const char *dt_string(struct dt *dt, const char *name) {
    const struct dt_prop *p = dt_prop(dt, name);

    if (!p) return NULL;
    if (p->len && !((const char *)p->data)[p->len - 1]) return p->data;
    wrong_type(dt, p, "text that ends with a byte of 0");
    return NULL;
}

u32 dt_nr_reg(const struct dt *dt) {
    const struct dt_level *bus = &dt->level[dt->nr_levels - 2];
    const struct dt_prop *reg = dt_prop(dt, "reg");
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
    const struct dt_prop *reg = dt_prop(dt, "reg");
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

static bool begin_node(struct dt *dt) {
    const char *name = (const char *)dt->at;
    size_t room = 4 * (size_t)(dt->end - dt->at), len = strnlen(name, room);

    if (len == room || dt->nr_levels == DT_MAX_DEPTH) return false;
    dt->level[dt->nr_levels++].name = name;
    dt->nr_props = 0;
    dt->at += len / 4 + 1;
    return true;
}

static bool read_property(struct dt *dt) {
    u32 len, name;

    if (dt->end - dt->at < 2) return false;
    len = fdt32_to_cpu(*dt->at++);
    name = fdt32_to_cpu(*dt->at++);
    if (len > 4 * (size_t)(dt->end - dt->at) || name >= dt->strings_size) return false;
    if (dt->nr_props < DT_MAX_PROPS)
        dt->prop[dt->nr_props++] = (struct dt_prop){dt->strings + name, dt->at, len};
    dt->at += (len + 3) / 4;
    return true;
}

/* What the node, whose properties are read, takes over from above and hands down. */
static bool inherit(struct dt *dt) {
    static const struct dt_level above = {.addr_cells = 2, .size_cells = 1, .enabled = true};
    struct dt_level *l = &dt->level[dt->nr_levels - 1];
    const struct dt_level *up = l > dt->level ? l - 1 : &above;
    const struct dt_prop *ranges = dt_prop(dt, "ranges");
    const char *state = dt_string(dt, "status");
    bool device;

    /*
     * A bus that does not say how wide its addresses are takes over the width above it, as in
     * Linux and Xen, not the default of the specification (2.3.5 "#address-cells and
     * #size-cells"): QEMU's guest loader counts on it in /chosen.
     */
    l->addr_cells = (u32)dt_number(dt, "#address-cells", up->addr_cells);
    l->size_cells = (u32)dt_number(dt, "#size-cells", up->size_cells);
    l->interrupt_parent = (u32)dt_number(dt, "interrupt-parent", up->interrupt_parent);
    l->enabled = up->enabled && (!state || strcmp(state, "okay") == 0 || strcmp(state, "ok") == 0);
    /* What is no device is no bus: addresses below /chosen, /cpus, /reserved-memory are physical.
     */
    device = dt_prop(dt, "compatible") &&
             (dt->nr_levels == 1 ||
              (strcmp(dt->level[1].name, "chosen") != 0 && strcmp(dt->level[1].name, "cpus") != 0));
    l->ranges = ranges ? *ranges : (struct dt_prop){.data = device ? NULL : ""};
    return l->addr_cells <= DT_MAX_CELLS && l->size_cells <= DT_MAX_CELLS;
}

enum dt_step dt_next_node(struct dt *dt) {
    bool in_properties = false, good = true;

    while (good && dt->at < dt->end) {
        u32 tag = fdt32_to_cpu(*dt->at++);

        if (tag == FDT_PROP && in_properties) {
            good = read_property(dt);
        } else if (tag != FDT_NOP && in_properties) {
            dt->at--;
            good = inherit(dt);
            if (good) return DT_NODE;
        } else if (tag == FDT_BEGIN_NODE) {
            good = in_properties = begin_node(dt);
        } else if (tag == FDT_END && dt->nr_levels == 0) {
            return DT_DONE;
        } else if (tag == FDT_END_NODE && dt->nr_levels > 0) {
            dt->nr_levels--;
        } else {
            good = tag == FDT_NOP;
        }
    }
    log_error("device tree: broken at or after %s: cut off, damaged, or more than %u levels or %u "
              "cells",
              dt_path(dt), DT_MAX_DEPTH, DT_MAX_CELLS);
    return DT_BROKEN;
}
