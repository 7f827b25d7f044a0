/* SPDX-License-Identifier: Apache-2.0 */
/* What both versions of the distributor (and GICv3's redistributor) have, by register group. */
#include "gicx.h"

#define SGI             9U
#define SGI_CONFIG      0xaaaaaaaaU
#define EDGE            2U
#define TYPER_LINES     31U
#define ARCH_REV(id)    ((id) >> 4 & 15)
#define LAST_INTID      1020U
#define RESERVED_OFFSET 0x01cU

static const char *gic_section(const char *v2_section, const char *v3_section) {
    return v3() ? v3_section : v2_section;
}

#define BOTH(name) gic_section("IHI 0048, " name, "IHI 0069, " name)

/* A pair of set and clear registers. */
struct pair {
    const char *name;
    const char *section_v2;
    const char *section_v3;
    u32 set;
    u32 clear;
};

static const struct pair pairs[] = {
    {"enable", "IHI 0048, GICD_ISENABLERn and GICD_ICENABLERn",
     "IHI 0069, GICD_ISENABLER<n>, GICD_ICENABLER<n> and GICR_*0", GICD_ISENABLER, GICD_ICENABLER},
    {"pending", "IHI 0048, GICD_ISPENDRn and GICD_ICPENDRn",
     "IHI 0069, GICD_ISPENDR<n>, GICD_ICPENDR<n> and GICR_*0", GICD_ISPENDR, GICD_ICPENDR},
    {"active", "IHI 0048, GICD_ISACTIVERn and GICD_ICACTIVERn",
     "IHI 0069, GICD_ISACTIVER<n>, GICD_ICACTIVER<n> and GICR_*0", GICD_ISACTIVER, GICD_ICACTIVER},
};

static u32 state_of(const struct pair *p, u32 intid) {
    return (u32)bit_read(p->set, intid) | (u32)bit_read(p->clear, intid) << 1;
}

static void pair_rows(const struct pair *p, u32 intid, const char *what) {
    u32 neighbour = intid ^ 1;
    u32 before;

    subject("GIC set and clear registers", gic_section(p->section_v2, p->section_v3));
    bit_write(p->clear, intid);
    row_is(state_of(p, intid), 0, "%s: %s cleared, both registers read 0", what, p->name);
    before = state_of(p, neighbour);
    bit_write(p->set, intid);
    row_is(state_of(p, intid), 3, "%s: %s set, both registers read 1", what, p->name);
    row_is(state_of(p, neighbour), before, "%s: %s set, INTID %u is not touched", what, p->name,
           neighbour);
    mmio_write32(bit_word(p->set, intid), 0);
    mmio_write32(bit_word(p->clear, intid), 0);
    row_is(state_of(p, intid), 3, "%s: %s, writing 0 has no effect", what, p->name);
    bit_write(p->clear, intid);
    row_is(state_of(p, intid), 0, "%s: %s cleared again", what, p->name);
}

static void pairs_rows(void) {
    route(spare(1), 0);
    for (u32 i = 0; i < ARRAY_SIZE(pairs); i++) {
        pair_rows(&pairs[i], spare(1), "SPI");
        pair_rows(&pairs[i], timer_intid(TIMER_PHYS), "PPI");
    }
    if (v3()) {
        pair_rows(&pairs[0], SGI, "SGI");
        pair_rows(&pairs[1], SGI, "SGI");
        bit_write(GICD_ISENABLER, SGI);
    } else {
        subject("GIC set and clear registers", "IHI 0048, GICD_ISPENDRn");
        bit_write(GICD_ISPENDR, SGI);
        row_is(bit_read(GICD_ISPENDR, SGI), 0, "SGI: writes to the pending bits are ignored");
    }
}

static void priority_rows_of(u32 intid, const char *what) {
    u64 word = byte_address(GICD_IPRIORITYR, intid & ~3U);
    u32 shift = intid % 4 * 8;
    u32 before = mmio_read32(word);
    u32 after;
    u8 all;

    subject("GIC priority registers", BOTH("GICD_IPRIORITYR"));
    set_priority(intid, 0xff);
    all = mmio_read8(byte_address(GICD_IPRIORITYR, intid));
    row_true(all == 0xf8 || all == 0xfc || all == 0xfe || all == 0xff, "the upper 5 bits or more",
             all, "%s: byte of 0xff reads", what);
    set_priority(intid, 0x07);
    row_is(mmio_read8(byte_address(GICD_IPRIORITYR, intid)), 0x07 & all,
           "%s: bits that are not implemented read 0", what);
    set_priority(intid, 0x50);
    after = mmio_read32(word);
    row_is(after >> shift & 0xff, 0x50, "%s: byte written, word read", what);
    row_is(after & ~(0xffU << shift), before & ~(0xffU << shift),
           "%s: the word's other bytes are not touched", what);
    mmio_write32(word, before);
    row_is(mmio_read8(byte_address(GICD_IPRIORITYR, intid)), before >> shift & 0xff,
           "%s: word written, byte read", what);
}

