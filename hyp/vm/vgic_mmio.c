/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register frames of the virtual distributor and redistributors: which register an offset
 * means. Arm IHI 0048 "Distributor register map"; IHI 0069 "The GIC Distributor register map",
 * "The GIC Redistributor register map".
 *
 *	GICD / GICR SGI_base, groups of 0x80 bytes:
 *	0x000 control  0x080 IGROUPR  0x100 ISENABLER  0x180 ICENABLER  0x200 ISPENDR
 *	0x280 ICPENDR  0x300 ISACTIVER  0x380 ICACTIVER  0x400-0x7ff IPRIORITYR
 *	0x800-0xbff ITARGETSR (v2)  0xc00-0xcff ICFGR  0xf00 SGIR and its kin (v2)
 *	0x6000-0x7fff IROUTER (v3)  0xffd0 identification
 *
 * Reads as zero, writes ignored: everything else. IGRPMODR, NSACR (no second security state),
 * STATUSR (optional), LPI registers (GICD_TYPER.LPIS = 0), ITARGETSR and SGIR with affinity
 *routing.
 */
#include "vm/vgic.h"

#define GICD_CTLR      0x0000
#define GICD_TYPER     0x0004
#define GICD_IIDR      0x0008
#define GICD_SGIR      0x0f00
#define GICD_CPENDSGIR 0x0f10
#define GICD_SPENDSGIR 0x0f20
#define GICD_IROUTER   0x6000
#define GICR_TYPER     0x0008
#define GICR_WAKER     0x0014
#define GICR_SGI_BASE  0x10000
#define GIC_PIDR2_V2   0x0fe8
#define GIC_PIDR2_V3   0xffe8
#define IIDR           0x43b /* implementer: Arm */

/* The word at a group's place: which group, which bank, which word within the bank. */
struct place {
    enum vgic_group reg;
    unsigned int bank, index;
};

static struct place place_of(u32 offset) {
    struct place p = {.reg = (enum vgic_group)(offset / 0x80)};
    u32 word;

    if (offset >= 0x400 && offset < 0xc00) { /* a byte for each interrupt: 8 words a bank */
        p.reg = offset < 0x800 ? VGIC_IPRIORITYR : VGIC_ITARGETSR;
        word = (offset & 0x3ff) / 4;
        p.bank = word / 8;
        p.index = word % 8;
    } else if (offset >= 0xc00 && offset < 0xd00) { /* two bits: 2 words a bank */
        p.reg = VGIC_ICFGR;
        word = (offset & 0xff) / 4;
        p.bank = word / 2;
        p.index = word % 2;
    } else if (offset < 0x400) {
        p.bank = (offset & 0x7f) / 4;
    } else {
        p.bank = NR_BANKS; /* no interrupt's register */
    }
    if (p.reg == 0) p.bank = NR_BANKS;
    return p;
}

static u32 targets_word(const struct vcpu *v, struct place p) {
    u32 value = 0;

    /* ITARGETSR0-7 answer with the reader's own bit, in each byte. */
    if (p.bank == 0) return 0x01010101U << v->id;
    for (unsigned int i = 0; i < 4; i++)
        value |= (u32)v->vm->vgic.targets[32 * (p.bank - 1) + 4 * p.index + i] << (8 * i);
    return value;
}

/* GICv2 delivers a 1-of-N interrupt to one of the named CPUs: here always the lowest. */
static void targets_write(struct vcpu *v, struct place p, u32 value, u32 mask) {
    for (unsigned int i = 0; i < 4; i++) {
        unsigned int n = 32 * (p.bank - 1) + 4 * p.index + i;
        u8 targets = (u8)((value >> (8 * i)) & v->vm->vcpu_mask);

        if (!((mask >> (8 * i)) & 0xff) || p.bank == 0) continue;
        v->vm->vgic.targets[n] = targets;
        if (targets) vgic_spi_route(v, n, lowest_bit(targets));
    }
}

static u32 bank_word_read(struct vcpu *v, struct place p) {
    if (p.bank >= NR_BANKS) return 0;
    if (p.reg == VGIC_ITARGETSR) return gic.v3 ? 0 : targets_word(v, p);
    if (p.bank == 0) /* with affinity routing these are in the redistributor */
        return gic.v3 ? 0 : vgic_private_read(v, p.reg, p.index);
    return vgic_spi_read(v, p.bank - 1, p.reg, p.index);
}

