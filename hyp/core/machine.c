/* SPDX-License-Identifier: Apache-2.0 */
#include "core/machine.h"
#include "core/machine_nodes.h"
#include "lib/log.h"
#include "lib/string.h"

/* What every machine must have: one line for each thing that is not there. */
static bool complete(struct discovery *d) {
    const struct machine *m = d->m;
    bool ok = !d->unusable;

    if (!m->nr_ram) {
        log_error("no memory: looked for nodes /memory@* with device_type \"memory\" and a "
                  "reg that is not empty");
        ok = false;
    }
    if (!m->nr_cpus) {
        log_error("no CPUs: looked for nodes /cpus/cpu@* with device_type \"cpu\"");
        ok = false;
    }
    if (!m->gic.version) {
        log_error("no interrupt controller: looked for a node compatible with %s", GIC_COMPATIBLES);
        ok = false;
    }
    if (!d->timer_path[0]) {
        log_error("no timer: looked for a node compatible with %s", TIMER_COMPATIBLES);
        ok = false;
    } else if (m->gic.version && !m->timer.virt) {
        log_error("no virtual timer: looked for the third of the interrupts of %s, or the "
                  "one named \"virt\"",
                  d->timer_path);
        ok = false;
    }
    if (d->psci_user && m->psci.conduit == CONDUIT_NONE) {
        log_error("no PSCI: /cpus/%s has enable-method \"psci\", looked for a node "
                  "compatible with %s",
                  d->psci_user, PSCI_COMPATIBLES);
        ok = false;
    }
    return ok;
}

bool machine_discover(const void *fdt, struct machine *m) {
    struct discovery d;
    enum dt_step step;
    struct range r;

    memset(&d, 0, sizeof(d));
    memset(m, 0, sizeof(*m));
    d.m = m;
    if (!dt_open(&d.w, fdt)) return false;
    m->fdt = fdt;
    m->fdt_size = d.w.size;
    for (unsigned int i = 0; dt_reservation(&d.w, i, &r) && !d.unusable; i++)
        machine_reserve(&d, "/memreserve/", r);
    while ((step = dt_next_node(&d.w)) == DT_NODE) machine_node(&d);
    machine_resolve_interrupts(&d);
    machine_resolve_console(&d);
    /* What is missing from half a tree says nothing. */
    return step == DT_DONE && complete(&d);
}
