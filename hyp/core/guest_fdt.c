/* SPDX-License-Identifier: Apache-2.0 */
#include <libfdt.h>
#include "core/dt.h"
#include "core/guest_fdt.h"
#include "core/psci.h"
#include "lib/log.h"
#include "lib/string.h"
#include "muster/guest_map.h"

enum phandle { PHANDLE_CLOCK = 0x8000, PHANDLE_IDLE, PHANDLE_GIC = 65000 /* as in Xen */ };

/* Interrupt specifiers (Linux, bindings/interrupt-controller/arm,gic.yaml). */
enum { SPECIFIER_SPI, SPECIFIER_PPI };
#define LEVEL_HIGH 4

#define GICV2_MAX_VCPUS 8
#define GICV3_MAX_VCPUS ((GUEST_GICR_END - GUEST_GICR_BASE) / GUEST_GICR_STRIDE)

#define UART_NODE "pl011@9000000"
_Static_assert(GUEST_UART_BASE == 0x9000000, "the name of the UART's node is its address");

/* The first error stays; what is written after it does no harm, but is worth nothing. */
struct writer {
    void *fdt;
    int error;
    u32 gic; /* phandle */
};

static void step(struct writer *w, int result) {
    if (!w->error) w->error = result;
}

static void begin(struct writer *w, const char *name) { step(w, fdt_begin_node(w->fdt, name)); }

static void begin_at(struct writer *w, const char *name, u64 address) {
    char full[32];

    print_s(full, sizeof(full), "%s@%lx", name, address);
    begin(w, full);
}

static void end(struct writer *w) { step(w, fdt_end_node(w->fdt)); }

static void bytes(struct writer *w, const char *name, const void *value, size_t len) {
    step(w, fdt_property(w->fdt, name, value, (int)len));
}

/* A string, or a list of them as one literal, "first\0second"; the last 0 is the literal's own. */
#define text(w, name, literal) bytes(w, name, literal, sizeof("" literal))

static void put_cells(struct writer *w, const char *name, const u32 *value, size_t nr) {
    fdt32_t cell[12]; /* the timer's interrupts */

    for (size_t i = 0; i < nr; i++) cell[i] = cpu_to_fdt32(value[i]);
    bytes(w, name, cell, nr * sizeof(cell[0]));
}

#define cells(w, name, ...) \
    put_cells(w, name, (const u32[]){__VA_ARGS__}, sizeof((const u32[]){__VA_ARGS__}) / sizeof(u32))

/* The two cells of a 64-bit number. */
#define CELLS64(v) (u32)((u64)(v) >> 32), (u32)(v)

/* What has no registers: the board, ourselves, RAM. */
static void board(struct writer *w, const struct guest_fdt_config *c) {
    cells(w, "interrupt-parent", w->gic);
    text(w, "model", "Muster virtual machine");
    cells(w, "#address-cells", 2);
    cells(w, "#size-cells", 2);
    text(w, "compatible", "linux,dummy-virt");
    begin(w, "hypervisor");
    text(w, "compatible", "muster");
    cells(w, "muster,revision", c->revision);
    end(w);
    begin_at(w, "memory", c->ram.base);
    text(w, "device_type", "memory");
    cells(w, "reg", CELLS64(c->ram.base), CELLS64(c->ram.size));
    end(w);
}

static void chosen_node(struct writer *w, const struct guest_fdt_config *c) {
    begin(w, "chosen");
    text(w, "stdout-path", "/" UART_NODE);
    if (c->bootargs) bytes(w, "bootargs", c->bootargs, strlen(c->bootargs) + 1);
    if (c->initrd.size) {
        cells(w, "linux,initrd-start", CELLS64(c->initrd.base));
        cells(w, "linux,initrd-end", CELLS64(c->initrd.base + c->initrd.size));
    }
    if (c->rng_seed) bytes(w, "rng-seed", c->rng_seed, c->rng_seed_size);
    if (c->kaslr_seed) cells(w, "kaslr-seed", CELLS64(c->kaslr_seed));
    end(w);
}

/* Linux, bindings/cpu/idle-states.yaml. It costs a few hundred instructions: about a microsecond.
 */
