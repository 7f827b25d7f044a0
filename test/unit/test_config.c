/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/core/config.h: what /chosen says of guests, and what is said of what is wrong there. */
#include "core/config.h"
#include "unit/board.h"

#define RIGHT  " would be right\n"
#define E_(of) "E: /chosen/vm" of ": "
#define W_(of) "W: /chosen/vm" of ": "
#define SIXTEEN(x)                                                                             \
    x("a") x("b") x("c") x("d") x("e") x("f") x("g") x("h") x("i") x("j") x("k") x("l") x("m") \
        x("n") x("o") x("p")
#define TINY(name) GUEST(name, SMALL)

/* A row of the table below: the guest "vm" with a property that has no such value. */
#define WRONG_VALUE(property, value, shown, right)                                 \
    {                                                                              \
        "wrong: " property " = " value, GUEST_WITH(property "=" value "; "), 1, 1, \
            E_("") property " " shown ": " right RIGHT                             \
    }
#define NOT_OFFERED(property, value, shown, why)                              \
    {                                                                         \
        "not offered: " property, GUEST_WITH(property value "; "), 1, 1,      \
            E_("") property " " shown ": no such property, as " why "," RIGHT \
    }
#define IGNORED(property)                                               \
    {                                                                   \
        "unknown: " property, GUEST_WITH(property "; "), 1, 0,          \
            W_("") "property " property " is not known here: ignored\n" \
    }
#define WRONG_AFFINITY(value, shown)                                                  \
    {                                                                                 \
        "wrong: hard-affinity = " value, GUEST_AND(VCPU("0", value)), 1, 1,           \
            E_("/vcpu0") "hard-affinity " shown ": 0 to 63, such as \"0-3,5\"," RIGHT \
    }

#define MEMORY  "KiB, 4096 to 1073741824"
#define CPUS    "1 to 64"
#define GICS    "2 to 3"
#define ADDRESS "0 to 18446744073709551614"
#define THE_REG "address and size of the file in RAM"
#define KINDS   "one kernel, one ramdisk, one device-tree and 4 modules without a kind"
#define NO_LOAD                                                                          \
    "muster,load-address missing: that, or multiboot,kernel, ramdisk or device-tree as " \
    "compatible," RIGHT
#define NEITHER(node)                                                            \
    "W: /chosen/" node ": compatible with neither \"xen,domain\", a guest, nor " \
    "\"multiboot,module\": ignored\n"
#define NEITHER_BELOW(node) \
    W_("/" node) "compatible with neither \"multiboot,module\" nor \"xen,vcpu\": ignored\n"
#define EXTRA_AT(name, at) EXTRA(name, REG(at, "0x1000") "muster,load-address=<0 0x48000000>; ")
#define FOUR                     \
    EXTRA_AT("x1", "0x60001000") \
    EXTRA_AT("x2", "0x60002000") EXTRA_AT("x3", "0x60003000") EXTRA_AT("x4", "0x60004000")

