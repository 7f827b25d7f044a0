/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills a guest's RAM: scrub, copy the images, write the device tree. The guest starts with its MMU
 * off and reads memory, not caches: every byte goes to the point of coherency.
 */
#include <libfdt.h>
#include <muster/guest_map.h>
#include "arch/cache.h"
#include "core/guest_fdt.h"
#include "core/resolve.h"
#include "core/seed.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "vm/vm.h"

/* To guest RAM from physical memory, ours or a module's; from NOWHERE zeros. */
#define NOWHERE ~0ULL

static bool fill(struct vm *vm, u64 guest, u64 from, u64 size) {
    u64 to = vm->config->ram.v + (guest - GUEST_RAM_BASE);

    while (size) {
        u64 n = window_room(to, from == NOWHERE ? size : window_room(from, size));
        void *dst = window_open(0, pa(to), n, true);
        const void *src = from == NOWHERE ? NULL : window_open(1, pa(from), n, false);

        if (!dst || (from != NOWHERE && !src)) break;
        if (src) {
            memcpy(dst, src, n);
            from += n;
        } else {
            memset(dst, 0, n);
        }
        dcache_clean_invalidate(dst, n);
        to += n;
        size -= n;
    }
    window_close(0);
    window_close(1);
    return size == 0 || log_error("%s: no memory to map %#lx", vm->config->name, to);
}

/* Copies size bytes of physical memory to ours. */
static bool fetch(const struct vm *vm, void *to, u64 from, u64 size) {
    while (size) {
        u64 n = window_room(from, size);
        const void *src = window_open(1, pa(from), n, false);

        if (!src) return log_error("%s: no memory to map %#lx", vm->config->name, from);
        memcpy(to, src, n);
        to = (u8 *)to + n;
        from += n;
        size -= n;
    }
    window_close(1);
    return true;
}

bool vm_load_init(struct vm *vm) {
    const struct vm_config *c = vm->config;
    struct range tree = c->tree.at;
    u64 room = GUEST_FDT_ROOM + (tree.size ? 2 * GUEST_FDT_PARTIAL : 0);

    if (tree.size > GUEST_FDT_PARTIAL)
        return log_error("/chosen: %s: %s: reg: 0x%lx bytes: at most 0x%lx would be right", c->name,
                         c->tree.node, tree.size, GUEST_FDT_PARTIAL);
    vm->fdt_buffer = page_alloc((unsigned int)(room / PAGE_SIZE));
    if (!vm->fdt_buffer) return log_error("%s: no memory for its device tree", c->name);
    vm->fdt_room = room - (tree.size ? GUEST_FDT_PARTIAL : 0);
    if (!tree.size) return true;
    vm->partial = (u8 *)vm->fdt_buffer + vm->fdt_room;
    if (!fetch(vm, vm->partial, tree.base, tree.size)) return false;
    return fdt_totalsize(vm->partial) <= tree.size ||
           log_error("/chosen: %s: %s: a device tree of 0x%x bytes, cut off after 0x%lx", c->name,
                     c->tree.node, fdt_totalsize(vm->partial), tree.size);
}

/*
 * A kernel takes the seed for entropy, so there is one only where the machine has one to give:
 * /chosen/rng-seed of its tree.
 */
static void add_seeds(const struct vm *vm, struct guest_fdt_config *c, u8 seed[SEED_SIZE]) {
    const struct machine *m = vm->machine;

    if (!m->rng_seed.size) return;
    seed_derive(m->rng_seed.data, m->rng_seed.size, vm->id, vm->resets, counter(), seed);
    c->rng_seed = seed;
    c->rng_seed_size = SEED_RNG_SIZE;
    memcpy(&c->kaslr_seed, seed + SEED_RNG_SIZE, sizeof(c->kaslr_seed));
}

static bool write_fdt(struct vm *vm, const struct image_plan *plan) {
    u64 mpidr[MAX_VCPUS];
    u8 seed[SEED_SIZE];
    struct guest_fdt_config c = {
        .revision = 1,
        .ram = {GUEST_RAM_BASE, vm->config->ram_size},
        .mpidr = mpidr,
        .nr_vcpus = vm->nr_vcpus,
        .gic_version = gic.v3 ? 3 : 2,
        .bootargs = vm->config->bootargs,
        .initrd = {plan->ramdisk, vm->config->ramdisk.at.size},
        .idle_states = vm->config->idle_states,
        .partial = vm->partial,
    };
    int size;

    for (unsigned int i = 0; i < vm->nr_vcpus; i++) mpidr[i] = vm_mpidr(vm, i);
    add_seeds(vm, &c, seed);
    size = guest_fdt_build(&c, vm->fdt_buffer, vm->fdt_room);
    if (size < 0)
        return log_error("%s: its device tree cannot be made (libfdt error %d)", vm->config->name,
                         size);
    return fill(vm, plan->fdt, (u64)vm->fdt_buffer, (u64)size);
}

static bool plan_ram(const struct vm *vm, struct image_plan *plan) {
    const struct vm_config *c = vm->config;
    u64 seen = c->kernel.at.size < IMAGE_PEEK ? c->kernel.at.size : IMAGE_PEEK;

    /* The tree's buffer is free until there is a tree. */
    return fetch(vm, vm->fdt_buffer, c->kernel.at.base, seen) &&
           image_plan(c, vm->fdt_buffer, (struct range){GUEST_RAM_BASE, c->ram_size}, vm->fdt_room,
                      plan);
}

bool vm_load(struct vm *vm, struct vm_entry *entry) {
    const struct vm_config *c = vm->config;
    struct image_plan plan;

    if (!plan_ram(vm, &plan)) return false;
    if (!vm->resets) resolve_describe(c, gic.v3 ? 3 : 2, trace_on ? &plan : NULL);
    /* RAM that a guest has used is never seen again, not even by itself. */
    if (vm->resets && !fill(vm, GUEST_RAM_BASE, NOWHERE, c->ram_size)) return false;
    for (unsigned int i = 0; i < plan.nr_segments; i++) {
        const struct image_segment *s = &plan.segment[i];

        if (!fill(vm, s->guest, c->kernel.at.base + s->from, s->copied)) return false;
        if (plan.zero_rest && !fill(vm, s->guest + s->copied, NOWHERE, s->size - s->copied))
            return false;
    }
    for (unsigned int i = 0; i < c->nr_extras; i++)
        if (!fill(vm, c->extra[i].load_address, c->extra[i].at.base, c->extra[i].at.size))
            return false;
    if (!fill(vm, plan.ramdisk, c->ramdisk.at.base, c->ramdisk.at.size) || !write_fdt(vm, &plan))
        return false;
    icache_invalidate_all();
    *entry = (struct vm_entry){.pc = plan.entry, .fdt = plan.fdt};
    return true;
}