static void idle_states(struct writer *w) {
    begin(w, "idle-states");
    text(w, "entry-method", "psci");
    begin(w, "power-down");
    text(w, "compatible", "arm,idle-state");
    cells(w, "arm,psci-suspend-param", PSCI_POWER_DOWN);
    cells(w, "entry-latency-us", 1);
    cells(w, "exit-latency-us", 1);
    cells(w, "min-residency-us", 10);
    cells(w, "phandle", PHANDLE_IDLE);
    end(w);
    end(w);
}

/*
 * MPIDRs take two cells only where Aff3 is in use, as on QEMU's board. PSCI's ids are for guests
 * that know PSCI 0.1 only; they are those of 0.2 (Arm DEN 0022, 5.1).
 */
static void cpus_and_psci(struct writer *w, const struct guest_fdt_config *c) {
    u32 width = 1;

    for (unsigned int i = 0; i < c->nr_vcpus; i++)
        if (c->mpidr[i] >> 32) width = 2;
    begin(w, "cpus");
    cells(w, "#address-cells", width);
    cells(w, "#size-cells", 0);
    for (unsigned int i = 0; i < c->nr_vcpus; i++) {
        u32 reg[2] = {CELLS64(c->mpidr[i])};

        begin_at(w, "cpu", c->mpidr[i]);
        text(w, "device_type", "cpu");
        text(w, "compatible", "arm,armv8");
        text(w, "enable-method", "psci");
        put_cells(w, "reg", reg + 2 - width, width);
        if (c->idle_states) cells(w, "cpu-idle-states", PHANDLE_IDLE);
        end(w);
    }
    if (c->idle_states) idle_states(w);
    end(w);
    begin(w, "psci");
    text(w, "compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci");
    text(w, "method", "hvc");
    cells(w, "cpu_suspend", 0xc4000001);
    cells(w, "cpu_off", 0x84000002);
    cells(w, "cpu_on", 0xc4000003);
    end(w);
}

/*
 * A GICv2's specifiers of PPIs say in bits 15:8 which CPUs they go to; a GICv3's do not.
 * always-on: the counter and the timers never lose state, in no power state of a vCPU.
 */
static void gic_and_timer(struct writer *w, const struct guest_fdt_config *c) {
    bool v2 = c->gic_version == 2;
    u32 flags = LEVEL_HIGH | (v2 ? ((1U << c->nr_vcpus) - 1) << 8 : 0);

    begin_at(w, "intc", GUEST_GICD_BASE);
    cells(w, "phandle", w->gic);
    if (v2) {
        text(w, "compatible", "arm,cortex-a15-gic");
    } else {
        text(w, "compatible", "arm,gic-v3");
        cells(w, "#redistributor-regions", 1);
    }
    cells(w, "reg", CELLS64(GUEST_GICD_BASE), CELLS64(GUEST_GICD_SIZE),
          CELLS64(v2 ? GUEST_GICC_BASE : GUEST_GICR_BASE),
          CELLS64(v2 ? GUEST_GICC_SIZE : c->nr_vcpus * GUEST_GICR_STRIDE));
    bytes(w, "interrupt-controller", NULL, 0);
    cells(w, "#interrupt-cells", 3);
    cells(w, "#address-cells", 0);
    end(w);
    begin(w, "timer");
    text(w, "compatible", "arm,armv8-timer\0arm,armv7-timer");
    cells(w, "interrupts", SPECIFIER_PPI, GUEST_TIMER_PHYS_SECURE_INTID - 16, flags, SPECIFIER_PPI,
          GUEST_TIMER_PHYS_INTID - 16, flags, SPECIFIER_PPI, GUEST_TIMER_VIRT_INTID - 16, flags,
          SPECIFIER_PPI, GUEST_TIMER_HYP_INTID - 16, flags);
    bytes(w, "always-on", NULL, 0);
    end(w);
}

