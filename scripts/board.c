/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"
#include <libfdt.h>
#include <stdio.h>
#include <string.h>
#include "lib/bits.h"

/* What a check looks at, and where it puts what is true of this board alone. */
struct board {
    const struct machine *m;
    const void *fdt;
    char *detail;
};

#define DETAIL(b, ...) snprintf((b)->detail, sizeof(((struct finding *)0)->detail), __VA_ARGS__)

/* A node's compatible, "a, b"; "" if it has none. */
static const char *compatible(const void *fdt, int node) {
    static char text[sizeof(((struct finding *)0)->detail)];
    size_t at = 0;
    const char *s;

    text[0] = 0;
    for (int i = 0; node >= 0 && at < sizeof(text); i++) {
        s = fdt_stringlist_get(fdt, node, "compatible", i, NULL);
        if (!s) break;
        at += (size_t)snprintf(text + at, sizeof(text) - at, i ? ", %s" : "%s", s);
    }
    return text;
}

/* No tree at all, or one whose end cannot be reached: more is not known. */
static bool is_broken(const struct board *b) {
    int node = 0;

    while (b->m->fdt && node >= 0) node = fdt_next_node(b->fdt, node, NULL);
    if (!b->m->fdt) return DETAIL(b, "its header is wrong");
    return node != -FDT_ERR_NOTFOUND && DETAIL(b, "%s", fdt_strerror(node));
}

static bool no_cpus(const struct board *b) { return !b->m->nr_cpus; }

/* Of one that discovery knows, but could not use. */
static int gic_node(const struct board *b) {
    static const char *const names[] = {"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic",
                                        "qcom,msm-qgic2", "arm,gic-v3"};
    int node = -FDT_ERR_NOTFOUND;

    for (unsigned int i = 0; node < 0 && i < ARRAY_SIZE(names); i++)
        node = fdt_node_offset_by_compatible(b->fdt, -1, names[i]);
    return node;
}

static bool bare_gic(const struct board *b) {
    int node = gic_node(b), len = 0;

    if (b->m->gic.version || node < 0) return false;
    (void)fdt_getprop(b->fdt, node, "reg", &len);
    return DETAIL(b, "%s, reg of %d bytes", compatible(b->fdt, node), len);
}

static bool no_gic(const struct board *b) {
    int len = 0;
    const fdt32_t *parent = fdt_getprop(b->fdt, 0, "interrupt-parent", &len);
    int node =
        len == sizeof(*parent) ? fdt_node_offset_by_phandle(b->fdt, fdt32_to_cpu(*parent)) : -1;

    if (b->m->gic.version || gic_node(b) >= 0) return false;
    DETAIL(b, "%s", compatible(b->fdt, node));
    return true;
}

static bool no_timer(const struct board *b) { return b->m->gic.version && !b->m->timer.virt; }

static unsigned int cores_by(const struct board *b, enum enable_method method) {
    unsigned int nr = 0;

    for (unsigned int i = 0; i < b->m->nr_cpus; i++) nr += b->m->cpu[i].method == method;
    return nr;
}

static bool no_psci(const struct board *b) {
    return b->m->psci.conduit == CONDUIT_NONE && cores_by(b, ENABLE_PSCI);
}

static bool no_ram(const struct board *b) { return !b->m->nr_ram; }

static bool psci_by_hvc(const struct board *b) { return b->m->psci.conduit == CONDUIT_HVC; }

/* One core needs no method: the one that boots. PSCI 0.1 may have no CPU_ON. */
static bool idle_cores(const struct board *b) {
    unsigned int nr = cores_by(b, ENABLE_NONE) + cores_by(b, ENABLE_UNKNOWN);

    if (b->m->psci.conduit != CONDUIT_NONE && !b->m->psci.cpu_on) nr += cores_by(b, ENABLE_PSCI);
    return nr > 1 && DETAIL(b, "%u of %u", nr, b->m->nr_cpus);
}

static bool short_gicv(const struct board *b) {
    u64 size = b->m->gic.vcpu.size;

    return b->m->gic.version == 2 && size < 0x2000 && DETAIL(b, "0x%lx bytes", size);
}

