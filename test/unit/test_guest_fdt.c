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
    return tap_done();
}
