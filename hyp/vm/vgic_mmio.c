/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register frames of the virtual distributor and redistributors: which register an offset
 * means. Arm IHI 0048 "Distributor register map"; IHI 0069 "The GIC Distributor register map",
 * "The GIC Redistributor register map".
 *
 *  GICD / GICR SGI_base, groups of 0x80 bytes:
 *  0x000 control  0x080 IGROUPR  0x100 ISENABLER  0x180 ICENABLER  0x200 ISPENDR
 *  0x280 ICPENDR  0x300 ISACTIVER  0x380 ICACTIVER  0x400-0x7ff IPRIORITYR
 *  0x800-0xbff ITARGETSR (v2)  0xc00-0xcff ICFGR  0xf00 SGIR and its kin (v2)
 *  0x6000-0x7fff IROUTER (v3)  0xffd0 identification
 *
 * Reads as zero, writes ignored: everything else. IGRPMODR, NSACR (no second security state),
 * STATUSR (optional), LPI registers (GICD_TYPER.LPIS = 0), ITARGETSR and SGIR with affinity
 * routing, bytes and halfwords of registers that are not for them.
 */
#include "vm/vgic.h"

#define GICD_CTLR      0x0000
#define GICD_TYPER     0x0004
#define GICD_IIDR      0x0008
#define GICD_SGIR      0x0f00
#define GICD_CPENDSGIR 0x0f10
#define GICD_SPENDSGIR 0x0f20
#define GICD_SGI_END   0x0f30
#define GICD_IROUTER   0x6000
#define GICD_ROUTERS   0x8000
#define GICR_IIDR      0x0004
#define GICR_TYPER     0x0008
#define GICR_TYPER_HI  0x000c
#define GICR_WAKER     0x0014
#define GICR_SGI_BASE  0x10000
#define GIC_PIDR2_V2   0x0fe8
#define GIC_PIDR2_V3   0xffe8
#define IIDR           0x43b /* implementer: Arm */
#define PIDR2_V2       0x2b  /* ArchRev, JEDEC */
#define PIDR2_V3       0x3b

/* Which register of which interrupts a word at this offset is; false: of none. */
static bool locate(u32 at, struct vgic_word *w) {
    if (at >= 0x80 && at < 0x400) { /* a bit for each interrupt: a word a bank */
        w->reg = (enum vgic_group)(at / 0x80);
        w->bank = at % 0x80 / 4;
    } else if (at >= 0x400 && at < 0xc00) { /* a byte: 8 words a bank */
        w->reg = at < 0x800 ? VGIC_IPRIORITYR : VGIC_ITARGETSR;
        w->bank = at % 0x400 / 32;
        w->index = at / 4 % 8;
    } else if (at >= 0xc00 && at < 0xd00) { /* two bits: 2 words a bank */
        w->reg = VGIC_ICFGR;
        w->bank = at % 0x100 / 8;
        w->index = at / 4 % 2;
    } else {
        return false;
    }
    return w->bank < NR_BANKS && (w->mask == ~0U || (at >= 0x400 && at < 0xc00));
}

/*
 * "GICD_ITARGETSRn". The first eight answer with the reader's own bit. GICv2 delivers a 1-of-N
 * interrupt to one of the CPUs named: here always the lowest.
 */
static u32 targets(struct vcpu *v, const struct vgic_word *w) {
    u32 value = 0;

    if (w->bank == 0) return 0x01010101U << v->id;
    for (unsigned int i = 0, shift = 0; i < 4; i++, shift += 8) {
        unsigned int n = 32 * (w->bank - 1) + 4 * w->index + i;
        u8 *named = &v->vm->vgic.targets[n];

        if (w->write && ((w->mask >> shift) & 0xff)) {
            *named = (u8)((w->value >> shift) & v->vm->vcpu_mask);
            vgic_spi_route(v, n, *named ? lowest_bit(*named) : NOBODY);
        }
        value |= (u32)*named << shift;
    }
    return value;
}

/* "GICD_IROUTER<n>", one of its two words. */
static apart u32 router(struct vcpu *v, u32 at, bool write, u32 value, u32 mask) {
    u32 n = (at - GICD_IROUTER) / 8 - 32;
    unsigned int shift = at & 4 ? 32 : 0;
    const struct vcpu *target;
    u64 *affinity;

    if (n >= 32 * (NR_BANKS - 1) || mask != ~0U) return 0;
    affinity = &v->vm->vgic.router[n];
    if (write) {
        *affinity &= ~((u64)mask << shift);
        *affinity |= ((u64)value << shift) & MPIDR_AFFINITY;
        target = vm_vcpu_by_mpidr(v->vm, *affinity);
        if (target) vgic_spi_route(v, n, target->id);
    }
    return (u32)(*affinity >> shift);
}

