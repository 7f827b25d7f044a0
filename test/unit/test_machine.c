/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/core/machine.h: what discovery finds in good trees, and what it says about bad ones. */
#include "core/machine.h"
#include "unit/tree.h"

static struct machine m;

static bool discover(const struct tree *t) {
    said_clear();
    return machine_discover(t->fdt, &m);
}

static bool range_is(struct range r, u64 base, u64 size) {
    return r.base == base && r.size == size;
}

static void test_qemu(unsigned int gic, unsigned int cpus) {
    char machine[64];
    struct tree t;
    bool in_order = true;

    snprintf(machine, sizeof(machine), "virtualization=on,gic-version=%u", gic);
    t = tree_from_qemu(machine, cpus);
    if (!t.size) {
        tap_skip("the tree of QEMU's virt board", "qemu-system-aarch64 gave none");
        tree_free(t);
        return;
    }
    ok(discover(&t), "QEMU virt, GICv%u, %u CPUs: complete", gic, cpus);
    said_is("", "and nothing to say");
    ok(m.fdt == t.fdt && m.fdt_size == t.size, "the tree itself is known");
    ok(m.nr_ram == 1 && range_is(m.ram[0], 0x40000000, GIB(1)), "1 GiB of RAM");
    for (unsigned int i = 0; i < m.nr_cpus; i++) {
        u64 per_cluster = gic == 2 ? 8 : 16;

        /* QEMU names no method where there is only the boot CPU. */
        in_order = in_order && m.cpu[i].method == (cpus == 1 ? ENABLE_NONE : ENABLE_PSCI) &&
                   m.cpu[i].mpidr == ((i / per_cluster) << 8 | i % per_cluster);
    }
    ok(m.nr_cpus == cpus && in_order, "%u CPUs, their method and the board's MPIDRs", cpus);
    ok(m.psci.conduit == CONDUIT_SMC && m.psci.v0_2 && m.psci.cpu_on == 0xc4000003,
       "PSCI by SMC with the standard ids");
    ok(m.gic.version == gic && range_is(m.gic.dist, 0x08000000, 0x10000), "GICD");
    if (gic == 2)
        ok(range_is(m.gic.cpu, 0x08010000, 0x10000) && range_is(m.gic.hyp, 0x08030000, 0x10000) &&
               range_is(m.gic.vcpu, 0x08040000, 0x10000),
           "GICC, GICH and GICV");
    else
        ok(m.gic.nr_redist == 1 && range_is(m.gic.redist[0], 0x080a0000, 0xf60000),
           "one region of redistributors");
    ok(m.gic.maintenance_intid == 25, "maintenance interrupt 25");
    ok(m.timer.phys == 30 && m.timer.virt == 27, "timer interrupts 30, 27 and 26");
    ok(range_is(m.console.regs, 0x09000000, 0x1000) && m.console.intid == 33 &&
           m.console.kind == UART_PL011,
       "console PL011 with interrupt 33");
    ok(strcmp(m.console.node, "pl011@9000000") == 0, "by name");
    ok(m.rng_seed.size == 32 && !m.bootargs && !m.config.loose.kernel.node && !m.nr_reserved,
       "rng-seed");
    tree_free(t);
}

static void test_guest_loader(void) {
    struct tree t = tree_from_qemu("virtualization=on -device guest-loader,"
                                   "addr=0x49000000,kernel=test/data/pi5.dts,"
                                   "bootargs=a=b -M virt",
                                   1);

    if (!t.size) {
        tap_skip("modules of QEMU's guest loader", "qemu-system-aarch64 gave none");
    } else {
        ok(discover(&t) && m.config.loose.kernel.at.base == 0x49000000 &&
               strcmp(m.config.loose.bootargs, "a=b") == 0,
           "QEMU's guest loader: the cells of /chosen are those of the root");
    }
    tree_free(t);
}