static void bank_word_write(struct vcpu *v, struct place p, u32 value, u32 mask) {
    if (p.bank >= NR_BANKS) return;
    if (p.reg == VGIC_ITARGETSR) {
        if (!gic.v3) targets_write(v, p, value, mask);
    } else if (p.bank == 0) {
        if (!gic.v3) vgic_private_write(v, p.reg, p.index, value, mask);
    } else {
        vgic_spi_write(v, p.bank - 1, p.reg, p.index, value, mask);
    }
}

/* Bytes may be accessed where each interrupt has one, and in the SGI pending registers of GICv2. */
static bool bytes_allowed(u32 offset) {
    return (offset >= 0x400 && offset < 0xc00) ||
           (!gic.v3 && offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + 0x10);
}

/* "GICD_TYPER": ITLinesNumber 4:0; v2: CPUNumber 7:5; v3: IDbits 23:19 = 9, no 1-of-N (25). */
static u32 typer(const struct vm *vm) {
    if (gic.v3) return (u32)(BIT(25) | PUT(9, 23, 19) | (NR_BANKS - 1));
    return (u32)PUT(vm->nr_vcpus - 1, 7, 5) | (NR_BANKS - 1);
}

static u64 pending_sgi_sources(struct vcpu *v, u32 offset) {
    u64 value = 0;

    for (unsigned int i = 0; i < 4; i++)
        value |= (u64)v->sgi_sources[(offset & 0xc) + i] << (8 * i);
    return value;
}

static u32 control_read(struct vcpu *v, u32 offset) {
    switch (offset) {
    case GICD_CTLR: /* v3: DS 6 and ARE 4 are fixed to 1 */
        return v->vm->vgic.ctlr | (gic.v3 ? (u32)(BIT(6) | BIT(4)) : 0);
    case GICD_TYPER: return typer(v->vm);
    case GICD_IIDR: return IIDR;
    case GIC_PIDR2_V2: return gic.v3 ? 0 : 0x2b; /* ArchRev 2, JEDEC */
    case GIC_PIDR2_V3: return gic.v3 ? 0x3b : 0;
    }
    if (!gic.v3 && offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + 0x10)
        return (u32)pending_sgi_sources(v, offset);
    return 0;
}

static void pending_sgi_write(struct vcpu *v, u32 offset, u32 value) {
    bool set = offset >= GICD_SPENDSGIR;

    for (unsigned int i = 0; i < 4; i++) {
        unsigned int sgi = (offset & 0xc) + i;
        u8 sources = (u8)(value >> (8 * i));

        if (set)
            v->sgi_sources[sgi] |= sources & (u8)v->vm->vcpu_mask;
        else
            v->sgi_sources[sgi] &= (u8)~sources;
        if (v->sgi_sources[sgi])
            v->own.pending |= (u32)BIT(sgi);
        else
            v->own.pending &= ~(u32)BIT(sgi);
    }
    vgic_refill(v);
}

static void control_write(struct vcpu *v, u32 offset, u32 value) {
    if (offset == GICD_CTLR)
        vgic_set_ctlr(v, value & (u32)(GICD_CTLR_GROUP0 | GICD_CTLR_GROUP1));
    else if (!gic.v3 && offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR + 0x10)
        pending_sgi_write(v, offset, value);
}

static u64 router_read(struct vcpu *v, u32 offset) {
    u32 n = (offset - GICD_IROUTER) / 8 - 32;

    return n < 32 * (NR_BANKS - 1) ? v->vm->vgic.router[n] >> (offset & 4 ? 32 : 0) : 0;
}

static void router_write(struct vcpu *v, u32 offset, unsigned int size, u64 value) {
    u32 n = (offset - GICD_IROUTER) / 8 - 32;
    u64 *router, old;
    const struct vcpu *target;

    if (n >= 32 * (NR_BANKS - 1)) return;
    router = &v->vm->vgic.router[n];
    old = *router;
    if (size == 8)
        *router = value & MPIDR_AFFINITY;
    else if (offset & 4)
        *router = (old & MASK(31, 0)) | (value << 32 & MPIDR_AFFINITY);
    else
        *router = (old & ~MASK(31, 0)) | (value & MPIDR_AFFINITY & MASK(31, 0));
    target = vm_vcpu_by_mpidr(v->vm, *router);
    if (target) vgic_spi_route(v, n, target->id);
}

