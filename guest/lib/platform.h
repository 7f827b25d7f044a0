/* SPDX-License-Identifier: Apache-2.0 */
/* The machine as its device tree describes it. */
#pragma once

#include "layout.h"
#include "types.h"

#define MAX_BANKS        8
#define MAX_GICR_REGIONS 4

enum conduit { CONDUIT_NONE, CONDUIT_HVC, CONDUIT_SMC };

struct platform {
    u32 nr_cpus;
    u32 nr_cpus_in_tree;
    u64 mpidr[MAX_CPUS]; /* [0] is the boot CPU */
    u32 nr_memory;
    struct range memory[MAX_BANKS];
    enum conduit conduit;
    u32 gic_version; /* 2, 3, or 0 for none */
    struct range gicd;
    struct range gicc;
    u32 nr_gicr;
    struct range gicr[MAX_GICR_REGIONS];
    u32 timer_virt_intid;
    u32 timer_phys_intid;
    u64 uart;
    u32 uart_intid;
    bool muster; /* /hypervisor says that we run under Muster */
    bool xen; /* its UART is arm,sbsa-uart: a PL011 that is set up, without the registers for it */
    bool strict; /* so do all checks, also those that QEMU's own PSCI fails */
    const char *bootargs;
    u64 dtb;
};

extern struct platform platform;
/* Where the image was loaded, and the end of its memory, bss included. */
extern const u8 image_start[] asm("_start");
extern const u8 image_end[] asm("_end");

/* NULL, or the name of the node that is missing. */
const char *platform_init(u64 dtb, u64 boot_mpidr);
bool platform_is_ram(u64 address);
/* First address behind the memory bank that holds this image. */
u64 platform_ram_end(void);
/* An MPIDR that no CPU of this machine has. */
u64 platform_absent_mpidr(void);
/* The text behind `key` (which includes its '=') in /chosen bootargs, or NULL. */
const char *platform_bootarg(const char *key);
