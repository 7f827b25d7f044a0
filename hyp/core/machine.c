/* SPDX-License-Identifier: Apache-2.0 */
#include <libfdt.h>
#include "core/dt.h"
#include "core/machine.h"
#include "lib/bits.h"
#include "lib/log.h"
#include "lib/string.h"

/*
 * The maintenance interrupt where the tree names none, as some Raspberry Pi trees do
 * (Arm BSA, DEN 0094, "PPI assignments").
 */
#define MAINTENANCE_INTID 25

/* First cell of an interrupt specifier (Linux, bindings/interrupt-controller/arm,gic.yaml). */
enum { SPECIFIER_SPI, SPECIFIER_PPI };

/* A node's interrupts: they have a meaning only when the whole tree has been read. */
struct irqs {
    const char *node; /* its name */
    struct dt_prop cells;
    u32 parent;    /* phandle of the controller */
    bool extended; /* interrupts-extended: each specifier begins with a phandle of its own */
};

struct uart {
    struct machine_console console;
    struct irqs irqs;
    char path[DT_PATH_ROOM];
};

struct discovery {
    struct machine *m;
    struct dt dt;
    bool reserved_unknown; /* there is memory that must not be used, and we do not know where */
    bool psci_wanted;      /* a CPU node says enable-method "psci" */
    u32 gic_phandle, gic_cells;
    struct irqs gic, timer;
    const char *stdout_path;
    unsigned int nr_aliases;
    struct dt_prop *alias; /* room for DT_MAX_PROPS */
    struct uart uart[8];
    unsigned int nr_uarts;
    u32 variant; /* of the row of handlers[] that the current node was found by */
};

static struct dt_level *level(struct discovery *d) { return &d->dt.level[d->dt.nr_levels - 1]; }

/* The current node is not used, or not for everything. */
static void wrong(struct discovery *d, const char *what, const char *value, const char *right) {
    log_warn("device tree: %s: %s %s: %s would be right", dt_path(&d->dt), what, value, right);
}

/* Adds one element to an array. False: it is full, the current node is left out. */
static bool push(struct discovery *d, void *array, unsigned int *nr, unsigned int max,
                 const void *element, size_t size) {
    if (*nr == max)
        return log_warn("device tree: %s: not used: no more than %u of its kind", dt_path(&d->dt),
                        max);
    memcpy((char *)array + (*nr)++ * size, element, size);
    return true;
}

#define PUSH(d, array, nr, element) \
    push(d, array, &(nr), ARRAY_SIZE(array), element, sizeof((array)[0]))

/* All of the current node's reg, except banks of size 0, which firmware would fill in. */
static bool push_regs(struct discovery *d, struct range *list, unsigned int *nr, unsigned int max) {
    struct range r;
    bool all = true;

    for (u32 i = 0; all && (i == 0 || i < dt_nr_reg(&d->dt)); i++)
        all = dt_reg(&d->dt, i, &r) && (!r.size || push(d, list, nr, max, &r, sizeof(r)));
    return all;
}

static void memory_node(struct discovery *d) {
    push_regs(d, d->m->ram, &d->m->nr_ram, MAX_RAM_BANKS);
}

/* A node without reg asks the operating system to choose the place: nothing is there yet. */
static void reserved_node(struct discovery *d) {
    if (level(d)->enabled && dt_prop(&d->dt, DT_REG))
        d->reserved_unknown |= !push_regs(d, d->m->reserved, &d->m->nr_reserved, MAX_RESERVED);
}

