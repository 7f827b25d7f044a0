/* SPDX-License-Identifier: Apache-2.0 */
/* Software-generated interrupts: who gets them, from whom, and how often. */
#include "gicx.h"

#define ID         8U
#define TO_OTHERS  (1U << 24)
#define TO_SELF    (2U << 24)
#define SGI1R_AFF1 (1UL << 16)
#define SGI1R_AFF2 (1UL << 32)
#define SGI1R_AFF3 (1UL << 48)
#define NR_USED    4U

/* On the other CPU: what is pending is taken; its IAR, or SPURIOUS after a while. */
static u64 take(u64 patience_us) {
    u32 iar;

    (void)wait_until(signalled(), patience_us);
    iar = acknowledge();
    if (intid_of(iar) < 1020) end(iar);
    return iar;
}

static u64 send_word(u64 word) {
    gic_send(word);
    return 0;
}

static u64 take_at(u32 cpu, u64 patience_us) {
    return cpu ? agent_call(cpu, take, patience_us) : take(patience_us);
}

static u32 nr_cpus(void) { return platform.nr_cpus < NR_USED ? platform.nr_cpus : NR_USED; }

/* Which CPUs an SGI reached, each taking it once; then nothing may be left. */
static u32 reached(u32 wanted, u32 id) {
    u32 mask = 0;

    for (u32 i = 0; i < nr_cpus(); i++) {
        u64 iar = take_at(i, wanted >> i & 1 ? SOON_US : 100);

        if (intid_of((u32)iar) == id) mask |= 1U << i;
        if (intid_of((u32)take_at(i, 20)) == id) mask |= 0x100U << i;
    }
    return mask;
}

static void sent_row(u64 word, u32 wanted, const char *what) {
    gic_send(word);
    row_is(reached(wanted, ID), wanted, "%s: the CPUs that take it, once each (mask)", what);
}

static u64 list_of(u32 mask) {
    u64 word = 0;

    for (u32 i = 0; i < nr_cpus(); i++) word |= mask >> i & 1 ? gic_sgi_to(i, ID) : 0;
    return word;
}

static void target_rows(void) {
    u32 all = (1U << nr_cpus()) - 1;

    subject(v3() ? "ICC_SGI1R_EL1" : "GICD_SGIR",
            v3() ? "IHI 0069, ICC_SGI1R_EL1" : "IHI 0048, GICD_SGIR");
    sent_row(list_of(1), 1, "target list of the CPU itself");
    for (u32 i = 1; i < nr_cpus(); i++)
        sent_row(list_of(1U << i), 1U << i, "target list of another CPU");
    sent_row(list_of(all), all, "target list of all CPUs");
    sent_row(list_of(all & 5), all & 5, "target list of every second CPU");
    sent_row(gic_sgi_to_others(ID), all & ~1U, "all but the sender");
    if (!v3()) sent_row(TO_SELF | ID, 1, "the sender only");
    if (!v3()) sent_row(TO_OTHERS | 1U << 16 | ID, all & ~1U, "all but the sender, list ignored");
    if (!v3()) sent_row(ID, 0, "an empty target list");
}

/* A pending SGI that is sent again is one; and one of each of all 16. */
static void count_rows(void) {
    u32 seen = 0, taken = 0;

    for (u32 i = 0; i < 3; i++) gic_send(gic_sgi_to_self(ID));
    row_is(reached(1, ID), 1, "sent three times before it is taken: taken once (mask)");
    for (u32 i = 0; i < GIC_NR_SGIS; i++) gic_send(gic_sgi_to_self(i));
    for (; taken < GIC_NR_SGIS + 1; taken++) {
        u64 iar = take(taken < GIC_NR_SGIS ? SOON_US : 100);

        if (intid_of((u32)iar) >= GIC_NR_SGIS) break;
        seen |= 1U << intid_of((u32)iar);
    }
    row_is(seen, 0xffff, "all 16 SGIs to self: those taken (mask)");
    row_is(taken, GIC_NR_SGIS, "all 16 SGIs to self: each once");
}

static u32 pending_sources(u32 id) { return mmio_read8(gicd(GICD_SPENDSGIR) + id); }

static u32 source_of(u64 iar) { return (u32)iar >> 10 & 7; }

/* Two senders of one SGI are two interrupts. */
static void source_rows(void) {
    u64 word = gic_sgi_to(0, ID);
    u32 sources = 0;
    u64 iar;

    subject("GICv2 SGI sources", "IHI 0048, Software Generated Interrupts");
    for (u32 i = 1; i < nr_cpus(); i++) {
        (void)agent_call(i, send_word, word);
        (void)agent_call(i, send_word, word);
        sources |= 1U << cpus[i].gic_number;
    }
    (void)shows(ID);
    subject("GICD_SPENDSGIR", "IHI 0048, GICD_SPENDSGIRn");
    row_is(pending_sources(ID), sources, "sent by all other CPUs: their bits");
    row_is(mmio_read8(gicd(GICD_CPENDSGIR) + ID), sources, "GICD_CPENDSGIR reads the same");
    subject("GICD_ISPENDR", "IHI 0048, GICD_ISPENDRn");
    row_is(bit_read(GICD_ISPENDR, ID), 1, "the SGI reads pending");
    subject("GICC_IAR", "IHI 0048, GICC_IAR");
    for (u32 i = 1; i < nr_cpus(); i++) {
        iar = take(SOON_US);
        row_true(intid_of((u32)iar) == ID && sources >> source_of(iar) & 1,
                 "the SGI, of a source not seen before", iar, "acknowledge number %u", i);
        sources &= ~(1U << source_of(iar));
    }
    row_is(take(100), SPURIOUS, "one more acknowledge");
    row_is(pending_sources(ID), 0, "GICD_SPENDSGIR afterwards");
}

