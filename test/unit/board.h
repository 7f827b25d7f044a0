/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of configurations: a board with everything, and a /chosen for it. */
#pragma once

#include "core/machine.h"
#include "unit/tree.h"

#define BOARD_CPU(n) "cpu@" n " { device_type=\"cpu\"; reg=<0x" n ">; enable-method=\"psci\"; }; "

#define GICV2 "arm,gic-400"
#define GICV3 "arm,gic-v3"

/*
 * 1 GiB of RAM from 0x40000000, of which 0x41000000 to 0x41ffffff is reserved; another GiB from
 * 0x100000000; four cores.
 */
#define BOARD(gic, chosen)                                                                         \
    "/dts-v1/; / { #address-cells=<2>; #size-cells=<2>; interrupt-parent=<1>; "                    \
    "memory@0 { device_type=\"memory\"; reg=<0 0x40000000 0 0x40000000 1 0 0 0x40000000>; }; "     \
    "reserved-memory { #address-cells=<2>; #size-cells=<2>; ranges; "                              \
    "fw@0 { reg=<0 0x41000000 0 0x1000000>; }; }; "                                                \
    "cpus { #address-cells=<1>; #size-cells=<0>; " BOARD_CPU("0") BOARD_CPU("1") BOARD_CPU("2")    \
        BOARD_CPU("3") "}; psci { compatible=\"arm,psci-1.0\"; method=\"smc\"; }; "                \
                       "gic { compatible=\"" gic                                                   \
                       "\"; phandle=<1>; interrupt-controller; #interrupt-cells=<3>; "             \
                       "interrupts=<1 9 4>; "                                                      \
                       "reg=<0 0x1000 0 0x1000 0 0x2000 0 0x1000 0 0x4000 0 0x1000 0 0x6000 0 "    \
                       "0x1000>; }; "                                                              \
                       "timer { compatible=\"arm,armv8-timer\"; interrupts=<1 13 4 1 14 4 1 11 4 " \
                       "1 10 4>; }; "                                                              \
                       "uart@9000000 { compatible=\"arm,pl011\"; reg=<0 0x9000000 0 0x1000>; "     \
                       "interrupts=<0 1 4>; }; "                                                   \
                       "chosen { stdout-path=\"/uart@9000000\"; " chosen " }; };"

/* Children of /chosen, and of those. Properties come before children. */
#define GUEST(name, inside) \
    name " { compatible=\"xen,domain\"; #address-cells=<2>; #size-cells=<2>; " inside "}; "
#define SIZE(kib, n)           "memory=<0 " kib ">; cpus=<" n ">; "
#define MODULE_(name, kind)    name " { compatible=" kind "\"multiboot,module\"; "
#define REG(at, size)          "reg=<0 " at " 0 " size ">; "
#define KERNEL(reg)            MODULE_("kernel", "\"multiboot,kernel\", ") reg "}; "
#define RAMDISK(reg)           MODULE_("ramdisk", "\"multiboot,ramdisk\", ") reg "}; "
#define TREE(reg)              MODULE_("tree", "\"multiboot,device-tree\", ") reg "}; "
#define EXTRA(name, reg)       MODULE_(name, "") reg "}; "
#define VCPU(id, affinity)     VCPU_(id, "hard-affinity=" affinity "; ")
#define VCPU_(id, more)        "vcpu" id " { compatible=\"xen,vcpu\"; id=<" id ">; " more "}; "
#define SMALL                  SIZE("65536", "1")
#define KERNEL_FILE            KERNEL(REG("0x50000000", "0x100000"))
#define GUEST_WITH(properties) GUEST("vm", SMALL properties KERNEL_FILE)
#define GUEST_AND(children)    GUEST("vm", SMALL KERNEL_FILE children)

static struct machine machine;
static struct tree machine_tree; /* exactly as long as its bytes: freed by the next discover() */

/* machine of a device tree's source; false: it is none. What is said follows said_clear(). */
static inline bool discover(const char *dts) {
    free(machine_tree.fdt);
    machine_tree = tree_from_text(dts);
    said_clear();
    return machine_discover(machine_tree.fdt, &machine);
}
