/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes are of use, and those that need no others: RAM, reservations, CPUs, PSCI, /chosen. */
#include "core/machine_nodes.h"
#include "lib/log.h"
#include "lib/string.h"

/* dt_level.kind of the nodes whose children we know by their place, not by compatible. */
enum place { PLACE_NONE, PLACE_CPUS, PLACE_RESERVED, PLACE_CHOSEN };

/* Is there room for one more? If not, says so once, by the first node that is left out. */
static bool room(struct discovery *d, unsigned int nr, unsigned int max, bool *told,
                 const char *what) {
    if (nr < max) return true;
    if (!*told)
        log_warn("device tree: %s: this and what follows is not used: no more than %u %s",
                 dt_path(&d->w), max, what);
    *told = true;
    return false;
}

static bool is(const char *s, const char *other) { return s && strcmp(s, other) == 0; }

static void memory_node(struct discovery *d) {
    struct dt_walk *w = &d->w;
    struct machine *m = d->m;
    unsigned int n = dt_nr_reg(w);
    struct range r;

    if (n == 0) log_error("device tree: %s: %s", dt_path(w), w->reason);
    for (unsigned int i = 0; i < n; i++) {
        if (!dt_reg(w, i, &r)) {
            log_error("device tree: %s: %s", dt_path(w), w->reason);
            continue;
        }
        /* Trees in a file have size 0, for the firmware to fill in. */
        if (r.size && room(d, m->nr_ram, MAX_RAM_BANKS, &d->told_ram, "banks of RAM"))
            m->ram[m->nr_ram++] = r;
    }
}

void machine_reserve(struct discovery *d, const char *node, struct range r) {
    struct machine *m = d->m;

    if (r.size == 0) return;
    if (m->nr_reserved == MAX_RESERVED) {
        if (!d->told_reserved)
            log_error("device tree: %s: more than %u reserved ranges of memory", node,
                      MAX_RESERVED);
        d->told_reserved = true;
        d->unusable = true;
        return;
    }
    m->reserved[m->nr_reserved++] = r;
}

/* A node without reg asks the operating system to choose the place: nothing is there yet. */
static void reserved_node(struct discovery *d) {
    struct dt_walk *w = &d->w;
    unsigned int n;
    struct range r;

    if (!dt_node(w)->enabled || !dt_prop(w, DT_REG)) return;
    n = dt_nr_reg(w);
    for (unsigned int i = 0; i < n; i++) {
        if (!dt_reg(w, i, &r))
            n = 0;
        else
            machine_reserve(d, dt_path(w), r);
    }
    if (n == 0) {
        log_error("device tree: %s: %s", dt_path(w), w->reason);
        d->unusable = true;
    }
}

static enum enable_method cpu_method(struct discovery *d, struct machine_cpu *cpu) {
    struct dt_walk *w = &d->w;
    const char *method = dt_string(w, DT_ENABLE_METHOD);

    if (!dt_prop(w, DT_ENABLE_METHOD)) return ENABLE_NONE;
    if (is(method, "psci")) {
        if (!d->psci_user) d->psci_user = cpu->node;
        return ENABLE_PSCI;
    }
    if (!is(method, "spin-table")) {
        log_warn("device tree: %s: enable-method \"%s\": \"psci\" or \"spin-table\" would "
                 "be right",
                 dt_path(w), method ? method : "");
        return ENABLE_UNKNOWN;
    }
    cpu->release_addr = dt_number(w, DT_CPU_RELEASE_ADDR, 0);
    if (cpu->release_addr) return ENABLE_SPIN_TABLE;
    log_warn("device tree: %s: enable-method \"spin-table\" without a cpu-release-addr",
             dt_path(w));
    return ENABLE_UNKNOWN;
}