static void cpu_node(struct discovery *d) {
    const char *method = dt_string(&d->dt, DT_ENABLE_METHOD);
    struct machine_cpu cpu = {.node = level(d)->name};
    struct range reg;

    if (!dt_reg(&d->dt, 0, &reg)) return;
    cpu.mpidr = reg.base & MPIDR_AFFINITY;
    cpu.release_addr = dt_number(&d->dt, DT_CPU_RELEASE_ADDR, 0);
    cpu.method = !method                                                 ? ENABLE_NONE
                 : strcmp(method, "psci") == 0                           ? ENABLE_PSCI
                 : strcmp(method, "spin-table") == 0 && cpu.release_addr ? ENABLE_SPIN_TABLE
                                                                         : ENABLE_UNKNOWN;
    if (cpu.method == ENABLE_UNKNOWN)
        wrong(d, "enable-method", method, "psci, or spin-table with a cpu-release-addr,");
    PUSH(d, d->m->cpu, d->m->nr_cpus, &cpu);
    d->psci_wanted |= cpu.method == ENABLE_PSCI;
}

static void chosen_node(struct discovery *d) {
    const struct dt_prop *seed = dt_prop(&d->dt, DT_RNG_SEED);

    config_chosen(&d->m->config, &d->dt);
    d->m->bootargs = dt_string(&d->dt, DT_BOOTARGS);
    d->stdout_path = dt_string(&d->dt, DT_STDOUT_PATH);
    if (seed) {
        d->m->rng_seed.data = seed->data;
        d->m->rng_seed.size = seed->len;
    }
}

static void psci_node(struct discovery *d) {
    const char *method = dt_string(&d->dt, DT_METHOD);
    struct machine_psci *psci = &d->m->psci;

    if (!method || (strcmp(method, "smc") != 0 && strcmp(method, "hvc") != 0)) {
        wrong(d, "method", method ? method : "missing", "smc or hvc");
        return;
    }
    psci->conduit = *method == 's' ? CONDUIT_SMC : CONDUIT_HVC;
    psci->v0_2 = d->variant == 2;
    /* Arm DEN 0022, 5.1 "Function prototypes": CPU_ON for 64 bits. PSCI 0.1 has no fixed ids. */
    psci->cpu_on = psci->v0_2 ? 0xc4000003 : (u32)dt_number(&d->dt, DT_CPU_ON, 0);
}

static struct irqs irqs_of(struct discovery *d) {
    const struct dt_prop *extended = dt_prop(&d->dt, DT_INTERRUPTS_EXTENDED);
    const struct dt_prop *cells = extended ? extended : dt_prop(&d->dt, DT_INTERRUPTS);

    return (struct irqs){level(d)->name, cells ? *cells : (struct dt_prop){0},
                         level(d)->interrupt_parent, extended};
}

/* The INTID of one of a node's interrupts, a PPI if private; 0: it has none of the GIC's. */
static u32 intid(struct discovery *d, const struct irqs *irqs, u32 i, bool private) {
    u32 width = d->gic_cells + irqs->extended, at = i * width;
    u32 parent = irqs->parent, type, number;

    if (!d->m->gic.version || 4 * (at + width) > irqs->cells.len) return 0;
    if (irqs->extended) parent = (u32)dt_cells(irqs->cells.data, at++, 1);
    type = (u32)dt_cells(irqs->cells.data, at, 1);
    number = (u32)dt_cells(irqs->cells.data, at + 1, 1);
    if (parent == d->gic_phandle) {
        if (type == SPECIFIER_SPI && number < 988 && !private) return number + 32;
        if (type == SPECIFIER_PPI && number < 16) return number + 16;
    }
    log_warn("device tree: %s: %s <%u %u> of 0x%x: %s<1 0..15> of the GIC would be right",
             irqs->node, irqs->cells.name, type, number, parent, private ? "" : "<0 0..987>, ");
    return 0;
}

