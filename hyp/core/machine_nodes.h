/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of machine_discover(): what is known while the tree is being read. */
#ifndef CORE_MACHINE_NODES_H
#define CORE_MACHINE_NODES_H

#include "core/dt_walk.h"
#include "core/machine.h"

#define MAX_UARTS 8

/* What we look for, as messages say it; the table in machine_nodes.c has the same rows. */
#define GIC_COMPATIBLES                                                                      \
    "\"arm,gic-400\", \"arm,cortex-a15-gic\", \"arm,cortex-a7-gic\", \"qcom,msm-qgic2\" or " \
    "\"arm,gic-v3\""
#define TIMER_COMPATIBLES "\"arm,armv8-timer\" or \"arm,armv7-timer\""
#define PSCI_COMPATIBLES  "\"arm,psci-1.0\", \"arm,psci-0.2\" or \"arm,psci\""
#define UART_COMPATIBLES  "\"arm,pl011\" or \"arm,sbsa-uart\""

/* An interrupts property: it has a meaning only when the whole tree has been read. */
struct irq_ref {
    const u32 *cells;
    u32 len;       /* bytes; 0: there is none */
    u32 parent;    /* phandle of the controller */
    bool extended; /* interrupts-extended: each specifier begins with a phandle of its own */
};

struct uart_node {
    char path[DT_PATH_ROOM];
    struct machine_console as_console;
    struct irq_ref irq;
    bool reachable; /* its registers have an address for the CPU */
};

struct discovery {
    struct machine *m;
    struct dt_walk w;
    bool unusable; /* log_error() has named something that we cannot do without */
    bool told_cpus, told_ram, told_reserved, told_modules, told_uarts;
    const char *psci_user; /* a CPU node that says enable-method "psci" */
    char gic_path[DT_PATH_ROOM], timer_path[DT_PATH_ROOM];
    u32 gic_phandle, gic_cells;
    struct irq_ref gic_irq, timer_irq;
    struct dt_prop timer_names;
    const char *stdout_path;
    const u32 *aliases;
    struct uart_node uart[MAX_UARTS];
    unsigned int nr_uarts;
};

/* Takes from the current node of d->w what is of use. */
void machine_node(struct discovery *d);

/* Adds what must not be given away; too much of it makes the machine unusable. */
void machine_reserve(struct discovery *d, const char *node, struct range r);

/* Handlers of nodes found by compatible; variant is the table row's. */
void machine_gic_v2_node(struct discovery *d, unsigned int variant);
void machine_gic_v3_node(struct discovery *d, unsigned int variant);
void machine_timer_node(struct discovery *d, unsigned int variant);
void machine_uart_node(struct discovery *d, unsigned int variant);

/* After the last node: what could only be recorded before. The console comes last. */
void machine_resolve_interrupts(struct discovery *d);
void machine_resolve_console(struct discovery *d);

/* The current node's interrupts; and the INTID of one of them, 0 where there is none for the GIC.
 */
struct irq_ref machine_irqs(const struct discovery *d);
u32 machine_intid(const struct discovery *d, const struct irq_ref *irq, unsigned int index,
                  const char *path);

#endif