static bool cpu_mpidr(struct discovery *d, u64 *mpidr) {
    struct dt_walk *w = &d->w;
    const struct dt_prop *reg = dt_prop(w, DT_REG);
    u32 cells = dt_parent(w)->addr_cells;

    if ((cells != 1 && cells != 2) || !reg || reg->len != 4 * cells) {
        log_error("device tree: %s: reg has %u bytes, with #address-cells %u in /cpus: one "
                  "MPIDR in 1 or 2 cells would be right",
                  dt_path(w), reg ? reg->len : 0, cells);
        return false;
    }
    *mpidr = dt_cells(reg->data, 0, cells) & MPIDR_AFFINITY;
    for (unsigned int i = 0; i < d->m->nr_cpus; i++) {
        if (d->m->cpu[i].mpidr == *mpidr) {
            log_error("device tree: %s: reg 0x%lx is also that of %s", dt_path(w), *mpidr,
                      d->m->cpu[i].node);
            return false;
        }
    }
    return true;
}

/* Children of /cpus: CPUs, but also cpu-map, idle-states and caches. */
static void cpus_child(struct discovery *d) {
    struct dt_walk *w = &d->w;
    struct machine *m = d->m;
    struct machine_cpu cpu = {.node = dt_node(w)->name};

    if (!is(dt_string(w, DT_DEVICE_TYPE), "cpu") && strncmp(cpu.node, "cpu@", 4) != 0) return;
    if (!dt_node(w)->enabled) {
        const char *status = dt_string(w, DT_STATUS);

        log_info("device tree: %s: not used, its status is \"%s\"", dt_path(w),
                 status ? status : "");
        return;
    }
    if (!cpu_mpidr(d, &cpu.mpidr) || !room(d, m->nr_cpus, MAX_CPUS, &d->told_cpus, "CPUs")) return;
    cpu.method = cpu_method(d, &cpu);
    m->cpu[m->nr_cpus++] = cpu;
}

static void chosen_node(struct discovery *d) {
    struct dt_walk *w = &d->w;
    const struct dt_prop *seed = dt_prop(w, DT_RNG_SEED);

    d->m->bootargs = dt_string(w, DT_BOOTARGS);
    d->stdout_path = dt_string(w, DT_STDOUT_PATH);
    if (seed) {
        d->m->rng_seed.data = seed->data;
        d->m->rng_seed.size = seed->len;
    }
}

/* Multiboot's names, as Xen's boot protocol and QEMU's guest loader use them. */
static void chosen_child(struct discovery *d) {
    struct dt_walk *w = &d->w;
    struct machine *m = d->m;
    const struct dt_prop *list = dt_prop(w, DT_COMPATIBLE);
    struct machine_module module = {.node = dt_node(w)->name};
    bool wanted = false;

    for (const char *s = dt_string(w, DT_COMPATIBLE); s; s = dt_next_string(list, s)) {
        if (is(s, "multiboot,kernel"))
            module.kind = MODULE_KERNEL;
        else if (is(s, "multiboot,ramdisk"))
            module.kind = MODULE_RAMDISK;
        else if (is(s, "multiboot,device-tree"))
            module.kind = MODULE_DEVICE_TREE;
        else if (!is(s, "multiboot,module"))
            continue;
        wanted = true;
    }
    if (!wanted || !dt_node(w)->enabled ||
        !room(d, m->nr_modules, MAX_MODULES, &d->told_modules, "modules"))
        return;
    if (dt_nr_reg(w) == 0 || !dt_reg(w, 0, &module.at)) {
        log_error("device tree: %s: %s", dt_path(w), w->reason);
        return;
    }
    module.bootargs = dt_string(w, DT_BOOTARGS);
    m->module[m->nr_modules++] = module;
}

enum psci_variant { PSCI_0_2, PSCI_0_1 };