static void gic_node(struct discovery *d) {
    struct machine_gic *gic = &d->m->gic;
    u32 regions = (u32)dt_number(&d->dt, DT_REDISTRIBUTOR_REGIONS, 1);
    u32 cells = (u32)dt_number(&d->dt, DT_INTERRUPT_CELLS, 0);
    u64 stride = dt_number(&d->dt, DT_REDISTRIBUTOR_STRIDE, 0);
    struct range r[1 + MAX_REDIST_REGIONS] = {0};

    if (gic->version) return;
    if (stride % KIB(64) || stride > GIB(1)) {
        wrong(d, "redistributor-stride", "out of range", "a multiple of 0x10000 up to 0x40000000");
        return;
    }
    if (cells < 3 || cells > 4 || regions < 1 || regions > MAX_REDIST_REGIONS) {
        wrong(d, "#interrupt-cells, #redistributor-regions", "out of range", "3 or 4, 1 to 8");
        return;
    }
    /* The last one first, so that a message says how many there must be. */
    for (u32 i = d->variant == 2 ? 4 : 1 + regions; i > 0; i--)
        if (!dt_reg(&d->dt, i - 1, &r[i - 1])) return;
    d->gic_phandle = (u32)dt_number(&d->dt, DT_PHANDLE, 0);
    d->gic_cells = cells;
    d->gic = irqs_of(d);
    gic->version = d->variant;
    gic->dist = r[0];
    if (d->variant == 2) {
        gic->cpu = r[1];
        gic->hyp = r[2];
        gic->vcpu = r[3];
    } else {
        memcpy(gic->redist, &r[1], sizeof(gic->redist));
        gic->nr_redist = regions;
        gic->redist_stride = stride;
    }
}

static void timer_node(struct discovery *d) { d->timer = irqs_of(d); }

/* The last variant is the BCM2711's mini-UART, whose node says less. */
static void uart_node(struct discovery *d) {
    bool is_8250 = d->variant >= UART_8250, mini = d->variant > UART_8250;
    u64 shift = is_8250 ? dt_number(&d->dt, DT_REG_SHIFT, mini ? 2 : 0) : 0;
    u64 width = is_8250 ? dt_number(&d->dt, DT_REG_IO_WIDTH, mini ? 4 : 1) : 4;
    struct uart uart = {.irqs = irqs_of(d)};
    struct machine_console *c = &uart.console;

    if (!dt_reg(&d->dt, 0, &c->regs)) return;
    /* The last register that is used: LSR, or PL011_ICR. */
    if (shift > 2 || (width != 1 && width != 4) || c->regs.base % width ||
        c->regs.size < (is_8250 ? 6ULL << shift : 0x48)) {
        wrong(d, "reg, reg-shift or reg-io-width", "does not fit",
              "a size for its registers, 0 to 2, 1 or 4");
        return;
    }
    c->kind = is_8250 ? UART_8250 : (enum uart_kind)d->variant;
    c->shift = (u8)shift;
    c->width = (u8)width;
    c->node = level(d)->name;
    print_s(uart.path, sizeof(uart.path), "%s", dt_path(&d->dt));
    PUSH(d, d->uart, d->nr_uarts, &uart);
}

/* Kept until it is known which one /chosen asks for. */
static void aliases_node(struct discovery *d) {
    d->nr_aliases = d->dt.nr_props;
    memcpy(d->alias, d->dt.prop, d->nr_aliases * sizeof(d->alias[0]));
}

/* By device_type, or by the first string of compatible that is here. */
static const struct {
    const char *key;
    void (*take)(struct discovery *d);
    u32 variant;
} handlers[] = {
    {"memory", memory_node, 0},
    {"cpu", cpu_node, 0},
    {"arm,cortex-a15-gic", gic_node, 2},
    {"arm,cortex-a7-gic", gic_node, 2},
    {"arm,gic-400", gic_node, 2},
    {"qcom,msm-qgic2", gic_node, 2},
    {"arm,gic-v3", gic_node, 3},
    {"arm,armv7-timer", timer_node, 0},
    {"arm,armv8-timer", timer_node, 0},
    {"arm,pl011", uart_node, UART_PL011},
    {"arm,sbsa-uart", uart_node, UART_SBSA},
    {"ns16550a", uart_node, UART_8250},
    {"ns16550", uart_node, UART_8250},
    {"snps,dw-apb-uart", uart_node, UART_8250},
    {"brcm,bcm2835-aux-uart", uart_node, UART_8250 + 1},
    {"arm,psci", psci_node, 1},
    {"arm,psci-0.2", psci_node, 2},
    {"arm,psci-1.0", psci_node, 2},
};

