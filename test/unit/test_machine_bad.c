/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/core/machine.h: what discovery says, word for word, about trees that something is wrong with.
 */
#include "core/machine.h"
#include "unit/tree.h"

#define TREE(body) \
    "/dts-v1/; / { #address-cells=<2>; #size-cells=<2>; interrupt-parent=<1>; " body "};"
#define RAM        "memory@0 { device_type=\"memory\"; reg=<0 0x40000000 0 0x40000000>; }; "
#define CPUS(body) "cpus { #address-cells=<1>; #size-cells=<0>; " body "}; "
#define CPU(n)     "cpu@" n " { device_type=\"cpu\"; reg=<0x" n ">; enable-method=\"psci\"; }; "
#define PSCI       "psci { compatible=\"arm,psci-1.0\"; method=\"smc\"; }; "
#define GIC_REG    "reg=<0 0x1000 0 0x1000 0 0x2000 0 0x1000 0 0x4000 0 0x1000 0 0x6000 0 0x1000>; "
#define GIC_IS \
    "compatible=\"arm,gic-400\"; phandle=<1>; interrupt-controller; #interrupt-cells=<3>; "
#define GIC    "gic { " GIC_IS GIC_REG "}; "
#define TIMER_ "timer { compatible=\"arm,armv8-timer\"; "
#define TIMER  TIMER_ "interrupts=<1 13 4 1 14 4 1 11 4 1 10 4>; }; "
#define UART_  "uart@9000000 { compatible=\"arm,pl011\"; "
#define UART   UART_ "reg=<0 0x9000000 0 0x1000>; interrupts=<0 1 4>; }; "
#define CHOSEN "chosen { stdout-path=\"/uart\"; }; "
#define CORES  CPUS(CPU("0") CPU("1"))

/* All that a machine needs, by parts: a case leaves one out and puts another in its place. */
#define WITH_CPUS(x)  TREE(RAM x PSCI GIC TIMER UART CHOSEN)
#define WITH_RAM(x)   TREE(x CORES PSCI GIC TIMER UART CHOSEN)
#define WITH_PSCI(x)  TREE(RAM CORES x GIC TIMER UART CHOSEN)
#define WITH_GIC(x)   TREE(RAM CORES PSCI x TIMER UART CHOSEN)
#define WITH_TIMER(x) TREE(RAM CORES PSCI GIC x UART CHOSEN)
#define WITH_UART(x)  TREE(RAM CORES PSCI GIC TIMER x)
#define WITH(x)       TREE(x RAM CORES PSCI GIC TIMER UART CHOSEN)

#define NO_GIC                                                                        \
    "E: no interrupt controller: looked for a node compatible with \"arm,gic-400\", " \
    "\"arm,cortex-a15-gic\", \"arm,cortex-a7-gic\", \"qcom,msm-qgic2\" or \"arm,gic-v3\"\n"
#define NO_RAM                                                                                \
    "E: no memory: looked for nodes /memory@* with device_type \"memory\" and a reg that is " \
    "not empty\n"
#define NO_CPUS "E: no CPUs: looked for nodes /cpus/cpu@* with device_type \"cpu\"\n"
#define NO_TIMER                                                             \
    "E: no timer: looked for a node compatible with \"arm,armv8-timer\" or " \
    "\"arm,armv7-timer\"\n"
#define NO_PSCI                                                                              \
    "E: no PSCI: /cpus/cpu@0 has enable-method \"psci\", looked for a node compatible with " \
    "\"arm,psci-1.0\", \"arm,psci-0.2\" or \"arm,psci\"\n"
#define NO_CONSOLE                                                                   \
    "W: no console: looked for /chosen/stdout-path, and for a node compatible with " \
    "\"arm,pl011\" or \"arm,sbsa-uart\"\n"
#define FIRST_UART                                                          \
    "I: device tree: the console is /uart@9000000, the first of its kind: " \
    "/chosen/stdout-path names none of them\n"
#define NO_VIRT                                                                                \
    "E: no virtual timer: looked for the third of the interrupts of /timer, or the one named " \
    "\"virt\"\n"

