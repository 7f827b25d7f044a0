/* SPDX-License-Identifier: Apache-2.0 */
#include "core/vgic.h"
#include "lib/string.h"

/* Five bits of priority, as the list registers of a GICv2 hold: the rest reads as zero. */
#define PRIORITY_MASK 0xf8f8f8f8U

void vgic_bank_reset(struct vgic_bank *b, u32 edge, bool group1) {
    u32 hw = b->hw, line = b->line;

    memset(b, 0, sizeof(*b));
    b->edge = edge;
    b->group = group1 ? ~0U : 0;
    b->hw = hw;
    b->line = line;
}

unsigned int vgic_most_urgent(const struct vgic_bank *b, u32 candidates) {
    unsigned int best = lowest_bit(candidates);

    for (candidates &= candidates - 1; candidates; candidates &= candidates - 1) {
        unsigned int i = lowest_bit(candidates);

        if (b->priority[i] < b->priority[best]) best = i;
    }
    return best;
}

static u32 priority_read(const struct vgic_bank *b, unsigned int index) {
    const u8 *p = &b->priority[4 * index];

    return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24;
}

/* Two bits for each interrupt; the upper one says edge (IHI 0069, "GICD_ICFGR<n>"). */
static u32 config_read(const struct vgic_bank *b, unsigned int index) {
    u32 v = 0;

    for (unsigned int i = 0; i < 16; i++)
        if (b->edge & BIT(16 * index + i)) v |= 2U << (2 * i);
    return v;
}

u32 vgic_bank_read(const struct vgic_bank *b, enum vgic_group reg, unsigned int index) {
    switch (reg) {
    case VGIC_IGROUPR: return b->group;
    case VGIC_ISENABLER:
    case VGIC_ICENABLER: return b->enabled;
    case VGIC_ISPENDR:
    case VGIC_ICPENDR: return vgic_pending(b);
    case VGIC_ISACTIVER:
    case VGIC_ICACTIVER: return b->active;
    case VGIC_IPRIORITYR: return priority_read(b, index);
    case VGIC_ICFGR: return config_read(b, index);
    case VGIC_ITARGETSR: /* not a property of the interrupt alone: the caller's */ break;
    }
    return 0;
}

static void priority_write(struct vgic_bank *b, unsigned int index, u32 value, u32 mask) {
    value = ((priority_read(b, index) & ~mask) | (value & mask)) & PRIORITY_MASK;
    for (unsigned int i = 0; i < 4; i++) b->priority[4 * index + i] = (u8)(value >> (8 * i));
}

static void config_write(struct vgic_bank *b, unsigned int index, u32 value, u32 mask) {
    for (unsigned int i = 0; i < 16; i++) {
        u32 bit = (u32)BIT(16 * index + i);

        if (!(mask & (2U << (2 * i)))) continue;
        b->edge = value & (2U << (2 * i)) ? b->edge | bit : b->edge & ~bit;
    }
}

void vgic_bank_write(struct vgic_bank *b, enum vgic_group reg, unsigned int index, u32 value,
                     u32 mask) {
    u32 set = value & mask;

    switch (reg) {
    case VGIC_IGROUPR: b->group = (b->group & ~mask) | set; break;
    case VGIC_ISENABLER: b->enabled |= set; break;
    case VGIC_ICENABLER: b->enabled &= ~set; break;
    case VGIC_ISPENDR: b->pending |= set; break;
    case VGIC_ICPENDR: b->pending &= ~set; break;
    case VGIC_ISACTIVER: b->active |= set; break;
    case VGIC_ICACTIVER: b->active &= ~set; break;
    case VGIC_IPRIORITYR: priority_write(b, index, value, mask); break;
    case VGIC_ICFGR: config_write(b, index, value, mask); break;
    case VGIC_ITARGETSR: break;
    }
}
