/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine_discover(), and what fits guests into the machine: whatever the tree says, nothing
 * outside it is read, and the result holds.
 */
#include <libfdt.h>
#include "core/machine.h"
#include "core/resolve.h"
#include "fuzz/fuzz.h"
#include "lib/bits.h"

static struct machine m;

static void check_range(struct range r) { must(!wraps(r)); }

static void check_ranges(const struct range *r, unsigned int nr, unsigned int max) {
    must(nr <= max);
    while (nr--) check_range(r[nr]);
}

static void check_memory(void) {
    check_ranges(m.ram, m.nr_ram, MAX_RAM_BANKS);
    check_ranges(m.reserved, m.nr_reserved, MAX_RESERVED);
    for (unsigned int i = 0; i < m.nr_ram; i++) must(m.ram[i].size);
}

/* 0: there is none. */
static bool is_ppi(u32 intid) { return intid == 0 || (intid >= 16 && intid < 32); }

static void check_cpus(void) {
    must(m.nr_cpus <= MAX_CPUS);
    for (unsigned int i = 0; i < m.nr_cpus; i++) {
        use_string(m.cpu[i].node);
        must(m.cpu[i].node && !(m.cpu[i].mpidr & ~MPIDR_AFFINITY));
        must(m.cpu[i].method != ENABLE_SPIN_TABLE || m.cpu[i].release_addr);
    }
}

static void check_devices(void) {
    const struct range gic[] = {m.gic.dist, m.gic.cpu, m.gic.hyp, m.gic.vcpu};

    must(m.gic.version == 0 || m.gic.version == 2 || m.gic.version == 3);
    must(m.gic.version != 3 || m.gic.nr_redist);
    must(m.gic.redist_stride % KIB(64) == 0 && m.gic.redist_stride <= GIB(1));
    check_ranges(gic, ARRAY_SIZE(gic), ARRAY_SIZE(gic));
    check_ranges(m.gic.redist, m.gic.nr_redist, MAX_REDIST_REGIONS);
    must(is_ppi(m.gic.maintenance_intid) && is_ppi(m.timer.phys) && is_ppi(m.timer.virt));
    must(m.console.intid < 1020);
    check_range(m.console.regs);
    must(!m.console.node || ((m.console.width == 1 || m.console.width == 4) &&
                             m.console.regs.base % m.console.width == 0 && m.console.shift <= 2));
    use_string(m.console.node);
    must(m.psci.conduit <= CONDUIT_HVC);
}

static void check_chosen(void) {
    use_string(m.bootargs);
    use_bytes(m.rng_seed.data, m.rng_seed.size);
}

/* A guest's modules, those that there are not included; NULL behind the last. */
static const struct config_module *module(const struct vm_config *vm, unsigned int i) {
    const struct config_module *named[] = {&vm->kernel, &vm->ramdisk, &vm->tree};

    must(vm->nr_extras <= MAX_EXTRAS);
    return i < 3 ? named[i] : i < 3 + vm->nr_extras ? &vm->extra[i - 3] : NULL;
}

static void check_config(const struct vm_config *vm) {
    const struct config_module *mod;

    must(vm->name);
    use_string(vm->name);
    use_string(vm->bootargs);
    must(vm->nr_vcpus <= MAX_VCPUS);
    must(vm->gic_version == 0 || vm->gic_version == 2 || vm->gic_version == 3);
    for (unsigned int i = 0; (mod = module(vm, i)); i++) {
        use_string(mod->node);
        check_range(mod->at);
        must(vm->bad || !mod->node || mod->at.size);
    }
}

static void check_configs(void) {
    must(m.config.nr_vms <= MAX_VMS);
    for (unsigned int i = 0; i < m.config.nr_vms; i++) check_config(&m.config.vm[i]);
    check_config(&m.config.loose);
}

/* Where the image would be. */
static const struct range image = {0x48000000, MIB(1)}, built_in = {0x48010000, KIB(32)};

static bool in_ram(u64 address) {
    for (unsigned int i = 0; i < m.nr_ram; i++)
        if (range_contains(m.ram[i], address, 1)) return true;
    return false;
}

static void check_apart(struct range r, const struct vm_config *vm) {
    const struct config_module *mod;

    for (unsigned int i = 0; !vm->bad && (mod = module(vm, i)); i++)
        must(!ranges_overlap(r, mod->at));
}

/* What a guest got is RAM, nobody else's, and cores of its own. */
static void check_placed(const struct vm_config *vm, struct range *taken, unsigned int nr_taken,
                         u64 *cores) {
    struct range r = {vm->ram.v, vm->ram_size}, fdt = {(u64)(uintptr_t)m.fdt, m.fdt_size};

    must(r.size && !wraps(r) && is_aligned(r.base | r.size, MIB(2)));
    must(in_ram(r.base) && in_ram(r.base + r.size - 1));
    must(!ranges_overlap(r, image) && !ranges_overlap(r, fdt));
    for (unsigned int i = 0; i < m.nr_reserved; i++) must(!ranges_overlap(r, m.reserved[i]));
    for (unsigned int i = 0; i < m.config.nr_vms; i++) check_apart(r, &m.config.vm[i]);
    check_apart(r, &m.config.loose);
    for (unsigned int i = 0; i < nr_taken; i++) must(!ranges_overlap(r, taken[i]));
    taken[nr_taken] = r;
    must(vm->nr_vcpus >= 1 && vm->nr_vcpus <= (m.gic.version == 2 ? 8 : MAX_VCPUS));
    for (unsigned int n = 0; n < vm->nr_vcpus; n++) {
        must(*cores & BIT(vm->core[n]));
        must(!vm->affinity[n] || vm->affinity[n] & BIT(vm->core[n]));
        *cores &= ~BIT(vm->core[n]);
    }
}

/* As hyp/boot/guests.c does it, on a machine whose cores all came up. */
static void place_guests(void) {
    struct range taken[MAX_VMS + 1];
    struct memmap free_ram = {0};
    struct vm_config *loose = &m.config.loose;
    struct room room = {&m, built_in, &free_ram, MASK(m.nr_cpus - 1, 0)};
    u64 cores = room.cores;
    unsigned int nr = 0;

    if (!resolve_free_ram(&m, image, &free_ram)) return;
    for (unsigned int i = 0; i < m.config.nr_vms; i++)
        if (resolve_guest(&m.config.vm[i], &room))
            check_placed(&m.config.vm[i], taken, nr++, &cores);
    loose->nr_vcpus = 1;
    loose->ram_size = MIB(64);
    if (resolve_guest(loose, &room)) check_placed(loose, taken, nr, &cores);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) {
    size_t header = sizeof(struct fdt_header), room = size < header ? header : size;
    struct fdt_header *fdt = exact_copy(data, size, room);
    bool complete;

    /* The caller promises the header, and as many bytes as it says. */
    if (fdt_totalsize(fdt) > room) fdt_set_totalsize(fdt, (u32)room);
    room = fdt_totalsize(fdt) < header ? header : fdt_totalsize(fdt);
    fdt = realloc(fdt, room);
    complete = machine_discover(fdt, &m);
    check_memory();
    check_cpus();
    check_devices();
    check_chosen();
    if (complete) {
        must(m.nr_ram && m.nr_cpus && m.gic.version && m.timer.virt);
        check_configs();
        place_guests();
    }
    free(fdt);
    return 0;
}