static const struct {
    const char *sentence;
    const char *dts;
    bool usable;
    const char *said;
} cases[] = {
    {"a machine with everything", WITH(""), true, ""},
    {"an empty tree names all that is missing", TREE(""), false,
     NO_CONSOLE NO_RAM NO_CPUS NO_GIC NO_TIMER},

    {"no memory node", WITH_RAM(""), false, NO_RAM},
    {"a disabled memory node",
     WITH_RAM("memory { device_type=\"memory\"; status=\"disabled\"; reg=<0 0 0 1>; };"), false,
     NO_RAM},
    {"a memory node of size 0", WITH_RAM("memory@0 { device_type=\"memory\"; reg=<0 0 0 0>; };"),
     false, NO_RAM},
    {"a memory node without reg", WITH_RAM("memory { device_type=\"memory\"; };"), false,
     "E: device tree: /memory: it has no reg\n" NO_RAM},
    {"a memory node with half an entry",
     WITH_RAM("memory { device_type=\"memory\"; reg=<0 0 1>; };"), false,
     "E: device tree: /memory: reg has 12 bytes: a multiple of 16 would be right (2 address "
     "and "
     "2 size cells)\n" NO_RAM},
    {"memory that wraps, beside some that does not",
     WITH("memory { device_type=\"memory\"; reg=<0xffffffff 0xfffff000 0 0x2000>; };"), true,
     "E: device tree: /memory: reg <0xfffffffffffff000 0x2000> goes past the end of the "
     "address "
     "space\n"},
    {"absurd cells",
     "/dts-v1/; / { #address-cells=<3>; #size-cells=<0>; interrupt-parent=<1>; " RAM CORES PSCI
     "};",
     false,
     "E: device tree: /memory@0: reg cannot be read: its parent has #address-cells 3 and "
     "#size-cells 0, where 1 or 2 would be right\n" NO_CONSOLE NO_RAM NO_GIC NO_TIMER},

    {"a reservation that cannot be read",
     WITH("reserved-memory { #address-cells=<2>; #size-cells=<2>; ranges; fw@0 { reg=<0 0 1>; "
          "}; };"),
     false,
     "E: device tree: /reserved-memory/fw@0: reg has 12 bytes: a multiple of 16 would be right "
     "(2 address and 2 size cells)\n"},
    {"reservations without ranges are taken as they are",
     WITH("reserved-memory { #address-cells=<2>; #size-cells=<2>; fw@0 { reg=<0 0 0 1>; }; };"),
     true, ""},

    {"no /cpus", WITH_CPUS(""), false, NO_CPUS},
    {"/cpus without CPUs", WITH_CPUS(CPUS("cpu-map { };")), false, NO_CPUS},
    {"a CPU that is named twice",
     WITH_CPUS(CPUS(CPU("0") CPU("1") "cpu@2 { device_type=\"cpu\"; reg=<1>; };")), true,
     "E: device tree: /cpus/cpu@2: reg 0x1 is also that of cpu@1\n"},
    {"a CPU with two MPIDRs",
     WITH_CPUS(CPUS(CPU("0") "cpu@1 { device_type=\"cpu\"; reg=<1 2>; };")), true,
     "E: device tree: /cpus/cpu@1: reg has 8 bytes, with #address-cells 1 in /cpus: one MPIDR "
     "in 1 or 2 cells would be right\n"},
    {"a disabled CPU",
     WITH_CPUS(CPUS(CPU("0") "cpu@1 { device_type=\"cpu\"; reg=<1>; status=\"disabled\"; };")),
     true, "I: device tree: /cpus/cpu@1: not used, its status is \"disabled\"\n"},
    {"spin-table without an address",
     WITH_CPUS(CPUS(CPU("0") "cpu@1 { device_type=\"cpu\"; reg=<1>; "
                             "enable-method=\"spin-table\"; };")),
     true,
     "W: device tree: /cpus/cpu@1: enable-method \"spin-table\" without a "
     "cpu-release-addr\n"},

    {"no PSCI where CPUs ask for it", WITH_PSCI(""), false, NO_PSCI},
    {"PSCI that is disabled",
     WITH_PSCI("psci { compatible=\"arm,psci-1.0\"; method=\"smc\"; status=\"disabled\"; };"),
     false, NO_PSCI},
    {"PSCI by an unknown conduit", WITH_PSCI("psci { compatible=\"arm,psci\"; method=\"svc\"; };"),
     false, "E: device tree: /psci: method \"svc\": \"smc\" or \"hvc\" would be right\n" NO_PSCI},
    {"no PSCI and no need for it",
     TREE(RAM CPUS("cpu@0 { device_type=\"cpu\"; reg=<0>; };") GIC TIMER UART CHOSEN), true, ""},

    {"no interrupt controller", WITH_GIC(""), false, NO_GIC},
    {"a GICv2 without virtualization",
     WITH_GIC("gic { " GIC_IS "reg=<0 0x1000 0 0x1000 0 0x2000 0 0x1000>; };"), false,
     "E: device tree: /gic: reg has 2 entries: 4 would be right: GICD, GICC, GICH, "
     "GICV\n" NO_GIC},
    {"a GIC on a bus without ranges",
     WITH_GIC("soc { #address-cells=<2>; #size-cells=<2>; " GIC "};"), false,
     "E: device tree: /soc/gic: reg 0x1000 cannot be reached: its bus soc has no "
     "ranges\n" NO_GIC},
    {"a GIC outside its bus's ranges",
     WITH_GIC("soc { #address-cells=<2>; #size-cells=<2>; ranges=<1 0 0 0 0 0x1000>; " GIC "};"),
     false,
     "E: device tree: /soc/gic: reg 0x1000 cannot be reached: it is outside the ranges of its "
     "bus soc\n" NO_GIC},
    {"ranges of odd length",
     WITH_GIC("soc { #address-cells=<2>; #size-cells=<2>; ranges=<0 0 0 0 0>; " GIC "};"), false,
     "E: device tree: /soc/gic: reg 0x1000 cannot be reached: ranges of its bus soc, 20 bytes, "
     "are not entries of 2 address, 2 parent address and 2 size cells, 1 or 2 each\n" NO_GIC},
    {"ranges that wrap",
     WITH_GIC("soc { #address-cells=<2>; #size-cells=<2>; "
              "ranges=<0 0 0xffffffff 0xfffff000 0 0x2000>; " GIC "};"),
     false,
     "E: device tree: /soc/gic: reg 0x1000 cannot be reached: its bus soc has ranges <0x0 "
     "0xfffffffffffff000 0x2000>, which go past the end of the address space\n" NO_GIC},
    {"a GIC whose interrupts have two cells",
     WITH_GIC("gic { compatible=\"arm,gic-400\"; #interrupt-cells=<2>; " GIC_REG "};"), false,
     "E: device tree: /gic: #interrupt-cells is 2: 3 or 4 would be right\n" NO_GIC},
    {"a GICv3 with nine regions",
     WITH_GIC("gic { compatible=\"arm,gic-v3\"; phandle=<1>; #interrupt-cells=<3>; "
              "#redistributor-regions=<9>; " GIC_REG "};"),
     false, "E: device tree: /gic: #redistributor-regions is 9: 1 to 8 would be right\n" NO_GIC},
    {"a second GIC", WITH("second { " GIC_IS GIC_REG "}; "), true,
     "W: device tree: /gic: not used, /second is the interrupt controller\n"},

    {"no timer", WITH_TIMER(""), false, NO_TIMER},
    {"a timer without the virtual timer", WITH_TIMER(TIMER_ "interrupts=<1 13 4 1 14 4>; };"),
     false, NO_VIRT},
    {"a timer of another interrupt controller",
     WITH_TIMER(TIMER_ "interrupt-parent=<7>; interrupts=<1 13 4>; };"), false,
     "W: device tree: /timer: its interrupts go to phandle 0x7: 0x1, the GIC, would be "
     "right\n" NO_VIRT},
    {"a timer with a PPI that does not exist",
     WITH_TIMER(TIMER_ "interrupts=<1 16 4 1 14 4 1 11 4 2 10 4>; };"), true,
     "W: device tree: /timer: interrupt 16 of type 1: type 0 (SPI), 0 to 987, or type 1 (PPI), "
     "0 to 15, would be right\n"
     "W: device tree: /timer: interrupt 10 of type 2: type 0 (SPI), 0 to 987, or type 1 (PPI), "
     "0 to 15, would be right\n"},

    {"no UART", WITH_UART(""), true, NO_CONSOLE},
    {"no stdout-path", WITH_UART(UART), true, FIRST_UART},
    {"stdout-path to a node that is not there",
     WITH_UART(UART "chosen { stdout-path=\"/serial@1:115200\"; };"), true,
     "W: device tree: /chosen/stdout-path: there is no node /serial@1\n" FIRST_UART},
    {"stdout-path by an alias that is not there",
     WITH_UART(UART "chosen { stdout-path=\"serial0:115200\"; };"), true,
     "W: device tree: /chosen/stdout-path is \"serial0:115200\", and /aliases has no such "
     "path\n" FIRST_UART},
    {"stdout-path to a disabled UART",
     WITH_UART("u@1 { compatible=\"arm,pl011\"; status=\"disabled\"; reg=<0 1 0 1>; }; " UART
               "chosen { stdout-path=\"/u@1\"; };"),
     true, "W: device tree: /u@1, which /chosen/stdout-path names, is disabled\n" FIRST_UART},
    {"stdout-path to another kind of UART",
     WITH_UART("u@1 { compatible=\"ns16550a\"; reg=<0 1 0 1>; }; " UART
               "aliases { s=\"/u@1\"; }; chosen { stdout-path=\"s\"; };"),
     true,
     "W: device tree: /u@1, which /chosen/stdout-path names, is compatible with \"ns16550a\": "
     "\"arm,pl011\" or \"arm,sbsa-uart\" would be right\n" FIRST_UART},
    {"stdout-path to a UART without registers",
     WITH_UART("u@1 { compatible=\"arm,pl011\"; reg=<0 1 0>; }; chosen { stdout-path=\"/u@1\"; "
               "};"),
     true,
     "W: device tree: /u@1: reg has 12 bytes: a multiple of 16 would be right (2 address and 2 "
     "size cells)\n" NO_CONSOLE},

    {"values of the wrong type",
     WITH("x { #address-cells=<1 2>; status=<0x6f6b6179>; compatible; };"), true,
     "W: device tree: /x: status has 4 bytes, taken as missing: text that ends with a byte of "
     "0 "
     "would be right\n"
     "W: device tree: /x: #address-cells has 8 bytes, taken as missing: 4 would be right\n"},
    {"nodes that are nested too deep",
     WITH("n1{n2{n3{n4{n5{n6{n7{n8{n9{na{nb{nc{nd{ne{nf{ng{};};};};};};};};};};};};};};};};"),
     false,
     "E: device tree: nodes in /n1/n2/n3/n4/n5/n6/n7/n8/n9/na/nb/nc/nd/ne/nf are nested more "
     "than 16 deep\n" NO_CONSOLE},
};