static const struct {
    const char *sentence;
    const char *chosen;
    unsigned int guests, bad;
    const char *said;
} cases[] = {
    {"no guest", "", 0, 0, ""},
    {"a guest with what it needs", GUEST_WITH(""), 1, 0, ""},
    {"sixteen guests", SIXTEEN(TINY), 16, 0, ""},
    {"a seventeenth guest", SIXTEEN(TINY) TINY("q"), 16, 0,
     "E: /chosen/q: left out: at most 16 guests would be right\n"},
    {"a disabled guest", GUEST("vm", "status=\"disabled\"; " SMALL), 0, 0,
     "I: device tree: /chosen/vm: not used, it is disabled\n"},
    {"what Xen has and needs no more here", GUEST_WITH("vpl011; status=\"okay\"; "), 1, 0, ""},

    {"memory of one cell", GUEST("vm", "memory=<65536>; cpus=<1>; " KERNEL_FILE), 1, 0, ""},
    WRONG_VALUE("memory", "<0>", "<0>", MEMORY),
    WRONG_VALUE("memory", "<0 4095>", "<4095>", MEMORY),
    WRONG_VALUE("memory", "<0 0x40000001>", "<1073741825>", MEMORY),
    WRONG_VALUE("memory", "<0xffffffff 0xffffffff>", "<18446744073709551615>", MEMORY),
    WRONG_VALUE("memory", "<0 0 65536>", "of 12 bytes", MEMORY),
    WRONG_VALUE("memory", "\"512M\"", "\"512M\"", MEMORY),
    WRONG_VALUE("memory", "<0 0x40000000 0 0x4000000>", "<0x40000000 0x4000000>", MEMORY),
    WRONG_VALUE("cpus", "<0>", "<0>", CPUS),
    WRONG_VALUE("cpus", "<65>", "<65>", CPUS),
    WRONG_VALUE("cpus", "<0xffffffff>", "<4294967295>", CPUS),
    WRONG_VALUE("cpus", "[02]", "of 1 bytes", CPUS),
    WRONG_VALUE("cpus", "\"two\"", "\"two\"", CPUS),
    WRONG_VALUE("nr_spis", "<65>", "<65>", "0 to 64"),
    WRONG_VALUE("nr_spis", "\"\"", "\"\"", "0 to 64"),
    WRONG_VALUE("muster,gic-version", "<1>", "<1>", GICS),
    WRONG_VALUE("muster,gic-version", "<4>", "<4>", GICS),
    WRONG_VALUE("muster,gic-version", "\"v3\"", "\"v3\"", GICS),
    WRONG_VALUE("muster,mpidr", "\"aff2\"", "\"aff2\"", "\"aff0\" or \"aff1\""),
    WRONG_VALUE("muster,mpidr", "<1>", "<1>", "\"aff0\" or \"aff1\""),
    WRONG_VALUE("muster,on-crash", "\"off\"", "\"off\"", "\"stop\" or \"reset\""),
    WRONG_VALUE("muster,on-crash", "\"stop\", \"reset\"", "of 11 bytes", "\"stop\" or \"reset\""),
    WRONG_VALUE("bootargs", "<1>", "<1>", "text, at most 2047 bytes,"),
    WRONG_VALUE("bootargs", "\"aa\", \"b\"", "of 5 bytes", "text, at most 2047 bytes,"),
    {"a property without the value it needs", GUEST_WITH("muster,on-crash; "), 1, 1,
     E_("") "muster,on-crash of 0 bytes: \"stop\" or \"reset\"" RIGHT},
    NOT_OFFERED("xen,static-mem", "=<0 0x50000000 0 0x10000000>", "<0x50000000 0x10000000>",
                "RAM is not given by address"),
    NOT_OFFERED("direct-map", "", "of 0 bytes", "RAM is not given by address"),
    NOT_OFFERED("passthrough", "=\"enabled\"", "\"enabled\"", "devices are not passed through"),
    NOT_OFFERED("sve", "=<256>", "<256>", "SVE is hidden from guests"),
    NOT_OFFERED("llc-colors", "=\"0-3\"", "\"0-3\"", "caches are not divided"),
    IGNORED("colour"),
    IGNORED("memroy"),
    IGNORED("xen,enhanced"),
    IGNORED("reg"),
    IGNORED("muster,load-address"),
    {"everything that is wrong is told", GUEST_WITH("nr_spis=<99>; muster,mpidr=\"x\"; sve; "), 1,
     1,
     E_("") "nr_spis <99>: 0 to 64" RIGHT E_("") "muster,mpidr \"x\": \"aff0\" or \"aff1\"" RIGHT
         E_("") "sve of 0 bytes: no such property, as SVE is hidden from guests," RIGHT},

    {"a guest without its compatible", "vm { " SMALL "}; ", 0, 0, NEITHER("vm")},
    {"a misspelled compatible", "vm { compatible=\"xen,domian\"; " SMALL "}; ", 0, 0,
     NEITHER("vm")},
    {"what firmware leaves in /chosen", "bootloader { version=<1>; }; ", 0, 0, ""},
    {"a module of a misspelled kind",
     GUEST_AND("x { compatible=\"multiboot,modul\"; reg=<0 0 0 0>; }; "), 1, 0, NEITHER_BELOW("x")},
    {"a child of a guest without compatible", GUEST_AND("x { }; "), 1, 0, NEITHER_BELOW("x")},
    {"children of what is no guest", GUEST_WITH("") "x { compatible=\"y\"; " KERNEL("") "}; ", 1, 0,
     NEITHER("x")},
    {"shared memory", GUEST_AND("shm { compatible=\"xen,domain-shared-memory-v1\"; }; "), 1, 1,
     E_("/shm") "compatible \"xen,domain-shared-memory-v1\": nothing, since guests share no "
                "memory," RIGHT},

    {"a kernel without reg", GUEST("vm", SMALL KERNEL("")), 1, 1,
     E_("/kernel") "reg missing: " THE_REG RIGHT},
    {"a kernel of size 0", GUEST("vm", SMALL KERNEL(REG("0x50000000", "0"))), 1, 1,
     E_("/kernel") "reg <0x50000000 0x0>: " THE_REG RIGHT},
    {"a kernel's reg with two cells too few", GUEST("vm", SMALL KERNEL("reg=<0x50000000 4096>; ")),
     1, 1,
     "W: device tree: /chosen/vm/kernel: reg has 8 bytes: 1 or more times 16 would be right\n" E_(
         "/kernel") "reg <5764607523034238976>: " THE_REG RIGHT},
    {"a module that wraps", GUEST("vm", SMALL KERNEL("reg=<0xffffffff 0xfffff000 0 0x2000>; ")), 1,
     1,
     "W: device tree: /chosen/vm/kernel: reg <0xfffffffffffff000 0x2000> cannot be reached: within "
     "the address space would be right\n" E_(
         "/kernel") "reg <0xfffffffffffff000 0x2000>: " THE_REG RIGHT},
    {"two kernels",
     GUEST_AND("k2 { compatible=\"multiboot,kernel\", \"multiboot,module\"; " REG("0x51000000",
                                                                                  "0x1000") "}; "),
     1, 1, E_("/k2") "compatible once more: " KINDS RIGHT},
    {"a kernel that is not a module as well",
     GUEST("vm",
           SMALL "kernel { compatible=\"multiboot,kernel\"; " REG("0x50000000", "0x1000") "}; "),
     1, 0, NEITHER_BELOW("kernel")},
    {"a module without kind and load address", GUEST_AND(EXTRA("x", REG("0x60000000", "0x1000"))),
     1, 1, E_("/x") NO_LOAD},
    {"four modules without kind", GUEST_AND(FOUR), 1, 0, ""},
    {"a fifth module without kind", GUEST_AND(FOUR EXTRA_AT("x5", "0x60005000")), 1, 1,
     E_("/x5") "compatible once more: " KINDS RIGHT},
    {"a load address of three cells",
     GUEST("vm", SMALL KERNEL(REG("0x50000000", "4096") "muster,load-address=<0 0 1>; ")), 1, 1,
     E_("/kernel") "muster,load-address of 12 bytes: " ADDRESS RIGHT},
    {"an entry point that is text",
     GUEST("vm", SMALL KERNEL(REG("0x50000000", "4096") "muster,entry=\"start\"; ")), 1, 1,
     E_("/kernel") "muster,entry \"start\": " ADDRESS RIGHT},
    {"a command line that is no text",
     GUEST("vm", SMALL KERNEL(REG("0x50000000", "4096") "bootargs=<1 2 3>; ")), 1, 1,
     E_("/kernel") "bootargs of 12 bytes: text, at most 2047 bytes," RIGHT},
    {"a ramdisk's command line, load address and entry",
     GUEST_AND(RAMDISK(REG("0x60000000", "4096") "bootargs=\"no\"; muster,load-address=<0>; "
                                                 "muster,entry=<0>; ")),
     1, 0,
     W_("/ramdisk") "property bootargs is not known here: ignored\n" W_(
         "/ramdisk") "property muster,load-address is not known here: ignored\n" W_("/ramdisk") "pr"
                                                                                                "op"
                                                                                                "er"
                                                                                                "ty"
                                                                                                " m"
                                                                                                "us"
                                                                                                "te"
                                                                                                "r,"
                                                                                                "en"
                                                                                                "tr"
                                                                                                "y "
                                                                                                "is"
                                                                                                " n"
                                                                                                "ot"
                                                                                                " k"
                                                                                                "no"
                                                                                                "wn"
                                                                                                " h"
                                                                                                "er"
                                                                                                "e:"
                                                                                                " i"
                                                                                                "gn"
                                                                                                "or"
                                                                                                "ed"
                                                                                                "\n"},
    {"a file that only tools know", GUEST("vm", SMALL KERNEL("muster,file=\"Image\"; ")), 1, 1,
     E_("/kernel") "reg missing: " THE_REG RIGHT},

    {"a vCPU without id", GUEST_AND("v { compatible=\"xen,vcpu\"; hard-affinity=\"0\"; }; "), 1, 1,
     E_("/v") "id missing: one of 0 to 63" RIGHT},
    {"a vCPU's id of 64", GUEST_AND(VCPU("64", "\"0\"")), 1, 1,
     E_("/vcpu64") "id <64>: 0 to 63" RIGHT},
    {"a vCPU twice",
     GUEST_AND(VCPU("0", "\"0\"") "v { compatible=\"xen,vcpu\"; id=<0>; hard-affinity=\"1\"; }; "),
     1, 1, E_("/v") "id once more: one of 0 to 63" RIGHT},
    {"a vCPU that may be anywhere", GUEST_AND(VCPU_("0", "")), 1, 0, ""},
    {"a vCPU's soft-affinity", GUEST_AND(VCPU_("0", "soft-affinity=\"0\"; ")), 1, 0,
     W_("/vcpu0") "property soft-affinity is not known here: ignored\n"},
    WRONG_AFFINITY("\"\"", "\"\""),
    WRONG_AFFINITY("\"64\"", "\"64\""),
    WRONG_AFFINITY("\"3-1\"", "\"3-1\""),
    WRONG_AFFINITY("\"1-\"", "\"1-\""),
    WRONG_AFFINITY("\"-1\"", "\"-1\""),
    WRONG_AFFINITY("\"1,,2\"", "\"1,,2\""),
    WRONG_AFFINITY("\"1,\"", "\"1,\""),
    WRONG_AFFINITY("\"1-2-3\"", "\"1-2-3\""),
    WRONG_AFFINITY("\"all\"", "\"all\""),
    WRONG_AFFINITY("\"0 1\"", "\"0 1\""),
    WRONG_AFFINITY("\"18446744073709551617\"", "\"18446744073709551617\""),
    WRONG_AFFINITY("<0>", "<0>"),

    {"a module right under /chosen without reg", KERNEL(""), 0, 0,
     "E: /chosen/kernel: reg missing: " THE_REG RIGHT},
    {"a bad guest beside a good one", GUEST("bad", SIZE("1", "1")) GUEST_WITH(""), 2, 1,
     "E: /chosen/bad: memory <1>: " MEMORY RIGHT},
};

