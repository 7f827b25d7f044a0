/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flattened device tree, read once from front to back (Devicetree Specification 0.4, chapter 5).
 *
 * dt_next_node() stops at each node when all of its properties are known and none of its children
 * is: a node's meaning never depends on the order of its properties. Everything that a node takes
 * over from the nodes above it is on a stack of levels, so nothing is ever looked up twice.
 *
 * The tree is not trusted. All reads are checked against its own header; what cannot be read is
 * either said by log_error(), or put into words in dt_walk.reason for the caller to say.
 */
#ifndef CORE_DT_WALK_H
#define CORE_DT_WALK_H

#include "lib/types.h"

#define DT_MAX_DEPTH 16
#define DT_PATH_ROOM 128

/* The properties that are kept while a node is current, sorted as strcmp() sorts their names. */
#define DT_PROPERTIES(X)                          \
    X(ADDRESS_CELLS, "#address-cells")            \
    X(INTERRUPT_CELLS, "#interrupt-cells")        \
    X(REDIST_REGIONS, "#redistributor-regions")   \
    X(SIZE_CELLS, "#size-cells")                  \
    X(BOOTARGS, "bootargs")                       \
    X(CLOCK_FREQUENCY, "clock-frequency")         \
    X(COMPATIBLE, "compatible")                   \
    X(CPU_RELEASE_ADDR, "cpu-release-addr")       \
    X(CPU_OFF, "cpu_off")                         \
    X(CPU_ON, "cpu_on")                           \
    X(CPU_SUSPEND, "cpu_suspend")                 \
    X(DEVICE_TYPE, "device_type")                 \
    X(ENABLE_METHOD, "enable-method")             \
    X(INTERRUPT_NAMES, "interrupt-names")         \
    X(INTERRUPT_PARENT, "interrupt-parent")       \
    X(INTERRUPTS, "interrupts")                   \
    X(INTERRUPTS_EXTENDED, "interrupts-extended") \
    X(METHOD, "method")                           \
    X(PHANDLE, "phandle")                         \
    X(RANGES, "ranges")                           \
    X(REDIST_STRIDE, "redistributor-stride")      \
    X(REG, "reg")                                 \
    X(REG_IO_WIDTH, "reg-io-width")               \
    X(REG_SHIFT, "reg-shift")                     \
    X(RNG_SEED, "rng-seed")                       \
    X(STATUS, "status")                           \
    X(STDOUT_PATH, "stdout-path")

#define DT_ENUM(id, name) DT_##id,
enum dt_prop_id { DT_PROPERTIES(DT_ENUM) DT_NR_PROPS };

/* len counts bytes; data is 4-byte aligned. */
struct dt_prop {
    const void *data;
    u32 len;
};

/* What a node means to its children. */
struct dt_level {
    const char *name;
    const u32 *ranges; /* NULL: this bus cannot be reached from above */
    u32 ranges_len;    /* bytes; 0: addresses below are addresses above */
    u32 addr_cells, size_cells;
    u32 interrupt_parent; /* phandle; 0: none named */
    bool enabled;         /* by its own status and those of all above */
    u8 kind;              /* free for the caller */
};

struct dt_walk {
    const char *blob;
    u32 size;
    const u32 *at, *end; /* next tag; end of the structure block */
    const u32 *reserved; /* entries of two cells address, two cells size */
    const char *strings;
    u32 strings_size; /* every string that begins below this ends below it */
    unsigned int nr_levels;
    struct dt_level level[DT_MAX_DEPTH]; /* the current node is the last, the root the first */
    const u32 *props_at;                 /* the current node's first property tag */
    u64 present;                         /* bit per enum dt_prop_id */
    struct dt_prop prop[DT_NR_PROPS];
    u32 name_cache[256];
    bool root_seen;
    char path[DT_PATH_ROOM];
    char reason[192];
};

enum dt_step { DT_NODE, DT_DONE, DT_BROKEN };

/* Checks the header. False: log_error() has said what is wrong with it. */
bool dt_open(struct dt_walk *w, const void *fdt);

/* Entry i of the memory reservation block; false after its last one. */
bool dt_reservation(const struct dt_walk *w, unsigned int i, struct range *r);

/* DT_BROKEN: the structure cannot be followed any further, log_error() has said why. */
enum dt_step dt_next_node(struct dt_walk *w);

static inline const struct dt_level *dt_node(const struct dt_walk *w) {
    return &w->level[w->nr_levels - 1];
}

/* NULL at the root. */
static inline const struct dt_level *dt_parent(const struct dt_walk *w) {
    return w->nr_levels > 1 ? &w->level[w->nr_levels - 2] : NULL;
}

/* NULL: the current node does not have it. */
static inline const struct dt_prop *dt_prop(const struct dt_walk *w, enum dt_prop_id id) {
    return w->present >> id & 1 ? &w->prop[id] : NULL;
}

static inline u32 dt_cell(const void *cells, unsigned int i) {
    return __builtin_bswap32(((const u32 *)cells)[i]);
}

/* The number that one or two cells make. */
static inline u64 dt_cells(const void *cells, unsigned int i, u32 nr) {
    return nr == 2 ? (u64)dt_cell(cells, i) << 32 | dt_cell(cells, i + 1) : dt_cell(cells, i);
}

/*
 * Values of the current node's properties. Without the property: the default, silently; with a
 * property of another type: the default, and a log_warn().
 */
u32 dt_u32(struct dt_walk *w, enum dt_prop_id id, u32 otherwise);
u64 dt_number(struct dt_walk *w, enum dt_prop_id id, u64 otherwise); /* one or two cells */
const char *dt_string(struct dt_walk *w, enum dt_prop_id id); /* the first of a list; or NULL */

/* The string after s in a list that dt_string() has returned the first of; NULL at its end. */
const char *dt_next_string(const struct dt_prop *list, const char *s);

/* Entries of the current node's reg. 0: none that can be read, for w->reason. */
unsigned int dt_nr_reg(struct dt_walk *w);

/* Entry i < dt_nr_reg() as the CPU addresses it. False: it cannot, for w->reason. */
bool dt_reg(struct dt_walk *w, unsigned int i, struct range *r);

/* The current node's path, for messages; valid until the next call. */
const char *dt_path(struct dt_walk *w);

/* Is the node with the full path node the one that path names? It may leave unit addresses out. */
bool dt_path_matches(const char *node, const char *path, size_t len);

/* A property by name among those that begin at props_at, which the walk has already passed. */
struct dt_prop dt_find_property(const struct dt_walk *w, const u32 *props_at, const char *name,
                                size_t name_len);

/* Row of the sorted table (first member of each row: the name, in place) that is name, or -1. */
int dt_search(const void *rows, size_t stride, unsigned int nr_rows, const char *name);

/* The name of a kept property; and its id, or DT_NR_PROPS where a name is not kept. */
const char *dt_prop_name(enum dt_prop_id id);
enum dt_prop_id dt_prop_id(const char *name);

#endif