static void uart_nodes(struct writer *w) {
    begin(w, "apb-pclk");
    cells(w, "phandle", PHANDLE_CLOCK);
    text(w, "compatible", "fixed-clock");
    cells(w, "#clock-cells", 0);
    cells(w, "clock-frequency", GUEST_UART_CLOCK_HZ);
    text(w, "clock-output-names", "clk24mhz");
    end(w);
    begin(w, UART_NODE);
    text(w, "compatible", "arm,pl011\0arm,primecell");
    cells(w, "reg", CELLS64(GUEST_UART_BASE), CELLS64(GUEST_UART_SIZE));
    cells(w, "interrupts", SPECIFIER_SPI, GUEST_UART_INTID - 32, LEVEL_HIGH);
    cells(w, "clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
    text(w, "clock-names", "uartclk\0apb_pclk");
    end(w);
}

/* What a partial tree may not have: it is ours. */
static bool is_ours(const char *name) {
    static const char *const ours[] = {"hypervisor", "memory", "chosen",   "cpus",   "psci",
                                       "intc",       "timer",  "apb-pclk", UART_NODE};
    size_t i = 0, len = strchr(name, '@') ? (size_t)(strchr(name, '@') - name) : strlen(name);

    while (i < ARRAY_SIZE(ours) && (strncmp(ours[i], name, len) || (ours[i][len] & ~'@'))) i++;
    return i < ARRAY_SIZE(ours);
}

/* The current node of the partial tree, with everything but its children. */
static void copy_node(struct writer *w, struct dt *dt) {
    begin(w, dt->level[dt->nr_levels - 1].name);
    if (dt->nr_props == DT_MAX_PROPS) step(w, -FDT_ERR_NOSPACE); /* there may be more */
    for (const struct dt_prop *p = dt->prop; p < &dt->prop[dt->nr_props]; p++) {
        bytes(w, p->name, p->data, p->len);
        if (w->error || strncmp(p->name, "xen,", 4) != 0) continue;
        log_error("partial device tree: %s: %s: nothing, since devices are not passed through, "
                  "would be right",
                  dt_path(dt), p->name);
        w->error = -FDT_ERR_BADVALUE;
    }
}

/*
 * The user's partial tree: all that is below its root goes below ours. Its /gic only says which
 * phandle the others know the interrupt controller by (Xen, docs/misc/arm/passthrough.txt).
 * write false: looks for that alone.
 */
static void merge(struct writer *w, const void *tree, bool write) {
    unsigned int open = 1; /* levels, the root included */
    enum dt_step step = DT_BROKEN;
    struct dt dt;

    if (dt_open(&dt, tree)) step = dt_next_node(&dt);
    for (; step == DT_NODE && !w->error; step = dt_next_node(&dt)) {
        const char *top = dt.level[dt.nr_levels > 1 ? 1 : 0].name;

        for (; open >= dt.nr_levels && open > 1; open--) end(w);
        if (!write && dt.nr_levels == 1 && (dt.level->addr_cells != 2 || dt.level->size_cells != 2))
            log_warn(
                "partial device tree: /: #address-cells <%u>, #size-cells <%u>: 2 and 2, as in "
                "the guest's tree, would be right",
                dt.level->addr_cells, dt.level->size_cells);
        if (strcmp(top, "gic") == 0) {
            if (dt.nr_levels == 2) w->gic = (u32)dt_number(&dt, DT_PHANDLE, w->gic);
        } else if (is_ours(top)) {
            log_error("partial device tree: %s: is in every guest's tree: another name would be "
                      "right",
                      dt_path(&dt));
            w->error = -FDT_ERR_EXISTS;
        } else if (write && dt.nr_levels > 1) {
            copy_node(w, &dt);
            open++;
        }
    }
    for (; open > 1; open--) end(w);
    if (step == DT_BROKEN && !w->error) w->error = -FDT_ERR_BADSTRUCTURE;
}

/*
 * Names are not shared (NO_NAME_DEDUP): libfdt would search all names so far, byte by byte, for
 * each property.
 */
int guest_fdt_build(const struct guest_fdt_config *c, void *buf, size_t size) {
    unsigned int most = c->gic_version == 2   ? GICV2_MAX_VCPUS
                        : c->gic_version == 3 ? GICV3_MAX_VCPUS
                                              : 0;
    struct writer w = {.fdt = buf, .gic = PHANDLE_GIC};

    if (c->nr_vcpus < 1 || c->nr_vcpus > most) return -FDT_ERR_BADVALUE;
    w.error = fdt_create_with_flags(buf, (int)size, FDT_CREATE_FLAG_NO_NAME_DEDUP);
    if (w.error) return w.error;
    step(&w, fdt_finish_reservemap(buf));
    if (c->partial) merge(&w, c->partial, false);
    begin(&w, "");
    board(&w, c);
    chosen_node(&w, c);
    cpus_and_psci(&w, c);
    gic_and_timer(&w, c);
    uart_nodes(&w);
    if (c->partial && !w.error) merge(&w, c->partial, true);
    end(&w);
    if (!w.error) w.error = fdt_finish(buf);
    return w.error ? w.error : (int)fdt_totalsize(buf);
}
