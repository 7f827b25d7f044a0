/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/core/guest_fdt.h: the tree is sound, says what was asked for, and agrees with QEMU's board.
 */
#include <libfdt.h>
#include "core/guest_fdt.h"
#include "muster/guest_map.h"
#include "unit/tree.h"

#define MAX_VCPUS 123

static u64 mpidr[MAX_VCPUS];

static struct guest_fdt_config config(unsigned int gic, unsigned int nr_vcpus) {
    for (unsigned int i = 0; i < MAX_VCPUS; i++) mpidr[i] = (i / 16) << 8 | i % 16;
    return (struct guest_fdt_config){.revision = 7,
                                     .ram = {GUEST_RAM_BASE, MIB(512)},
                                     .mpidr = mpidr,
                                     .nr_vcpus = nr_vcpus,
                                     .gic_version = gic};
}

static struct tree build(const struct guest_fdt_config *c) {
    struct tree t = {malloc(GUEST_FDT_ROOM), 0};
    int size = guest_fdt_build(c, t.fdt, GUEST_FDT_ROOM);

    t.size = size < 0 ? 0 : (size_t)size;
    return t;
}

static bool has(const struct tree *t, const char *path, const char *name, const void *value,
                size_t len) {
    int found = 0;
    const void *p = fdt_getprop(t->fdt, fdt_path_offset(t->fdt, path), name, &found);

    return p && found == (int)len && memcmp(p, value, len) == 0;
}

static bool has_text(const struct tree *t, const char *path, const char *name, const char *value) {
    return has(t, path, name, value, strlen(value) + 1);
}

static bool has_number(const struct tree *t, const char *path, const char *name, u64 value) {
    fdt64_t cells = cpu_to_fdt64(value);

    return has(t, path, name, &cells, sizeof(cells));
}

static bool has_cell(const struct tree *t, const char *path, const char *name, u32 value) {
    fdt32_t cell = cpu_to_fdt32(value);

    return has(t, path, name, &cell, sizeof(cell));
}

static bool has_node(const struct tree *t, const char *path) {
    return fdt_path_offset(t->fdt, path) >= 0;
}

/* dtc reads the tree and has nothing to say about it. */
static bool dtc_is_content(const struct tree *t) {
    FILE *f = popen("! dtc -I dtb -O dts -o /dev/null - 2>&1 | grep .", "w");

    return f && fwrite(t->fdt, 1, t->size, f) == t->size && pclose(f) == 0;
}

static void test_sound(unsigned int gic, unsigned int nr_vcpus) {
    struct guest_fdt_config c = config(gic, nr_vcpus);
    struct tree t = build(&c);

    ok(t.size && fdt_check_full(t.fdt, t.size) == 0, "GICv%u, %u vCPUs: a sound tree", gic,
       nr_vcpus);
    ok(dtc_is_content(&t), "without warnings by dtc");
    ok(has_text(&t, "/", "compatible", "linux,dummy-virt") &&
           has_text(&t, "/", "model", "Muster virtual machine"),
       "the board is QEMU's, the model is ours");
    ok(has_text(&t, "/hypervisor", "compatible", "muster") &&
           has_cell(&t, "/hypervisor", "muster,revision", 7),
       "and so is the hypervisor");
    ok(has_text(&t, "/chosen", "stdout-path", "/pl011@9000000") && has_node(&t, "/pl011@9000000"),
       "the console is there");
    ok(!fdt_getprop(t.fdt, fdt_path_offset(t.fdt, "/chosen"), "bootargs", NULL) &&
           !fdt_getprop(t.fdt, fdt_path_offset(t.fdt, "/chosen"), "linux,initrd-start", NULL) &&
           !fdt_getprop(t.fdt, fdt_path_offset(t.fdt, "/chosen"), "rng-seed", NULL) &&
           !fdt_getprop(t.fdt, fdt_path_offset(t.fdt, "/chosen"), "kaslr-seed", NULL),
       "what was not given is not there");
    tree_free(t);
}

static void test_chosen(void) {
    struct guest_fdt_config c = config(3, 1);
    struct tree t;

    c.bootargs = "console=ttyAMA0 quiet";
    c.initrd = (struct range){0x48000000, 0x1234};
    c.rng_seed = "0123456789abcdef";
    c.rng_seed_size = 16;
    c.kaslr_seed = 0x123456789abcdef0;
    t = build(&c);
    ok(dtc_is_content(&t), "everything in /chosen: no warnings by dtc");
    ok(has_text(&t, "/chosen", "bootargs", c.bootargs), "bootargs");
    ok(has_number(&t, "/chosen", "linux,initrd-start", 0x48000000) &&
           has_number(&t, "/chosen", "linux,initrd-end", 0x48001234),
       "the initrd's first byte, and the one after its last");
    ok(has(&t, "/chosen", "rng-seed", "0123456789abcdef", 16), "rng-seed");
    ok(has_number(&t, "/chosen", "kaslr-seed", 0x123456789abcdef0), "kaslr-seed");
    tree_free(t);
}

