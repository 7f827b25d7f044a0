/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of virtual interrupts, 32 to a bank, and what GIC registers do to it. Bank 0 (SGIs and
 * PPIs) belongs to a vCPU and is touched by its own core only; the banks of SPIs belong to the VM
 * and are under its vGIC lock.
 *
 * The life of an interrupt, and where it is noted:
 *
 *	raised -> pending or line -> list register (hardware: pending, active) -> gone
 *
 * While it is in a list register the hardware's word counts; "pulled" from there, it is noted here
 * again. One INTID is never in two list registers.
 */
#pragma once

#include "core/post.h"

/* List register: IHI 0069, "ICH_LR<n>_EL2". */
#define LR_VINTID(id)  ((u64)(id))
#define LR_SOURCE(cpu) PUT(cpu, 34, 32) /* GICv2 SGI; in GICH_LR bits 12:10 */
#define LR_PINTID(id)  PUT(id, 44, 32)  /* with LR_HW */
#define LR_EOI         BIT(41)          /* without LR_HW: maintenance interrupt at EOI */
#define LR_PRIORITY(p) PUT(p, 55, 48)
#define LR_GROUP1      BIT(60)
#define LR_HW          BIT(61)
#define LR_PENDING     BIT(62)
#define LR_ACTIVE      BIT(63)

/* GICv2's 32-bit form: IHI 0048, "List Registers, GICH_LRn". */
static inline u32 lr_to_v2(u64 lr) {
    u64 physical = lr & LR_HW ? PUT(FIELD(lr, 41, 32), 19, 10)
                              : PUT(FIELD(lr, 34, 32), 12, 10) | PUT(FIELD(lr, 41, 41), 19, 19);

    return (u32)(FIELD(lr, 9, 0) | physical | PUT(FIELD(lr, 55, 51), 27, 23) |
                 PUT(FIELD(lr, 63, 62), 29, 28) | PUT(FIELD(lr, 60, 60), 30, 30) |
                 PUT(FIELD(lr, 61, 61), 31, 31));
}

static inline u64 lr_from_v2(u32 v) {
    u64 physical = v & BIT(31) ? LR_PINTID(FIELD(v, 19, 10))
                               : LR_SOURCE(FIELD(v, 12, 10)) | PUT(FIELD(v, 19, 19), 41, 41);

    return FIELD(v, 9, 0) | physical | PUT(FIELD(v, 27, 23), 55, 51) |
           PUT(FIELD(v, 29, 28), 63, 62) | PUT(FIELD(v, 30, 30), 60, 60) |
           PUT(FIELD(v, 31, 31), 61, 61);
}

#define NR_BANKS 3 /* SGIs and PPIs, and 64 SPIs */
#define NR_IRQS  (32 * NR_BANKS)

/* 32 interrupts; bit i is INTID 32 * bank + i. */
struct vgic_bank {
    u32 enabled;
    u32 pending; /* latched: edges, and writes to ISPENDR */
    u32 line;    /* level of the input now */
    u32 active;  /* only what is not in a list register */
    u32 edge;    /* GICD_ICFGR: 1 edge, 0 level */
    u32 group;   /* GICD_IGROUPR: 1 group 1 */
    u32 hw;      /* linked to a physical interrupt */
    u8 priority[32];
};

/* GICD_CTLR: groups that the distributor forwards. Same bits in GICv2 and, with DS = 1, GICv3. */
#define GICD_CTLR_GROUP0 BIT(0)
#define GICD_CTLR_GROUP1 BIT(1)

/* Those that the distributor would forward if they were pending. */
static inline u32 vgic_forwarded(const struct vgic_bank *b, u32 ctlr) {
    u32 groups =
        (ctlr & GICD_CTLR_GROUP0 ? ~b->group : 0) | (ctlr & GICD_CTLR_GROUP1 ? b->group : 0);

    return b->enabled & groups;
}

/* Pending by latch or, where it is level-sensitive, by its line. */
static inline u32 vgic_pending(const struct vgic_bank *b) {
    return b->pending | (b->line & ~b->edge);
}

/* Reset state: nothing enabled, SGIs and `edge` are edge-triggered, all in group 0 or group 1. */
void vgic_bank_reset(struct vgic_bank *b, u32 edge, bool group1);

/* The most urgent of `candidates` (not 0): lowest priority value, then lowest number. */
unsigned int vgic_most_urgent(const struct vgic_bank *b, u32 candidates);

/* Registers that GICD and GICR have for every interrupt, in groups of 0x80 bytes: offset / 0x80. */
enum vgic_group {
    VGIC_IGROUPR = 1,
    VGIC_ISENABLER,
    VGIC_ICENABLER,
    VGIC_ISPENDR,
    VGIC_ICPENDR,
    VGIC_ISACTIVER,
    VGIC_ICACTIVER,
    VGIC_IPRIORITYR,       /* 8 groups: 0x400-0x7ff */
    VGIC_ITARGETSR = 0x10, /* 8 groups, GICv2 */
    VGIC_ICFGR = 0x18,     /* 2 groups */
};

/*
 * What a bank answers for a word of one of these registers. For ISPENDR and ISACTIVER the caller
 * has pulled the list registers first. index: which word within the bank (IPRIORITYR 0-7, ICFGR
 * 0-1, else 0).
 */
u32 vgic_bank_read(const struct vgic_bank *b, enum vgic_group reg, unsigned int index);

/*
 * Writes those bits of the word that `mask` covers. Lines keep their level whatever is written; the
 * caller leaves out what the architecture makes read-only.
 */
void vgic_bank_write(struct vgic_bank *b, enum vgic_group reg, unsigned int index, u32 value,
                     u32 mask);
