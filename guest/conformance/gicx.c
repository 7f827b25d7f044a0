/* SPDX-License-Identifier: Apache-2.0 */
#include "gicx.h"

#define CTLR_EOIMODE_V2 (1U << 9)
#define CTLR_EOIMODE_V3 (1U << 1)
#define ISR_IRQ         (1UL << 7)

static u32 first_spare;

bool spare_init(void) {
    u32 nr = gic_nr_intids();

    /* Away from the UART's if there is room, and from QEMU's other devices. */
    first_spare = nr >= 128 + NR_SPARE ? 128 : nr >= 64 + NR_SPARE ? 64 : 40;
    return nr >= first_spare + NR_SPARE;
}

u32 spare(u32 n) { return first_spare + n; }

static u64 frame(u32 intid) {
    return v3() && intid < 32 ? this_cpu()->gicr + GICR_SGI : platform.gicd.base;
}

u64 bit_word(u32 reg, u32 intid) { return frame(intid) + reg + intid / 32 * 4; }

bool bit_read(u32 reg, u32 intid) { return mmio_read32(bit_word(reg, intid)) >> intid % 32 & 1; }

void bit_write(u32 reg, u32 intid) {
    mmio_write32(bit_word(reg, intid), 1U << intid % 32);
    dsb(sy);
    isb();
}

u64 byte_address(u32 reg, u32 intid) { return frame(intid) + reg + intid; }

void set_priority(u32 intid, u32 priority) {
    mmio_write8(byte_address(GICD_IPRIORITYR, intid), (u8)priority);
    dsb(sy);
}

void route(u32 intid, u32 cpu) {
    if (v3())
        mmio_write64(gicd(GICD_IROUTER) + 8UL * intid, cpus[cpu].mpidr);
    else
        mmio_write8(gicd(GICD_ITARGETSR) + intid, (u8)(1U << cpus[cpu].gic_number));
    dsb(sy);
}

u32 acknowledge(void) {
    u32 iar = v3() ? (u32)read_sysreg(icc_iar1_el1) : mmio_read32(gicc(GICC_IAR));

    dsb(sy);
    return iar;
}

u32 intid_of(u32 iar) { return v3() ? iar & 0xffffff : iar & 0x3ff; }

void end(u32 iar) {
    if (v3())
        write_sysreg(iar, icc_eoir1_el1);
    else
        mmio_write32(gicc(GICC_EOIR), iar);
    dsb(sy);
    isb();
}

void deactivate(u32 iar) {
    if (v3())
        write_sysreg(iar, icc_dir_el1);
    else
        mmio_write32(gicc(GICC_DIR), iar);
    dsb(sy);
    isb();
}

u32 highest_pending(void) {
    isb();
    return v3() ? (u32)read_sysreg(icc_hppir1_el1) : mmio_read32(gicc(GICC_HPPIR)) & 0x3ff;
}

u32 running_priority(void) {
    isb();
    return (v3() ? (u32)read_sysreg(icc_rpr_el1) : mmio_read32(gicc(GICC_RPR))) & 0xff;
}

void set_mask(u32 priority) {
    if (v3())
        write_sysreg(priority, icc_pmr_el1);
    else
        mmio_write32(gicc(GICC_PMR), priority);
    dsb(sy);
    isb();
}

u32 get_mask(void) { return v3() ? (u32)read_sysreg(icc_pmr_el1) : mmio_read32(gicc(GICC_PMR)); }

void set_binary_point(u32 value) {
    if (v3())
        write_sysreg(value, icc_bpr1_el1);
    else
        mmio_write32(gicc(GICC_BPR), value);
    dsb(sy);
    isb();
}

u32 get_binary_point(void) {
    return v3() ? (u32)read_sysreg(icc_bpr1_el1) : mmio_read32(gicc(GICC_BPR));
}

void set_eoi_mode(bool split) {
    if (v3()) {
        u64 ctlr = read_sysreg(icc_ctlr_el1) & ~(u64)CTLR_EOIMODE_V3;

        write_sysreg(ctlr | (split ? CTLR_EOIMODE_V3 : 0), icc_ctlr_el1);
    } else {
        u32 ctlr = mmio_read32(gicc(GICC_CTLR)) & ~CTLR_EOIMODE_V2;

        mmio_write32(gicc(GICC_CTLR), ctlr | (split ? CTLR_EOIMODE_V2 : 0));
    }
    dsb(sy);
    isb();
}

void enable_group(bool on) {
    if (v3())
        write_sysreg(on, icc_igrpen1_el1);
    else
        mmio_write32(gicc(GICC_CTLR), (mmio_read32(gicc(GICC_CTLR)) & ~1U) | on);
    dsb(sy);
    isb();
}

bool signalled(void) {
    isb();
    return read_sysreg(isr_el1) & ISR_IRQ;
}

bool shows(u32 intid) { return wait_until(highest_pending() == intid, SOON_US); }

void interface_on(void) {
    if (v3()) {
        write_sysreg(read_sysreg(icc_sre_el1) | 1, icc_sre_el1);
        isb();
    }
    set_mask(PRIORITY_LOWEST);
    set_binary_point(0);
    set_eoi_mode(false);
    enable_group(true);
}

void spi_ready(u32 intid, u32 priority) {
    u64 config = gicd(GICD_ICFGR) + intid / 16 * 4;

    spi_idle(intid);
    mmio_write32(config, mmio_read32(config) | 2U << intid % 16 * 2);
    set_priority(intid, priority);
    route(intid, cpu_id());
    bit_write(GICD_ISENABLER, intid);
}

void spi_idle(u32 intid) {
    bit_write(GICD_ICENABLER, intid);
    bit_write(GICD_ICPENDR, intid);
    bit_write(GICD_ICACTIVER, intid);
}