static struct machine m;

static void test_cases(void) {
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct tree t = tree_from_text(cases[i].dts);
        bool usable;

        if (!ok(t.size, "dtc makes: %s", cases[i].sentence)) continue;
        said_clear();
        usable = machine_discover(t.fdt, &m);
        ok(usable == cases[i].usable, "%s: %s", cases[i].sentence,
           cases[i].usable ? "usable" : "not usable");
        said_is(cases[i].said, cases[i].sentence);
        tree_free(t);
    }
}

/* A good tree with word i of its header replaced. */
static void bad_header(unsigned int i, u32 value, const char *expected, const char *sentence) {
    struct tree t = tree_from_text(WITH(""));

    ((u32 *)t.fdt)[i] = __builtin_bswap32(value);
    said_clear();
    ok(!machine_discover(t.fdt, &m), "%s: not usable", sentence);
    said_is(expected, sentence);
    tree_free(t);
}

static void test_headers(void) {
    char expected[256];
    struct tree t = tree_from_text(WITH(""));
    u32 size = (u32)t.size, *word = t.fdt;

    said_clear();
    ok(!machine_discover(NULL, &m), "no tree: not usable");
    ok(strncmp(said, "E: device tree: at address ", 27) == 0, "no tree");
    word[0] = 0;
    said_clear();
    ok(!machine_discover(t.fdt, &m), "a magic number of 0: not usable");
    ok(strstr(said, "begins with 0x00000000 at address 0x") &&
           strstr(said, ": 0xd00dfeed would be right\n"),
       "a magic number of 0");
    tree_free(t);
    bad_header(5, 16, "E: device tree: version 16, compatible with 16: 17 would be right\n",
               "an older version");
    bad_header(6, 18, "E: device tree: version 17, compatible with 18: 17 would be right\n",
               "a newer version");
    bad_header(1, 39, "E: device tree: totalsize 0x27: 40 to 0x200000 would be right\n",
               "a totalsize that is too small");
    bad_header(1, 0x200001, "E: device tree: totalsize 0x200001: 40 to 0x200000 would be right\n",
               "a totalsize that is too large");
    snprintf(expected, sizeof(expected),
             "E: device tree: structure block at offset 0x38, 0x7fffffff bytes: not a multiple "
             "of 4 within its totalsize of 0x%x\n",
             size);
    bad_header(9, 0x7fffffff, expected, "a structure block that is too large");
}