static void test_messages(void) {
    static char dts[16384];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct config *c = &machine.config;
        unsigned int bad = 0;

        snprintf(dts, sizeof(dts), BOARD(GICV2, "%s"), cases[i].chosen);
        ok(discover(dts), "%s: the machine can be used all the same", cases[i].sentence);
        for (unsigned int n = 0; n < c->nr_vms; n++) bad += c->vm[n].bad;
        said_is(cases[i].said, cases[i].sentence);
        if (c->nr_vms != cases[i].guests || bad != cases[i].bad)
            ok(false, "%u guests, of which %u are left out, not %u and %u", cases[i].guests,
               cases[i].bad, c->nr_vms, bad);
    }
}

static void test_everything(void) {
    const struct config *c = &machine.config;
    const struct vm_config *vm = &c->vm[0];

    ok(discover(BOARD(
           GICV3,
           "muster,keep; " GUEST(
               "first",
               SIZE("0x40000",
                    "3") "vpl011; nr_spis=<32>; muster,gic-version=<3>; "
                         "muster,mpidr=\"aff1\"; muster,on-crash=\"reset\"; bootargs=\"of "
                         "guest\"; " KERNEL(
                             REG("0x50000000", "0x2000") "bootargs=\"of kernel\"; "
                                                         "muster,load-address=<0x60000000>; "
                                                         "muster,entry=<0 0x60000040>; ")
                             RAMDISK(REG("0x51000000", "0x3000")) TREE(REG("0x52000000", "0x4000"))
                                 EXTRA_AT("extra", "0x53000000") VCPU("1", "\"2-3,0\""))
               GUEST("second", SIZE("8192", "1") "bootargs=\"mine\"; " KERNEL_FILE))) &&
           !*said,
       "a configuration with everything has nothing wrong");
    ok(c->keep && c->nr_vms == 2 && strcmp(vm->name, "first") == 0 && !vm->bad,
       "muster,keep, and two guests by their nodes' names");
    ok(vm->nr_vcpus == 3 && vm->ram_size == MIB(256) && vm->gic_version == 3,
       "cpus, memory in KiB, muster,gic-version");
    ok(vm->aff1 && vm->reset_on_crash, "muster,mpidr and muster,on-crash");
    ok(strcmp(vm->bootargs, "of kernel") == 0, "the kernel's bootargs, not the guest's");
    ok(vm->kernel.at.base == 0x50000000 && vm->kernel.at.size == 0x2000 &&
           vm->kernel.load_address == 0x60000000 && vm->kernel.entry == 0x60000040,
       "the kernel, its load address and entry");
    ok(vm->ramdisk.at.base == 0x51000000 && vm->ramdisk.at.size == 0x3000 &&
           vm->ramdisk.load_address == NO_ADDRESS,
       "the ramdisk");
    ok(vm->tree.at.base == 0x52000000 && vm->tree.at.size == 0x4000, "the partial tree");
    ok(vm->nr_extras == 1 && strcmp(vm->extra[0].node, "extra") == 0 &&
           vm->extra[0].load_address == 0x48000000,
       "a module without a kind, and where it goes");
    ok(vm->affinity[0] == 0 && vm->affinity[1] == 0xd && vm->affinity[2] == 0,
       "hard-affinity of the vCPU with that id");
    vm = &c->vm[1];
    ok(vm->nr_vcpus == 1 && vm->ram_size == MIB(8) && !vm->gic_version && !vm->aff1 &&
           !vm->reset_on_crash && strcmp(vm->bootargs, "mine") == 0 && !vm->ramdisk.node &&
           !vm->tree.node && !vm->nr_extras,
       "what a guest does not say has its default, not the value of the guest before");
}

static void test_loose(void) {
    const struct config *c = &machine.config;

    ok(discover(BOARD(GICV3, KERNEL(REG("0x50000000", "0x2000") "bootargs=\"quiet\"; ")
                                 RAMDISK(REG("0x51000000", "0x3000")))) &&
           !*said && !c->nr_vms,
       "modules right under /chosen make no configured guest");
    ok(c->loose.kernel.at.size == 0x2000 && c->loose.ramdisk.at.size == 0x3000 &&
           strcmp(c->loose.bootargs, "quiet") == 0,
       "they are the guest that nobody configured");
    ok(!c->keep, "without muster,keep the machine goes off");
}

static void test_long_bootargs(void) {
    static char dts[16384], text[2049];

    for (size_t length = 2047; length <= 2048; length++) {
        memset(text, 'x', length);
        snprintf(dts, sizeof(dts), BOARD(GICV3, GUEST_WITH("bootargs=\"%s\"; ")), text);
        ok(discover(dts) && machine.config.vm[0].bad == (length > 2047),
           "a command line of %zu characters", length);
    }
    ok(strlen(said) < 256, "is not shown whole");
}

int main(void) {
    test_everything();
    test_loose();
    test_messages();
    test_long_bootargs();
    return tap_done();
}
