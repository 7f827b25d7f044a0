/* SPDX-License-Identifier: Apache-2.0 */
#include "platform.h"
#include "cpu.h"
#include "fdt.h"
#include "string.h"

struct platform platform;

static bool node_enabled(const struct fdt *fdt) {
    const char *status = fdt_string(fdt, "status");

    return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

static void visit_cpu(const struct fdt *fdt) {
    struct range reg;

    if (!fdt_reg(fdt, 0, &reg)) return;
    if (platform.nr_cpus < MAX_CPUS) platform.mpidr[platform.nr_cpus++] = reg.base & MPIDR_AFFINITY;
    platform.nr_cpus_in_tree++;
}

static void visit_memory(const struct fdt *fdt) {
    struct range reg;

    for (u32 i = 0; platform.nr_memory < MAX_BANKS && fdt_reg(fdt, i, &reg); i++) {
        if (reg.size) platform.memory[platform.nr_memory++] = reg;
    }
}

static void visit_gic(const struct fdt *fdt, u32 version) {
    struct range reg;
    u32 length;
    const u8 *regions = fdt_property(fdt, "#redistributor-regions", &length);
    u32 nr_regions = regions && length == 4 ? regions[3] : 1;

    platform.gic_version = version;
    if (!fdt_reg(fdt, 0, &platform.gicd)) platform.gic_version = 0;
    if (version == 2 && !fdt_reg(fdt, 1, &platform.gicc)) platform.gic_version = 0;
    for (u32 i = 0; version == 3 && i < nr_regions && i < MAX_GICR_REGIONS; i++) {
        if (fdt_reg(fdt, 1 + i, &reg)) platform.gicr[platform.nr_gicr++] = reg;
    }
}

static void visit_hypervisor(const struct fdt *fdt) {
    u32 length;
    const char *list = fdt_property(fdt, "compatible", &length);

    for (u32 i = 0; list && i < length; i += (u32)strlen(list + i) + 1) {
        if (string_find(list + i, "muster")) platform.muster = true;
    }
}

static void visit_uart(const struct fdt *fdt) {
    struct range reg;

    if (platform.uart || !fdt_reg(fdt, 0, &reg)) return;
    platform.uart = reg.base;
    platform.uart_intid = fdt_interrupt(fdt, 0);
}

static void visit_node(const struct fdt *fdt) {
    const char *type = fdt_string(fdt, "device_type");
    const char *text;

    if (type && !strcmp(type, "cpu")) visit_cpu(fdt);
    if (type && !strcmp(type, "memory")) visit_memory(fdt);
    if (fdt_compatible(fdt, "arm,psci-1.0") || fdt_compatible(fdt, "arm,psci-0.2")) {
        text = fdt_string(fdt, "method");
        if (text) platform.conduit = strcmp(text, "smc") ? CONDUIT_HVC : CONDUIT_SMC;
    }
    if (fdt_compatible(fdt, "arm,gic-v3")) visit_gic(fdt, 3);
    if (fdt_compatible(fdt, "arm,cortex-a15-gic") || fdt_compatible(fdt, "arm,gic-400"))
        visit_gic(fdt, 2);
    if (fdt_compatible(fdt, "arm,armv8-timer")) {
        /* arm,arch_timer binding: secure, physical, virtual, hypervisor */
        platform.timer_phys_intid = fdt_interrupt(fdt, 1);
        platform.timer_virt_intid = fdt_interrupt(fdt, 2);
    }
    if (fdt_compatible(fdt, "arm,pl011")) visit_uart(fdt);
    if (fdt_compatible(fdt, "arm,sbsa-uart")) {
        visit_uart(fdt);
        platform.xen = true;
    }
    if (fdt->depth == 2 && !strcmp(fdt->name, "hypervisor")) visit_hypervisor(fdt);
    if (fdt->depth == 2 && !strcmp(fdt->name, "chosen")) {
        text = fdt_string(fdt, "bootargs");
        if (text) platform.bootargs = text;
    }
}

/* The tree may name the CPUs in any order; ours has the boot CPU as number 0. */
static bool boot_cpu_first(u64 boot_mpidr) {
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        if (platform.mpidr[i] != (boot_mpidr & MPIDR_AFFINITY)) continue;
        platform.mpidr[i] = platform.mpidr[0];
        platform.mpidr[0] = boot_mpidr & MPIDR_AFFINITY;
        return true;
    }
    return false;
}

const char *platform_init(u64 dtb, u64 boot_mpidr) {
    struct fdt fdt;

    platform.bootargs = "";
    platform.dtb = dtb;
    if (!fdt_open(&fdt, dtb)) return "a device tree (x0)";
    while (fdt_next_node(&fdt)) {
        if (node_enabled(&fdt)) visit_node(&fdt);
    }
    if (!platform.uart) return "a UART (arm,pl011 or arm,sbsa-uart)";
    if (!platform.nr_memory) return "memory (device_type memory)";
    if (!platform.gic_version) return "a GIC (arm,gic-v3, arm,cortex-a15-gic or arm,gic-400)";
    if (!platform.conduit) return "PSCI (arm,psci-0.2 or arm,psci-1.0, with a method)";
    if (!platform.timer_virt_intid) return "a timer (arm,armv8-timer)";
    if (!boot_cpu_first(boot_mpidr)) return "the boot CPU among /cpus (reg = MPIDR_EL1)";
    platform.strict = platform.muster || string_find(platform.bootargs, "strict");
    return NULL;
}

bool platform_is_ram(u64 address) {
    for (u32 i = 0; i < platform.nr_memory; i++) {
        if (address - platform.memory[i].base < platform.memory[i].size) return true;
    }
    return false;
}

u64 platform_ram_end(void) {
    u64 here = (u64)&platform;

    for (u32 i = 0; i < platform.nr_memory; i++) {
        if (here - platform.memory[i].base < platform.memory[i].size)
            return platform.memory[i].base + platform.memory[i].size;
    }
    return 0;
}

static bool mpidr_present(u64 mpidr) {
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        if (platform.mpidr[i] == mpidr) return true;
    }
    return false;
}

u64 platform_absent_mpidr(void) {
    u64 mpidr = 0x7f0000;

    while (mpidr_present(mpidr)) mpidr++;
    return mpidr;
}

const char *platform_bootarg(const char *key) {
    const char *found = string_find(platform.bootargs, key);

    return found ? found + strlen(key) : NULL;
}