static void test_pi5(void) {
    struct tree t = tree_from_file("pi5.dts");

    ok(discover(&t), "Raspberry Pi 5: complete");
    said_is("I: device tree: /soc@107c000000/serial@7d001400: not used, it is disabled\n"
            "I: device tree: interrupt-controller@9000: INTID 25 taken for maintenance\n",
            "and nothing else to say");
    ok(m.nr_ram == 2 && range_is(m.ram[0], 0, 0x3fc00000) &&
           range_is(m.ram[1], 0x40000000, 0xc0000000),
       "two banks of RAM, the empty one is left out");
    ok(m.nr_reserved == 2 && range_is(m.reserved[0], 0x3fc00000, 0x400000) &&
           range_is(m.reserved[1], 0, 0x80000),
       "reserved: /memreserve/ and the firmware, not what has no place or is disabled");
    ok(m.nr_cpus == 4 && m.cpu[0].mpidr == 0 && m.cpu[1].mpidr == 0x100 &&
           m.cpu[3].mpidr == 0x300 && strcmp(m.cpu[3].node, "cpu@300") == 0,
       "core numbers in Aff1");
    ok(m.gic.version == 2 && range_is(m.gic.dist, 0x107fff9000, 0x1000) &&
           range_is(m.gic.cpu, 0x107fffa000, 0x2000) && range_is(m.gic.hyp, 0x107fffc000, 0x2000) &&
           range_is(m.gic.vcpu, 0x107fffe000, 0x2000),
       "the GIC's registers through the ranges of two buses");
    ok(m.gic.maintenance_intid == 25, "maintenance interrupt 25, which the tree does not say");
    ok(range_is(m.console.regs, 0x107d001000, 0x200) && m.console.intid == 153,
       "console by alias, options left out");
    ok(m.timer.phys == 30 && m.timer.virt == 27, "timer interrupts");
    ok(strcmp(m.bootargs, "a=1 b") == 0 && m.rng_seed.size == 16, "bootargs and rng-seed");
    tree_free(t);
}

static void test_server(void) {
    struct tree t = tree_from_file("server.dts");

    ok(discover(&t), "server: complete");
    said_is("I: device tree: /cpus/cpu@5: not used, it is disabled\n"
            "W: device tree: /cpus/cpu@6: enable-method vendor,magic: psci, or spin-table with a "
            "cpu-release-addr, would be right\n"
            "I: device tree: /secram@e000000: not used, it is disabled\n"
            "I: device tree: /chosen/module@95000000: not used, it is disabled\n"
            "W: /chosen/other: compatible with neither \"xen,domain\", a guest, nor "
            "\"multiboot,module\": ignored\n"
            "W: no PSCI by SMC: looked for \"arm,psci-1.0\", \"arm,psci-0.2\" or \"arm,psci\"\n",
            "what cannot be used is named");
    ok(m.nr_ram == 2 && range_is(m.ram[0], 0x880000000, 0x100000000) &&
           range_is(m.ram[1], 0x80000000, 0x80000000),
       "RAM of two nodes, without what is secure");
    ok(m.nr_reserved == 2 && range_is(m.reserved[1], 0x80010000, 0x10000), "reservations");
    ok(m.nr_cpus == 4 && m.cpu[0].mpidr == 0 && m.cpu[0].method == ENABLE_NONE,
       "a boot CPU without enable-method, bit 31 of its MPIDR is not kept");
    ok(m.cpu[1].mpidr == 0x100010203 && m.cpu[1].method == ENABLE_PSCI, "Aff3");
    ok(m.cpu[2].method == ENABLE_SPIN_TABLE && m.cpu[2].release_addr == 0x18000fff8,
       "spin-table and its release address");
    ok(m.cpu[3].mpidr == 6 && m.cpu[3].method == ENABLE_UNKNOWN, "a CPU with an unknown method");
    ok(m.psci.conduit == CONDUIT_HVC && !m.psci.v0_2 && m.psci.cpu_on == 0x95c1ba60,
       "PSCI 0.1 with its own id of CPU_ON");
    ok(m.gic.version == 3 && range_is(m.gic.dist, 0x2f000000, 0x10000) && m.gic.nr_redist == 2 &&
           range_is(m.gic.redist[0], 0x2f100000, 0x200000) &&
           range_is(m.gic.redist[1], 0x82f100000, 0x200000) && m.gic.redist_stride == 0x40000 &&
           m.gic.maintenance_intid == 25,
       "GICv3 with two regions of redistributors");
    ok(m.timer.virt == 27 && m.timer.phys == 30, "timer interrupts with four cells");
    ok(m.console.kind == UART_SBSA && m.console.regs.base == 0x2a410000 && m.console.intid == 63,
       "the SBSA UART, with interrupts-extended");
    ok(range_is(m.config.loose.kernel.at, 0x90000000, 0x1000000) &&
           strcmp(m.config.loose.bootargs, "console=ttyAMA0") == 0 &&
           range_is(m.config.loose.ramdisk.at, 0x92000000, 0x2000) &&
           range_is(m.config.loose.tree.at, 0x93000000, 0x1000) && m.config.loose.nr_extras == 1 &&
           m.config.loose.extra[0].load_address == 0x48000000 &&
           strcmp(m.config.loose.extra[0].node, "module@94000000") == 0,
       "four modules");
    tree_free(t);
}