static u32 config_of(u32 intid) {
    return mmio_read32(bit_word(0, 0) + GICD_ICFGR + intid / 16 * 4) >> intid % 16 * 2 & 3;
}

static void config_rows(void) {
    u64 frame = bit_word(0, 0); /* of INTIDs 0-31 */
    u32 spi = spare(1);
    u64 word = gicd(GICD_ICFGR) + spi / 16 * 4;
    u32 shift = spi % 16 * 2;
    u32 before = mmio_read32(word);

    subject("GIC configuration registers", BOTH("GICD_ICFGR"));
    row_is(mmio_read32(frame + GICD_ICFGR), SGI_CONFIG, "SGIs: edge-triggered");
    mmio_write32(frame + GICD_ICFGR, 0);
    row_is(mmio_read32(frame + GICD_ICFGR), SGI_CONFIG, "SGIs: writes are ignored");
    row_is(config_of(timer_intid(TIMER_VIRT)) & EDGE, 0, "timer PPI: level-sensitive");
    mmio_write32(word, before | 3U << shift);
    row_is(mmio_read32(word) >> shift & 2, EDGE, "SPI: edge-triggered once written so");
    mmio_write32(word, before & ~(3U << shift));
    row_is(mmio_read32(word) >> shift & 2, 0, "SPI: level-sensitive once written so");
    mmio_write32(word, before);
    row_is(mmio_read32(word), before, "SPI: the word as before");
}

static void group_rows(void) {
    u32 spi = spare(1);
    u64 word = bit_word(GICD_IGROUPR, spi);
    u32 before = mmio_read32(word);

    subject("GIC group registers", BOTH("GICD_IGROUPR"));
    mmio_write32(word, before ^ 1U << spi % 32);
    row_is(mmio_read32(word), before ^ 1U << spi % 32, "SPI: its bit can be changed, alone");
    mmio_write32(word, before);
    row_is(mmio_read32(word), before, "SPI: and changed back");
    word = bit_word(GICD_IGROUPR, timer_intid(TIMER_PHYS));
    before = mmio_read32(word);
    mmio_write32(word, ~before);
    row_true(mmio_read32(word) >> 16 == (u16)(~before >> 16) || !v3(), "the written value",
             mmio_read32(word), "PPIs: bits can be changed");
    mmio_write32(word, before);
}

static void identification_rows(void) {
    u32 typer = mmio_read32(gicd(GICD_TYPER));
    u32 iidr = mmio_read32(gicd(GICD_IIDR));
    u32 pidr2 = mmio_read32(gicd(v3() ? GIC_PIDR2_V3 : GIC_PIDR2_V2));

    subject("GICD_TYPER", BOTH("GICD_TYPER"));
    row_true(32 * ((typer & TYPER_LINES) + 1) > platform.uart_intid, "covers the UART's INTID",
             typer, "ITLinesNumber");
    row_is(typer >> 10 & 1, 0, "SecurityExtn is 0: one Security state");
    row_is(typer >> 5 & 7, v3() ? 0 : platform.nr_cpus - 1, "CPUNumber%s",
           v3() ? " is 0 with affinity routing only" : ": CPU interfaces - 1");
    mmio_write32(gicd(GICD_TYPER), ~typer);
    row_is(mmio_read32(gicd(GICD_TYPER)), typer, "read-only");
    subject("GICD_IIDR", BOTH("GICD_IIDR"));
    mmio_write32(gicd(GICD_IIDR), ~iidr);
    row_is(mmio_read32(gicd(GICD_IIDR)), iidr, "read-only");
    subject("GICD PIDR2", v3() ? "IHI 0069, GICD_PIDR2" : "IHI 0048, ICPIDR2");
    row_is(ARCH_REV(pidr2), platform.gic_version, "ArchRev");
}

static void control_rows(void) {
    u32 before = mmio_read32(gicd(GICD_CTLR));

    subject("GICD_CTLR", BOTH("GICD_CTLR"));
    mmio_write32(gicd(GICD_CTLR), before & ~3U);
    row_is(mmio_read32(gicd(GICD_CTLR)) & 3, 0, "both group enables cleared");
    mmio_write32(gicd(GICD_CTLR), before | 3U);
    row_is(mmio_read32(gicd(GICD_CTLR)) & 3, 3, "both group enables set");
    mmio_write32(gicd(GICD_CTLR), before);
    row_is(mmio_read32(gicd(GICD_CTLR)), before, "as before");
}

