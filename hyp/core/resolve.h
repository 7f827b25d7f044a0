/* SPDX-License-Identifier: Apache-2.0 */
/* Fits guests into the machine: the same checks on the target and, by scripts/preflight, before. */
#pragma once

#include "core/image.h"
#include "core/machine.h"
#include "core/memmap.h"

struct room {
    struct machine *machine;
    struct range built_in; /* the guest in it; size 0: none */
    struct memmap *free;   /* RAM */
    u64 cores;             /* those that are free for a vCPU, by number */
};

/*
 * RAM without reservations, Muster's image (bss included), the device tree and the modules, in
 * whole pages. A guest with a module that cannot be where it is becomes bad, after log_error(), and
 * takes no RAM from the others. False, after log_error(): too many pieces.
 */
bool resolve_free_ram(struct machine *m, struct range image, struct memmap *free);

/*
 * Checks a guest of m->config, and takes cores and RAM for it out of the room. False, after
 * log_error() by node, property and value: nothing was taken.
 */
bool resolve_guest(struct vm_config *vm, struct room *room);

/* Logs what the guest has got; with a plan also its cores, and where it and its files lie. */
void resolve_describe(const struct vm_config *vm, unsigned int gic_version,
                      const struct image_plan *plan);