static void test_cpus(void) {
    struct guest_fdt_config c = config(2, 4);
    struct tree t = build(&c);

    ok(has_cell(&t, "/cpus", "#address-cells", 1) && has_cell(&t, "/cpus/cpu@3", "reg", 3) &&
           !has_node(&t, "/cpus/cpu@4"),
       "one cell for an MPIDR without Aff3");
    ok(has_text(&t, "/cpus/cpu@3", "enable-method", "psci") &&
           has_text(&t, "/psci", "method", "hvc") && has_cell(&t, "/psci", "cpu_on", 0xc4000003),
       "CPUs come by PSCI, PSCI by HVC");
    tree_free(t);

    c = config(3, 4);
    mpidr[3] = 0x0100000200;
    t = build(&c);
    ok(has_cell(&t, "/cpus", "#address-cells", 2) && has_number(&t, "/cpus/cpu@2", "reg", 2) &&
           has_number(&t, "/cpus/cpu@100000200", "reg", 0x100000200) && dtc_is_content(&t),
       "two cells where one MPIDR has Aff3");
    tree_free(t);
}

/* What differs from QEMU's board, and why. */
static const struct {
    const char *node, *property;
} differ[] = {
    {"/pl011@9000000", "clocks"}, /* a phandle */
    {"/apb-pclk", "phandle"},
    {"/intc@8000000", "phandle"},
    {"/intc@8000000", "#address-cells"}, /* QEMU's has a child for MSIs */
};

static bool may_differ(const char *node, const char *property, unsigned int gic) {
    for (size_t i = 0; i < ARRAY_SIZE(differ); i++)
        if (strcmp(node, differ[i].node) == 0 && strcmp(property, differ[i].property) == 0)
            return true;
    /* QEMU reserves room for redistributors of 123 CPUs. */
    return gic == 3 && strcmp(node, "/intc@8000000") == 0 && strcmp(property, "reg") == 0;
}

/* Every property that we give one of these nodes has the same value on QEMU's board. */
static void test_like_qemu(unsigned int gic) {
    static const char *const nodes[] = {"/memory@40000000", "/psci",     "/timer",
                                        "/intc@8000000",    "/apb-pclk", "/pl011@9000000"};
    struct guest_fdt_config c = config(gic, 4);
    struct tree t, qemu;
    char machine[32];

    c.ram.size = GIB(1);
    t = build(&c);
    snprintf(machine, sizeof(machine), "gic-version=%u", gic);
    qemu = tree_from_qemu(machine, 4);
    if (!qemu.size) tap_skip("the same as QEMU's board", "qemu-system-aarch64 gave no tree");
    for (size_t i = 0; qemu.size && i < ARRAY_SIZE(nodes); i++) {
        bool same = true;
        int p;

        fdt_for_each_property_offset(p, t.fdt, fdt_path_offset(t.fdt, nodes[i])) {
            const char *name;
            int len;
            const void *value = fdt_getprop_by_offset(t.fdt, p, &name, &len);

            if (may_differ(nodes[i], name, gic) || has(&qemu, nodes[i], name, value, (size_t)len))
                continue;
            same = false;
            printf("# %s of %s differs\n", name, nodes[i]);
        }
        ok(same && has_node(&t, nodes[i]), "GICv%u: %s as on QEMU's board", gic, nodes[i]);
    }
    tree_free(t);
    tree_free(qemu);
}

static void test_room(void) {
    static char bootargs[4096];
    struct guest_fdt_config c = config(3, MAX_VCPUS);
    struct tree t;
    bool refused = true;
    size_t size;

    memset(bootargs, 'a', sizeof(bootargs) - 1);
    for (unsigned int i = 0; i < MAX_VCPUS; i++) mpidr[i] = 0xff00ffff00 | i;
    c.ram = (struct range){0xfffffff000000000, 0x0fffffffff};
    c.bootargs = bootargs;
    c.initrd = (struct range){1, 2};
    c.rng_seed = bootargs;
    c.rng_seed_size = 512;
    c.kaslr_seed = 1;
    t = build(&c);
    ok(t.size, "GUEST_FDT_ROOM is enough for the largest tree");
    tree_free(t);
    c = config(2, 1);
    t = build(&c);
    size = t.size;
    tree_free(t);
    for (size_t n = 0; n < size; n++) {
        struct tree small = {malloc(n ? n : 1), n};

        refused = refused && guest_fdt_build(&c, small.fdt, n) < 0;
        tree_free(small);
    }
    ok(size && refused, "every smaller buffer is refused");
}

