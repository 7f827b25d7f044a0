/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fills a guest's RAM: scrub, copy the images, write the device tree. The guest starts with its MMU
 * off and reads memory, not caches: every byte goes to the point of coherency.
 */
#include <muster/guest_map.h>
#include "arch/cache.h"
#include "core/guest_fdt.h"
#include "core/image.h"
#include "core/seed.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "vm/vm.h"

/* Bytes from `at` to the end of its 2 MiB block, at most `size`: what one window shows. */
static u64 chunk(u64 at, u64 size) {
    u64 rest = WINDOW_SIZE - (at & (WINDOW_SIZE - 1));

    return rest < size ? rest : size;
}

/* To guest RAM from physical memory, ours or a module's; from NOWHERE zeros. */
#define NOWHERE ~0ULL

static bool fill(struct vm *vm, u64 guest, u64 from, u64 size) {
    u64 to = vm->ram.v + (guest - GUEST_RAM_BASE);

    while (size) {
        u64 n = chunk(to, from == NOWHERE ? size : chunk(from, size));
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
    return size == 0 || log_error("%s: no memory to map %#lx", vm->config.name, to);
}

static const char *read_header(const struct vm *vm, struct image_header *h) {
    struct range k = vm->config.kernel;
    u64 seen = chunk(k.base, k.size);
    const u8 *data = seen ? window_open(1, pa(k.base), seen, false) : NULL;
    const char *wrong = data ? image_parse(data, seen, h) : "cannot be read";

    if (!wrong && h->image_size < k.size) h->image_size = k.size;
    window_close(1);
    return wrong;
}

static bool place(struct vm *vm, struct image_layout *l) {
    struct image_header h;
    struct range ram = {GUEST_RAM_BASE, vm->ram_size};
    const char *wrong = read_header(vm, &h);
    u64 needed;

    if (wrong)
        return log_error("%s: kernel at %#lx, %lu bytes: %s", vm->config.name,
                         vm->config.kernel.base, vm->config.kernel.size, wrong);
    wrong = image_layout(&h, vm->config.ramdisk.size, ram, l, &needed);
    if (wrong)
        return log_error("%s: its %s does not fit into %lu MiB of guest RAM; mem=%luM would do",
                         vm->config.name, wrong, vm->ram_size >> 20, needed >> 20);
    return true;
}

/*
 * A kernel takes the seed for entropy, so there is one only where the machine has one to give:
 * /chosen/rng-seed of its tree.
 */
static void add_seeds(const struct vm *vm, struct guest_fdt_config *c, u8 seed[SEED_SIZE]) {
    const struct vm_config *v = &vm->config;

    if (!v->machine_seed_size) return;
    seed_derive(v->machine_seed, v->machine_seed_size, vm->id, vm->resets, counter(), seed);
    c->rng_seed = seed;
    c->rng_seed_size = SEED_RNG_SIZE;
    memcpy(&c->kaslr_seed, seed + SEED_RNG_SIZE, sizeof(c->kaslr_seed));
}

static bool write_fdt(struct vm *vm, const struct image_layout *l) {
    static u64 mpidr[MAX_VCPUS];
    u8 seed[SEED_SIZE];
    struct guest_fdt_config c = {
        .revision = 1,
        .ram = {GUEST_RAM_BASE, vm->ram_size},
        .mpidr = mpidr,
        .nr_vcpus = vm->nr_vcpus,
        .gic_version = gic.v3 ? 3 : 2,
        .bootargs = vm->config.bootargs,
        .initrd = {l->ramdisk, vm->config.ramdisk.size},
    };
    int size;

    for (unsigned int i = 0; i < vm->nr_vcpus; i++) mpidr[i] = vm_mpidr(i);
    add_seeds(vm, &c, seed);
    if (!vm->fdt_buffer) vm->fdt_buffer = page_alloc(GUEST_FDT_ROOM / PAGE_SIZE);
    size = vm->fdt_buffer ? guest_fdt_build(&c, vm->fdt_buffer, GUEST_FDT_ROOM) : -1;
    if (size < 0)
        return log_error("%s: its device tree cannot be made (libfdt error %d)", vm->config.name,
                         size);
    return fill(vm, l->fdt, (u64)vm->fdt_buffer, (u64)size);
}

bool vm_load(struct vm *vm, struct vm_entry *entry) {
    const struct vm_config *c = &vm->config;
    struct image_layout l;

    if (!place(vm, &l)) return false;
    /* RAM that a guest has used is never seen again, not even by itself. */
    if (vm->resets && !fill(vm, GUEST_RAM_BASE, NOWHERE, vm->ram_size)) return false;
    if (!fill(vm, l.kernel, c->kernel.base, c->kernel.size) ||
        !fill(vm, l.ramdisk, c->ramdisk.base, c->ramdisk.size) || !write_fdt(vm, &l))
        return false;
    icache_invalidate_all();
    *entry = (struct vm_entry){.pc = l.kernel, .fdt = l.fdt};
    return true;
}
