/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests as the device tree's /chosen describes them: Xen's dom0less binding (Xen,
 * docs/misc/arm/device-tree/booting.txt) with additions of our own, named muster,*. What is
 * supported, ignored and refused: docs/configuration.md, whose table and the ones here agree.
 *
 * Whatever is wrong is told once, by node, property and value, with what would be right; a guest
 * with an error is left out, the others start.
 */
#pragma once

#include "core/dt.h"

#define MAX_VMS    16
#define MAX_VCPUS  64
#define MAX_EXTRAS 4

/* Of an address that nobody has given. */
#define NO_ADDRESS (~(u64)0)

/* A file that lies in the machine's RAM. */
struct config_module {
    struct range at;  /* physical; size 0: there is none */
    const char *node; /* its name, like "module@48000000" */
    u64 load_address; /* guest-physical; NO_ADDRESS: we choose */
    u64 entry;        /* guest-physical; NO_ADDRESS: as the image says */
};

struct vm_config {
    const char *name;      /* of its node */
    bool bad;              /* something was wrong with it, which has been told */
    unsigned int nr_vcpus; /* 0: not given, as below */
    u64 ram_size;          /* bytes */
    u32 gic_version;
    const char *bootargs; /* or NULL */
    bool aff1;            /* vCPU n has affinity n.0, as a Raspberry Pi 5's cores; else 0.n */
    bool reset_on_crash;  /* else it stops */
    bool idle_states;     /* its tree offers CPU_SUSPEND to power-down */
    struct config_module kernel, ramdisk, tree, extra[MAX_EXTRAS];
    unsigned int nr_extras;
    u64 affinity[MAX_VCPUS]; /* of each vCPU: cores it may have, by number; 0: any */
    /* Chosen by resolve_guest(). */
    pa_t ram;
    u8 core[MAX_VCPUS]; /* of each vCPU: the number of its core */
};

struct config {
    struct vm_config vm[MAX_VMS];
    unsigned int nr_vms;
    struct vm_config loose; /* modules right under /chosen, as QEMU's guest-loader puts them */
    bool keep;              /* the machine stays on when no guest is left */
};

/* The current node, enabled, is /chosen, a child of it, or a child of one of those. */
void config_chosen(struct config *c, struct dt *dt);
void config_child(struct config *c, struct dt *dt);
void config_grandchild(struct config *c, struct dt *dt);