static void test_refused(void) {
    static u64 buf[4096];
    struct guest_fdt_config none = config(3, 0), nine = config(2, 9), many = config(3, 124),
                            gic4 = config(4, 1);

    ok(guest_fdt_build(&none, buf, sizeof(buf)) == -FDT_ERR_BADVALUE, "no vCPU: refused");
    ok(guest_fdt_build(&nine, buf, sizeof(buf)) == -FDT_ERR_BADVALUE,
       "more than 8 vCPUs on a GICv2: refused");
    ok(guest_fdt_build(&many, buf, sizeof(buf)) == -FDT_ERR_BADVALUE,
       "more than 123 vCPUs, whose redistributors would lie on the UART: refused");
    ok(guest_fdt_build(&gic4, buf, sizeof(buf)) == -FDT_ERR_BADVALUE, "another GIC: refused");
}

#define PARTIAL(body) "/dts-v1/; / { #address-cells=<2>; #size-cells=<2>; " body "};"
#define MERGED_ROOM   (GUEST_FDT_ROOM + GUEST_FDT_PARTIAL)

/* The guest's tree with a partial one in it; size 0: refused. */
static struct tree merge(struct tree partial) {
    struct guest_fdt_config c = config(3, 2);
    struct tree t = {malloc(MERGED_ROOM), 0};
    int size;

    c.partial = partial.fdt;
    said_clear();
    size = guest_fdt_build(&c, t.fdt, MERGED_ROOM);
    t.size = size < 0 ? 0 : (size_t)size;
    tree_free(partial);
    return t;
}

static void test_partial(void) {
    struct tree t = merge(tree_from_text(PARTIAL(
        "model=\"mine\"; gic: gic { phandle=<7>; #interrupt-cells=<3>; interrupt-controller; "
        "its { phandle=<9>; }; }; "
        "first { a=<1>; b { c=\"d\"; e { }; }; f { g; }; }; "
        "second@a000000 { compatible=\"virtio,mmio\"; reg=<0 0xa000000 0 0x200>; "
        "interrupt-parent=<&gic>; interrupts=<0 16 1>; status=\"disabled\"; }; "
        "aliases { serial0=\"/pl011@9000000\"; };")));

    ok(t.size && fdt_check_full(t.fdt, t.size) == 0 && !*said,
       "a partial tree: the whole is sound, nothing is said");
    ok(has_cell(&t, "/first", "a", 1) && has_text(&t, "/first/b", "c", "d") &&
           has_node(&t, "/first/b/e") && has(&t, "/first/f", "g", "", 0),
       "its nodes are there, one in the other, with their properties");
    ok(has_text(&t, "/second@a000000", "status", "disabled") &&
           has_text(&t, "/aliases", "serial0", "/pl011@9000000"),
       "a disabled one and aliases as well");
    ok(!has_node(&t, "/gic") && has_cell(&t, "/intc@8000000", "phandle", 7) &&
           has_cell(&t, "/", "interrupt-parent", 7) &&
           has_cell(&t, "/second@a000000", "interrupt-parent", 7),
       "its /gic is not; the phandle of that, not of what is below, is the GIC's");
    ok(has_text(&t, "/", "model", "Muster virtual machine"), "its root's properties are not taken");
    tree_free(t);
    t = merge(tree_from_text(PARTIAL("")));
    ok(t.size && !*said && has_cell(&t, "/", "interrupt-parent", 65000),
       "an empty partial tree changes nothing");
    tree_free(t);
    t = merge(tree_from_text(PARTIAL("intcx { }; mem { }; passthrough { memory@0 { }; chosen { }; "
                                     "}; timer2 { };")));
    ok(t.size && !*said && has_node(&t, "/intcx") && has_node(&t, "/mem") &&
           has_node(&t, "/passthrough/memory@0") && has_node(&t, "/timer2"),
       "names that only begin like ours, or are further down, are free");
    tree_free(t);
}

static void test_partial_refused(void) {
    static const char *const ours[] = {"hypervisor", "memory",       "memory@0", "chosen",
                                       "cpus",       "psci",         "intc@1",   "timer",
                                       "apb-pclk",   "pl011@9000000"};
    char dts[256], said_of[256];
    struct tree t;

    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
        snprintf(dts, sizeof(dts), PARTIAL("x { }; %s { y; };"), ours[i]);
        snprintf(said_of, sizeof(said_of),
                 "E: partial device tree: /%s: is in every guest's tree: another name would be "
                 "right\n",
                 ours[i]);
        t = merge(tree_from_text(dts));
        said_is(said_of, "a node that is ours is refused by name");
        if (t.size) ok(false, "%s is refused", ours[i]);
        tree_free(t);
    }
    t = merge(tree_from_text(PARTIAL("passthrough { eth@0 { xen,reg=<0 1 2>; }; };")));
    ok(!t.size, "a device that is to be passed through is refused");
    said_is("E: partial device tree: /passthrough/eth@0: xen,reg: nothing, since devices are not "
            "passed through, would be right\n",
            "by the node and property that ask for it");
    tree_free(t);
    t = merge(tree_from_text("/dts-v1/; / { x@0 { reg=<0 0 1>; }; };"));
    ok(t.size, "a tree whose addresses are of another width is merged");
    said_is("W: partial device tree: /: #address-cells <2>, #size-cells <1>: 2 and 2, as in the "
            "guest's tree, would be right\n",
            "with a warning");
    tree_free(t);
}

