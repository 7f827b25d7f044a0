/* SPDX-License-Identifier: Apache-2.0 */
#include "core/resolve.h"
#include "lib/bits.h"
#include "lib/log.h"

/* Whole pages: a page that is partly reserved is not free. */
static struct range outward(struct range r) {
    u64 base = align_down(r.base, PAGE_SIZE), end = align_up(r.base + r.size, PAGE_SIZE);

    /* The very end of the address space has no number. */
    return (struct range){base, r.size ? (end > base ? end : ~(u64)0) - base : 0};
}

static struct range inward(struct range r) {
    u64 base = align_up(r.base, PAGE_SIZE), end = align_down(r.base + r.size, PAGE_SIZE);

    return (struct range){base, end > base ? end - base : 0};
}

/* The i-th of a guest's modules, NULL behind the last; those that there are not have no node. */
static const struct config_module *module(const struct vm_config *vm, unsigned int i) {
    const struct config_module *named[] = {&vm->kernel, &vm->ramdisk, &vm->tree};

    if (i < ARRAY_SIZE(named)) return named[i];
    i -= (unsigned int)ARRAY_SIZE(named);
    return i < vm->nr_extras ? &vm->extra[i] : NULL;
}

/* The i-th guest, the one of loose modules included; NULL behind the last. */
static struct vm_config *guest(struct config *c, unsigned int i) {
    return i < c->nr_vms ? &c->vm[i] : i == c->nr_vms ? &c->loose : NULL;
}

/* What says of a module that its place is wrong. */
static bool misplaced(const struct vm_config *vm, const struct config_module *mod, const char *why,
                      struct range other) {
    return log_error("/chosen: %s: %s: reg <0x%lx 0x%lx> %s <0x%lx 0x%lx>", vm->name, mod->node,
                     mod->at.base, mod->at.size, why, other.base, other.size);
}

static bool check_place(const struct machine *m, struct range image, const struct vm_config *vm,
                        const struct config_module *mod) {
    struct range fdt = {(u64)(uintptr_t)m->fdt, m->fdt_size};
    unsigned int bank = 0;

    while (bank < m->nr_ram && !range_contains(m->ram[bank], mod->at.base, mod->at.size)) bank++;
    if (bank == m->nr_ram)
        return misplaced(vm, mod, "is not in RAM, whose first bank is", m->ram[0]);
    for (unsigned int i = 0; i < m->nr_reserved; i++)
        if (ranges_overlap(mod->at, m->reserved[i]))
            return misplaced(vm, mod, "overlaps the reserved memory", m->reserved[i]);
    if (ranges_overlap(mod->at, image))
        return misplaced(vm, mod, "overlaps Muster itself, at", image);
    return !ranges_overlap(mod->at, fdt) || misplaced(vm, mod, "overlaps the device tree, at", fdt);
}

/* The same file for two guests is one module twice. */
static bool check_overlaps(const struct vm_config *vm, const struct config_module *mod,
                           struct config *c) {
    const struct vm_config *other;
    const struct config_module *o;

    for (unsigned int i = 0; (other = guest(c, i)); i++)
        for (unsigned int k = 0; !other->bad && (o = module(other, k)); k++)
            if (o != mod && ranges_overlap(mod->at, o->at) &&
                (o->at.base != mod->at.base || o->at.size != mod->at.size))
                return misplaced(vm, mod, "overlaps another module, at", o->at);
    return true;
}

bool resolve_free_ram(struct machine *m, struct range image, struct memmap *free) {
    const struct config_module *mod;
    struct vm_config *vm;
    bool fits = true;

    for (unsigned int i = 0; i < m->nr_ram; i++) fits &= memmap_add(free, inward(m->ram[i]));
    for (unsigned int i = 0; i < m->nr_reserved; i++)
        fits &= memmap_remove(free, outward(m->reserved[i]));
    for (unsigned int i = 0; (vm = guest(&m->config, i)); i++) {
        for (unsigned int k = 0; !vm->bad && (mod = module(vm, k)); k++)
            vm->bad = mod->node && !check_place(m, image, vm, mod);
        for (unsigned int k = 0; !vm->bad && (mod = module(vm, k)); k++)
            fits &= memmap_remove(free, outward(mod->at));
    }
    fits &= memmap_remove(free, outward(image));
    fits &= memmap_remove(free, outward((struct range){(u64)(uintptr_t)m->fdt, m->fdt_size}));
    return fits || log_error("memory: more than %d separate pieces of free RAM", MEMMAP_MAX);
}

/* "0-2,5", for a message. */
static const char *cores_text(u64 cores, char *buf, size_t size) {
    size_t at = 0;

    buf[0] = 0;
    while (cores && at < size) {
        unsigned int first = lowest_bit(cores), last = first;

        while (last < 63 && (cores & BIT(last + 1))) last++;
        cores &= ~MASK(last, first);
        at += print_s(buf + at, size - at, first == last ? "%s%u" : "%s%u-%u", at ? "," : "", first,
                      last);
    }
    return *buf ? buf : "none";
}

