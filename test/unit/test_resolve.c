/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/core/resolve.h: guests fit into the machine, or it is said what does not, and who is in whose
 * way. */
#include "core/resolve.h"
#include "lib/bits.h"
#include "unit/board.h"

#define RIGHT                  " would be right\n"
#define E_                     "E: /chosen: vm: "
#define FILE_(a, s)            "kernel: reg <" a " " s "> "
#define WITH(kernel, children) GUEST("vm", SMALL kernel children)
#define A(inside)              GUEST("a", inside KERNEL_FILE)
#define B(inside)              GUEST("b", inside KERNEL_FILE)

static const struct range image = {0x42000000, 0x200000};
static struct memmap ram;

/* The machine's guests, one after the other, on cores 0 to 3: those that fit, by number. */
static u64 resolve(const char *dts) {
    struct room room = {.machine = &machine, .free = &ram, .cores = 0xf};
    u64 good = 0;

    ram = (struct memmap){0};
    if (!discover(dts)) return ~0ULL;
    /* The device tree's place is not the one that it has on this host. */
    machine.fdt = (const void *)0x44000000;
    machine.fdt_size = 0x4000;
    if (!resolve_free_ram(&machine, image, &ram)) return ~0ULL;
    for (unsigned int i = 0; i < machine.config.nr_vms; i++)
        if (resolve_guest(&machine.config.vm[i], &room)) good |= BIT(i);
    return good;
}

