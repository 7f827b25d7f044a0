/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What discovery finds in the Raspberry Pis' own device trees, as Debian's kernel has them, with
 * what their firmware and U-Boot write into them. scripts/fetch trees brings them.
 */
#include <libfdt.h>
#include "core/resolve.h"
#include "lib/bits.h"
#include "unit/tree.h"

#define PI5 "trixie/broadcom/bcm2712-rpi-5-b.dtb"
#define PI4 "trixie/broadcom/bcm2711-rpi-4-b.dtb"

/* Where a boot script puts Muster, and where the firmware of a Raspberry Pi 5 puts the tree. */
#define IMAGE   ((struct range){MIB(2), MIB(1)})
#define TREE_AT 0x2efec900

static struct machine m;

/* A board's tree with room for changes; NULL: there is none. */
static void *board(const char *name) {
    const char *build = getenv("B");
    struct tree t;
    char command[256];
    void *fdt;

    snprintf(command, sizeof(command), "cat %s/trees/%s 2>/dev/null", build ? build : "build",
             name);
    t = tree_from_command(command);
    fdt = t.size ? malloc(t.size + 4096) : NULL;
    if (fdt && fdt_open_into(t.fdt, fdt, (int)t.size + 4096)) abort();
    tree_free(t);
    return fdt;
}

/* A node by its path, made with those above it if it is not there. */
static int node(void *fdt, const char *path) {
    int at = fdt_path_offset(fdt, path);
    const char *name = strrchr(path, '/');

    if (at >= 0) return at;
    at = name == path ? 0 : fdt_path_offset_namelen(fdt, path, (int)(name - path));
    at = fdt_add_subnode(fdt, at, name + 1);
    if (at < 0) abort();
    return at;
}

static void set_cells(void *fdt, const char *path, const char *name, const u32 *cells, size_t nr) {
    fdt32_t be[40];

    for (size_t i = 0; i < nr; i++) be[i] = cpu_to_fdt32(cells[i]);
    if (fdt_setprop(fdt, node(fdt, path), name, be, (int)(4 * nr))) abort();
}

#define SET(fdt, path, name, ...)                          \
    set_cells(fdt, path, name, (const u32[]){__VA_ARGS__}, \
              sizeof((const u32[]){__VA_ARGS__}) / sizeof(u32))

static void set_text(void *fdt, const char *path, const char *name, const char *text) {
    if (fdt_setprop(fdt, node(fdt, path), name, text, (int)strlen(text) + 1)) abort();
}

/* With the given number of cells to a size. */
static void set_memory(void *fdt, const char *path, const struct range *banks, unsigned int nr,
                       u32 size_cells) {
    u32 cells[40];
    size_t n = 0;

    for (unsigned int i = 0; i < nr; i++) {
        cells[n++] = (u32)(banks[i].base >> 32);
        cells[n++] = (u32)banks[i].base;
        if (size_cells == 2) cells[n++] = (u32)(banks[i].size >> 32);
        cells[n++] = (u32)banks[i].size;
    }
    set_cells(fdt, path, "reg", cells, n);
}

/* Discovers a tree in memory that is exactly as long as it is, and frees it. */
static bool discover(void *fdt) {
    static struct tree t;

    if (fdt_pack(fdt)) abort();
    tree_free(t);
    t = tree_of(fdt, fdt_totalsize(fdt));
    free(fdt);
    said_clear();
    return machine_discover(t.fdt, &m);
}

static bool range_is(struct range r, u64 base, u64 size) {
    return r.base == base && r.size == size;
}

static bool same(const struct range *list, unsigned int nr, const struct range *wanted,
                 unsigned int nr_wanted) {
    bool good = nr == nr_wanted;

    for (unsigned int i = 0; good && i < nr; i++)
        good = range_is(list[i], wanted[i].base, wanted[i].size);
    return good;
}

/* What firmware makes of a Raspberry Pi 5's tree. Lists end with a size of 0. */
static const struct pi5 {
    const char *name;
    u32 size_cells; /* of the root and of /reserved-memory */
    bool no_maintenance, configuration;
    struct range ram[9];
} pi5s[] = {
    {"2 GiB, as Debian's tree is", 2, false, false, {{0, 0x3fc00000}, {GIB(1), GIB(1)}}},
    {"4 GiB, a screen at HDMI, no maintenance interrupt",
     2,
     true,
     false,
     {{0, 0x3f800000}, {GIB(1), GIB(3)}}},
    {"8 GiB, sizes of one cell, as firmware's own tree has them",
     1,
     true,
     true,
     {{0, 0x3fc00000}, {GIB(1), GIB(3)}, {GIB(4), GIB(3)}, {GIB(7), GIB(1)}}},
    {"16 GiB in eight banks",
     2,
     false,
     true,
     {{0, 0x3fc00000},
      {GIB(1), GIB(1)},
      {GIB(2), GIB(2)},
      {GIB(4), GIB(2)},
      {GIB(6), GIB(2)},
      {GIB(8), GIB(4)},
      {GIB(12), GIB(2)},
      {GIB(14), GIB(2)}}},
};

