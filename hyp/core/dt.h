/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flattened device tree, read once from front to back (Devicetree Specification 0.4, chapter 5).
 *
 * dt_next_node() stops at each node when all of its properties are known and none of its children
 * is: a node's meaning never depends on the order of its properties. Everything that a node takes
 * over from the nodes above it is on a stack of levels, so nothing is ever looked up twice.
 *
 * The tree is not trusted: everything is checked against its header, which libfdt has checked.
 * libfdt's own way from tag to tag checks each byte of each name against the header again, which
 * would make this the longest part of the boot.
 */
#pragma once

#include "lib/types.h"

#define DT_MAX_DEPTH 16
#define DT_PATH_ROOM 128

/* Of an address or a size. More than two are found only on PCI, above 64 bits of address. */
#define DT_MAX_CELLS 4

/* Later properties of a node are not seen: only lists of names have more. */
#define DT_MAX_PROPS 64

/* len counts bytes; data is 4-byte aligned. */
struct dt_prop {
    const char *name;
    const void *data;
    u32 len;
};

/* What a node means to its children. */
struct dt_level {
    const char *name;
    struct dt_prop ranges; /* data NULL: cannot be reached from above; len 0: as above */
    u32 addr_cells, size_cells;
    u32 interrupt_parent; /* phandle; 0: none named */
    bool enabled;         /* by its own status and those of all above */
    bool physical;        /* below /chosen, /cpus: no device, so no bus */
};

/* The properties that are looked up, the most frequent ones first. */
#define DT_NAMES(X)                                    \
    X(COMPATIBLE, "compatible")                        \
    X(REG, "reg")                                      \
    X(DEVICE_TYPE, "device_type")                      \
    X(PHANDLE, "phandle")                              \
    X(ENABLE_METHOD, "enable-method")                  \
    X(ADDRESS_CELLS, "#address-cells")                 \
    X(SIZE_CELLS, "#size-cells")                       \
    X(INTERRUPT_PARENT, "interrupt-parent")            \
    X(RANGES, "ranges")                                \
    X(STATUS, "status")                                \
    X(INTERRUPTS, "interrupts")                        \
    X(INTERRUPTS_EXTENDED, "interrupts-extended")      \
    X(INTERRUPT_CELLS, "#interrupt-cells")             \
    X(REDISTRIBUTOR_REGIONS, "#redistributor-regions") \
    X(REDISTRIBUTOR_STRIDE, "redistributor-stride")    \
    X(CPU_RELEASE_ADDR, "cpu-release-addr")            \
    X(METHOD, "method")                                \
    X(CPU_ON, "cpu_on")                                \
    X(REG_SHIFT, "reg-shift")                          \
    X(REG_IO_WIDTH, "reg-io-width")                    \
    X(BOOTARGS, "bootargs")                            \
    X(STDOUT_PATH, "stdout-path")                      \
    X(RNG_SEED, "rng-seed")                            \
    X(KEEP, "muster,keep")                             \
    X(LOAD_ADDRESS, "muster,load-address")             \
    X(CPUS, "cpus")                                    \
    X(ID, "id")

#define X(name, text) DT_##name,
enum dt_name { DT_NOT_LOOKED_UP, DT_NAMES(X) DT_NR_NAMES };
#undef X

/*
 * A tree has few names of properties, many times each. What was found out of one is kept here by
 * its offset in the strings (31:8) with its enum dt_name (7:0). Two that fall on one place only
 * cost time.
 */
#define DT_SEEN 64

struct dt {
    const u32 *at, *end; /* next tag; end of the structure block */
    const char *strings;
    u32 strings_size; /* every string that begins below this ends below it */
    unsigned int nr_levels, nr_props;
    struct dt_level level[DT_MAX_DEPTH]; /* the current node is the last, the root the first */
    struct dt_prop prop[DT_MAX_PROPS];
    u8 where[(DT_NR_NAMES + 7) / 8 * 8]
        __attribute__((aligned(8))); /* in prop, from 1; 0: nowhere */
    u32 seen[DT_SEEN];
    char path[DT_PATH_ROOM];
};

enum dt_step { DT_NODE, DT_DONE, DT_BROKEN };

/* Checks the header. False: log_error() has said what is wrong with it. */
bool dt_open(struct dt *dt, const void *fdt);

/* DT_BROKEN: the structure cannot be followed any further, log_error() has said why. */
enum dt_step dt_next_node(struct dt *dt);

/* Nothing is wanted of the nodes below the current one. */
void dt_skip_children(struct dt *dt);

/* The current node's path; valid until the next call. */
const char *dt_path(struct dt *dt);

/* The number that nr cells make, from the given cell of data on: its lower 64 bits. */
u64 dt_cells(const void *data, u32 at, u32 nr);

/*
 * The current node's properties. Without the property: NULL or the default, silently; with a value
 * of another type the same, and a log_warn().
 */
static inline const struct dt_prop *dt_prop(const struct dt *dt, enum dt_name name) {
    return dt->where[name] ? &dt->prop[dt->where[name] - 1] : NULL;
}

u64 dt_number(struct dt *dt, enum dt_name name, u64 otherwise); /* one or two cells */
const char *dt_string(struct dt *dt, enum dt_name name);        /* the first of a list */

/* Number of entries of the current node's reg; 0 where it has none that can be read. */
u32 dt_nr_reg(const struct dt *dt);

/* Entry i of reg as the CPU addresses it. False: log_warn() has said why there is none. */
bool dt_reg(struct dt *dt, u32 i, struct range *r);