/* "GICD_CPENDSGIRn", "GICD_SPENDSGIRn": a byte of sources for each of four SGIs. */
static apart u32 pending_sgis(struct vcpu *v, u32 at, bool write, u32 value, u32 mask) {
    bool set = at >= GICD_SPENDSGIR;
    u32 now = 0;

    vgic_pull_all(v);
    for (unsigned int i = 0, shift = 0; i < 4; i++, shift += 8) {
        unsigned int sgi = (at & 0xc) + i;
        u8 *sources = &v->sgi_sources[sgi], written = (u8)((value & mask) >> shift);

        written = write ? written & (u8)v->vm->vcpu_mask : 0;
        if (set) {
            v->sgi_sent[v->id] += count_bits(written);
            v->sgi_coalesced[v->id] += count_bits(*sources & written);
            *sources |= written;
        } else {
            v->sgi_cancelled += count_bits(*sources & written);
            *sources &= (u8)~written;
        }
        v->own.pending = (v->own.pending & ~(u32)BIT(sgi)) | (*sources ? (u32)BIT(sgi) : 0);
        now |= (u32)*sources << shift;
    }
    vgic_refill(v);
    return now;
}

/* "GICD_TYPER": ITLinesNumber 4:0; v2: CPUNumber 7:5; v3: IDbits 23:19 = 9, no 1-of-N (25). */
static u32 typer(const struct vm *vm) {
    if (gic.v3) return (u32)(BIT(25) | PUT(9, 23, 19) | (NR_BANKS - 1));
    return (u32)PUT(vm->nr_vcpus - 1, 7, 5) | (NR_BANKS - 1);
}

/* "GICD_CTLR". v3: DS 6 and ARE 4 are fixed to 1. */
static apart u32 ctlr(struct vcpu *v, bool write, u32 value) {
    if (write) vgic_set_ctlr(v, value & (u32)(GICD_CTLR_GROUP0 | GICD_CTLR_GROUP1));
    return v->vm->vgic.ctlr | (gic.v3 ? (u32)(BIT(6) | BIT(4)) : 0);
}

/* A register that every interrupt has. */
static u32 of_interrupts(struct vcpu *v, u32 at, bool write, u32 value, u32 mask) {
    struct vgic_word w = {.write = write, .value = value, .mask = mask};

    if (!locate(at, &w)) return 0;
    if (w.reg == VGIC_ITARGETSR) return gic.v3 ? 0 : targets(v, &w);
    if (w.bank) return vgic_spi(v, &w);
    /* With affinity routing the first bank is in the redistributors. */
    return gic.v3 ? 0 : vgic_private(v, &w);
}

u32 vgic_gicd(struct vcpu *v, u32 at, bool write, u32 value, u32 mask) {
    if (at >= 0x80 && at < 0xd00) return of_interrupts(v, at, write, value, mask);
    if (mask == ~0U) switch (at) {
        case GICD_TYPER: return typer(v->vm);
        case GICD_CTLR: return ctlr(v, write, value);
        case GICD_IIDR: return IIDR;
        case GICD_SGIR:
            if (write && !gic.v3) vgic_sgir(v, value);
            return 0;
        case GIC_PIDR2_V2: return gic.v3 ? 0 : PIDR2_V2;
        case GIC_PIDR2_V3: return gic.v3 ? PIDR2_V3 : 0;
        }
    if (gic.v3 && at >= GICD_IROUTER && at < GICD_ROUTERS) return router(v, at, write, value, mask);
    if (!gic.v3 && at >= GICD_CPENDSGIR && at < GICD_SGI_END)
        return pending_sgis(v, at, write, value, mask);
    return 0;
}

/* "GICC_DIR": INTID 9:0, and the source of an SGI, which is active from one source at a time. */
u32 vgic_gicc(struct vcpu *v, u32 at, bool write, u32 value, u32 mask) {
    if (write && at == GICC_DIR && mask == ~0U) vgic_end(v, value & 0x3ff);
    return 0;
}

u32 vgic_gicr(struct vcpu *self, u32 at, bool write, u32 value, u32 mask) {
    unsigned int id = at / 0x20000;
    struct vcpu *v = self->vm->vcpu[id];
    struct vgic_word w = {.write = write, .value = value, .mask = mask};

    at %= 0x20000;
    switch (at) {
    case GICR_IIDR: return IIDR;
    case GICR_TYPER: /* Processor_Number 23:8, Last 4 */
        return (u32)(PUT(id, 23, 8) | (id == self->vm->nr_vcpus - 1 ? BIT(4) : 0));
    case GICR_TYPER_HI: return (u32)vm_mpidr(self->vm, id);
    case GICR_WAKER: /* ChildrenAsleep 2 follows ProcessorSleep 1 at once */
        if (write) v->sleeps = value & BIT(1);
        return v->sleeps ? 6 : 0;
    case GIC_PIDR2_V3: return PIDR2_V3;
    }
    if (at < GICR_SGI_BASE) return 0;
    at -= GICR_SGI_BASE;
    if (!locate(at, &w) || w.bank || w.reg == VGIC_ITARGETSR) return 0;
    return v == self ? vgic_private(v, &w) : vgic_call(self, v, &w);
}