u64 vgic_gicd_read(struct vcpu *v, u32 offset, unsigned int size) {
    u32 word;

    if (likely(size == 4 && offset < 0x80)) /* the busiest registers first */
        return control_read(v, offset);
    if (gic.v3 && offset >= GICD_IROUTER && offset < 0x8000)
        return size >= 4 ? router_read(v, offset) : 0;
    if (size == 8 || (size < 4 && !bytes_allowed(offset))) return 0;
    if (offset < 0x80 || offset >= 0xd00)
        word = control_read(v, offset & ~3U);
    else
        word = bank_word_read(v, place_of(offset & ~3U));
    return word >> (8 * (offset & 3));
}

void vgic_gicd_write(struct vcpu *v, u32 offset, unsigned int size, u64 value) {
    unsigned int shift = 8 * (offset & 3);
    u32 mask = size >= 4 ? ~0U : (u32)(BIT(8 * size) - 1) << shift;

    if (offset == GICD_SGIR && size == 4 && !gic.v3) { /* the busiest register first */
        vgic_sgir(v, (u32)value);
        return;
    }
    if (gic.v3 && offset >= GICD_IROUTER && offset < 0x8000) {
        if (size >= 4) router_write(v, offset, size, value);
        return;
    }
    if (size == 8 || (size < 4 && !bytes_allowed(offset))) return;
    if (offset < 0x80 || offset >= 0xd00)
        control_write(v, offset & ~3U, (u32)value << shift);
    else
        bank_word_write(v, place_of(offset & ~3U), (u32)value << shift, mask);
}

/* "GICR_TYPER": affinity 63:32, number 23:8, Last 4. */
static u64 gicr_typer(const struct vm *vm, unsigned int id) {
    u64 mpidr = vm_mpidr(id);

    return mpidr << 32 | PUT(id, 23, 8) | (id == vm->nr_vcpus - 1 ? BIT(4) : 0);
}

u64 vgic_gicr_read(struct vcpu *self, u32 offset, unsigned int size) {
    unsigned int id = offset / 0x20000;
    struct vcpu *v = self->vm->vcpu[id];
    struct place p;
    struct vgic_call c = {.what = CALL_READ};

    offset %= 0x20000;
    if ((offset & ~7U) == GICR_TYPER)
        return size >= 4 ? gicr_typer(self->vm, id) >> (offset & 4 ? 32 : 0) : 0;
    if (size == 8) return 0;
    if (offset < GICR_SGI_BASE) {
        if (size < 4) return 0;
        /* GICR_WAKER: ChildrenAsleep follows ProcessorSleep at once. */
        if (offset == GICR_WAKER) return v->sleeps ? 6 : 0;
        return offset == GICD_IIDR - 4 ? IIDR : offset == GIC_PIDR2_V3 ? 0x3b : 0;
    }
    p = place_of(offset & 0xffc);
    if (offset - GICR_SGI_BASE >= 0x1000 || p.bank != 0 || p.reg == VGIC_ITARGETSR ||
        (size < 4 && !bytes_allowed(offset & 0xffc)))
        return 0;
    if (v == self) {
        c.value = vgic_private_read(v, p.reg, p.index);
    } else {
        c.reg = p.reg;
        c.index = p.index;
        vgic_call(self, v, &c);
    }
    return c.value >> (8 * (offset & 3));
}

void vgic_gicr_write(struct vcpu *self, u32 offset, unsigned int size, u64 value) {
    struct vcpu *v = self->vm->vcpu[offset / 0x20000];
    unsigned int shift = 8 * (offset & 3);
    struct place p = place_of(offset & 0xffc);
    struct vgic_call c = {.what = CALL_WRITE, .reg = p.reg, .index = p.index};

    offset %= 0x20000;
    if (size == 8) return;
    if (offset < GICR_SGI_BASE) {
        if (offset == GICR_WAKER && size == 4) v->sleeps = value & BIT(1);
        return;
    }
    if (offset - GICR_SGI_BASE >= 0x1000 || p.bank != 0 || p.reg == VGIC_ITARGETSR ||
        (size < 4 && !bytes_allowed(offset & 0xffc)))
        return;
    c.value = (u32)value << shift;
    c.mask = size >= 4 ? ~0U : (u32)(BIT(8 * size) - 1) << shift;
    if (v == self)
        vgic_private_write(v, c.reg, c.index, c.value, c.mask);
    else
        vgic_call(self, v, &c);
}
