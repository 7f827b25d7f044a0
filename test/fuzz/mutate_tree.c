/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes device trees so that most of them can still be read: what is behind the checks of the
 * header and the structure is reached within seconds. Words are those of tree.dict.
 */
#include <libfdt.h>
#include "fuzz/fuzz.h"

#define ROOM     KIB(256)
#define DICT     "test/fuzz/tree.dict"
#define MOST     1024 /* nodes of which one is chosen */
#define MAX_WORD 64

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const u8 *data1, size_t size1, const u8 *data2, size_t size2,
                                 u8 *out, size_t max_size, unsigned int seed);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static u32 tree[ROOM / 4];
static char word[512][MAX_WORD];
static u32 nr_words;
static u64 state;

/* 0 to n - 1. The multiplier is that of D. Knuth's MMIX. */
static u32 any(u32 n) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (u32)(state >> 33) % n;
}

/* Lines of the form "word"; comments and what needs escapes is libFuzzer's alone. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    FILE *f = fopen(DICT, "r");
    char line[256];

    if (!f) must_fail(DICT " can be read, from the project's root", __FILE__, __LINE__);
    while (nr_words < ARRAY_SIZE(word) && fgets(line, sizeof(line), f))
        if (!strchr(line, '\\')) nr_words += sscanf(line, "\"%63[^\"]\"", word[nr_words]) == 1;
    fclose(f);
    return 0;
}

static const char *any_word(void) { return word[any(nr_words)]; }

static int any_node(const void *fdt) {
    int node[MOST];
    u32 nr = 0;

    for (int at = 0; at >= 0 && nr < MOST; at = fdt_next_node(fdt, at, NULL)) node[nr++] = at;
    return nr ? node[any(nr)] : -1;
}

static int any_property(const void *fdt, int node) {
    int found = -1, at;
    u32 nr = 0;

    fdt_for_each_property_offset(at, fdt, node) if (any(++nr) == 0) found = at;
    return found;
}

static u32 any_number(void) {
    static const u32 edges[] = {0,          1,          2,          3,    4,      5,
                                15,         16,         17,         64,   65,     987,
                                988,        0xfff,      4096,       4097, 200000, 200001,
                                0x40000000, 0x7fffffff, 0x80000000, ~0U,  ~1U,    0xfffff000};

    return any(4) ? edges[any(ARRAY_SIZE(edges))] : any(~0U);
}

static void add_words(int node, const char *name) {
    char text[4 * MAX_WORD];
    size_t size = 0;

    for (u32 i = any(3); i < 3; i++)
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s", any_word()) + 1;
    fdt_setprop(tree, node, name, text, (int)size - (any(16) == 0));
}

static void add_numbers(int node, const char *name) {
    u32 cells[12], nr = any(ARRAY_SIZE(cells));

    for (u32 i = 0; i < nr; i++) cells[i] = cpu_to_fdt32(any(3) ? any_number() : 0);
    fdt_setprop(tree, node, name, cells, (int)(4 * nr) + (any(16) == 0));
}

/* The value stays, with one cell, or any bytes, of it changed. */
static void change_value(int node, int property) {
    static u8 value[4096];
    const char *name;
    int size;
    const void *data = fdt_getprop_by_offset(tree, property, &name, &size);
    u32 cell = cpu_to_fdt32(any_number());

    if (!data || size > (int)sizeof(value)) return;
    memcpy(value, data, (size_t)size);
    if (size >= 4 && any(2))
        memcpy(value + 4 * any((u32)size / 4), &cell, 4);
    else
        size = (int)LLVMFuzzerMutate(value, (size_t)size, sizeof(value));
    fdt_setprop(tree, node, name, value, size);
}

/* A node's value under another name, or another node's value under this name. */
static void borrow_value(int node, int property) {
    static u8 value[4096];
    const char *name;
    int size;
    const void *data = fdt_getprop_by_offset(tree, property, &name, &size);

    if (!data || size > (int)sizeof(value)) return;
    memcpy(value, data, (size_t)size);
    fdt_setprop(tree, any(2) ? node : any_node(tree), any(2) ? name : any_word(), value, size);
}