static const struct {
    const char *sentence;
    const char *dts;
    u64 good; /* guests, by number */
    const char *said;
} cases[] = {
    {"no guest", BOARD(GICV3, ""), 0, ""},
    {"a guest that fits", BOARD(GICV3, A(SMALL)), 1, ""},
    {"the same file for two guests", BOARD(GICV3, A(SMALL) B(SMALL)), 3, ""},

    {"no kernel", BOARD(GICV3, GUEST("vm", SMALL)), 0,
     E_ "no kernel: a child with compatible \"multiboot,kernel\", \"multiboot,module\"" RIGHT},
    {"no cpus", BOARD(GICV3, GUEST("vm", "memory=<0 65536>; " KERNEL_FILE)), 0,
     E_ "no cpus: <1> or more" RIGHT},
    {"no memory", BOARD(GICV3, GUEST("vm", "cpus=<1>; " KERNEL_FILE)), 0,
     E_ "no memory: <0 KiB>, such as <0 0x40000>" RIGHT},
    {"nine vCPUs on a GICv2", BOARD(GICV2, GUEST("vm", SIZE("65536", "9") KERNEL_FILE)), 0,
     E_ "cpus <9>: 1 to 8 would be right with GICv2\n"},
    {"a GICv3 where there is a GICv2", BOARD(GICV2, GUEST_WITH("muster,gic-version=<3>; ")), 0,
     E_ "muster,gic-version <3>: <2>, the machine's," RIGHT},
    {"a GICv2 where there is a GICv3", BOARD(GICV3, GUEST_WITH("muster,gic-version=<2>; ")), 0,
     E_ "muster,gic-version <2>: <3>, the machine's," RIGHT},
    {"the affinity of a vCPU that there is not", BOARD(GICV3, GUEST_AND(VCPU("1", "\"0\""))), 0,
     E_ "xen,vcpu id <1>: below 1, its cpus," RIGHT},

    {"a module outside of RAM", BOARD(GICV3, WITH(KERNEL(REG("0x20000000", "0x1000")), "")), 0,
     E_ FILE_("0x20000000", "0x1000") "is not in RAM, whose first bank is <0x40000000 "
                                      "0x40000000>\n"},
    {"a module that begins in RAM and ends outside",
     BOARD(GICV3, WITH(KERNEL(REG("0x7ffff000", "0x2000")), "")), 0,
     E_ FILE_("0x7ffff000", "0x2000") "is not in RAM, whose first bank is <0x40000000 "
                                      "0x40000000>\n"},
    {"a module in the second bank", BOARD(GICV3, WITH(KERNEL("reg=<1 0x3ffff000 0 0x1000>; "), "")),
     1, ""},
    {"a module in reserved memory", BOARD(GICV3, WITH(KERNEL(REG("0x40fff000", "0x1001")), "")), 0,
     E_ FILE_("0x40fff000", "0x1001") "overlaps the reserved memory <0x41000000 0x1000000>\n"},
    {"a module right before reserved memory",
     BOARD(GICV3, WITH(KERNEL(REG("0x40fff000", "0x1000")), "")), 1, ""},
    {"a module on the hypervisor", BOARD(GICV3, WITH(KERNEL(REG("0x421ff000", "0x2000")), "")), 0,
     E_ FILE_("0x421ff000", "0x2000") "overlaps Muster itself, at <0x42000000 0x200000>\n"},
    {"a module on the device tree", BOARD(GICV3, WITH(KERNEL(REG("0x43fff000", "0x2000")), "")), 0,
     E_ FILE_("0x43fff000", "0x2000") "overlaps the device tree, at <0x44000000 0x4000>\n"},
    {"a ramdisk on the kernel", BOARD(GICV3, GUEST_AND(RAMDISK(REG("0x500ff000", "0x2000")))), 0,
     E_ FILE_("0x50000000", "0x100000") "overlaps another module, at <0x500ff000 0x2000>\n"},
    {"a partial tree outside of RAM", BOARD(GICV3, GUEST_AND(TREE(REG("0", "0x1000")))), 0,
     E_ "tree: reg <0x0 0x1000> is not in RAM, whose first bank is <0x40000000 0x40000000>\n"},
    {"modules of two guests that overlap: nobody knows which is whole",
     BOARD(GICV3, A(SMALL) GUEST("b", SMALL KERNEL(REG("0x50001000", "0x1000")))), 0,
     "E: /chosen: a: kernel: reg <0x50000000 0x100000> overlaps another module, at <0x50001000 "
     "0x1000>\n"
     "E: /chosen: b: kernel: reg <0x50001000 0x1000> overlaps another module, at <0x50000000 "
     "0x100000>\n"},
    {"a guest that is left out takes no RAM from the others",
     BOARD(GICV3, GUEST("all", SMALL KERNEL(REG("0x40000000", "0x40000000"))) B(SMALL)), 2,
     "E: /chosen: all: kernel: reg <0x40000000 0x40000000> overlaps the reserved memory "
     "<0x41000000 0x1000000>\n"},
    {"nor does its module stand in their way",
     BOARD(GICV3, GUEST("bad", "cpus=<0>; " KERNEL(REG("0x50001000", "0x1000"))) B(SMALL)), 2,
     "E: /chosen/bad: cpus <0>: 1 to 64" RIGHT},
    {"nor do its vCPUs",
     BOARD(GICV3, GUEST("bad", "cpus=<4>; sve; " VCPU("0", "\"0-3\"")) A(SMALL)
                      GUEST("b", SMALL KERNEL_FILE VCPU("0", "\"0\""))),
     6, "E: /chosen/bad: sve of 0 bytes: no such property, as SVE is hidden from guests," RIGHT},

    {"more memory than the machine has", BOARD(GICV3, A(SIZE("0x400000", "1"))), 0,
     "E: /chosen: a: memory <4194304> KiB: the largest free block has 1048576\n"},
    {"the most that one bank has", BOARD(GICV3, A(SIZE("0x100000", "1"))), 1, ""},
    {"a guest too many for the memory",
     BOARD(GICV3, A(SIZE("0x100000", "1")) B(SIZE("0x100000", "1"))), 1,
     "E: /chosen: b: memory <1048576> KiB: the largest free block has 784384\n"},
    {"after a guest that does not fit, one that does",
     BOARD(GICV3, A(SIZE("0x400000", "4")) B(SIZE("0x100000", "4"))), 2,
     "E: /chosen: a: memory <4194304> KiB: the largest free block has 1048576\n"},
    {"more vCPUs than cores", BOARD(GICV3, A(SIZE("65536", "5"))), 0,
     "E: /chosen: a: cpus <5>: no core of its own for vCPU 4; free are 0-3\n"},
    {"a guest too many for the cores", BOARD(GICV3, A(SIZE("65536", "3")) B(SIZE("65536", "2"))), 1,
     "E: /chosen: b: cpus <2>: no core of its own for vCPU 1; free are 3\n"},
    {"a core that there is not", BOARD(GICV3, GUEST_AND(VCPU("0", "\"4-63\""))), 0,
     E_ "cpus <1>: no core of its own for vCPU 0 by its hard-affinity; free are 0-3\n"},
    {"two guests on one core",
     BOARD(GICV3, GUEST("a", SMALL KERNEL_FILE VCPU("0", "\"2\""))
                      GUEST("b", SMALL KERNEL_FILE VCPU("0", "\"2\""))),
     1,
     "E: /chosen: b: cpus <1>: no core of its own for vCPU 0 by its hard-affinity; free are "
     "0-1,3\n"},
    {"no core is left", BOARD(GICV3, A(SIZE("65536", "4")) B(SMALL)), 1,
     "E: /chosen: b: cpus <1>: no core of its own for vCPU 0; free are none\n"},
};