/* How many cores a vCPU can choose from. */
static unsigned int choices(const struct vm_config *vm, unsigned int n) {
    return vm->affinity[n] ? count_bits(vm->affinity[n]) : 64;
}

/*
 * Who has the fewest cores to choose from goes first, and the others leave alone what such a vCPU
 * of any guest may want, as long as they can.
 */
static bool take_cores(struct vm_config *vm, struct room *room) {
    const struct config *c = &room->machine->config;
    u64 left = room->cores, wanted = 0;
    char text[64];

    for (unsigned int few = 1; few <= 64; few++) {
        for (unsigned int n = 0; n < vm->nr_vcpus; n++) {
            u64 may = vm->affinity[n] ? vm->affinity[n] & left : left;

            if (choices(vm, n) != few) continue;
            if (!may)
                return log_error("/chosen: %s: cpus <%u>: no core of its own for vCPU %u%s; free "
                                 "are %s",
                                 vm->name, vm->nr_vcpus, n,
                                 vm->affinity[n] ? " by its hard-affinity" : "",
                                 cores_text(vm->affinity[n] ? left : room->cores, text,
                                            sizeof(text)));
            if (may & ~wanted) may &= ~wanted;
            vm->core[n] = (u8)lowest_bit(may);
            left &= ~BIT(vm->core[n]);
        }
        for (unsigned int i = 0; i < c->nr_vms; i++)
            for (unsigned int n = 0; !c->vm[i].bad && n < c->vm[i].nr_vcpus; n++)
                if (choices(&c->vm[i], n) == few) wanted |= c->vm[i].affinity[n];
    }
    room->cores = left;
    return true;
}

/* What is missing, or does not go with this machine. */
static bool check_properties(const struct vm_config *vm, const struct machine *m) {
    unsigned int most = m->gic.version == 2 ? 8 : MAX_VCPUS;

    if (!vm->kernel.node)
        return log_error("/chosen: %s: no kernel: a child with compatible \"multiboot,kernel\", "
                         "\"multiboot,module\" would be right",
                         vm->name);
    if (!vm->ram_size || !vm->nr_vcpus)
        return log_error("/chosen: %s: no %s: %s would be right", vm->name,
                         vm->nr_vcpus ? "memory" : "cpus",
                         vm->nr_vcpus ? "<0 KiB>, such as <0 0x40000>" : "<1> or more");
    if (vm->nr_vcpus > most)
        return log_error("/chosen: %s: cpus <%u>: 1 to %u would be right with GICv%u", vm->name,
                         vm->nr_vcpus, most, m->gic.version);
    if (vm->gic_version && vm->gic_version != m->gic.version)
        return log_error(
            "/chosen: %s: muster,gic-version <%u>: <%u>, the machine's, would be right", vm->name,
            vm->gic_version, m->gic.version);
    for (unsigned int n = vm->nr_vcpus; n < MAX_VCPUS; n++)
        if (vm->affinity[n])
            return log_error("/chosen: %s: xen,vcpu id <%u>: below %u, its cpus, would be right",
                             vm->name, n, vm->nr_vcpus);
    return true;
}

bool resolve_guest(struct vm_config *vm, struct room *room) {
    const struct config_module *mod;
    u64 largest = memmap_largest(room->free, MIB(2)), cores = room->cores;

    if (vm->bad || !check_properties(vm, room->machine)) return false;
    for (unsigned int i = 0; (mod = module(vm, i)); i++)
        if (!check_overlaps(vm, mod, &room->machine->config)) return false;
    if (!take_cores(vm, room)) return false;
    vm->ram_size = align_up(vm->ram_size, MIB(2));
    if (memmap_alloc(room->free, vm->ram_size, MIB(2), &vm->ram)) return true;
    room->cores = cores;
    return log_error("/chosen: %s: memory <%lu> KiB: the largest free block has %lu", vm->name,
                     vm->ram_size >> 10, largest >> 10);
}

void resolve_describe(const struct vm_config *vm, unsigned int gic_version,
                      const struct image_plan *plan) {
    char cores[40] = "", ramdisk[32] = "";
    size_t at = 0;

    log_info("%s: %u vCPUs, %lu MiB RAM, GICv%u", vm->name, vm->nr_vcpus, vm->ram_size >> 20,
             gic_version);
    if (!plan) return;
    /* In the order of the vCPUs: 0-3, or 2,0 where that is not the cores' own. */
    for (unsigned int n = 0, first; n < vm->nr_vcpus && at < sizeof(cores); n++) {
        first = n;
        while (n + 1 < vm->nr_vcpus && vm->core[n + 1] == vm->core[n] + 1) n++;
        at += print_s(cores + at, sizeof(cores) - at, n > first ? "%s%u-%u" : "%s%u",
                      first ? "," : "", vm->core[first], vm->core[n]);
    }
    if (vm->ramdisk.at.size) print_s(ramdisk, sizeof(ramdisk), ", ramdisk %#lx", plan->ramdisk);
    log_info("%s: cores %s, RAM at %#lx, kernel %#lx, tree %#lx%s", vm->name, cores, vm->ram.v,
             plan->segment[0].guest, plan->fdt, ramdisk);
}