/* Two frames of 64 KiB for each core. */
static bool few_redistributors(const struct board *b) {
    const struct machine_gic *g = &b->m->gic;
    u64 stride = g->redist_stride ? g->redist_stride : KIB(128), room = 0;

    for (unsigned int i = 0; i < g->nr_redist; i++) room += g->redist[i].size / stride;
    return g->version == 3 && room < b->m->nr_cpus &&
           DETAIL(b, "%lu for %u cores", room, b->m->nr_cpus);
}

static bool twins(const struct board *b) {
    for (unsigned int i = 0; i < b->m->nr_cpus; i++)
        for (unsigned int k = 0; k < i; k++)
            if (b->m->cpu[i].mpidr == b->m->cpu[k].mpidr)
                return DETAIL(b, "%s, %s", b->m->cpu[k].node, b->m->cpu[i].node);
    return false;
}

/* The node that stdout-path names. */
static int stdout_node(const struct board *b) {
    int chosen = fdt_path_offset(b->fdt, "/chosen");
    const char *path =
        chosen < 0 ? NULL : fdt_stringlist_get(b->fdt, chosen, "stdout-path", 0, NULL);

    return path ? fdt_path_offset_namelen(b->fdt, path, (int)strcspn(path, ":")) : -1;
}

/* The console is one of which nobody has spoken. */
static const char *instead(const struct board *b, const char *separator) {
    static char text[64];

    snprintf(text, sizeof(text), "%s%s is used", separator, b->m->console.node);
    return b->m->console.node ? text : "";
}

static bool other_console(const struct board *b) {
    int node = stdout_node(b);

    return node >= 0 && b->m->console.node != fdt_get_name(b->fdt, node, NULL) &&
           DETAIL(b, "%s%s", compatible(b->fdt, node), instead(b, "; "));
}

static bool no_stdout(const struct board *b) {
    if (stdout_node(b) >= 0) return false;
    DETAIL(b, "%s", instead(b, ""));
    return true;
}

static const struct {
    enum severity severity;
    const char *what, *fix;
    bool (*holds)(const struct board *b);
} checks[] = {
    {STOPS, "no CPUs", "below /cpus a node with device_type \"cpu\" for each core", no_cpus},
    {STOPS, "no GIC", "none: Muster needs a GICv2 or a GICv3", no_gic},
    {STOPS, "a GICv2 without GICH and GICV",
     "if the chip's manual has them: a reg with GICD, GICC, GICH and GICV", bare_gic},
    {STOPS, "no timer interrupt", "a node \"arm,armv8-timer\" with its four PPIs", no_timer},
    {FILLED, "no RAM", "the tree that firmware hands over, such as Linux's /sys/firmware/fdt",
     no_ram},
    {LACKS, "no PSCI", "the tree that U-Boot hands over, if it adds /psci; or other firmware",
     no_psci},
    {LACKS, "PSCI by HVC", "firmware that takes SMC, and hands over at EL2", psci_by_hvc},
    {LACKS, "cores that nobody can start",
     "a boot loader that fills in cpu-release-addr, or firmware with PSCI", idle_cores},
    {LACKS, "GICV too short for a guest", "0x2000 as size in the fourth entry of the GIC's reg",
     short_gicv},
    {LACKS, "redistributors that are not named", "all regions of GICR in the GIC's reg",
     few_redistributors},
    {LACKS, "two cores with one MPIDR", "as reg of each core its MPIDR", twins},
    {LACKS, "a console that Muster does not drive",
     "stdout-path to one that it does; without, guests run unseen", other_console},
    {LACKS, "no stdout-path to a node", "/chosen/stdout-path, set by U-Boot's fdt set, to the UART",
     no_stdout},
};
_Static_assert(ARRAY_SIZE(checks) < MAX_FINDINGS, "room for all of them");

unsigned int board_check(const struct machine *m, const void *fdt,
                         struct finding list[MAX_FINDINGS]) {
    struct board b = {m, fdt, list[0].detail};
    unsigned int nr = 0;

    list[0] = (struct finding){STOPS, "a broken tree", "a whole one: dtc -I dtb says where", ""};
    if (is_broken(&b)) return 1;
    for (unsigned int i = 0; i < ARRAY_SIZE(checks); i++) {
        list[nr] = (struct finding){checks[i].severity, checks[i].what, checks[i].fix, ""};
        b.detail = list[nr].detail;
        nr += checks[i].holds(&b);
    }
    return nr;
}