static bool take_by(struct discovery *d, enum dt_name name) {
    const struct dt_prop *list = dt_prop(&d->dt, name);
    const char *s = list ? dt_string(&d->dt, name) : NULL;

    for (; s && s < (const char *)list->data + list->len; s += strlen(s) + 1) {
        for (unsigned int i = 0; i < ARRAY_SIZE(handlers); i++) {
            if (*s != *handlers[i].key || strcmp(s, handlers[i].key) != 0) continue;
            d->variant = handlers[i].variant;
            if (level(d)->enabled)
                handlers[i].take(d);
            else
                log_info("device tree: %s: not used, it is disabled", dt_path(&d->dt));
            return true;
        }
    }
    return false;
}

/* /chosen and what is below it. */
static void chosen_nodes(struct discovery *d) {
    if (!level(d)->enabled)
        log_info("device tree: %s: not used, it is disabled", dt_path(&d->dt));
    else if (d->dt.nr_levels == 2)
        chosen_node(d);
    else if (d->dt.nr_levels == 3)
        config_child(&d->m->config, &d->dt);
    else if (d->dt.nr_levels == 4)
        config_grandchild(&d->m->config, &d->dt);
}

static void take_node(struct discovery *d) {
    const struct dt_level *l = level(d);
    const char *top = d->dt.level[1].name;

    if (d->dt.nr_levels == 1) return;
    if (*top == 'c' && strcmp(top, "chosen") == 0)
        chosen_nodes(d);
    else if (*top == 'a' && l->name == top && strcmp(top, "aliases") == 0)
        aliases_node(d);
    else if (d->dt.nr_levels == 3 && strcmp(l[-1].name, "reserved-memory") == 0)
        reserved_node(d);
    else if (!take_by(d, DT_DEVICE_TYPE) && !take_by(d, DT_COMPATIBLE) &&
             strcmp(l->name, "cpu-map") == 0)
        dt_skip_children(&d->dt); /* which cores lie together */
}

/* The path that an alias of this name and length stands for; or the name itself. */
static const char *path_of(const struct discovery *d, const char *name, size_t *len) {
    for (const struct dt_prop *p = d->alias; p < &d->alias[d->nr_aliases]; p++) {
        const char *path = p->data;

        if (strncmp(p->name, name, *len) || p->name[*len] || !p->len || path[p->len - 1]) continue;
        *len = strlen(path);
        return path;
    }
    return name;
}

/* The UART that stdout-path names, without options like ":115200n8", or else the first, if any. */
static void choose_console(struct discovery *d) {
    const char *wanted = d->stdout_path ? d->stdout_path : "", *options = strchr(wanted, ':');
    size_t len = options ? (size_t)(options - wanted) : strlen(wanted);
    const char *node = path_of(d, wanted, &len);
    unsigned int i = 0;

    while (i < d->nr_uarts && (strncmp(d->uart[i].path, node, len) || d->uart[i].path[len])) i++;
    if (i == d->nr_uarts) {
        i = 0;
        log_warn("%s: looked for stdout-path \"%s\" of /chosen, path or alias of an enabled "
                 "PL011, SBSA, 16550 or BCM2835 UART",
                 d->nr_uarts ? "the first UART is the console" : "no console", wanted);
    }
    d->m->console = d->uart[i].console;
    d->m->console.intid = intid(d, &d->uart[i].irqs, 0, false);
}

static bool have(bool it, const char *what, const char *looked_for) {
    return it || log_error("no %s: looked for %s", what, looked_for);
}

