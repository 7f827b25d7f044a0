/* SPDX-License-Identifier: Apache-2.0 */
/* machine_discover(): whatever the tree says, nothing outside it is read, and the result holds. */
#include <libfdt.h>
#include "core/machine.h"
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
    use_string(m.console.node);
    must(m.psci.conduit <= CONDUIT_HVC);
}

static void check_chosen(void) {
    use_string(m.bootargs);
    use_bytes(m.rng_seed.data, m.rng_seed.size);
    must(m.nr_modules <= MAX_MODULES);
    for (unsigned int i = 0; i < m.nr_modules; i++) {
        check_range(m.module[i].at);
        use_string(m.module[i].bootargs);
        must(m.module[i].node);
        use_string(m.module[i].node);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) {
    size_t header = sizeof(struct fdt_header), room = size < header ? header : size;
    struct fdt_header *fdt = exact_copy(data, size, room);

    /* The caller promises the header, and as many bytes as it says. */
    if (fdt_totalsize(fdt) > room) fdt_set_totalsize(fdt, (u32)room);
    room = fdt_totalsize(fdt) < header ? header : fdt_totalsize(fdt);
    fdt = realloc(fdt, room);
    if (machine_discover(fdt, &m)) must(m.nr_ram && m.nr_cpus && m.gic.version && m.timer.virt);
    check_memory();
    check_cpus();
    check_devices();
    check_chosen();
    free(fdt);
    return 0;
}