static void copy_node(const void *from, int node, int parent, u32 depth) {
    const char *old = fdt_get_name(from, node, NULL), *name;
    char text[2 * MAX_WORD];
    int at, child, size;

    snprintf(text, sizeof(text), "%.*s", MAX_WORD, old && *old ? old : any_word());
    if (depth == 0 && strchr(text, '@')) snprintf(strchr(text, '@'), MAX_WORD, "@%x", any(0x10000));
    child = fdt_add_subnode(tree, parent, text);
    if (child < 0) return;
    fdt_for_each_property_offset(at, from, node) {
        const void *data = fdt_getprop_by_offset(from, at, &name, &size);

        if (data) fdt_setprop(tree, child, name, data, size);
    }
    if (depth < 20) fdt_for_each_subnode(at, from, node) copy_node(from, at, child, depth + 1);
}

static void change_nodes(const void *original, int node) {
    switch (any(5)) {
    case 0: fdt_del_node(tree, node); break;
    case 1: fdt_set_name(tree, node, any_word()); break;
    case 2: fdt_add_subnode(tree, node, any_word()); break;
    case 3: copy_node(original, any_node(original), node, 0); break;
    case 4:
        for (u32 i = any(any(4) ? 4 : 80), from = (u32)any_node(original); i > 0; i--)
            copy_node(original, (int)from, any(8) ? fdt_parent_offset(original, (int)from) : node,
                      0);
    }
}

static void change_property(int node) {
    int property = any_property(tree, node);

    switch (any(property < 0 ? 2 : 6)) {
    case 0: add_words(node, any_word()); break;
    case 1: add_numbers(node, any_word()); break;
    case 2: borrow_value(node, property); break;
    case 3:
        fdt_delprop(tree, node,
                    fdt_string(tree,
                               (int)fdt32_to_cpu(
                                   fdt_get_property_by_offset(tree, property, NULL)->nameoff)));
        break;
    default: change_value(node, property);
    }
}

static void change_reservations(void) {
    u64 base = (u64)any_number() << (any(2) ? 32 : 0), size = (u64)any_number()
                                                              << (any(4) ? 0 : 32);

    for (u32 i = any(8) ? 1 : any(80); i > 0; i--) fdt_add_mem_rsv(tree, base, size + i);
    if (any(4) == 0) fdt_del_mem_rsv(tree, 0);
}

/* One word of the structure block: a tag, a length or a name. */
static void change_structure(void) {
    u32 words = fdt_size_dt_struct(tree) / 4;
    u32 *block = tree + fdt_off_dt_struct(tree) / 4;

    if (words) block[any(words)] = cpu_to_fdt32(any(2) ? any(10) : any_number());
}

/* Any bytes; then mostly a header that lets them through. */
static size_t change_bytes(u8 *data, size_t size, size_t max_size) {
    size = LLVMFuzzerMutate(data, size, max_size);
    if (size < sizeof(struct fdt_header) || any(8) == 0) return size;
    fdt_set_magic(data, FDT_MAGIC);
    fdt_set_totalsize(data, (u32)size);
    fdt_set_version(data, 17);
    fdt_set_last_comp_version(data, 16);
    return size;
}

/* The tree as a new input; or 0, when it has become too large. */
static size_t take_tree(u8 *out, size_t max_size) {
    size_t size;

    if (fdt_pack(tree) != 0 || (size = fdt_totalsize(tree)) > max_size) return 0;
    if (any(10) == 0) change_structure();
    memcpy(out, tree, size);
    return size;
}

static bool open_tree(const u8 *data, size_t size) {
    return size >= sizeof(struct fdt_header) && fdt_off_dt_struct(data) % 4 == 0 &&
           fdt_off_mem_rsvmap(data) % 8 == 0 && (uintptr_t)data % 8 == 0 &&
           fdt_check_full(data, size) == 0 && fdt_open_into(data, tree, sizeof(tree)) == 0;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max_size, unsigned int seed) {
    size_t changed;

    state = seed;
    if (any(10) == 0 || !open_tree(data, size)) return change_bytes(data, size, max_size);
    for (u32 i = any(4); i < 4; i++) {
        int node = any_node(tree);

        if (any(16) == 0)
            change_reservations();
        else if (any(3) == 0)
            change_nodes(data, node);
        else
            change_property(node);
    }
    changed = take_tree(data, max_size);
    return changed ? changed : change_bytes(data, size, max_size);
}

/* A node of the second tree goes into the first. */
size_t LLVMFuzzerCustomCrossOver(const u8 *data1, size_t size1, const u8 *data2, size_t size2,
                                 u8 *out, size_t max_size, unsigned int seed) {
    state = seed;
    if (!open_tree(data2, size2) || !open_tree(data1, size1)) return 0;
    copy_node(data2, any_node(data2), any_node(tree), 0);
    return take_tree(out, max_size);
}