/* What every machine must have: one line for each thing that is not there. */
static bool complete(const struct discovery *d) {
    const struct machine *m = d->m;
    bool timer = m->timer.virt || (d->timer.cells.len && !m->gic.version);
    bool ok = have(m->nr_ram, "memory", "nodes with device_type \"memory\" and a reg");

    ok &= have(!d->reserved_unknown, "list of all reserved memory",
               "room, a reg in each node, and no end above the address space");
    ok &= have(m->nr_cpus, "CPUs", "nodes /cpus/cpu@* with device_type \"cpu\"");
    ok &= have(m->gic.version, "interrupt controller",
               "\"arm,gic-400\", \"arm,cortex-a{7,15}-gic\", \"qcom,msm-qgic2\" or \"arm,gic-v3\"");
    ok &= have(timer, "timer", "the third interrupt of \"arm,armv8-timer\" or \"arm,armv7-timer\"");
    /* Cores that cannot be asked are missing, no more. */
    if (d->psci_wanted && m->psci.conduit != CONDUIT_SMC)
        log_warn("no PSCI by SMC: looked for \"arm,psci-1.0\", \"arm,psci-0.2\" or \"arm,psci\"");
    return ok;
}

bool machine_discover(const void *fdt, struct machine *m) {
    struct dt_prop alias[DT_MAX_PROPS];
    struct discovery d = {.m = m, .alias = alias};
    enum dt_step step;
    struct range r;

    memset(m, 0, sizeof(*m));
    m->config.loose.name = "vm0";
    if (!dt_open(&d.dt, fdt)) return false;
    m->fdt = fdt;
    m->fdt_size = fdt_totalsize(fdt);
    for (int i = 0; !d.reserved_unknown && !fdt_get_mem_rsv(fdt, i, &r.base, &r.size) && r.size;
         i++)
        d.reserved_unknown = wraps(r) || !PUSH(&d, m->reserved, m->nr_reserved, &r);
    while ((step = dt_next_node(&d.dt)) == DT_NODE) take_node(&d);
    m->gic.maintenance_intid = intid(&d, &d.gic, 0, true);
    if (m->gic.version && !m->gic.maintenance_intid) {
        m->gic.maintenance_intid = MAINTENANCE_INTID;
        log_info("device tree: %s: INTID %u taken for maintenance", d.gic.node, MAINTENANCE_INTID);
    }
    /* In the order of Linux, bindings/timer/arm,arch_timer.yaml. */
    m->timer.phys = intid(&d, &d.timer, 1, true);
    m->timer.virt = intid(&d, &d.timer, 2, true);
    m->timer.hyp = intid(&d, &d.timer, 3, true);
    choose_console(&d);
    /* What is missing from half a tree says nothing. */
    return step == DT_DONE && complete(&d);
}

void machine_describe(const struct machine *m, unsigned int nr_lrs, bool devices) {
    const struct machine_gic *g = &m->gic;
    char lrs[28] = "", gic[60];
    u64 ram = 0;

    for (unsigned int i = 0; i < m->nr_ram; i++) ram += m->ram[i].size;
    if (nr_lrs) print_s(lrs, sizeof(lrs), " with %u list registers", nr_lrs);
    log_info("machine: %u cores, %lu MiB RAM, GICv%u%s, PSCI by %s, %s", m->nr_cpus, ram >> 20,
             g->version, lrs, nth_name("nothing\0SMC\0HVC", m->psci.conduit),
             m->console.node ? m->console.node : "no console");
    if (!devices) return;
    print_s(gic, sizeof(gic), g->version == 2 ? "GICC %#lx, GICH %#lx, GICV %#lx" : "GICR %#lx",
            g->version == 2 ? g->cpu.base : g->redist[0].base, g->hyp.base, g->vcpu.base);
    log_info("machine: GICD %#lx, %s; INTIDs %u, %u, %u; UART %#lx, INTID %u", g->dist.base, gic,
             g->maintenance_intid, m->timer.virt, m->timer.phys, m->console.regs.base,
             m->console.intid);
}
