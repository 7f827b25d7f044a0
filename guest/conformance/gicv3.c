/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 (Arm IHI 0069): affinity routing, redistributors, the CPU interface. */
#include "gicx.h"

#define CTLR_ARE        (1U << 4)
#define CTLR_DS         (1U << 6)
#define CTLR_RWP        (1U << 31)
#define TYPER_PLPIS     1UL
#define TYPER_LAST      (1UL << 4)
#define TYPER_LPIS      (1U << 17)
#define ROUTER_IRM      (1UL << 31)
#define AFFINITY_FIELDS 0xff00ffffffUL
#define GICR_PROPBASER  0x70
#define NR_PRIVATE_BAD  32U

/* Offsets in GICD of registers of INTIDs 0-31, which the redistributors have. */
static const u32 private_words[] = {
    GICD_IGROUPR,   GICD_ISENABLER,  GICD_ICENABLER, GICD_ISPENDR, GICD_ICPENDR,   GICD_ISACTIVER,
    GICD_ICACTIVER, GICD_IPRIORITYR, GICD_ITARGETSR, GICD_ICFGR,   GICD_ICFGR + 4, GICD_IGRPMODR,
};

static void distributor_rows(void) {
    u32 control = mmio_read32(gicd(GICD_CTLR));
    u32 typer = mmio_read32(gicd(GICD_TYPER));
    u32 bad = 0;

    subject("GICD_CTLR", "IHI 0069, GICD_CTLR");
    row_is(control & CTLR_DS, CTLR_DS, "DS is 1: one Security state");
    row_is(control & CTLR_ARE, CTLR_ARE, "ARE is 1");
    row_is(control & CTLR_RWP, 0, "RWP is 0 at rest");
    mmio_write32(gicd(GICD_CTLR), 3);
    row_is(mmio_read32(gicd(GICD_CTLR)) & (CTLR_DS | CTLR_ARE), CTLR_DS | CTLR_ARE,
           "DS and ARE cannot be cleared");
    mmio_write32(gicd(GICD_CTLR), control);
    subject("GICD_TYPER", "IHI 0069, GICD_TYPER");
    row_true((typer >> 19 & 31) >= 9, "9 or more", typer >> 19 & 31, "IDbits");
    subject("GICD registers of INTIDs 0-31", "IHI 0069, GICD_ISENABLER<n> with affinity routing");
    for (u32 i = 0; i < ARRAY_SIZE(private_words); i++) {
        mmio_write32(gicd(private_words[i]), ~0U);
        if (mmio_read32(gicd(private_words[i]))) bad |= 1U << i;
    }
    row_is(bad, 0, "with ARE set they are RES0 (mask of those that are not)");
    subject("GICD_ITARGETSR", "IHI 0069, GICD_ITARGETSR<n>");
    mmio_write8(gicd(GICD_ITARGETSR) + spare(1), 1);
    row_is(mmio_read8(gicd(GICD_ITARGETSR) + spare(1)), 0, "SPI: RES0 with ARE set");
    subject("GICD_IGRPMODR", "IHI 0069, GICD_IGRPMODR<n>");
    mmio_write32(bit_word(GICD_IGRPMODR, spare(1)), ~0U);
    row_is(mmio_read32(bit_word(GICD_IGRPMODR, spare(1))), 0, "SPIs: RES0 with DS set");
    subject("GICD_NSACR", "IHI 0069, GICD_NSACR<n>");
    mmio_write32(gicd(GICD_NSACR) + spare(1) / 16 * 4, ~0U);
    row_is(mmio_read32(gicd(GICD_NSACR) + spare(1) / 16 * 4), 0, "SPIs: RES0 with DS set");
    subject("GICD_SPENDSGIR", "IHI 0069, GICD_SPENDSGIR<n>");
    mmio_write32(gicd(GICD_SPENDSGIR), ~0U);
    row_is(mmio_read32(gicd(GICD_SPENDSGIR)), 0, "RES0 with ARE set");
    row_is(signalled(), 0, "and sends nothing");
    subject("GICD_SGIR", "IHI 0069, GICD_SGIR");
    mmio_write32(gicd(GICD_SGIR), 2U << 24 | 3);
    pause_us(100);
    row_is(signalled(), 0, "RES0 with ARE set: sends nothing");
}

static void router_rows(void) {
    u64 address = gicd(GICD_IROUTER) + 8UL * spare(1);
    u64 before = mmio_read64(address);

    subject("GICD_IROUTER", "IHI 0069, GICD_IROUTER<n>");
    for (u32 i = 0; i < platform.nr_cpus && i < 4; i++) {
        mmio_write64(address, cpus[i].mpidr);
        row_is(mmio_read64(address), cpus[i].mpidr, "affinity of CPU %u", i);
    }
    /* With No1N, what setting Interrupt_Routing_Mode does is CONSTRAINED UNPREDICTABLE. */
    mmio_write64(address, ~ROUTER_IRM);
    row_is(mmio_read64(address) & ~AFFINITY_FIELDS, 0, "RES0 bits read 0 after 1s were written");
    mmio_write64(address, before);
    row_is((u64)mmio_read32(address + 4) << 32 | mmio_read32(address), before,
           "two words read as one doubleword");
    row_is(mmio_read64(gicd(GICD_IROUTER) + 8 * (NR_PRIVATE_BAD - 1)), 0,
           "INTIDs 0-31: reserved, read 0");
}

