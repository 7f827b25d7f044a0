/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller, GICv2 (Arm IHI 0048) or GICv3 (Arm IHI 0069) as the tree says. */
#pragma once

#include "cpu.h"
#include "exception.h"
#include "platform.h"
#include "types.h"

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_IGROUPR    0x080
#define GICD_ISENABLER  0x100
#define GICD_ICENABLER  0x180
#define GICD_ICPENDR    0x280
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR  0x800
#define GICD_SGIR       0xf00
#define GICD_CPENDSGIR  0xf10
#define GICD_IROUTER    0x6000

#define GIC_NR_SGIS          16
#define GIC_NR_INTIDS        1020
#define GIC_DEFAULT_PRIORITY 0xa0a0a0a0U

/* Called with interrupts masked; `source` is a GICv2 SGI's CPU interface number, else 0. */
typedef void (*irq_handler)(u32 intid, u32 source, const struct regs *regs);

/* Distributor, by the boot CPU; then each CPU its own part, again after every CPU_ON. */
void gic_init(void);
bool gic_cpu_init(void);
void gic_cpu_exit(void);

void irq_set_handler(u32 intid, irq_handler handler);
void irq_dispatch(struct regs *regs);
/* An SGI or PPI of this CPU, or an SPI, which is routed to this CPU. */
void gic_enable(u32 intid);
void gic_disable(u32 intid);

/* The word that sends SGI `id` once it is written by gic_sgi_write(). */
u64 gic_sgi_to(u32 cpu, u32 id);
u64 gic_sgi_to_others(u32 id);
/* GICv2: by the "requesting CPU only" filter. GICv3 has none: by affinity. */
u64 gic_sgi_to_self(u32 id);

/* Raw: the caller orders its earlier stores (gic_send does). */
static inline void gic_sgi_write(u64 word) {
    if (platform.gic_version == 3)
        write_sysreg(word, icc_sgi1r_el1);
    else
        mmio_write32(platform.gicd.base + GICD_SGIR, (u32)word);
}

static inline void gic_send(u64 word) {
    /* What the handler reads must be visible before the interrupt; MMIO needs no more. */
    dsb(ishst);
    gic_sgi_write(word);
    isb();
}

/* The two drivers. */
struct gic_driver {
    void (*init)(void);
    bool (*cpu_init)(void);
    void (*cpu_exit)(void);
    u64 (*bank)(u32 intid); /* register frame of this interrupt's enable bit */
    void (*route_to_self)(u32 intid);
    u32 (*acknowledge)(void);
    void (*end)(u32 iar);
    u64 (*sgi_to)(u32 cpu, u32 id);
    u64 (*sgi_to_others)(u32 id);
    u64 (*sgi_to_self)(u32 id);
};

extern const struct gic_driver gicv2_driver;
extern const struct gic_driver gicv3_driver;

/* Shared by both: disable, clear and set priorities of INTIDs 0-31 in their frame, SGIs on. */
void gic_reset_private(u64 frame);
u32 gic_nr_intids(void);
