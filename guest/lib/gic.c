/* SPDX-License-Identifier: Apache-2.0 */
#include "gic.h"
#include "atomic.h"
#include "smp.h"

static const struct gic_driver *driver;
static irq_handler handlers[GIC_NR_INTIDS];

void gic_init(void) {
    driver = platform.gic_version == 3 ? &gicv3_driver : &gicv2_driver;
    driver->init();
}

bool gic_cpu_init(void) { return driver->cpu_init(); }

void gic_cpu_exit(void) { driver->cpu_exit(); }

u32 gic_nr_intids(void) {
    u32 lines = 32 * ((mmio_read32(platform.gicd.base + GICD_TYPER) & 31) + 1);

    return lines < GIC_NR_INTIDS ? lines : GIC_NR_INTIDS;
}

void gic_reset_private(u64 frame) {
    mmio_write32(frame + GICD_ICENABLER, ~0U);
    mmio_write32(frame + GICD_ICPENDR, ~0U);
    mmio_write32(frame + GICD_ICACTIVER, ~0U);
    for (u32 i = 0; i < 32; i += 4) mmio_write32(frame + GICD_IPRIORITYR + i, GIC_DEFAULT_PRIORITY);
    mmio_write32(frame + GICD_ISENABLER, (1U << GIC_NR_SGIS) - 1);
}

void irq_set_handler(u32 intid, irq_handler handler) { handlers[intid] = handler; }

void irq_dispatch(struct regs *regs) {
    u32 iar = driver->acknowledge();
    u32 intid = platform.gic_version == 3 ? iar & 0xffffff : iar & 0x3ff;
    u32 source = platform.gic_version == 3 ? 0 : iar >> 10 & 7;

    if (intid >= GIC_NR_INTIDS) {
        this_cpu()->spurious++;
        return;
    }
    if (handlers[intid])
        handlers[intid](intid, source, regs);
    else
        gic_disable(intid);
    driver->end(iar);
}

void gic_enable(u32 intid) {
    if (intid >= 32) driver->route_to_self(intid);
    mmio_write32(driver->bank(intid) + GICD_ISENABLER + intid / 32 * 4, 1U << intid % 32);
}

void gic_disable(u32 intid) {
    mmio_write32(driver->bank(intid) + GICD_ICENABLER + intid / 32 * 4, 1U << intid % 32);
    dsb(sy);
}

u64 gic_sgi_to(u32 cpu, u32 id) { return driver->sgi_to(cpu, id); }

u64 gic_sgi_to_others(u32 id) { return driver->sgi_to_others(id); }

u64 gic_sgi_to_self(u32 id) { return driver->sgi_to_self(id); }