static u64 packed(u64 mpidr) { return (mpidr >> 32 & 0xff) << 24 | (mpidr & 0xffffff); }

static u64 has_lpis(void) { return mmio_read32(gicd(GICD_TYPER)) & TYPER_LPIS ? 1 : 0; }

static void redistributor_rows(void) {
    u64 numbers = 0;

    for (u32 i = 0; i < platform.nr_cpus; i++) {
        u64 frame = cpus[i].gicr;
        u64 typer;

        if (!bring_up(i) || !cpus[i].gicr) continue;
        frame = cpus[i].gicr;
        typer = mmio_read64(frame + GICR_TYPER);
        subject("GICR_TYPER", "IHI 0069, GICR_TYPER");
        row_is(typer >> 32, packed(cpus[i].mpidr), "CPU %u: Affinity_Value", i);
        row_is(typer & TYPER_PLPIS, has_lpis(), "CPU %u: PLPIS as GICD_TYPER.LPIS", i);
        row_is(numbers >> (typer >> 8 & 63) & 1, 0,
               "CPU %u: Processor_Number is another CPU's as well", i);
        numbers |= 1UL << (typer >> 8 & 63);
        row_is((u64)mmio_read32(frame + GICR_TYPER + 4) << 32 | mmio_read32(frame + GICR_TYPER),
               typer, "CPU %u: two words read as one doubleword", i);
        if (typer & TYPER_LAST)
            row_is(mmio_read32(frame + GIC_PIDR2_V3) >> 4 & 15, 3, "CPU %u: PIDR2.ArchRev", i);
    }
}

/* From the first frame on: Last only at the end. */
static void last_rows(void) {
    u64 frame = platform.gicr[0].base;
    u32 frames = 1;

    while (!(mmio_read64(frame + GICR_TYPER) & TYPER_LAST) && frames < 64) {
        frame += 2 * GICR_SGI;
        frames++;
    }
    row_is(frames, platform.nr_cpus, "Last is set at the last redistributor of the region");
}

static void no_lpi_rows(u64 frame) {
    subject("GICR_CTLR", "IHI 0069, GICR_CTLR");
    mmio_write32(frame + GICR_CTLR, 1U);
    row_is(mmio_read32(frame + GICR_CTLR) & 1, 0, "EnableLPIs is RES0 without LPIs");
    subject("GICR_PROPBASER", "IHI 0069, GICR_PROPBASER");
    mmio_write64(frame + GICR_PROPBASER, ~0UL);
    row_is(mmio_read64(frame + GICR_PROPBASER), 0, "RES0 without LPIs");
}

static void waker_rows(void) {
    u64 frame = this_cpu()->gicr;
    u32 iidr = mmio_read32(frame + GICR_IIDR);

    subject("GICR_WAKER", "IHI 0069, GICR_WAKER");
    row_is(mmio_read32(frame + GICR_WAKER) & (WAKER_SLEEP | WAKER_ASLEEP), 0, "awake");
    enable_group(false);
    mmio_write32(frame + GICR_WAKER, WAKER_SLEEP);
    row_is(wait_until(mmio_read32(frame + GICR_WAKER) & WAKER_ASLEEP, SOON_US), 1,
           "ProcessorSleep set: ChildrenAsleep becomes 1");
    row_is(mmio_read32(frame + GICR_WAKER) & WAKER_SLEEP, WAKER_SLEEP, "ProcessorSleep reads 1");
    mmio_write32(frame + GICR_WAKER, 0);
    row_is(wait_until(!(mmio_read32(frame + GICR_WAKER) & WAKER_ASLEEP), SOON_US), 1,
           "ProcessorSleep cleared: ChildrenAsleep becomes 0");
    enable_group(true);
    if (!has_lpis()) no_lpi_rows(frame);
    subject("GICR_IIDR", "IHI 0069, GICR_IIDR");
    mmio_write32(frame + GICR_IIDR, ~iidr);
    row_is(mmio_read32(frame + GICR_IIDR), iidr, "read-only");
}