static struct tree deep(unsigned int levels) {
    char dts[2048] = "/dts-v1/; / { #address-cells=<2>; #size-cells=<2>; ";

    for (unsigned int i = 1; i < levels; i++) strcat(dts, "n { ");
    for (unsigned int i = 1; i < levels; i++) strcat(dts, "}; ");
    return tree_from_text(strcat(dts, "};"));
}

static struct tree wide(unsigned int properties) {
    char dts[4096] = "/dts-v1/; / { #address-cells=<2>; #size-cells=<2>; n { ";

    for (unsigned int i = 0; i < properties; i++)
        snprintf(dts + strlen(dts), sizeof(dts) - strlen(dts), "p%u=<1>; ", i);
    return tree_from_text(strcat(dts, "}; };"));
}

static void test_partial_limits(void) {
    struct tree t = merge(deep(16));

    ok(t.size && fdt_check_full(t.fdt, t.size) == 0 &&
           has_node(&t, "/n/n/n/n/n/n/n/n/n/n/n/n/n/n/n"),
       "a tree of 16 levels is merged");
    tree_free(t);
    t = merge(deep(17));
    ok(!t.size && strstr(said, "E: device tree: broken at or after /n/"), "one of 17 is refused");
    tree_free(t);
    t = merge(wide(63));
    ok(t.size && has_cell(&t, "/n", "p62", 1), "a node of 63 properties is merged");
    tree_free(t);
    t = merge(wide(65));
    ok(!t.size, "one with more than can be seen is refused, not merged in part");
    tree_free(t);
}

/* A partial tree that is cut off, or with one byte changed: refused or merged, and no crash. */
static void test_partial_broken(void) {
    struct tree good = tree_from_text(PARTIAL("gic { phandle=<7>; }; a { b=<1>; c { d; }; };"));
    bool refused = true, sound = true;
    struct tree t;

    for (size_t size = 0; size < good.size; size += 4) {
        struct tree cut = tree_of(good.fdt, good.size);

        memset((char *)cut.fdt + size, 0, good.size - size);
        t = merge(cut);
        /* Its names come last: one that is cut off is another name. */
        refused = refused && (!t.size || size >= fdt_off_dt_strings(good.fdt));
        tree_free(t);
    }
    ok(refused, "a tree that ends early is refused");
    for (size_t at = 0; at < 8 * good.size; at++) {
        struct tree changed = tree_of(good.fdt, good.size);

        ((u8 *)changed.fdt)[at / 8] ^= (u8)(1 << at % 8);
        /* As vm_load_init() does: behind its end there may be nothing. */
        if (fdt_totalsize(changed.fdt) > good.size) {
            tree_free(changed);
            continue;
        }
        t = merge(changed);
        sound = sound && (!t.size || fdt_totalsize(t.fdt) == t.size);
        tree_free(t);
    }
    ok(sound, "a tree with one bit changed is refused, or merged into a whole one");
    tree_free(good);
}

static void test_partial_room(void) {
    struct guest_fdt_config c = config(3, 8);
    struct tree partial = tree_from_text(PARTIAL("a { b=[00 01 02]; c { d=\"e\"; }; };"));
    size_t size;
    bool refused = true;
    struct tree t = {malloc(MERGED_ROOM), 0};

    c.partial = partial.fdt;
    size = (size_t)guest_fdt_build(&c, t.fdt, MERGED_ROOM);
    tree_free(t);
    for (size_t n = 0; n < size; n++) {
        struct tree small = {malloc(n ? n : 1), n};

        refused = refused && guest_fdt_build(&c, small.fdt, n) < 0;
        tree_free(small);
    }
    ok(refused, "a partial tree in a buffer that is too small is refused");
    tree_free(partial);
}

int main(void) {
    test_sound(2, 1);
    test_sound(2, 8);
    test_sound(3, 1);
    test_sound(3, MAX_VCPUS);
    test_chosen();
    test_cpus();
    test_like_qemu(2);
    test_like_qemu(3);
    test_room();
    test_refused();
    test_partial();
    test_partial_refused();
    test_partial_limits();
    test_partial_broken();
    test_partial_room();
    return tap_done();
}