static unsigned int nr_ranges(const struct range *list) {
    unsigned int nr = 0;

    while (list[nr].size) nr++;
    return nr;
}

/* As the boot loader in the EEPROM does, and U-Boot after it. */
static void *pi5_tree(const struct pi5 *v) {
    void *fdt = board(PI5);
    int gic;

    if (!fdt) return NULL;
    SET(fdt, "/", "#size-cells", v->size_cells);
    set_memory(fdt, "/memory@0", v->ram, nr_ranges(v->ram), v->size_cells);
    SET(fdt, "/reserved-memory", "#size-cells", v->size_cells);
    set_memory(fdt, "/reserved-memory/atf@0", &(struct range){0, 0x80000}, 1, v->size_cells);
    if (v->configuration) {
        /* Known to firmware alone, and left disabled where there is none. */
        set_memory(fdt, "/reserved-memory/nvram@0", &(struct range){0x3fd1a100, 0x36}, 1,
                   v->size_cells);
        set_text(fdt, "/reserved-memory/nvram@0", "compatible", "raspberrypi,bootloader-config");
        set_memory(fdt, "/reserved-memory/nvram@1", &(struct range){0, 0}, 1, v->size_cells);
        set_text(fdt, "/reserved-memory/nvram@1", "status", "disabled");
    }
    gic = fdt_node_offset_by_compatible(fdt, -1, "arm,gic-400");
    if (v->no_maintenance && fdt_delprop(fdt, gic, "interrupts")) abort();
    SET(fdt, "/clocks/clk-uart", "clock-frequency", 44236800);
    set_text(fdt, "/chosen", "bootargs", "trace=on");
    set_text(fdt, "/chosen", "os_prefix", "");
    SET(fdt, "/chosen", "rng-seed", 1, 2, 3, 4, 5, 6, 7, 8);
    SET(fdt, "/chosen", "kaslr-seed", 1, 2);
    SET(fdt, "/chosen/bootloader", "version", 1);
    /* U-Boot reserves the tree that it hands over. */
    if (fdt_add_mem_rsv(fdt, TREE_AT, 0x20000)) abort();
    return fdt;
}

/* RAM that a guest can get: neither TF-A's, nor the hole above it, nor what the loader filled. */
static void check_pi5_free(const struct pi5 *v) {
    static struct memmap free_ram;
    u64 all = 0, left = 0;
    bool clear = true;

    free_ram = (struct memmap){0};
    m.fdt = (const void *)TREE_AT;
    ok(resolve_free_ram(&m, IMAGE, &free_ram), "%s: free RAM", v->name);
    for (unsigned int i = 0; i < m.nr_ram; i++) all += m.ram[i].size;
    for (unsigned int i = 0; i < free_ram.nr; i++) {
        struct range r = free_ram.free[i];

        left += r.size;
        clear = clear && r.base >= 0x80000 && !ranges_overlap(r, IMAGE) &&
                !ranges_overlap(r, (struct range){TREE_AT, 0x20000}) &&
                !ranges_overlap(r, (struct range){v->ram[0].size, GIB(1) - v->ram[0].size});
    }
    ok(clear, "%s: nothing free in TF-A, Muster, the tree and firmware's hole", v->name);
    ok(left == all - 0x80000 - IMAGE.size - 0x21000, "%s: all else is, in whole pages", v->name);
}

static void check_pi5_devices(const struct pi5 *v) {
    ok(m.gic.version == 2 && range_is(m.gic.dist, 0x107fff9000, 0x1000) &&
           range_is(m.gic.cpu, 0x107fffa000, 0x2000) && range_is(m.gic.hyp, 0x107fffc000, 0x2000) &&
           range_is(m.gic.vcpu, 0x107fffe000, 0x2000),
       "%s: GICD, GICC, GICH and GICV", v->name);
    ok(m.gic.maintenance_intid == 25, "%s: maintenance interrupt 25", v->name);
    ok(m.timer.phys == 30 && m.timer.virt == 27, "%s: timer interrupts 30 and 27", v->name);
    ok(range_is(m.console.regs, 0x107d001000, 0x200) && m.console.intid == 153 &&
           strcmp(m.console.node, "serial@7d001000") == 0,
       "%s: UART10 with interrupt 153", v->name);
}

