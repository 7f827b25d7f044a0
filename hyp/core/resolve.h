/* SPDX-License-Identifier: Apache-2.0 */
/* Fits guests into the machine: the same checks on the target and, by scripts/preflight, before. */
#pragma once

#include "core/machine.h"
#include "core/memmap.h"

struct room {
    const struct machine *machine;
    struct range image;    /* Muster's own, bss included */
    struct range built_in; /* the guest in it; size 0: none */
    struct memmap *free;   /* RAM */
    u64 cores;             /* those that are free for a vCPU, by number */
};

/*
 * RAM without reservations, Muster's image, the device tree and all modules, in whole pages.
 * False, after log_error(), when it is in too many pieces.
 */
bool resolve_free_ram(const struct machine *m, struct range image, struct memmap *free);

/*
 * Checks a guest of m->config, and takes cores and RAM for it out of the room. False, after
 * log_error() by node, property and value: nothing was taken.
 */
bool resolve_guest(struct vm_config *vm, struct room *room);