/* Many of one kind, made by repetition. */
static void many(const char *before, const char *each, unsigned int n, const char *after,
                 bool usable, const char *expected, const char *sentence) {
    static char dts[30000];
    size_t at = (size_t)snprintf(dts, sizeof(dts), "%s", before);
    struct tree t;

    for (unsigned int i = 0; i < n; i++) {
        at += (size_t)snprintf(dts + at, sizeof(dts) - at, each, i, i);
    }
    snprintf(dts + at, sizeof(dts) - at, "%s", after);
    t = tree_from_text(dts);
    said_clear();
    ok(t.size && machine_discover(t.fdt, &m) == usable, "%s: %s", sentence,
       usable ? "usable" : "not usable");
    said_is(expected, sentence);
    tree_free(t);
}

#define ROOT "/dts-v1/; / { #address-cells=<2>; #size-cells=<2>; interrupt-parent=<1>; "

static void test_too_many(void) {
    many(ROOT RAM PSCI GIC TIMER UART CHOSEN "cpus { #address-cells=<1>; #size-cells=<0>; ",
         "cpu@%x { device_type=\"cpu\"; reg=<0x%x>; enable-method=\"psci\"; }; ", 70, "}; };", true,
         "W: device tree: /cpus/cpu@40: this and what follows is not used: no more than 64 "
         "CPUs\n",
         "70 CPUs");
    ok(m.nr_cpus == MAX_CPUS, "64 of them are used");
    many(ROOT RAM CORES PSCI GIC TIMER UART CHOSEN
         "reserved-memory { #address-cells=<2>; #size-cells=<2>; ranges; ",
         "r@%x000 { reg=<0 0x%x000 0 0x1000>; }; ", 70, "}; };", false,
         "E: device tree: /reserved-memory/r@40000: more than 64 reserved ranges of memory\n",
         "70 reservations, which nothing may be put on");
    many(ROOT CORES PSCI GIC TIMER UART CHOSEN,
         "memory@%x0000000 { device_type=\"memory\"; reg=<0x%x 0 0 0x1000>; }; ", 17, "};", true,
         "W: device tree: /memory@100000000: this and what follows is not used: no more than "
         "16 banks of RAM\n",
         "17 banks of RAM");
    many(ROOT RAM CORES PSCI GIC TIMER UART "chosen { stdout-path=\"/uart\"; ",
         "m@%x { compatible=\"multiboot,module\"; reg=<0 0x%x 0 1>; };", 17, "}; };", true,
         "W: device tree: /chosen/m@10: this and what follows is not used: no more than 16 "
         "modules\n",
         "17 modules");
    many(ROOT RAM CORES PSCI GIC TIMER CHOSEN UART,
         "s@%x { compatible=\"arm,pl011\"; reg=<0 0x%x 0 1>; };", 9, "};", true,
         "W: device tree: /s@7: this and what follows is not used: no more than 8 UARTs\n",
         "10 UARTs");
}

int main(void) {
    test_cases();
    test_headers();
    test_too_many();
    return tap_done();
}
