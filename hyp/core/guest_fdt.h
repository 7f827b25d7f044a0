/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree that a guest boots with: QEMU's virt board as far as we have it. */
#pragma once

#include "lib/types.h"

struct guest_fdt_config {
    u32 revision;             /* of what we offer to guests by hypercall */
    struct range ram;         /* guest-physical; usually from GUEST_RAM_BASE */
    const u64 *mpidr;         /* of each vCPU: affinity fields only */
    unsigned int nr_vcpus;    /* 1 or more */
    unsigned int gic_version; /* 2 or 3 */
    const char *bootargs;     /* NULL: none */
    struct range initrd;      /* guest-physical; size 0: none */
    const void *rng_seed;     /* NULL: none */
    u32 rng_seed_size;        /* bytes */
    u64 kaslr_seed;           /* 0: none */
    bool idle_states;         /* vCPUs can power down by CPU_SUSPEND */
    const void *partial;      /* a tree to be merged in, 8-byte aligned; NULL: none */
};

/* Enough for any tree whose command line has at most 4 KiB; and for that and a partial tree. */
#define GUEST_FDT_ROOM    KIB(24)
#define GUEST_FDT_PARTIAL KIB(64) /* at most */

/*
 * Writes the tree to buf (8-byte aligned). Returns its size in bytes, or a negative libfdt error:
 * -FDT_ERR_NOSPACE when buf is too small, -FDT_ERR_BADVALUE for a configuration that no GIC fits.
 */
int guest_fdt_build(const struct guest_fdt_config *c, void *buf, size_t size);