/* Registers of interrupts that are not there, and offsets of nothing: read as zero. */
static void reserved_rows(void) {
    static const u32 words[] = {GICD_IGROUPR,   GICD_ISENABLER,  GICD_ICENABLER,
                                GICD_ISPENDR,   GICD_ICPENDR,    GICD_ISACTIVER,
                                GICD_ICACTIVER, GICD_IPRIORITYR, GICD_ICFGR};
    static const u32 scale[] = {1, 1, 1, 1, 1, 1, 1, 8, 2};
    u32 nr = gic_nr_intids();
    u32 bad = 0;

    subject("GIC reserved registers", BOTH("Distributor register map"));
    mmio_write32(gicd(RESERVED_OFFSET), ~0U);
    row_is(mmio_read32(gicd(RESERVED_OFFSET)), 0, "offset 0x%x reads 0 after ~0 was written",
           RESERVED_OFFSET);
    if (nr >= LAST_INTID - 28) {
        row_skip("every INTID is there", "INTIDs that are not implemented");
        return;
    }
    for (u32 i = 0; i < ARRAY_SIZE(words); i++) {
        u64 word = gicd(words[i]) + nr / 8 * scale[i];

        mmio_write32(word, ~0U);
        if (mmio_read32(word)) bad |= 1U << i;
    }
    row_is(bad, 0, "INTID %u and on: all their registers read 0 after ~0 was written", nr);
}

/* An interrupt that is active is not signalled again before it is inactive. */
static void active_rows(void) {
    u32 spi = spare(2);

    subject("GIC interrupt states", BOTH("Interrupt handling state machine"));
    spi_ready(spi, 0x80);
    row_is(highest_pending(), SPURIOUS, "SPI enabled: nothing is pending");
    bit_write(GICD_ISPENDR, spi);
    row_is(shows(spi), 1, "SPI made pending by a write: highest pending interrupt");
    row_is(signalled(), 1, "SPI made pending by a write: signalled");
    bit_write(GICD_ISACTIVER, spi);
    row_is(shows(SPURIOUS), 1, "SPI made active by a write: no longer signalled");
    row_is(bit_read(GICD_ISPENDR, spi), 1, "SPI made active by a write: still pending");
    bit_write(GICD_ICACTIVER, spi);
    row_is(shows(spi), 1, "SPI made inactive by a write: signalled again");
    bit_write(GICD_ICPENDR, spi);
    row_is(shows(SPURIOUS), 1, "SPI no longer pending by a write: not signalled");
    bit_write(GICD_ISPENDR, spi);
    bit_write(GICD_ICENABLER, spi);
    row_is(shows(SPURIOUS), 1, "SPI disabled while pending: not signalled");
    row_is(bit_read(GICD_ISPENDR, spi), 1, "SPI disabled while pending: still pending");
    bit_write(GICD_ISENABLER, spi);
    row_is(shows(spi), 1, "SPI enabled while pending: signalled");
    row_is(intid_of(acknowledge()), spi, "acknowledged");
    row_is(bit_read(GICD_ISPENDR, spi), 0, "acknowledged: not pending");
    row_is(bit_read(GICD_ISACTIVER, spi), 1, "acknowledged: active");
    bit_write(GICD_ISPENDR, spi);
    row_is((u64)bit_read(GICD_ISPENDR, spi) << 1 | bit_read(GICD_ISACTIVER, spi), 3,
           "made pending while active: active and pending");
    end(spi);
    row_is(shows(spi), 1, "ended while active and pending: signalled again");
    end(acknowledge());
    row_is(bit_read(GICD_ISACTIVER, spi), 0, "ended: not active");
    row_is(shows(SPURIOUS), 1, "ended: nothing is pending");
    spi_idle(spi);
}

/* Nothing is lost or delivered by the distributor's or the interface's enables. */
static void gate_rows(void) {
    u32 spi = spare(3);
    u32 control = mmio_read32(gicd(GICD_CTLR));

    subject("GIC group enables", BOTH("Interrupt grouping"));
    spi_ready(spi, 0x80);
    mmio_write32(gicd(GICD_CTLR), control & ~3U);
    bit_write(GICD_ISPENDR, spi);
    pause_us(200);
    row_is(signalled(), 0, "distributor disabled: SPI not signalled");
    row_is(intid_of(acknowledge()), SPURIOUS, "distributor disabled: IAR is spurious");
    mmio_write32(gicd(GICD_CTLR), control);
    row_is(shows(spi), 1, "distributor enabled: SPI signalled");
    mmio_write32(gicd(GICD_CTLR), control & ~3U);
    row_is(wait_until(!signalled(), SOON_US), 1,
           "distributor disabled under a pending SPI: not signalled");
    mmio_write32(gicd(GICD_CTLR), control);
    enable_group(false);
    row_is(wait_until(!signalled(), SOON_US), 1, "CPU interface's group disabled: not signalled");
    enable_group(true);
    row_is(wait_until(signalled(), SOON_US), 1, "CPU interface's group enabled: signalled");
    end(acknowledge());
    spi_idle(spi);
}

void gic_register_rows(void) {
    u64 daif = irq_save();

    if (!spare_init()) {
        subject("GIC", "IHI 0048, IHI 0069");
        row_skip("fewer than 72 interrupts", "register groups");
    } else {
        identification_rows();
        control_rows();
        pairs_rows();
        priority_rows_of(spare(1), "SPI");
        priority_rows_of(timer_intid(TIMER_PHYS), "PPI");
        priority_rows_of(SGI, "SGI");
        config_rows();
        group_rows();
        reserved_rows();
        active_rows();
        gate_rows();
    }
    irq_restore(daif);
}
