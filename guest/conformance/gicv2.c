/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 (Arm IHI 0048): targets, the CPU interface, and groups. */
#include "gicx.h"

#define CTLR_GROUPS  3U
#define CTLR_EOIMODE (1U << 9)
#define CTLR_ACKCTL  (1U << 2)
#define GROUP1_ONLY  1022U
#define NR_PRIVATE   32U

static u64 own_targets(u64 unused) {
    u64 targets = 0;

    (void)unused;
    /* All eight words must say the same. */
    for (u32 i = 0; i < NR_PRIVATE; i += 4) {
        u32 word = mmio_read32(gicd(GICD_ITARGETSR) + i);

        if ((word & 0xff) * 0x01010101U != word || (targets && targets != (word & 0xff)))
            return ~0UL;
        targets = word & 0xff;
    }
    return targets;
}

static void target_rows(void) {
    u32 all = (1U << platform.nr_cpus) - 1;
    u32 seen = 0;
    u64 address = gicd(GICD_ITARGETSR) + spare(1);
    u32 word;

    subject("GICD_ITARGETSR", "IHI 0048, GICD_ITARGETSRn");
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        u64 targets = i == 0 ? own_targets(0) : bring_up(i) ? agent_call(i, own_targets, 0) : 0;

        row_true(targets == 1UL << i || platform.nr_cpus == 1, "the bit of that CPU", targets,
                 "INTIDs 0-31 as CPU %u reads them", i);
        seen |= (u32)targets;
    }
    row_true(seen == all || platform.nr_cpus == 1, "all different", seen, "INTIDs 0-31, all CPUs");
    word = mmio_read32(gicd(GICD_ITARGETSR));
    mmio_write32(gicd(GICD_ITARGETSR), ~word);
    row_is(mmio_read32(gicd(GICD_ITARGETSR)), word, "INTIDs 0-31: read-only");
    if (platform.nr_cpus == 1) return;
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        mmio_write8(address, (u8)(1U << i));
        row_is(mmio_read8(address), 1U << i, "SPI, byte for CPU interface %u", i);
    }
    mmio_write8(address, 0xff);
    row_is(mmio_read8(address), all, "SPI, bits of CPU interfaces that are not there read 0");
    mmio_write8(address, 0);
    row_is(mmio_read8(address), 0, "SPI, no target");
}

/* An SPI with no target goes nowhere until it has one. */
static void no_target_rows(void) {
    u32 spi = spare(4);

    spi_ready(spi, 0x80);
    mmio_write8(gicd(GICD_ITARGETSR) + spi, 0);
    bit_write(GICD_ISPENDR, spi);
    pause_us(200);
    row_true(!signalled() || platform.nr_cpus == 1, "not signalled", signalled(),
             "pending SPI without a target");
    route(spi, cpu_id());
    row_is(shows(spi), 1, "pending SPI given a target: signalled");
    end(acknowledge());
    spi_idle(spi);
}

static void interface_rows(void) {
    u32 control = mmio_read32(gicc(GICC_CTLR));
    u32 mask;

    subject("GICC_CTLR", "IHI 0048, GICC_CTLR");
    mmio_write32(gicc(GICC_CTLR), control | CTLR_GROUPS);
    row_is(mmio_read32(gicc(GICC_CTLR)) & CTLR_GROUPS, CTLR_GROUPS, "both group enables set");
    mmio_write32(gicc(GICC_CTLR), control | CTLR_EOIMODE);
    row_is(mmio_read32(gicc(GICC_CTLR)) & CTLR_EOIMODE, CTLR_EOIMODE, "EOImode set");
    mmio_write32(gicc(GICC_CTLR), control);
    row_is(mmio_read32(gicc(GICC_CTLR)), control, "as before");
    subject("GICC_PMR", "IHI 0048, GICC_PMR");
    set_mask(0xff);
    mask = get_mask();
    row_true(mask == 0xf8 || mask == 0xfc || mask == 0xfe || mask == 0xff,
             "the upper 5 bits or more", mask, "0xff written");
    set_mask(0x07);
    row_is(get_mask(), 0x07 & mask, "bits that are not implemented read 0");
    set_mask(PRIORITY_LOWEST);
    subject("GICC_IAR", "IHI 0048, GICC_IAR");
    row_is(acknowledge(), SPURIOUS, "nothing pending");
    subject("GICC_HPPIR", "IHI 0048, GICC_HPPIR");
    row_is(mmio_read32(gicc(GICC_HPPIR)), SPURIOUS, "nothing pending");
    subject("GICC_RPR", "IHI 0048, GICC_RPR");
    row_is(running_priority(), IDLE_PRIORITY, "nothing active");
    subject("GICC_IIDR", "IHI 0048, GICC_IIDR");
    row_is(mmio_read32(gicc(GICC_IIDR)) >> 16 & 15, 2, "architecture version");
}

/* Group 1 as IAR and HPPIR show it, by AckCtl. (QEMU has no GICC_AIAR and the like.) */
static void group1_rows(void) {
    u32 control = mmio_read32(gicc(GICC_CTLR));
    u32 distributor = mmio_read32(gicd(GICD_CTLR));
    u32 spi = spare(5);
    u32 iar;

    spi_ready(spi, 0x80);
    mmio_write32(bit_word(GICD_IGROUPR, spi),
                 mmio_read32(bit_word(GICD_IGROUPR, spi)) | 1U << spi % 32);
    mmio_write32(gicd(GICD_CTLR), distributor | CTLR_GROUPS);
    mmio_write32(gicc(GICC_CTLR), control | CTLR_GROUPS);
    bit_write(GICD_ISPENDR, spi);
    subject("GICC_HPPIR", "IHI 0048, GICC_HPPIR");
    row_is(wait_until(mmio_read32(gicc(GICC_HPPIR)) == GROUP1_ONLY, SOON_US), 1,
           "a group 1 interrupt is pending: 1022");
    subject("GICC_IAR", "IHI 0048, GICC_IAR");
    row_is(mmio_read32(gicc(GICC_IAR)), GROUP1_ONLY, "a group 1 interrupt is pending: 1022");
    mmio_write32(gicc(GICC_CTLR), control | CTLR_GROUPS | CTLR_ACKCTL);
    row_is(mmio_read32(gicc(GICC_HPPIR)), spi, "a group 1 interrupt is pending, AckCtl 1");
    iar = acknowledge();
    row_is(iar, spi, "a group 1 interrupt is pending, AckCtl 1");
    row_is(bit_read(GICD_ISACTIVER, spi), 1, "a group 1 interrupt acknowledged: active");
    subject("GICC_EOIR", "IHI 0048, GICC_EOIR");
    end(iar);
    row_is(bit_read(GICD_ISACTIVER, spi), 0, "a group 1 interrupt ended, AckCtl 1: not active");
    row_is(running_priority(), IDLE_PRIORITY, "a group 1 interrupt ended, AckCtl 1: idle priority");
    mmio_write32(bit_word(GICD_IGROUPR, spi),
                 mmio_read32(bit_word(GICD_IGROUPR, spi)) & ~(1U << spi % 32));
    mmio_write32(gicc(GICC_CTLR), control);
    mmio_write32(gicd(GICD_CTLR), distributor);
    spi_idle(spi);
}

void gicv2_rows(void) {
    u64 daif = irq_save();

    if (!v3() && spare_init()) {
        target_rows();
        no_target_rows();
        interface_rows();
        group1_rows();
    }
    irq_restore(daif);
}
