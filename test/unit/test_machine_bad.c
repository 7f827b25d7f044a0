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
#define GIC    "gic { " GIC_IS GIC_REG "interrupts=<1 9 4>; }; "
#define GIC_25 "I: device tree: gic: INTID 25 taken for maintenance\n"
#define TIMER_ "timer { compatible=\"arm,armv8-timer\"; "
#define TIMER  TIMER_ "interrupts=<1 13 4 1 14 4 1 11 4 1 10 4>; }; "
#define UART_  "uart@9000000 { compatible=\"arm,pl011\"; "
#define UART   UART_ "reg=<0 0x9000000 0 0x1000>; interrupts=<0 1 4>; }; "
#define CHOSEN "chosen { stdout-path=\"/uart@9000000\"; }; "
#define CORES  CPUS(CPU("0") CPU("1"))

/* All that a machine needs, by parts: a case leaves one out and puts another in its place. */
#define WITH_CPUS(x)  TREE(RAM x PSCI GIC TIMER UART CHOSEN)
#define WITH_RAM(x)   TREE(x CORES PSCI GIC TIMER UART CHOSEN)
#define WITH_PSCI(x)  TREE(RAM CORES x GIC TIMER UART CHOSEN)
#define WITH_GIC(x)   TREE(RAM CORES PSCI x TIMER UART CHOSEN)
#define WITH_TIMER(x) TREE(RAM CORES PSCI GIC x UART CHOSEN)
#define WITH_UART(x)  TREE(RAM CORES PSCI GIC TIMER x)
#define WITH(x)       TREE(x RAM CORES PSCI GIC TIMER UART CHOSEN)

#define NO_GIC                                                                             \
    "E: no interrupt controller: looked for \"arm,gic-400\", \"arm,cortex-a{7,15}-gic\", " \
    "\"qcom,msm-qgic2\" or \"arm,gic-v3\"\n"
#define NO_RAM  "E: no memory: looked for nodes with device_type \"memory\" and a reg\n"
#define NO_CPUS "E: no CPUs: looked for nodes /cpus/cpu@* with device_type \"cpu\"\n"
#define NO_TIMER                                                             \
    "E: no timer: looked for the third interrupt of \"arm,armv8-timer\" or " \
    "\"arm,armv7-timer\"\n"
#define NO_PSCI "W: no PSCI by SMC: looked for \"arm,psci-1.0\", \"arm,psci-0.2\" or \"arm,psci\"\n"
#define NO_RESERVED                                                                             \
    "E: no list of all reserved memory: looked for room, a reg in each node, and no end above " \
    "the address space\n"
#define LOOKED_FOR(path)                                                             \
    ": looked for stdout-path \"" path "\" of /chosen, path or alias of an enabled " \
    "PL011, SBSA, 16550 or BCM2835 UART\n"
#define WITH_8250(properties)                                                     \
    WITH_UART("u@1000 { compatible=\"ns16550a\"; reg=<0 0x1000 0 8>; " properties \
              " }; chosen { stdout-path=\"/u@1000\"; };")
#define BAD_UART                                                                            \
    "W: device tree: /u@1000: reg, reg-shift or reg-io-width does not fit: a size for its " \
    "registers, 0 to 2, 1 or 4 would be right\n"
#define NO_CONSOLE(path) "W: no console" LOOKED_FOR(path)
#define FIRST_UART(path) "W: the first UART is the console" LOOKED_FOR(path)
#define REG_BYTES(node, bytes, n) \
    "W: device tree: " node ": reg has " bytes " bytes: " n " or more times 16 would be right\n"

#define UNREACHED                                                                                \
    "W: device tree: /soc/gic: reg <0x6000 0x1000> cannot be reached: within the ranges of soc " \
    "would be right\n"
#define OF_GIC ": <1 0..15> of the GIC would be right\n"
#define GIC_CELLS                                                                                  \
    "W: device tree: /gic: #interrupt-cells, #redistributor-regions out of range: 3 or 4, 1 to 8 " \
    "would be right\n"
#define BROKEN(node)                                                                              \
    "E: device tree: broken at or after " node ": cut off, damaged, or more than 16 levels or 4 " \
    "cells\n"

