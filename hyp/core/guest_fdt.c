/* SPDX-License-Identifier: Apache-2.0 */
#include <libfdt.h>
#include <stdarg.h>
#include "core/guest_fdt.h"
#include "lib/print.h"
#include "lib/string.h"
#include "muster/guest_map.h"

enum phandle { PHANDLE_CLOCK = 0x8000, PHANDLE_GIC };

/* Bytes of everything but vCPUs, seeds and command line; a test holds it against a real tree. */
#define FIXED_ROOM 3072
#define VCPU_ROOM  192

/* Interrupt specifiers (Linux, bindings/interrupt-controller/arm,gic.yaml). */
enum { SPECIFIER_SPI, SPECIFIER_PPI };
#define LEVEL_HIGH 4

#define GICV2_MAX_VCPUS 8

/* The first error stays, and nothing is written after it. */
struct writer {
    void *fdt;
    int error;
};

static void step(struct writer *w, int result) {
    if (!w->error) w->error = result;
}

static void begin(struct writer *w, const char *name) {
    if (!w->error) step(w, fdt_begin_node(w->fdt, name));
}

static void end(struct writer *w) {
    if (!w->error) step(w, fdt_end_node(w->fdt));
}

static void bytes(struct writer *w, const char *name, const void *value, size_t len) {
    if (!w->error) step(w, fdt_property(w->fdt, name, value, (int)len));
}

static void text(struct writer *w, const char *name, const char *value) {
    bytes(w, name, value, strlen(value) + 1);
}

/* A list of strings as one literal, "first\0second"; the last 0 is the literal's own. */
#define text_list(w, name, literal) bytes(w, name, literal, sizeof(literal))

#define MAX_CELLS 12

static void cells(struct writer *w, const char *name, unsigned int nr, ...) {
    fdt32_t value[MAX_CELLS];
    va_list ap;

    va_start(ap, nr);
    for (unsigned int i = 0; i < nr; i++) value[i] = cpu_to_fdt32(va_arg(ap, u32));
    va_end(ap);
    bytes(w, name, value, nr * sizeof(value[0]));
}

static void cell(struct writer *w, const char *name, u32 value) { cells(w, name, 1, value); }

static void number(struct writer *w, const char *name, u64 value) {
    cells(w, name, 2, (u32)(value >> 32), (u32)value);
}

static void flag(struct writer *w, const char *name) { bytes(w, name, NULL, 0); }

static void root_properties(struct writer *w) {
    cell(w, "interrupt-parent", PHANDLE_GIC);
    text(w, "model", "Muster virtual machine");
    cell(w, "#address-cells", 2);
    cell(w, "#size-cells", 2);
    text(w, "compatible", "linux,dummy-virt");
}

static void hypervisor_node(struct writer *w, const struct guest_fdt_config *c) {
    begin(w, "hypervisor");
    text(w, "compatible", "muster");
    cell(w, "muster,revision", c->revision);
    end(w);
}

static void chosen_node(struct writer *w, const struct guest_fdt_config *c) {
    char path[24];

    print_s(path, sizeof(path), "/pl011@%x", GUEST_UART_BASE);
    begin(w, "chosen");
    text(w, "stdout-path", path);
    if (c->bootargs) text(w, "bootargs", c->bootargs);
    if (c->initrd.size) {
        number(w, "linux,initrd-start", c->initrd.base);
        number(w, "linux,initrd-end", c->initrd.base + c->initrd.size);
    }
    if (c->rng_seed) bytes(w, "rng-seed", c->rng_seed, c->rng_seed_size);
    if (c->kaslr_seed) number(w, "kaslr-seed", c->kaslr_seed);
    end(w);
}

static void memory_node(struct writer *w, const struct guest_fdt_config *c) {
    char name[32];

    print_s(name, sizeof(name), "memory@%lx", c->ram.base);
    begin(w, name);
    text(w, "device_type", "memory");
    cells(w, "reg", 4, (u32)(c->ram.base >> 32), (u32)c->ram.base, (u32)(c->ram.size >> 32),
          (u32)c->ram.size);
    end(w);
}

/* MPIDRs take two cells only where Aff3 is in use, as on QEMU's board. */
static u32 mpidr_cells(const struct guest_fdt_config *c) {
    for (unsigned int i = 0; i < c->nr_vcpus; i++)
        if (c->mpidr[i] >> 32) return 2;
    return 1;
}

static void cpus_node(struct writer *w, const struct guest_fdt_config *c) {
    u32 width = mpidr_cells(c);
    char name[32];

    begin(w, "cpus");
    cell(w, "#address-cells", width);
    cell(w, "#size-cells", 0);
    for (unsigned int i = 0; i < c->nr_vcpus; i++) {
        print_s(name, sizeof(name), "cpu@%lx", c->mpidr[i]);
        begin(w, name);
        text(w, "device_type", "cpu");
        text(w, "compatible", "arm,armv8");
        text(w, "enable-method", "psci");
        if (width == 2)
            number(w, "reg", c->mpidr[i]);
        else
            cell(w, "reg", (u32)c->mpidr[i]);
        end(w);
    }
    end(w);
}

