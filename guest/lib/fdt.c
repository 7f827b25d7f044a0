/* SPDX-License-Identifier: Apache-2.0 */
/* Everything is read byte by byte: with the MMU off an unaligned access would fault. */
#include "fdt.h"
#include "string.h"

#define FDT_MAGIC 0xd00dfeedU

enum fdt_token { FDT_BEGIN_NODE = 1, FDT_END_NODE = 2, FDT_PROP = 3, FDT_NOP = 4, FDT_END = 9 };

static u32 read_be32(const u8 *p) {
    return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static const u8 *align4(const struct fdt *fdt, const u8 *p) {
    return p + (-(u64)(p - fdt->base) & 3);
}

bool fdt_open(struct fdt *fdt, u64 address) {
    const u8 *base = (const u8 *)address;

    if (!address || (address & 3) || read_be32(base) != FDT_MAGIC) return false;
    fdt->base = base;
    fdt->end = base + read_be32(base + 4);
    fdt->properties = base + read_be32(base + 8);
    fdt->strings = base + read_be32(base + 12);
    fdt->name = NULL;
    fdt->depth = 0;
    fdt->address_cells[0] = 2;
    fdt->size_cells[0] = 1;
    return true;
}

/* Steps over one property; p points behind the FDT_PROP token. */
static const u8 *skip_property(const struct fdt *fdt, const u8 *p) {
    return align4(fdt, p + 8 + read_be32(p));
}

static u32 cells_property(const struct fdt *fdt, const char *name, u32 otherwise) {
    u32 length;
    const u8 *value = fdt_property(fdt, name, &length);

    return value && length == 4 ? read_be32(value) : otherwise;
}

static void enter_node(struct fdt *fdt, const u8 *name) {
    fdt->name = (const char *)name;
    fdt->properties = align4(fdt, name + strlen(fdt->name) + 1);
    fdt->depth++;
    if (fdt->depth <= FDT_MAX_DEPTH) {
        fdt->address_cells[fdt->depth] = cells_property(fdt, "#address-cells", 2);
        fdt->size_cells[fdt->depth] = cells_property(fdt, "#size-cells", 1);
    }
}

bool fdt_next_node(struct fdt *fdt) {
    const u8 *p = fdt->properties;

    while (p + 4 <= fdt->end) {
        u32 token = read_be32(p);

        p += 4;
        switch (token) {
        case FDT_BEGIN_NODE: enter_node(fdt, p); return true;
        case FDT_END_NODE: fdt->depth--; break;
        case FDT_PROP: p = skip_property(fdt, p); break;
        case FDT_NOP: break;
        default: return false;
        }
    }
    return false;
}

const void *fdt_property(const struct fdt *fdt, const char *name, u32 *length) {
    const u8 *p = fdt->properties;

    while (p + 4 <= fdt->end) {
        u32 token = read_be32(p);

        p += 4;
        if (token == FDT_NOP) continue;
        if (token != FDT_PROP) return NULL;
        if (!strcmp((const char *)fdt->strings + read_be32(p + 4), name)) {
            *length = read_be32(p);
            return p + 8;
        }
        p = skip_property(fdt, p);
    }
    return NULL;
}

const char *fdt_string(const struct fdt *fdt, const char *name) {
    u32 length;
    const char *value = fdt_property(fdt, name, &length);

    return value && length && !value[length - 1] ? value : NULL;
}

bool fdt_compatible(const struct fdt *fdt, const char *name) {
    u32 length;
    const char *list = fdt_property(fdt, "compatible", &length);
    u32 i = 0;

    while (list && i < length) {
        if (!strcmp(list + i, name)) return true;
        i += (u32)strlen(list + i) + 1;
    }
    return false;
}

static u64 read_cells(const u8 *p, u32 cells) {
    u64 value = 0;

    while (cells--) {
        value = value << 32 | read_be32(p);
        p += 4;
    }
    return value;
}

bool fdt_reg(const struct fdt *fdt, u32 index, struct range *range) {
    u32 length;
    const u8 *value = fdt_property(fdt, "reg", &length);
    u32 address_cells, size_cells, entry;

    if (!value || fdt->depth < 1 || fdt->depth > FDT_MAX_DEPTH) return false;
    address_cells = fdt->address_cells[fdt->depth - 1];
    size_cells = fdt->size_cells[fdt->depth - 1];
    entry = 4 * (address_cells + size_cells);
    if (!entry || entry * (index + 1) > length) return false;
    value += entry * index;
    range->base = read_cells(value, address_cells);
    range->size = read_cells(value + 4 * address_cells, size_cells);
    return true;
}

u32 fdt_interrupt(const struct fdt *fdt, u32 index) {
    u32 length;
    const u8 *value = fdt_property(fdt, "interrupts", &length);

    if (!value || 12 * (index + 1) > length) return 0;
    value += 12 * index;
    /* arm,gic binding: first cell 0 = SPI (INTID 32 up), 1 = PPI (INTID 16 up) */
    return read_be32(value + 4) + (read_be32(value) ? 16 : 32);
}