static void test_messages(void) {
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        u64 good = resolve(cases[i].dts);

        said_is(cases[i].said, cases[i].sentence);
        if (good != cases[i].good)
            ok(false, "guests that fit: 0x%llx, not 0x%llx", (unsigned long long)cases[i].good,
               (unsigned long long)good);
    }
}

/* Each guest's cores, like "0 1,2": vCPUs one after the other, guests between commas. */
static void cores_are(const char *dts, const char *expected, const char *sentence) {
    char text[128] = "";
    size_t at = 0;
    u64 good = resolve(dts);

    for (unsigned int i = 0; i < machine.config.nr_vms; i++)
        for (unsigned int n = 0; (good & BIT(i)) && n < machine.config.vm[i].nr_vcpus; n++)
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u",
                                   !at ? ""
                                   : n ? " "
                                       : ",",
                                   machine.config.vm[i].core[n]);
    ok(strcmp(text, expected) == 0, "%s", sentence);
    if (strcmp(text, expected) != 0) printf("# %s instead of %s\n%s", text, expected, said);
}

static void test_cores(void) {
    cores_are(BOARD(GICV3, A(SIZE("65536", "2")) B(SIZE("65536", "2"))), "0 1,2 3",
              "cores are taken in their order");
    cores_are(BOARD(GICV3, GUEST("a", SIZE("65536", "2") KERNEL_FILE VCPU("1", "\"0\""))), "1 0",
              "who is pinned goes first");
    cores_are(BOARD(GICV3, GUEST("a", SIZE("65536", "2") KERNEL_FILE VCPU("0", "\"0-1\"")
                                          VCPU("1", "\"0\""))),
              "1 0", "and who has less to choose from before who has more");
    cores_are(BOARD(GICV3, GUEST("a", SIZE("65536", "3") KERNEL_FILE VCPU("0", "\"0-3\"")
                                          VCPU("1", "\"0-1\"") VCPU("2", "\"0\""))),
              "2 1 0", "step by step");
    cores_are(BOARD(GICV3, A(SIZE("65536", "2"))
                               GUEST("b", SIZE("65536", "2") KERNEL_FILE VCPU("0", "\"0\"")
                                              VCPU("1", "\"1\""))),
              "2 3,0 1", "a guest leaves alone what a later one names");
    cores_are(BOARD(GICV3, GUEST("a", SMALL KERNEL_FILE VCPU("0", "\"0-1\""))
                               GUEST("b", SMALL KERNEL_FILE VCPU("0", "\"0\""))),
              "1,0", "also where it names more itself");
    cores_are(BOARD(GICV3, A(SIZE("65536", "4")) GUEST("b", SMALL KERNEL_FILE VCPU("0", "\"0\""))),
              "1 2 3 0", "but not when it needs them itself");
    cores_are(BOARD(GICV3, GUEST("a", SMALL KERNEL_FILE VCPU("0", "\"2-63\""))), "2",
              "cores that there are not are not minded beside some that there are");
}