static const struct {
    const char *sentence;
    const char *dts;
    bool usable;
    const char *said;
} cases[] = {
    {"a machine with everything", WITH(""), true, ""},
    {"an empty tree names all that is missing", TREE(""), false,
     NO_CONSOLE("") NO_RAM NO_CPUS NO_GIC NO_TIMER},

    {"no memory node", WITH_RAM(""), false, NO_RAM},
    {"a disabled memory node",
     WITH_RAM("memory { device_type=\"memory\"; status=\"disabled\"; reg=<0 0 0 1>; };"), false,
     "I: device tree: /memory: not used, it is disabled\n" NO_RAM},
    {"a memory node of size 0", WITH_RAM("memory@0 { device_type=\"memory\"; reg=<0 0 0 0>; };"),
     false, NO_RAM},
    {"a memory node without reg", WITH_RAM("memory { device_type=\"memory\"; };"), false,
     REG_BYTES("/memory", "0", "1") NO_RAM},
    {"a memory node with half an entry",
     WITH_RAM("memory { device_type=\"memory\"; reg=<0 0 1>; };"), false,
     REG_BYTES("/memory", "12", "1") NO_RAM},
    {"memory that wraps, beside some that does not",
     WITH("memory { device_type=\"memory\"; reg=<0xffffffff 0xfffff000 0 0x2000>; };"), true,
     "W: device tree: /memory: reg <0xfffffffffffff000 0x2000> cannot be reached: within the "
     "address space would be right\n"},
    {"absurd cells",
     "/dts-v1/; / { #address-cells=<3>; #size-cells=<0>; interrupt-parent=<1>; " RAM CORES PSCI
     "};",
     false,
     "W: device tree: /memory@0: reg has 16 bytes: 1 or more times 12 would be right\n" NO_CONSOLE(
         "") NO_RAM NO_GIC NO_TIMER},
    {"more cells than any address has", TREE(RAM "bus { #size-cells=<5>; };"), false,
     BROKEN("/bus") NO_CONSOLE("")},

    {"a reservation that cannot be read",
     WITH("reserved-memory { #address-cells=<2>; #size-cells=<2>; ranges; fw@0 { reg=<0 0 1>; "
          "}; };"),
     false, REG_BYTES("/reserved-memory/fw@0", "12", "1") NO_RESERVED},
    {"a reservation that wraps", "/dts-v1/; /memreserve/ 0x1000 0xfffffffffffff001; / { };", false,
     NO_CONSOLE("") NO_RAM NO_RESERVED NO_CPUS NO_GIC NO_TIMER},
    {"reservations without ranges are taken as they are",
     WITH("reserved-memory { #address-cells=<2>; #size-cells=<2>; fw@0 { reg=<0 0 0 1>; }; };"),
     true, ""},

    {"no /cpus", WITH_CPUS(""), false, NO_CPUS},
    {"/cpus without CPUs", WITH_CPUS(CPUS("cpu-map { };")), false, NO_CPUS},
    {"a CPU that is named twice",
     WITH_CPUS(CPUS(CPU("0") CPU("1") "cpu@2 { device_type=\"cpu\"; reg=<1>; };")), true, ""},
    {"a CPU whose MPIDR is cut off",
     WITH_CPUS(CPUS(CPU("0") "cpu@1 { device_type=\"cpu\"; reg=[00 01]; };")), true,
     "W: device tree: /cpus/cpu@1: reg has 2 bytes: 1 or more times 4 would be right\n"},
    {"/cpus with a compatible of its own, as on an Armada 8080",
     WITH_CPUS(CPUS("compatible=\"marvell,armada-ap810-octa\"; " CPU("0") CPU("100"))), true, ""},
    {"a disabled CPU",
     WITH_CPUS(CPUS(CPU("0") "cpu@1 { device_type=\"cpu\"; reg=<1>; status=\"disabled\"; };")),
     true, "I: device tree: /cpus/cpu@1: not used, it is disabled\n"},
    {"spin-table without an address",
     WITH_CPUS(CPUS(CPU("0") "cpu@1 { device_type=\"cpu\"; reg=<1>; "
                             "enable-method=\"spin-table\"; };")),
     true,
     "W: device tree: /cpus/cpu@1: enable-method spin-table: psci, or spin-table with a "
     "cpu-release-addr, would be right\n"},

    {"no PSCI where CPUs ask for it", WITH_PSCI(""), true, NO_PSCI},
    {"PSCI that is disabled",
     WITH_PSCI("psci { compatible=\"arm,psci-1.0\"; method=\"smc\"; status=\"disabled\"; };"), true,
     "I: device tree: /psci: not used, it is disabled\n" NO_PSCI},
    {"PSCI by an unknown conduit", WITH_PSCI("psci { compatible=\"arm,psci\"; method=\"svc\"; };"),
     true, "W: device tree: /psci: method svc: smc or hvc would be right\n" NO_PSCI},
    {"no PSCI and no need for it",
     TREE(RAM CPUS("cpu@0 { device_type=\"cpu\"; reg=<0>; };") GIC TIMER UART CHOSEN), true, ""},

    {"no interrupt controller", WITH_GIC(""), false, NO_GIC},
    {"a GICv2 without virtualization",
     WITH_GIC("gic { " GIC_IS "reg=<0 0x1000 0 0x1000 0 0x2000 0 0x1000>; };"), false,
     REG_BYTES("/gic", "32", "4") NO_GIC},
    {"a GIC on a bus without ranges",
     WITH_GIC("soc { compatible=\"x\"; #address-cells=<2>; #size-cells=<2>; " GIC "};"), false,
     UNREACHED NO_GIC},
    {"a GIC outside its bus's ranges",
     WITH_GIC("soc { #address-cells=<2>; #size-cells=<2>; ranges=<1 0 0 0 0 0x1000>; " GIC "};"),
     false, UNREACHED NO_GIC},
    {"ranges of odd length",
     WITH_GIC("soc { #address-cells=<2>; #size-cells=<2>; ranges=<0 0 0 0 0>; " GIC "};"), false,
     UNREACHED NO_GIC},
    {"ranges that wrap",
     WITH_GIC("soc { #address-cells=<2>; #size-cells=<2>; "
              "ranges=<0 0 0xffffffff 0xfffff000 0 0x2000>; " GIC "};"),
     false, UNREACHED NO_GIC},
    {"a GIC whose interrupts have two cells",
     WITH_GIC("gic { compatible=\"arm,gic-400\"; #interrupt-cells=<2>; " GIC_REG "};"), false,
     GIC_CELLS NO_GIC},
    {"a GICv3 with nine regions",
     WITH_GIC("gic { compatible=\"arm,gic-v3\"; phandle=<1>; #interrupt-cells=<3>; "
              "#redistributor-regions=<9>; " GIC_REG "};"),
     false, GIC_CELLS NO_GIC},
    {"redistributors that overlap",
     WITH_GIC(
         "gic { compatible=\"arm,gic-v3\"; #interrupt-cells=<3>; redistributor-stride=<1>; " GIC_REG
         "};"),
     false,
     "W: device tree: /gic: redistributor-stride out of range: a multiple of 0x10000 up to "
     "0x40000000 would be right\n" NO_GIC},
    {"a GIC whose maintenance interrupt is shared by all cores",
     WITH_GIC("gic { " GIC_IS GIC_REG "interrupts=<0 9 4>; }; "), true,
     "W: device tree: gic: interrupts <0 9> of 0x1" OF_GIC GIC_25},
    {"a GIC that does not say its maintenance interrupt", WITH_GIC("gic { " GIC_IS GIC_REG "}; "),
     true, GIC_25},
    {"a second GIC", WITH("second { " GIC_IS GIC_REG "interrupts=<1 9 4>; }; "), true, ""},

    {"no timer", WITH_TIMER(""), false, NO_TIMER},
    {"a timer without the virtual timer", WITH_TIMER(TIMER_ "interrupts=<1 13 4 1 14 4>; };"),
     false, NO_TIMER},
    {"a timer of another interrupt controller",
     WITH_TIMER(TIMER_ "interrupt-parent=<7>; interrupts=<1 13 4 1 14 4 1 11 4>; };"), false,
     "W: device tree: timer: interrupts <1 14> of 0x7" OF_GIC
     "W: device tree: timer: interrupts <1 11> of 0x7" OF_GIC NO_TIMER},
    {"a timer with interrupts that all cores share",
     WITH_TIMER(TIMER_ "interrupts=<0 13 4 0 14 4 0 11 4>; };"), false,
     "W: device tree: timer: interrupts <0 14> of 0x1" OF_GIC
     "W: device tree: timer: interrupts <0 11> of 0x1" OF_GIC NO_TIMER},
    {"a timer with a PPI that does not exist",
     WITH_TIMER(TIMER_ "interrupts=<1 13 4 1 16 4 1 11 4>; };"), true,
     "W: device tree: timer: interrupts <1 16> of 0x1" OF_GIC},

    {"no UART", WITH_UART(""), true, NO_CONSOLE("")},
    {"no stdout-path", WITH_UART(UART), true, FIRST_UART("")},
    {"stdout-path to a node that is not there",
     WITH_UART(UART "chosen { stdout-path=\"/serial@1:115200\"; };"), true,
     FIRST_UART("/serial@1:115200")},
    {"stdout-path by an alias that is not there",
     WITH_UART(UART "chosen { stdout-path=\"serial0:115200\"; };"), true,
     FIRST_UART("serial0:115200")},
    {"stdout-path by an alias that is no text",
     WITH_UART("uu@1000 { compatible=\"arm,pl011\"; reg=<0 0x1000 0 0x1000>; }; "
               "aliases { s=<0x2f757540 0x31303030>; }; chosen { stdout-path=\"s\"; };"),
     true, FIRST_UART("s")},
    {"stdout-path to a disabled UART",
     WITH_UART("u@1 { compatible=\"arm,pl011\"; status=\"disabled\"; reg=<0 1 0 1>; }; " UART
               "chosen { stdout-path=\"/u@1\"; };"),
     true, "I: device tree: /u@1: not used, it is disabled\n" FIRST_UART("/u@1")},
    {"stdout-path to another kind of UART",
     WITH_UART("u@1 { compatible=\"vendor,uart\"; reg=<0 1 0 1>; }; " UART
               "aliases { s=\"/u@1\"; }; chosen { stdout-path=\"s\"; };"),
     true, FIRST_UART("s")},
    {"a 16550 whose registers have an absurd distance", WITH_8250("reg-shift=<32>;"), true,
     BAD_UART NO_CONSOLE("/u@1000")},
    {"a 16550 with accesses of three bytes", WITH_8250("reg-io-width=<3>;"), true,
     BAD_UART NO_CONSOLE("/u@1000")},
    {"a 16550 with more registers than its reg has", WITH_8250("reg-shift=<1>;"), true,
     BAD_UART NO_CONSOLE("/u@1000")},
    {"a PL011 that is too short",
     WITH_UART("u@1000 { compatible=\"arm,pl011\"; reg=<0 0x1000 0 0x44>; }; chosen { "
               "stdout-path=\"/u@1000\"; };"),
     true, BAD_UART NO_CONSOLE("/u@1000")},
    {"stdout-path to a UART without registers",
     WITH_UART("u@1 { compatible=\"arm,pl011\"; reg=<0 1 0>; }; chosen { stdout-path=\"/u@1\"; "
               "};"),
     true, REG_BYTES("/u@1", "12", "1") NO_CONSOLE("/u@1")},

    {"a module that is one by device_type alone",
     WITH("m { device_type=\"multiboot,module\"; reg=<0 1 0 1>; };"), true, ""},
    {"values of the wrong type",
     WITH("x { #address-cells=<1 2 3>; status=<0x6f6b6179>; compatible; };"), true,
     "W: device tree: /x: status has 4 bytes, taken as missing: text that ends with a byte of "
     "0 "
     "would be right\n"
     "W: device tree: /x: #address-cells has 12 bytes, taken as missing: 4 or 8 would be "
     "right\n"
     "W: device tree: /x: compatible has 0 bytes, taken as missing: text that ends with a byte of "
     "0 "
     "would be right\n"},
    {"nodes that are nested too deep",
     WITH("n1{n2{n3{n4{n5{n6{n7{n8{n9{na{nb{nc{nd{ne{nf{ng{};};};};};};};};};};};};};};};};"),
     false, BROKEN("/n1/n2/n3/n4/n5/n6/n7/n8/n9/na/nb/nc/nd/ne/nf") NO_CONSOLE("")},
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

/* Good trees with one word of the header replaced. */
static void test_headers(void) {
    static const struct {
        unsigned int word;
        u32 value;
        const char *sentence;
    } bad[] = {
        {0, 0, "a magic number of 0"},
        {1, 39, "a totalsize that is too small"},
        {1, 0x200001, "a totalsize that is too large"},
        {2, 0x3a, "a structure block that is not aligned"},
        {4, 0x2c, "a memory reservation block that is not aligned"},
        {5, 16, "an older version"},
        {6, 18, "a newer version"},
        {9, 0x7fffffff, "a structure block that is too large"},
    };

    said_clear();
    ok(!machine_discover(NULL, &m), "no tree: not usable");
    ok(strncmp(said, "E: device tree: at address ", 27) == 0, "no tree");
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct tree t = tree_from_text(WITH(""));

        ((u32 *)t.fdt)[bad[i].word] = __builtin_bswap32(bad[i].value);
        said_clear();
        ok(!machine_discover(t.fdt, &m), "%s: not usable", bad[i].sentence);
        ok(strncmp(said, "E: device tree: at address ", 27) == 0 &&
               strstr(said, ": a multiple of 8 with a header (magic 0xd00dfeed) of version 17, its "
                            "blocks within a totalsize of at most 0x200000, would be right\n"),
           "%s", bad[i].sentence);
        tree_free(t);
    }
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

#define LEFT_OUT(node, max) "W: device tree: " node ": not used: no more than " max " of its kind\n"

static void test_too_many(void) {
    many(ROOT RAM PSCI GIC TIMER UART CHOSEN "cpus { #address-cells=<1>; #size-cells=<0>; ",
         "cpu@%x { device_type=\"cpu\"; reg=<0x%x>; enable-method=\"psci\"; }; ", 66, "}; };", true,
         LEFT_OUT("/cpus/cpu@40", "64") LEFT_OUT("/cpus/cpu@41", "64"), "66 CPUs");
    ok(m.nr_cpus == MAX_CPUS, "64 of them are used");
    many(ROOT RAM CORES PSCI GIC TIMER UART CHOSEN
         "reserved-memory { #address-cells=<2>; #size-cells=<2>; ranges; ",
         "r@%x000 { reg=<0 0x%x000 0 0x1000>; }; ", 65, "}; };", false,
         LEFT_OUT("/reserved-memory/r@40000", "64") NO_RESERVED,
         "65 reservations, which nothing may be put on");
    many(ROOT CORES PSCI GIC TIMER UART CHOSEN,
         "memory@%x0000000 { device_type=\"memory\"; reg=<0x%x 0 0 0x1000>; }; ", 17, "};", true,
         LEFT_OUT("/memory@100000000", "16"), "17 banks of RAM");
    many(ROOT RAM CORES PSCI GIC TIMER UART "chosen { stdout-path=\"/uart@9000000\"; ",
         "m@%x { compatible=\"multiboot,module\"; reg=<0 0x%x 0 1>; muster,load-address=<0>; };", 5,
         "}; };", true,
         "E: /chosen/m@4: compatible once more: one kernel, one ramdisk, one device-tree and 4 "
         "modules without a kind would be right\n",
         "5 modules without a kind");
    many(ROOT RAM CORES PSCI GIC TIMER CHOSEN UART,
         "s@%x { compatible=\"arm,pl011\"; reg=<0 0x%x000 0 0x1000>; };", 9, "};", true,
         LEFT_OUT("/s@7", "8") LEFT_OUT("/s@8", "8"), "10 UARTs");
}

int main(void) {
    test_cases();
    test_headers();
    test_too_many();
    return tap_done();
}