static void source_register_rows(void) {
    u32 self = this_cpu()->gic_number;
    u32 other = cpus[1].gic_number;
    u64 iar;

    (void)agent_call(1, send_word, gic_sgi_to(0, ID));
    gic_send(gic_sgi_to_self(ID));
    (void)shows(ID);
    subject("GICD_CPENDSGIR", "IHI 0048, GICD_CPENDSGIRn");
    mmio_write8(gicd(GICD_CPENDSGIR) + ID, (u8)(1U << self));
    row_is(pending_sources(ID), 1U << other, "one of two sources cleared: the other is left");
    iar = take(SOON_US);
    row_is(iar, other << 10 | ID, "and is taken");
    row_is(take(100), SPURIOUS, "and nothing else is");
    (void)agent_call(1, send_word, gic_sgi_to(0, ID));
    (void)shows(ID);
    mmio_write8(gicd(GICD_CPENDSGIR) + ID, 0xff);
    row_is(pending_sources(ID), 0, "all sources cleared");
    row_is(shows(SPURIOUS), 1, "and nothing is pending");
    subject("GICD_SPENDSGIR", "IHI 0048, GICD_SPENDSGIRn");
    mmio_write8(gicd(GICD_SPENDSGIR) + ID, (u8)(1U << other));
    row_is(pending_sources(ID), 1U << other, "a source set: its bit");
    row_is(take(SOON_US), other << 10 | ID, "a source set: taken as if that CPU had sent it");
    mmio_write32(gicd(GICD_SPENDSGIR) + ID, 1U << self | 1U << (other + 8));
    row_is(mmio_read32(gicd(GICD_SPENDSGIR) + ID), 1U << self | 1U << (other + 8),
           "two SGIs set by one word: word read");
    row_is(intid_of((u32)take(SOON_US)), ID, "the first of the two is taken");
    row_is(intid_of((u32)take(SOON_US)), ID + 1, "the second of the two is taken");
}

/* Active by one source, pending by another: the second is taken when the first has ended. */
static void active_source_rows(void) {
    u32 first;

    subject("GICv2 SGI sources", "IHI 0048, Software Generated Interrupts");
    gic_send(gic_sgi_to_self(ID));
    (void)shows(ID);
    first = acknowledge();
    (void)agent_call(1, send_word, gic_sgi_to(0, ID));
    row_is(wait_until(pending_sources(ID) == 1U << cpus[1].gic_number, SOON_US), 1,
           "active by one source, sent by another: pending of that");
    row_is(first, this_cpu()->gic_number << 10 | ID, "the first names the sender itself");
    end(first);
    row_is(take(SOON_US), cpus[1].gic_number << 10 | ID, "the second follows the first's end");
}

static void affinity_rows(void) {
    u64 self = gic_sgi_to_self(ID);

    sent_row(self ^ SGI1R_AFF1, 0, "another Aff1, where no CPU is");
    sent_row(self ^ SGI1R_AFF2, 0, "another Aff2, where no CPU is");
    sent_row(self ^ SGI1R_AFF3, 0, "another Aff3, where no CPU is");
    sent_row((self & ~0xffffUL) | 0x8000, 0, "Aff0 15, where no CPU is");
    sent_row(self & ~0xffffUL, 0, "an empty target list");
    sent_row(gic_sgi_to_others(ID) | 1, ((1U << nr_cpus()) - 1) & ~1U,
             "all but the sender, target list ignored");
}

static void set_group(u32 intid, bool group1) {
    u64 word = bit_word(GICD_IGROUPR, intid);
    u32 value = mmio_read32(word) & ~(1U << intid);

    mmio_write32(word, value | (u32)group1 << intid);
    dsb(sy);
}

static u32 pending_after_pause(void) {
    pause_us(100);
    return bit_read(GICD_ISPENDR, ID);
}

static void write_sgi0r(u64 word) {
    dsb(ishst);
    asm volatile("msr s3_0_c12_c11_7, %0\n\tisb" ::"r"(word) : "memory");
}

static void write_asgi1r(u64 word) {
    dsb(ishst);
    asm volatile("msr s3_0_c12_c11_6, %0\n\tisb" ::"r"(word) : "memory");
}

