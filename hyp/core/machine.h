/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the device tree says about the machine that we run on, read in one pass.
 *
 * All addresses are physical: `ranges` of every bus up to the root are applied. All interrupts are
 * INTIDs. Nodes whose status, or a parent's, is other than "okay" do not count. Strings and data
 * pointers point into the device tree, which has to stay where it is.
 */
#pragma once

#include "core/config.h"

#define MAX_CPUS           64
#define MAX_RAM_BANKS      16
#define MAX_RESERVED       64
#define MAX_REDIST_REGIONS 8

/* The largest tree that the arm64 boot protocol allows (Linux, Documentation/arch/arm64/booting).
 */
#define MACHINE_FDT_MAX MIB(2)

/* Affinity fields of MPIDR_EL1: Aff3, 39:32, and Aff2 to Aff0, 23:0 (Arm ARM DDI 0487, D19.2). */
#define MPIDR_AFFINITY 0xff00ffffffULL

/* NONE: the node names no method. That is right for a core which runs already: the boot core. */
enum enable_method { ENABLE_NONE, ENABLE_PSCI, ENABLE_SPIN_TABLE, ENABLE_UNKNOWN };
enum conduit { CONDUIT_NONE, CONDUIT_SMC, CONDUIT_HVC };

struct machine_cpu {
    u64 mpidr; /* affinity fields only: RES1 and other bits are masked */
    enum enable_method method;
    u64 release_addr; /* spin-table: where the core looks for its entry point */
    const char *node; /* its name, like "cpu@100" */
};

struct machine_psci {
    enum conduit conduit; /* NONE: there is no PSCI, and SMC may be UNDEFINED */
    bool v0_2;            /* 0.2 or later: the standard function ids, PSCI_VERSION exists */
    u32 cpu_on;           /* its function id; 0: not offered */
};

struct machine_gic {
    unsigned int version;        /* 2 or 3; 0: none found */
    struct range dist;           /* GICD */
    struct range cpu, hyp, vcpu; /* GICC, GICH and GICV: v2 only */
    struct range redist[MAX_REDIST_REGIONS];
    unsigned int nr_redist; /* v3 only */
    u64 redist_stride;      /* bytes from one redistributor to the next; 0: as GICR_TYPER */
    u32 maintenance_intid;
};

/* SBSA: the PL011's reduced register set, without baud rate, line and control registers. */
enum uart_kind { UART_PL011, UART_SBSA, UART_8250 };

struct machine_console {
    enum uart_kind kind;
    u8 shift, width; /* of 8250's registers: log2 of their distance; bytes of an access, 1 or 4 */
    struct range regs;
    u32 intid;        /* 0: none, poll it */
    const char *node; /* its name, like "pl011@9000000" */
};

struct machine {
    const void *fdt;
    u32 fdt_size; /* its totalsize */
    struct range ram[MAX_RAM_BANKS];
    unsigned int nr_ram;
    struct range reserved[MAX_RESERVED]; /* /memreserve/ and /reserved-memory, no-map or not */
    unsigned int nr_reserved;
    struct machine_cpu cpu[MAX_CPUS];
    unsigned int nr_cpus;
    struct machine_psci psci;
    struct machine_gic gic;
    struct {
        u32 phys, virt, hyp; /* INTIDs, all PPIs; 0: the tree does not name this one */
    } timer;
    struct machine_console console;
    const char *bootargs; /* /chosen: our own command line, or NULL */
    struct config config; /* the rest of /chosen: guests */
    struct {
        const void *data;
        u32 size; /* bytes; 0: none */
    } rng_seed;
};

/*
 * Fills *m from the flattened device tree at fdt (8-byte aligned, totalsize bytes readable).
 *
 * False when something that we cannot do without is missing or broken: log_error() has said which
 * node or property, what was found and what was looked for. *m then holds whatever could be read,
 * so that a console, if there is one, can show these lines.
 * Never reads outside [fdt, fdt + totalsize), whatever the tree contains. About 5 KiB of stack.
 */
bool machine_discover(const void *fdt, struct machine *m);

/*
 * Logs what was found, and on request, in a second line, the devices' addresses and INTIDs.
 * nr_lrs: the GIC's list registers; 0: nobody has asked it.
 */
void machine_describe(const struct machine *m, unsigned int nr_lrs, bool devices);