/* UARTs of the 8250's family, as the console of a tree without anything else. */
static void test_8250(void) {
    static const struct {
        const char *node;
        u8 shift, width;
    } rows[] = {
        {"compatible=\"ns16550a\"; reg=<0x3f8 8>;", 0, 1},
        {"compatible=\"vendor,uart\", \"snps,dw-apb-uart\"; reg=<0x3f8 0x100>; reg-shift=<2>; "
         "reg-io-width=<4>;",
         2, 4},
        {"compatible=\"brcm,bcm2835-aux-uart\"; reg=<0x3f8 0x40>;", 2, 4},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
        char text[512];
        struct tree t;

        snprintf(text, sizeof(text),
                 "/dts-v1/; / { #address-cells=<1>; #size-cells=<1>; chosen { "
                 "stdout-path=\"/serial@3f8\"; }; serial@3f8 { %s }; };",
                 rows[i].node);
        t = tree_from_text(text);
        discover(&t);
        ok(m.console.kind == UART_8250 && m.console.regs.base == 0x3f8 &&
               m.console.shift == rows[i].shift && m.console.width == rows[i].width,
           "a UART with %s", rows[i].node);
        tree_free(t);
    }
}

/* Every length of a good tree, with a header that admits to it; every byte changed in some ways. */
static void test_damage(const char *file) {
    struct tree whole = tree_from_file(file);
    static const unsigned char change[] = {0x01, 0x80, 0xff, 0x07};
    unsigned int survived = 0, runs = 0;
    unsigned char *bytes = whole.fdt;

    for (size_t n = 40; n < whole.size; n++, runs++) {
        struct tree t = tree_of(bytes, n);

        ((u32 *)t.fdt)[1] = __builtin_bswap32((u32)n);
        survived += discover(&t);
        tree_free(t);
    }
    ok(runs && survived == 0, "%s: none of %u shorter trees is taken", file, runs);
    runs = 0;
    for (size_t n = 0; n < whole.size; n++) {
        if (n >= 4 && n < 8) /* totalsize: nobody can know better */
            continue;
        for (unsigned int i = 0; i < sizeof(change); i++, runs++) {
            bytes[n] ^= change[i];
            discover(&whole);
            bytes[n] ^= change[i];
        }
    }
    ok(runs, "%s: %u trees with one byte changed", file, runs);
    tree_free(whole);
}

/* Words of the structure replaced by others that mean something there; seeded, so it repeats. */
static void test_noise(const char *file, unsigned int rounds) {
    static const u32 words[] = {0,          1,          2,          3,          4,     9,
                                0xffffffff, 0x7fffffff, 0xfffffffc, 0x80000000, 0x100, 0x40};
    struct tree whole = tree_from_file(file);
    u64 seed = 88172645463325252ULL;

    for (unsigned int i = 0; i < rounds; i++) {
        struct tree t = tree_of(whole.fdt, whole.size);

        for (unsigned int k = 0; k < 1 + i % 4; k++) {
            size_t at;

            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            at = 2 + seed % (whole.size / 4 - 2);
            ((u32 *)t.fdt)[at] = __builtin_bswap32(words[(seed >> 32) % ARRAY_SIZE(words)]);
        }
        discover(&t);
        tree_free(t);
    }
    ok(true, "%s: %u trees with words replaced", file, rounds);
    tree_free(whole);
}

int main(void) {
    test_pi5();
    test_server();
    test_8250();
    test_qemu(2, 1);
    test_qemu(2, 8);
    test_qemu(3, 4);
    test_qemu(3, 64);
    test_guest_loader();
    test_damage("pi5.dts");
    test_damage("server.dts");
    test_noise("pi5.dts", 10000);
    test_noise("server.dts", 10000);
    return tap_done();
}
