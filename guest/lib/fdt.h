/* SPDX-License-Identifier: Apache-2.0 */
/* A reader for flattened device trees (Devicetree Specification 0.4, chapter 5). */
#pragma once

#include "types.h"

#define FDT_MAX_DEPTH 16

/* A walk over all nodes in the order of the tree; the fields describe the current node. */
struct fdt {
    const u8 *base;
    const u8 *strings;
    const u8 *end;
    const u8 *properties; /* first token after the node's name */
    const char *name;
    int depth; /* the root is 1 */
    u32 address_cells[FDT_MAX_DEPTH + 1];
    u32 size_cells[FDT_MAX_DEPTH + 1];
};

bool fdt_open(struct fdt *fdt, u64 address);
bool fdt_next_node(struct fdt *fdt);
const void *fdt_property(const struct fdt *fdt, const char *name, u32 *length);
const char *fdt_string(const struct fdt *fdt, const char *name);
bool fdt_compatible(const struct fdt *fdt, const char *name);
/* Entry `index` of reg, by the parent's #address-cells and #size-cells. */
bool fdt_reg(const struct fdt *fdt, u32 index, struct range *range);
/* INTID of entry `index` of a GIC interrupts property of three cells; 0 if there is none. */
u32 fdt_interrupt(const struct fdt *fdt, u32 index);