static void check_pi5_memory(const struct pi5 *v) {
    struct range reserved[4] = {{TREE_AT, 0x20000}, {0, 0x80000}, {0x3fd1a100, 0x36}};
    unsigned int nr = v->configuration ? 3 : 2;

    ok(same(m.ram, m.nr_ram, v->ram, nr_ranges(v->ram)), "%s: its banks of RAM", v->name);
    /* The order of nodes is libfdt's: what is added comes first. */
    if (v->configuration && m.reserved[1].base) {
        reserved[1] = (struct range){0x3fd1a100, 0x36};
        reserved[2] = (struct range){0, 0x80000};
    }
    ok(same(m.reserved, m.nr_reserved, reserved, nr),
       "%s: reserved are the tree, TF-A and what firmware keeps; not where Linux's CMA may go",
       v->name);
}

static void test_pi5(const struct pi5 *v) {
    void *fdt = pi5_tree(v);

    if (!fdt) {
        tap_skip(v->name, "no device trees: scripts/fetch trees");
        return;
    }
    ok(discover(fdt), "%s: complete", v->name);
    said_is(v->no_maintenance ? "I: device tree: interrupt-controller@7fff9000: INTID 25 taken "
                                "for maintenance\n"
                              : "",
            "what is not in the tree is told");
    ok(m.nr_cpus == 4, "%s: 4 cores", v->name);
    for (unsigned int i = 0; i < m.nr_cpus; i++)
        ok(m.cpu[i].mpidr == i << 8 && m.cpu[i].method == ENABLE_PSCI,
           "%s: core %u is Aff1 %u, by PSCI", v->name, i, i);
    ok(m.psci.conduit == CONDUIT_SMC && m.psci.v0_2 && m.psci.cpu_on == 0xc4000003,
       "%s: PSCI by SMC with the standard ids", v->name);
    check_pi5_devices(v);
    check_pi5_memory(v);
    ok(strcmp(m.bootargs, "trace=on") == 0 && m.rng_seed.size == 32, "%s: /chosen", v->name);
    check_pi5_free(v);
}

/* Its stock firmware has no PSCI: cores wait at their spin-tables, in the first page. */
static void test_pi4(void) {
    static const struct range ram[] = {{0, 0x3b400000}, {GIB(1), 0xbc000000}};
    void *fdt = board(PI4);
    bool good = true;

    if (!fdt) {
        tap_skip("Raspberry Pi 4", "no device trees: scripts/fetch trees");
        return;
    }
    set_memory(fdt, "/memory@0", ram, 2, 1);
    set_text(fdt, "/chosen", "stdout-path", "serial0:115200n8");
    ok(discover(fdt), "Raspberry Pi 4: complete");
    ok(same(m.ram, m.nr_ram, ram, 2) && m.nr_reserved == 1 && range_is(m.reserved[0], 0, 0x1000),
       "Raspberry Pi 4: RAM, and the page of the spin-tables");
    for (unsigned int i = 0; i < m.nr_cpus; i++)
        good = good && m.cpu[i].mpidr == i && m.cpu[i].method == ENABLE_SPIN_TABLE &&
               m.cpu[i].release_addr == 0xd8 + 8 * i;
    ok(good && m.nr_cpus == 4 && m.psci.conduit == CONDUIT_NONE,
       "Raspberry Pi 4: 4 cores, their release addresses, and no PSCI");
    ok(m.gic.version == 2 && range_is(m.gic.dist, 0xff841000, 0x1000) &&
           range_is(m.gic.cpu, 0xff842000, 0x2000) && range_is(m.gic.hyp, 0xff844000, 0x2000) &&
           range_is(m.gic.vcpu, 0xff846000, 0x2000) && m.gic.maintenance_intid == 25,
       "Raspberry Pi 4: its GIC");
    ok(m.timer.phys == 30 && m.timer.virt == 27, "Raspberry Pi 4: timer interrupts");
    ok(range_is(m.console.regs, 0xfe201000, 0x200) && m.console.intid == 153,
       "Raspberry Pi 4: its PL011");
}

int main(void) {
    for (size_t i = 0; i < ARRAY_SIZE(pi5s); i++) test_pi5(&pi5s[i]);
    test_pi4();
    return tap_done();
}