/* One Security state: which register reaches an SGI of which group. */
static void group_rows(void) {
    u64 self = gic_sgi_to_self(ID);

    subject("ICC_SGI0R_EL1", "IHI 0069, Forwarding an SGI to a target PE");
    write_sgi0r(self);
    row_is(pending_after_pause(), 0, "an SGI of group 1: not forwarded");
    set_group(ID, false);
    write_sgi0r(self);
    row_is(wait_until(bit_read(GICD_ISPENDR, ID), SOON_US), 1, "an SGI of group 0: pending");
    row_is(highest_pending(), SPURIOUS, "which group 1's HPPIR does not show");
    bit_write(GICD_ICPENDR, ID);
    row_is(bit_read(GICD_ISPENDR, ID), 0, "cleared by GICR_ICPENDR0");
    subject("ICC_SGI1R_EL1", "IHI 0069, Forwarding an SGI to a target PE");
    gic_send(self);
    row_is(pending_after_pause(), 0, "an SGI of group 0: not forwarded");
    set_group(ID, true);
    subject("ICC_ASGI1R_EL1", "IHI 0069, Forwarding an SGI to a target PE");
    write_asgi1r(self);
    row_is(pending_after_pause(), 0, "an SGI of group 1: not forwarded");
    bit_write(GICD_ICPENDR, ID);
}

/* A group 0 interrupt is signalled as FIQ, and taken by the registers of group 0. */
static void group0_rows(void) {
    set_group(ID, false);
    write_sysreg(1, icc_igrpen0_el1);
    bit_write(GICD_ISPENDR, ID);
    subject("ICC_HPPIR0_EL1", "IHI 0069, ICC_HPPIR0_EL1");
    row_is(wait_until(read_sysreg(icc_hppir0_el1) == ID, SOON_US), 1, "a group 0 SGI is pending");
    subject("GIC groups", "IHI 0069, Interrupt grouping");
    row_is(read_sysreg(isr_el1) & 0xc0, 0x40, "a group 0 interrupt is signalled as FIQ");
    subject("ICC_IAR1_EL1", "IHI 0069, ICC_IAR1_EL1");
    row_is(acknowledge(), SPURIOUS, "a group 0 interrupt is pending");
    subject("ICC_IAR0_EL1", "IHI 0069, ICC_IAR0_EL1");
    row_is(read_sysreg(icc_iar0_el1), ID, "a group 0 interrupt is pending");
    row_is(bit_read(GICD_ISACTIVER, ID), 1, "acknowledged: active");
    write_sysreg(ID, icc_eoir0_el1);
    isb();
    row_is(bit_read(GICD_ISACTIVER, ID), 0, "ended by ICC_EOIR0_EL1: not active");
    write_sysreg(0, icc_igrpen0_el1);
    isb();
    set_group(ID, true);
}

static void disabled_rows(void) {
    subject("ICC_SGI1R_EL1", "IHI 0069, GICR_ISENABLER0");
    bit_write(GICD_ICENABLER, ID);
    gic_send(gic_sgi_to_self(ID));
    row_is(pending_after_pause(), 1, "an SGI that is disabled: pending");
    row_is(signalled(), 0, "an SGI that is disabled: not signalled");
    bit_write(GICD_ISENABLER, ID);
    row_is(reached(1, ID), 1, "and taken once it is enabled (mask)");
}

/* Another CPU's redistributor, from here. */
static void redistributor_rows(void) {
    u64 frame = cpus[1].gicr + GICR_SGI;

    subject("GICR_ISPENDR0", "IHI 0069, GICR_ISPENDR0");
    mmio_write32(frame + GICD_ISPENDR, 1U << ID);
    dsb(sy);
    row_is(mmio_read32(frame + GICD_ISPENDR) >> ID & 1, 1, "set in another CPU's frame: reads 1");
    row_is(agent_call(1, take, SOON_US), ID, "set in another CPU's frame: taken there");
    row_is(mmio_read32(frame + GICD_ISPENDR) >> ID & 1, 0, "and then reads 0");
    mmio_write32(frame + GICD_ISPENDR, 1U << ID);
    mmio_write32(frame + GICD_ICPENDR, 1U << ID);
    dsb(sy);
    row_is(intid_of((u32)agent_call(1, take, 100)), SPURIOUS,
           "set and cleared in another CPU's frame: nothing to take there");
}

void gic_sgi_rows(void) {
    u64 daif = irq_save();
    bool ready = nr_cpus() > 1;

    for (u32 i = 1; i < nr_cpus(); i++) ready = ready && bring_up(i) && agent_start(i);
    subject("SGIs", "IHI 0048, IHI 0069");
    if (nr_cpus() < 2) {
        row_skip("one CPU", "all conditions");
    } else if (row_is(ready, 1, "all CPUs are there")) {
        target_rows();
        count_rows();
        if (v3()) {
            affinity_rows();
            group_rows();
            group0_rows();
            disabled_rows();
            redistributor_rows();
        } else {
            source_rows();
            /* QEMU's own GICv2 asserts on these. */
            if (platform.strict)
                source_register_rows();
            else
                row_skip("not under Muster", "GICD_CPENDSGIR and GICD_SPENDSGIR written");
            active_source_rows();
        }
    }
    irq_restore(daif);
}
