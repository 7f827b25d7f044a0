/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller, the timer, and which INTID an interrupts property means. */
#include "core/machine_nodes.h"
#include "lib/log.h"
#include "lib/string.h"

/*
 * The maintenance interrupt where the tree names none, as some Raspberry Pi trees do
 * (Arm BSA, DEN 0094, "PPI assignments").
 */
#define MAINTENANCE_INTID 25

/* First cell of an interrupt specifier (Linux, bindings/interrupt-controller/arm,gic.yaml). */
enum { SPECIFIER_SPI, SPECIFIER_PPI };

struct irq_ref machine_irqs(const struct discovery *d) {
    const struct dt_prop *extended = dt_prop(&d->w, DT_INTERRUPTS_EXTENDED);
    const struct dt_prop *irqs = dt_prop(&d->w, DT_INTERRUPTS);
    u32 parent = dt_node(&d->w)->interrupt_parent;

    if (extended) return (struct irq_ref){extended->data, extended->len, 0, true};
    if (irqs) return (struct irq_ref){irqs->data, irqs->len, parent, false};
    return (struct irq_ref){NULL, 0, 0, false};
}

u32 machine_intid(const struct discovery *d, const struct irq_ref *irq, unsigned int index,
                  const char *path) {
    u32 width = d->gic_cells + irq->extended, at = index * width;
    u32 parent, type, number;

    if (!d->m->gic.version || 4 * (at + width) > irq->len) return 0;
    parent = irq->extended ? dt_cell(irq->cells, at++) : irq->parent;
    if (parent != d->gic_phandle) {
        log_warn("device tree: %s: its interrupts go to phandle 0x%x: 0x%x, the GIC, would "
                 "be right",
                 path, parent, d->gic_phandle);
        return 0;
    }
    type = dt_cell(irq->cells, at);
    number = dt_cell(irq->cells, at + 1);
    if (type == SPECIFIER_SPI && number < 988) return number + 32;
    if (type == SPECIFIER_PPI && number < 16) return number + 16;
    log_warn("device tree: %s: interrupt %u of type %u: type 0 (SPI), 0 to 987, or type 1 "
             "(PPI), 0 to 15, would be right",
             path, number, type);
    return 0;
}

/* The current node's first registers. Fewer than at_least: says what is wrong. */
static bool read_regs(struct discovery *d, struct range *r, unsigned int at_least,
                      const char *which) {
    struct dt_walk *w = &d->w;
    unsigned int n = dt_nr_reg(w);

    if (n && n < at_least) {
        log_error("device tree: %s: reg has %u entries: %u would be right: %s", dt_path(w), n,
                  at_least, which);
        return false;
    }
    for (unsigned int i = 0; n && i < at_least; i++)
        if (!dt_reg(w, i, &r[i])) n = 0;
    if (n == 0) log_error("device tree: %s: %s", dt_path(w), w->reason);
    return n != 0;
}

/* Is the node one that we can take? Then remembers how others refer to it. */
static bool take_gic(struct discovery *d) {
    struct dt_walk *w = &d->w;

    if (d->m->gic.version) {
        log_warn("device tree: %s: not used, %s is the interrupt controller", dt_path(w),
                 d->gic_path);
        return false;
    }
    d->gic_cells = dt_u32(w, DT_INTERRUPT_CELLS, 0);
    if (d->gic_cells < 3 || d->gic_cells > 4) {
        log_error("device tree: %s: #interrupt-cells is %u: 3 or 4 would be right", dt_path(w),
                  d->gic_cells);
        return false;
    }
    d->gic_phandle = dt_u32(w, DT_PHANDLE, 0);
    d->gic_irq = machine_irqs(d);
    print_s(d->gic_path, sizeof(d->gic_path), "%s", dt_path(w));
    return true;
}

void machine_gic_v2_node(struct discovery *d, unsigned int variant) {
    struct machine_gic *gic = &d->m->gic;
    struct range r[4];

    (void)variant;
    if (!take_gic(d) || !read_regs(d, r, 4, "GICD, GICC, GICH, GICV")) return;
    gic->dist = r[0];
    gic->cpu = r[1];
    gic->hyp = r[2];
    gic->vcpu = r[3];
    gic->version = 2;
}

void machine_gic_v3_node(struct discovery *d, unsigned int variant) {
    struct machine_gic *gic = &d->m->gic;
    u32 regions = dt_u32(&d->w, DT_REDIST_REGIONS, 1);
    struct range r[1 + MAX_REDIST_REGIONS];

    (void)variant;
    if (!take_gic(d)) return;
    if (regions == 0 || regions > MAX_REDIST_REGIONS) {
        log_error("device tree: %s: #redistributor-regions is %u: 1 to %u would be right",
                  d->gic_path, regions, MAX_REDIST_REGIONS);
        return;
    }
    if (!read_regs(d, r, 1 + regions, "GICD, then #redistributor-regions times GICR")) return;
    gic->dist = r[0];
    memcpy(gic->redist, &r[1], regions * sizeof(r[0]));
    gic->nr_redist = regions;
    gic->redist_stride = dt_number(&d->w, DT_REDIST_STRIDE, 0);
    gic->version = 3;
}

void machine_timer_node(struct discovery *d, unsigned int variant) {
    struct dt_walk *w = &d->w;

    (void)variant;
    d->timer_irq = machine_irqs(d);
    d->timer_names = (struct dt_prop){NULL, 0};
    if (dt_string(w, DT_INTERRUPT_NAMES)) d->timer_names = *dt_prop(w, DT_INTERRUPT_NAMES);
    d->m->timer.frequency_hz = dt_u32(w, DT_CLOCK_FREQUENCY, 0);
    print_s(d->timer_path, sizeof(d->timer_path), "%s", dt_path(w));
}

/* Order and names of the interrupts (Linux, bindings/timer/arm,arch_timer.yaml). */
#define NR_TIMERS 5
static const char timer_name[NR_TIMERS][12] = {"sec-phys", "phys", "virt", "hyp-phys", "hyp-virt"};

static void resolve_timer(struct discovery *d) {
    const char *name = d->timer_names.data;
    u32 intid[NR_TIMERS] = {0};

    for (unsigned int i = 0; i < NR_TIMERS; i++) {
        unsigned int which = i;

        if (d->timer_names.len) {
            if (!name) break;
            for (which = 0; which < NR_TIMERS; which++)
                if (strcmp(name, timer_name[which]) == 0) break;
            name = dt_next_string(&d->timer_names, name);
        }
        if (which < NR_TIMERS) intid[which] = machine_intid(d, &d->timer_irq, i, d->timer_path);
    }
    d->m->timer.phys_secure = intid[0];
    d->m->timer.phys = intid[1];
    d->m->timer.virt = intid[2];
    d->m->timer.hyp = intid[3];
    d->m->timer.hyp_virt = intid[4];
}

void machine_resolve_interrupts(struct discovery *d) {
    struct machine *m = d->m;

    if (!m->gic.version) return;
    m->gic.maintenance_intid = machine_intid(d, &d->gic_irq, 0, d->gic_path);
    if (!m->gic.maintenance_intid) m->gic.maintenance_intid = MAINTENANCE_INTID;
    if (d->timer_path[0]) resolve_timer(d);
}
