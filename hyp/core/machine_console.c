/* SPDX-License-Identifier: Apache-2.0 */
/* Which UART is the console: the one that /chosen/stdout-path names, or else the first. */
#include "core/machine_nodes.h"
#include "lib/log.h"
#include "lib/string.h"

void machine_uart_node(struct discovery *d, unsigned int sbsa) {
    struct dt_walk *w = &d->w;
    struct uart_node *u = &d->uart[d->nr_uarts];
    struct machine_console *c = &u->as_console;

    if (d->nr_uarts == MAX_UARTS) {
        if (!d->told_uarts)
            log_warn("device tree: %s: this and what follows is not used: no more than "
                     "%u UARTs",
                     dt_path(w), MAX_UARTS);
        d->told_uarts = true;
        return;
    }
    *c = (struct machine_console){.kind = UART_PL011, .sbsa = sbsa, .node = dt_node(w)->name};
    c->reg_shift = dt_u32(w, DT_REG_SHIFT, 0);
    c->io_width = dt_u32(w, DT_REG_IO_WIDTH, 0);
    u->irq = machine_irqs(d);
    u->reachable = dt_nr_reg(w) && dt_reg(w, 0, &c->regs);
    print_s(u->path, sizeof(u->path), "%s", dt_path(w));
    d->nr_uarts++;
}

/* The path in stdout-path, without options like ":115200n8"; an alias is followed. Or NULL. */
static const char *stdout_node(struct discovery *d, size_t *len) {
    const char *path = d->stdout_path, *colon;
    struct dt_prop alias = {NULL, 0};

    if (!path) return NULL;
    colon = strchr(path, ':');
    *len = colon ? (size_t)(colon - path) : strlen(path);
    if (path[0] == '/') return path;
    if (d->aliases) alias = dt_find_property(&d->w, d->aliases, path, *len);
    if (!alias.len || ((const char *)alias.data)[alias.len - 1]) {
        log_warn("device tree: /chosen/stdout-path is \"%s\", and /aliases has no such path", path);
        return NULL;
    }
    *len = strlen(alias.data);
    return alias.data;
}

/* Why the node at path is not one of the UARTs that we have found: reads the tree once more. */
static void explain(struct discovery *d, const char *path, size_t len) {
    struct dt_walk *w = &d->w;
    struct range r;
    const char *is;

    if (!dt_open(w, d->m->fdt)) return;
    while (dt_next_node(w) == DT_NODE) {
        if (!dt_path_matches(dt_path(w), path, len)) continue;
        is = dt_string(w, DT_COMPATIBLE);
        if (!dt_node(w)->enabled)
            log_warn("device tree: %s, which /chosen/stdout-path names, is disabled", dt_path(w));
        else if (dt_nr_reg(w) && dt_reg(w, 0, &r))
            log_warn("device tree: %s, which /chosen/stdout-path names, is compatible "
                     "with \"%s\": %s would be right",
                     dt_path(w), is ? is : "", UART_COMPATIBLES);
        else
            log_warn("device tree: %s: %s", dt_path(w), w->reason);
        return;
    }
    log_warn("device tree: /chosen/stdout-path: there is no node %.*s", (int)len, path);
}

static bool use(struct discovery *d, const struct uart_node *u) {
    if (!u->reachable) return false;
    d->m->console = u->as_console;
    d->m->console.intid = machine_intid(d, &u->irq, 0, u->path);
    return true;
}

void machine_resolve_console(struct discovery *d) {
    size_t len = 0;
    const char *path = stdout_node(d, &len);

    for (unsigned int i = 0; path && i < d->nr_uarts; i++)
        if (dt_path_matches(d->uart[i].path, path, len) && use(d, &d->uart[i])) return;
    if (path) explain(d, path, len);
    for (unsigned int i = 0; i < d->nr_uarts; i++) {
        if (use(d, &d->uart[i])) {
            log_info("device tree: the console is %s, the first of its kind: "
                     "/chosen/stdout-path names none of them",
                     d->uart[i].path);
            return;
        }
    }
    log_warn("no console: looked for /chosen/stdout-path, and for a node compatible with %s",
             UART_COMPATIBLES);
}