static void psci_node(struct discovery *d, unsigned int variant) {
    struct dt_walk *w = &d->w;
    const char *method = dt_string(w, DT_METHOD);
    struct machine_psci psci = {.v0_2 = variant == PSCI_0_2};

    if (is(method, "smc")) {
        psci.conduit = CONDUIT_SMC;
    } else if (is(method, "hvc")) {
        psci.conduit = CONDUIT_HVC;
    } else {
        log_error("device tree: %s: method \"%s\": \"smc\" or \"hvc\" would be right", dt_path(w),
                  method ? method : "");
        return;
    }
    if (psci.v0_2) {
        /* Arm DEN 0022, 5.1 "Function prototypes": CPU_ON and CPU_SUSPEND for 64 bits. */
        psci.cpu_on = 0xc4000003;
        psci.cpu_off = 0x84000002;
        psci.cpu_suspend = 0xc4000001;
    } else {
        psci.cpu_on = dt_u32(w, DT_CPU_ON, 0);
        psci.cpu_off = dt_u32(w, DT_CPU_OFF, 0);
        psci.cpu_suspend = dt_u32(w, DT_CPU_SUSPEND, 0);
    }
    d->m->psci = psci;
}

/* Sorted as strcmp() does. The first string of a node's compatible that has a row decides. */
static const struct device {
    char compatible[24];
    unsigned int variant;
    void (*node)(struct discovery *d, unsigned int variant);
} devices[] = {
    {"arm,armv7-timer", 0, machine_timer_node},     {"arm,armv8-timer", 0, machine_timer_node},
    {"arm,cortex-a15-gic", 0, machine_gic_v2_node}, {"arm,cortex-a7-gic", 0, machine_gic_v2_node},
    {"arm,gic-400", 0, machine_gic_v2_node},        {"arm,gic-v3", 0, machine_gic_v3_node},
    {"arm,pl011", false, machine_uart_node},        {"arm,psci", PSCI_0_1, psci_node},
    {"arm,psci-0.2", PSCI_0_2, psci_node},          {"arm,psci-1.0", PSCI_0_2, psci_node},
    {"arm,sbsa-uart", true, machine_uart_node},     {"qcom,msm-qgic2", 0, machine_gic_v2_node},
};

static void device_node(struct discovery *d) {
    struct dt_walk *w = &d->w;
    const struct dt_prop *list = dt_prop(w, DT_COMPATIBLE);

    for (const char *s = dt_string(w, DT_COMPATIBLE); s; s = dt_next_string(list, s)) {
        int row = dt_search(devices, sizeof(devices[0]), ARRAY_SIZE(devices), s);

        if (row >= 0) {
            devices[row].node(d, devices[row].variant);
            return;
        }
    }
}

/* Addresses below this node are physical, although it has no ranges. */
static void set_identity(struct dt_walk *w) {
    struct dt_level *l = &w->level[w->nr_levels - 1];

    if (!l->ranges) {
        l->ranges = w->at;
        l->ranges_len = 0;
    }
}

static void root_child(struct discovery *d) {
    struct dt_walk *w = &d->w;
    struct dt_level *l = &w->level[w->nr_levels - 1];

    if (is(l->name, "cpus")) {
        l->kind = PLACE_CPUS;
    } else if (is(l->name, "reserved-memory")) {
        l->kind = PLACE_RESERVED;
        set_identity(w);
    } else if (is(l->name, "chosen")) {
        l->kind = PLACE_CHOSEN;
        set_identity(w);
        chosen_node(d);
    } else if (is(l->name, "aliases")) {
        d->aliases = w->props_at;
    } else if (l->enabled && is(dt_string(w, DT_DEVICE_TYPE), "memory")) {
        memory_node(d);
    }
}

void machine_node(struct discovery *d) {
    const struct dt_level *parent = dt_parent(&d->w);

    if (!parent) return;
    if (d->w.nr_levels == 2) root_child(d);
    if (parent->kind == PLACE_CPUS)
        cpus_child(d);
    else if (parent->kind == PLACE_RESERVED)
        reserved_node(d);
    else if (parent->kind == PLACE_CHOSEN)
        chosen_child(d);
    else if (dt_node(&d->w)->enabled)
        device_node(d);
}