/* The ids are for guests that know PSCI 0.1 only; they are those of 0.2 (Arm DEN 0022, 5.1). */
static void psci_node(struct writer *w) {
    begin(w, "psci");
    text_list(w, "compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci");
    text(w, "method", "hvc");
    cell(w, "cpu_suspend", 0xc4000001);
    cell(w, "cpu_off", 0x84000002);
    cell(w, "cpu_on", 0xc4000003);
    end(w);
}

/* A GICv2's specifiers of PPIs say in bits 15:8 which CPUs they go to; a GICv3's do not. */
static u32 ppi_flags(const struct guest_fdt_config *c) {
    return LEVEL_HIGH | (c->gic_version == 2 ? ((1U << c->nr_vcpus) - 1) << 8 : 0);
}

/* always-on: the counter and the timers never lose state, in no power state of a vCPU. */
static void timer_node(struct writer *w, const struct guest_fdt_config *c) {
    u32 flags = ppi_flags(c);

    begin(w, "timer");
    text_list(w, "compatible", "arm,armv8-timer\0arm,armv7-timer");
    cells(w, "interrupts", 12, SPECIFIER_PPI, GUEST_TIMER_PHYS_SECURE_INTID - 16, flags,
          SPECIFIER_PPI, GUEST_TIMER_PHYS_INTID - 16, flags, SPECIFIER_PPI,
          GUEST_TIMER_VIRT_INTID - 16, flags, SPECIFIER_PPI, GUEST_TIMER_HYP_INTID - 16, flags);
    flag(w, "always-on");
    end(w);
}

static void gic_node(struct writer *w, const struct guest_fdt_config *c) {
    char name[24];

    print_s(name, sizeof(name), "intc@%x", GUEST_GICD_BASE);
    begin(w, name);
    cell(w, "phandle", PHANDLE_GIC);
    if (c->gic_version == 2) {
        text(w, "compatible", "arm,cortex-a15-gic");
        cells(w, "reg", 8, 0, GUEST_GICD_BASE, 0, GUEST_GICD_SIZE, 0, GUEST_GICC_BASE, 0,
              GUEST_GICC_SIZE);
    } else {
        text(w, "compatible", "arm,gic-v3");
        cell(w, "#redistributor-regions", 1);
        cells(w, "reg", 8, 0, GUEST_GICD_BASE, 0, GUEST_GICD_SIZE, 0, GUEST_GICR_BASE, 0,
              c->nr_vcpus * GUEST_GICR_STRIDE);
    }
    flag(w, "interrupt-controller");
    cell(w, "#interrupt-cells", 3);
    cell(w, "#address-cells", 0);
    end(w);
}

static void clock_node(struct writer *w) {
    begin(w, "apb-pclk");
    cell(w, "phandle", PHANDLE_CLOCK);
    text(w, "compatible", "fixed-clock");
    cell(w, "#clock-cells", 0);
    cell(w, "clock-frequency", GUEST_UART_CLOCK_HZ);
    text(w, "clock-output-names", "clk24mhz");
    end(w);
}

static void uart_node(struct writer *w) {
    char name[24];

    print_s(name, sizeof(name), "pl011@%x", GUEST_UART_BASE);
    begin(w, name);
    text_list(w, "compatible", "arm,pl011\0arm,primecell");
    cells(w, "reg", 4, 0, GUEST_UART_BASE, 0, GUEST_UART_SIZE);
    cells(w, "interrupts", 3, SPECIFIER_SPI, GUEST_UART_INTID - 32, LEVEL_HIGH);
    cells(w, "clocks", 2, PHANDLE_CLOCK, PHANDLE_CLOCK);
    text_list(w, "clock-names", "uartclk\0apb_pclk");
    end(w);
}

static bool buildable(const struct guest_fdt_config *c) {
    if (c->gic_version == 2) return c->nr_vcpus >= 1 && c->nr_vcpus <= GICV2_MAX_VCPUS;
    return c->gic_version == 3 && c->nr_vcpus >= 1 &&
           c->nr_vcpus <= (GUEST_GICR_END - GUEST_GICR_BASE) / GUEST_GICR_STRIDE;
}

size_t guest_fdt_room(const struct guest_fdt_config *c) {
    return FIXED_ROOM + c->nr_vcpus * (size_t)VCPU_ROOM + c->rng_seed_size +
           (c->bootargs ? strlen(c->bootargs) : 0);
}

/*
 * Names are not shared (NO_NAME_DEDUP): libfdt would search all names so far, byte by byte, for
 * each property. libfdt clears what it is given: no more than the tree can need.
 */
int guest_fdt_build(const struct guest_fdt_config *c, void *buf, size_t size) {
    struct writer w = {buf, 0};
    size_t room = guest_fdt_room(c);

    if (!buildable(c)) return -FDT_ERR_BADVALUE;
    if (size > room) size = room;
    step(&w, fdt_create_with_flags(buf, (int)size, FDT_CREATE_FLAG_NO_NAME_DEDUP));
    if (!w.error) step(&w, fdt_finish_reservemap(buf));
    begin(&w, "");
    root_properties(&w);
    hypervisor_node(&w, c);
    chosen_node(&w, c);
    memory_node(&w, c);
    cpus_node(&w, c);
    psci_node(&w);
    timer_node(&w, c);
    gic_node(&w, c);
    clock_node(&w);
    uart_node(&w);
    end(&w);
    if (!w.error) step(&w, fdt_finish(buf));
    return w.error ? w.error : (int)fdt_totalsize(buf);
}