static void interface_rows(void) {
    u64 control = read_sysreg(icc_ctlr_el1);
    u32 mask;

    subject("ICC_SRE_EL1", "IHI 0069, ICC_SRE_EL1");
    row_is(read_sysreg(icc_sre_el1) & 1, 1, "SRE is 1");
    subject("ICC_CTLR_EL1", "IHI 0069, ICC_CTLR_EL1");
    row_true((control >> 8 & 7) >= 4, "4 or more", control >> 8 & 7, "PRIbits");
    set_eoi_mode(true);
    row_is(read_sysreg(icc_ctlr_el1) & 2, 2, "EOImode set");
    set_eoi_mode(false);
    row_is(read_sysreg(icc_ctlr_el1), control, "as before");
    write_sysreg(control | 1, icc_ctlr_el1);
    row_is(read_sysreg(icc_ctlr_el1) & 1, 1, "CBPR set");
    write_sysreg(control, icc_ctlr_el1);
    subject("ICC_PMR_EL1", "IHI 0069, ICC_PMR_EL1");
    set_mask(0xff);
    mask = get_mask();
    row_true(mask == 0xf8 || mask == 0xfc || mask == 0xfe || mask == 0xff,
             "the upper 5 bits or more", mask, "0xff written");
    set_mask(PRIORITY_LOWEST);
    subject("ICC_IAR1_EL1", "IHI 0069, ICC_IAR1_EL1");
    row_is(acknowledge(), SPURIOUS, "nothing pending");
    subject("ICC_IAR0_EL1", "IHI 0069, ICC_IAR0_EL1");
    row_is(read_sysreg(icc_iar0_el1), SPURIOUS, "nothing pending");
    subject("ICC_HPPIR1_EL1", "IHI 0069, ICC_HPPIR1_EL1");
    row_is(highest_pending(), SPURIOUS, "nothing pending");
    subject("ICC_RPR_EL1", "IHI 0069, ICC_RPR_EL1");
    row_is(running_priority(), IDLE_PRIORITY, "nothing active");
    subject("ICC_IGRPEN0_EL1", "IHI 0069, ICC_IGRPEN0_EL1");
    write_sysreg(1, icc_igrpen0_el1);
    row_is(read_sysreg(icc_igrpen0_el1) & 1, 1, "Enable set");
    write_sysreg(0, icc_igrpen0_el1);
    row_is(read_sysreg(icc_igrpen0_el1) & 1, 0, "Enable cleared");
}

/* Asleep and with its groups off: what is pending must wake it all the same. */
static u32 woken;

static u64 sleep_without_groups(u64 unused) {
    u64 frame = this_cpu()->gicr;

    (void)unused;
    enable_group(false);
    mmio_write32(frame + GICR_WAKER, WAKER_SLEEP);
    (void)wait_until(mmio_read32(frame + GICR_WAKER) & WAKER_ASLEEP, SOON_US);
    store_release(&woken, 1U);
    wfi();
    store_release(&woken, 2U);
    mmio_write32(frame + GICR_WAKER, 0);
    (void)wait_until(!(mmio_read32(frame + GICR_WAKER) & WAKER_ASLEEP), SOON_US);
    enable_group(true);
    end(acknowledge());
    return 0;
}

static void wake_rows(void) {
    subject("GICR_WAKER", "IHI 0069, Power management");
    if (!platform.strict || platform.nr_cpus < 2 || !bring_up(1) || !agent_start(1)) {
        row_skip("one CPU, or not under Muster", "an interrupt wakes a CPU that sleeps");
        return;
    }
    agent_post(1, sleep_without_groups, 0);
    (void)wait_until(load_acquire(&woken), SOON_US);
    pause_us(1000);
    gic_send(gic_sgi_to(1, 6));
    row_is(wait_until(load_acquire(&woken) == 2, SOON_US), 1,
           "an SGI wakes a CPU from WFI whose redistributor sleeps");
    if (agent_wait_us(1, SOON_US) != AGENT_LOST) agent_stop(1);
}

/* Before any other CPU is on. */
void gic_reset_rows(void) {
    for (u64 frame = platform.nr_gicr ? platform.gicr[0].base : 0, i = 0;
         frame && i < platform.nr_cpus; i++, frame += 2 * GICR_SGI) {
        u32 waker = mmio_read32(frame + GICR_WAKER);

        if (mmio_read64(frame + GICR_TYPER) >> 32 == packed(this_cpu()->mpidr)) continue;
        subject("GICR at reset", "IHI 0069, GICR_WAKER");
        row_is(waker & (WAKER_SLEEP | WAKER_ASLEEP), WAKER_SLEEP | WAKER_ASLEEP,
               "redistributor %lu: ProcessorSleep and ChildrenAsleep", i);
        subject("GICR at reset", "IHI 0069, GICR_ISENABLER0, GICR_ISPENDR0, GICR_ISACTIVER0");
        row_is(mmio_read32(frame + GICR_SGI + GICD_ISENABLER), 0, "redistributor %lu: enables", i);
        row_is(mmio_read32(frame + GICR_SGI + GICD_ISPENDR), 0, "redistributor %lu: pending", i);
        row_is(mmio_read32(frame + GICR_SGI + GICD_ISACTIVER), 0, "redistributor %lu: active", i);
    }
}

void gicv3_rows(void) {
    u64 daif = irq_save();

    if (v3() && spare_init()) {
        distributor_rows();
        router_rows();
        redistributor_rows();
        last_rows();
        waker_rows();
        interface_rows();
        wake_rows();
    }
    irq_restore(daif);
}
