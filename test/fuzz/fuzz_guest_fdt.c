/* SPDX-License-Identifier: Apache-2.0 */
/* guest_fdt_build() with any partial tree of the user's: what comes out is a tree, with our nodes.
 */
#include <libfdt.h>
#include "core/guest_fdt.h"
#include "fuzz/fuzz.h"

#define ROOM (GUEST_FDT_ROOM + GUEST_FDT_PARTIAL)

static void check(const void *tree, int size) {
    static const char *const ours[] = {"/memory", "/chosen", "/cpus", "/psci", "/intc", "/timer"};

    must(size > 0 && (size_t)size <= ROOM && fdt_check_full(tree, (size_t)size) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) must(fdt_path_offset(tree, ours[i]) > 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) {
    static const u64 mpidr[] = {0, 1, 2, 3, 0x100, 0x101, 0x102, 0x103};
    size_t header = sizeof(struct fdt_header), room = size < header ? header : size;
    struct fdt_header *partial = exact_copy(data, size, room);
    void *tree = exact_copy(NULL, 0, ROOM);
    struct guest_fdt_config c = {
        .revision = 1,
        .ram = {GIB(1), MIB(256)},
        .mpidr = mpidr,
        .nr_vcpus = 1 + (unsigned int)size % 8,
        .gic_version = 2 + (unsigned int)(size / 8) % 2,
        .bootargs = size % 3 ? "console=ttyAMA0" : NULL,
        .initrd = {MIB(1100), size % 5},
        .partial = partial,
    };
    int built;

    /* The caller has looked at totalsize alone, and has at most 64 KiB. */
    if (fdt_totalsize(partial) > room) fdt_set_totalsize(partial, (u32)room);
    if (fdt_totalsize(partial) <= GUEST_FDT_PARTIAL) {
        built = guest_fdt_build(&c, tree, ROOM);
        if (built >= 0) check(tree, built);
    }
    free(tree);
    free(partial);
    return 0;
}