/* What is said of a guest that starts. */
static void test_description(void) {
    static const struct image_plan plan = {.segment = {{.guest = 0x40200000}},
                                           .nr_segments = 1,
                                           .fdt = 0x40000000,
                                           .ramdisk = 0x42400000};

    ok(resolve(
           BOARD(GICV3, GUEST("a", SIZE("65536", "4") KERNEL_FILE RAMDISK(REG("0x51000000", "9"))
                                       VCPU("0", "\"2\"") VCPU("1", "\"3\"")))) == 1,
       "a guest with a ramdisk, two of whose vCPUs are pinned");
    resolve_describe(&machine.config.vm[0], 3, &plan);
    said_is("I: a: 4 vCPUs, 64 MiB RAM, GICv3\nI: a: cores 2-3,0-1, RAM at 0x44200000, kernel "
            "0x40200000, tree 0x40000000, ramdisk 0x42400000\n",
            "what it got is said, its cores in the order of its vCPUs");
}

static bool is_free(u64 base, u64 size) {
    for (unsigned int i = 0; i < ram.nr; i++)
        if (ranges_overlap(ram.free[i], (struct range){base, size})) return true;
    return false;
}

static void test_memory(void) {
    const struct vm_config *vm = machine.config.vm;

    ok(resolve(BOARD(
           GICV3,
           GUEST("vm",
                 SIZE("5000", "1") KERNEL(REG("0x50000000", "1")) RAMDISK(REG("0x50002fff", "2"))
                     EXTRA("x", REG("0x60000000", "1") "muster,load-address=<0x40400000>; ")))) ==
               1 &&
           !*said,
       "a guest whose files are of odd sizes");
    ok(vm->ram_size == MIB(6), "memory is rounded up to 2 MiB");
    ok(vm->ram.v == 0x40000000 && !is_free(0x40000000, MIB(6)) && is_free(0x40600000, 1),
       "it is the lowest that is free, and then no longer free");
    ok(!is_free(0x50000000, 0x1000) && is_free(0x50001000, 0x1000) &&
           !is_free(0x50002000, 0x2000) && is_free(0x50004000, 1) && !is_free(0x60000000, 0x1000),
       "a page is not free when one of its bytes belongs to a module");
    ok(!is_free(0x41000000, 0x1000000) && !is_free(image.base, image.size) &&
           !is_free(0x44000000, 0x4000) && is_free(0x44004000, 1),
       "reserved memory, the hypervisor and the device tree are not free");
    ok(resolve(BOARD(GICV3, A(SIZE("0x400000", "2")) B(SIZE("8192", "1")))) == 2 &&
           vm[1].core[0] == 0 && vm[1].ram.v == 0x40000000,
       "a guest that does not fit gives back what it took");
}

static void test_in_pieces(void) {
    static char text[8192], dts[16384];
    size_t at = 0;

    for (unsigned int i = 0; i < 16; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at,
                               GUEST("g%u", SMALL KERNEL("reg=<0 0x%x 0 1>; ")
                                                RAMDISK("reg=<0 0x%x 0 1>; ")),
                               i, 0x50000000 + i * 0x10000, 0x58000000 + i * 0x10000);
    snprintf(dts, sizeof(dts), BOARD(GICV3, "%s"), text);
    ok(resolve(dts) == 0xf && strstr(said, "g4: cpus <1>: no core"),
       "sixteen guests of two modules each: as many as there are cores start");
}

int main(void) {
    test_messages();
    test_cores();
    test_description();
    test_memory();
    test_in_pieces();
    return tap_done();
}
