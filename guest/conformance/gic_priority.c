/* SPDX-License-Identifier: Apache-2.0 */
/* Which of many interrupts comes first, and what may interrupt what. */
#include <muster/hypercall.h>
#include "gicx.h"

#define NR_LEVELS 30U /* 0x00 to 0xe8 in steps of 8, all above PRIORITY_LOWEST */
#define STEP      8U
#define NR_FEW    8U

static const char *section(void) {
    return v3() ? "IHI 0069, Interrupt prioritization" : "IHI 0048, Interrupt prioritization";
}

/* A fixed permutation of 0 to nr - 1, nr not a multiple of 7. */
static u32 shuffled(u32 i, u32 nr) { return i * 7 % nr; }

static void all_idle(void) {
    for (u32 i = 0; i < NR_SPARE; i++) spi_idle(spare(i));
}

static bool all_bits(u32 reg, u32 nr, bool value) {
    for (u32 i = 0; i < nr; i++) {
        if (bit_read(reg, spare(i)) != value) return false;
    }
    return true;
}

/* 30 pending at 30 priorities: acknowledged and ended one by one, in exactly that order. */
static void order_rows(void) {
    u32 wrong = 0, taken = 0, last = 0;

    subject("GIC priority order", section());
    for (u32 i = 0; i < NR_LEVELS; i++) spi_ready(spare(i), shuffled(i, NR_LEVELS) * STEP);
    for (u32 i = 0; i < NR_LEVELS; i++) bit_write(GICD_ISPENDR, spare(i));
    row_is(all_bits(GICD_ISPENDR, NR_LEVELS, true), 1, "30 SPIs pending: all read pending");
    for (; taken < NR_LEVELS && wait_until(signalled(), SOON_US); taken++) {
        u32 iar = acknowledge();

        if (intid_of(iar) >= 1020) break;
        wrong += shuffled(intid_of(iar) - spare(0), NR_LEVELS) != taken;
        wrong += running_priority() != taken * STEP;
        end(iar);
        last = intid_of(iar);
    }
    row_is(taken, NR_LEVELS, "30 SPIs at 30 priorities: all taken (last INTID %u)", last);
    row_is(wrong, 0, "30 SPIs at 30 priorities: taken out of order, or wrong running priority");
    row_is(shows(SPURIOUS), 1, "and nothing is pending any more");
    row_is(running_priority(), IDLE_PRIORITY, "and the running priority is idle");
    all_idle();
}

/* 32 pending at 8 priorities: never a lower one before a higher one, each exactly once. */
static void equal_rows(void) {
    u32 previous = 0, wrong = 0, taken = 0, twice = 0;
    u64 seen = 0;

    for (u32 i = 0; i < NR_SPARE; i++) spi_ready(spare(i), shuffled(i, NR_FEW) * 0x18);
    for (u32 i = 0; i < NR_SPARE; i++) bit_write(GICD_ISPENDR, spare(i));
    for (; taken < NR_SPARE && wait_until(signalled(), SOON_US); taken++) {
        u32 iar = acknowledge();
        u32 n = intid_of(iar) - spare(0);

        if (intid_of(iar) >= 1020) break;
        wrong += running_priority() < previous;
        previous = running_priority();
        twice += seen >> n & 1;
        seen |= 1UL << n;
        end(iar);
    }
    row_is(taken, NR_SPARE, "32 SPIs at 8 priorities: all taken");
    row_is(wrong, 0, "32 SPIs at 8 priorities: a lower one before a higher one");
    row_is(twice, 0, "32 SPIs at 8 priorities: taken twice");
    all_idle();
}

#define NR_LIST_REGISTERS 4 /* GIC-400's, and QEMU's */
#define MAINTENANCE       7 /* its place among the exits */

/* Maintenance interrupts that this CPU has cost its hypervisor; false where nobody counts them. */
static bool maintenance(u64 *count) {
    struct call call = {.x = {MUSTER_CALL_COUNTER, 0, MUSTER_COUNTER_EXITS + MAINTENANCE}};

    call_hvc(&call);
    *count = call.x[1];
    return call.x[0] == 0;
}

/*
 * Not of the architecture, but of Muster's own making: list registers are filled again only when
 * all of them are used up, so what fits costs nothing.
 */
static void refill_rows(void) {
    static const u32 numbers[] = {1, NR_LIST_REGISTERS, NR_LIST_REGISTERS + 1, 8, NR_SPARE};

    subject("GIC list registers", "Muster, docs/architecture.md");
    for (u32 i = 0; i < ARRAY_SIZE(numbers); i++) {
        u32 n = numbers[i], refills = (n - 1) / NR_LIST_REGISTERS, taken = 0;
        u64 before, after;

        if (!maintenance(&before)) {
            row_skip("this hypervisor does not count", "%u SPIs taken: maintenance interrupts", n);
            continue;
        }
        for (u32 k = 0; k < n; k++) spi_ready(spare(k), 0x80);
        for (u32 k = 0; k < n; k++) bit_write(GICD_ISPENDR, spare(k));
        for (; taken < n && wait_until(signalled(), SOON_US); taken++) end(acknowledge());
        maintenance(&after);
        row_true(taken == n && after - before <= refills, refills ? "no more than that" : "0",
                 after - before, "%u SPIs pending, then taken: maintenance interrupts, at most %u",
                 n, refills);
        all_idle();
    }
}

/*
 * "GICD_IPRIORITYR": what is pending when its priority changes is taken once, at the old or at the
 * new one; from then on the new one counts.
 */
static void change_rows(void) {
    u32 iar, running;

    subject("GIC priority change",
            v3() ? "IHI 0069, GICD_IPRIORITYR" : "IHI 0048, GICD_IPRIORITYR");
    for (u32 i = 0; i < NR_FEW; i++) spi_ready(spare(i), 0x80);
    for (u32 i = 0; i < NR_FEW; i++) bit_write(GICD_ISPENDR, spare(i));
    for (u32 i = 0; i < NR_FEW; i++) set_priority(spare(i), 0x40);
    for (u32 i = 0; i < NR_FEW; i++) {
        u32 taken = wait_until(signalled(), SOON_US) ? acknowledge() : SPURIOUS;

        running = running_priority();
        row_is(intid_of(taken) - spare(0) < NR_FEW && (running == 0x80 || running == 0x40), 1,
               "pending at 0x80, then set to 0x40: taken at one of the two (number %u)", i + 1);
        end(taken);
    }
    row_is(shows(SPURIOUS), 1, "and none is taken twice");
    bit_write(GICD_ISPENDR, spare(0));
    iar = wait_until(signalled(), SOON_US) ? acknowledge() : SPURIOUS;
    row_is(running_priority(), 0x40, "pending again: taken at 0x40");
    end(iar);
    all_idle();
}

/* A later interrupt of higher priority goes before those that wait, also from outside. */
static void late_rows(void) {
    for (u32 i = 0; i < NR_FEW; i++) spi_ready(spare(i), 0x80);
    spi_ready(spare(NR_FEW), 0x40);
    for (u32 i = 0; i < NR_FEW; i++) bit_write(GICD_ISPENDR, spare(i));
    row_true(intid_of(highest_pending()) - spare(0) < NR_FEW, "one of them", highest_pending(),
             "8 SPIs pending at one priority: highest pending interrupt");
    bit_write(GICD_ISPENDR, spare(NR_FEW));
    row_is(shows(spare(NR_FEW)), 1, "then one more urgent: it is the highest pending interrupt");
    all_idle();
    row_is(shows(SPURIOUS), 1, "all cleared by register writes: nothing is pending");
}

/* Each preempts the one before until all are active at once. */
static void nest_rows(void) {
    u32 wrong = 0, level = 0;
    u32 iars[NR_LEVELS];

    subject("GIC preemption", v3() ? "IHI 0069, Preemption" : "IHI 0048, Preemption");
    set_binary_point(0);
    for (; level < NR_LEVELS; level++) {
        u32 priority = (NR_LEVELS - 1 - level) * STEP;

        spi_ready(spare(level), priority);
        bit_write(GICD_ISPENDR, spare(level));
        if (!wait_until(signalled(), SOON_US)) break;
        iars[level] = acknowledge();
        if (intid_of(iars[level]) != spare(level)) break;
        wrong += running_priority() != priority;
    }
    row_is(level, NR_LEVELS, "30 SPIs, each more urgent than the last: all preempt");
    row_is(wrong, 0, "wrong running priority on the way up");
    row_is(all_bits(GICD_ISACTIVER, level, true), 1, "all active at once: all read active");
    wrong = 0;
    while (level--) {
        wrong += running_priority() != (NR_LEVELS - 1 - level) * STEP;
        end(iars[level]);
        wrong += bit_read(GICD_ISACTIVER, spare(level));
    }
    row_is(wrong, 0, "wrong running priority, or still active, on the way down");
    row_is(running_priority(), IDLE_PRIORITY, "all ended: idle priority");
    all_idle();
}

static void no_preemption_rows(void) {
    u32 outer;

    spi_ready(spare(0), 0x80);
    spi_ready(spare(1), 0x80);
    spi_ready(spare(2), 0x90);
    spi_ready(spare(3), 0x70);
    bit_write(GICD_ISPENDR, spare(0));
    (void)shows(spare(0));
    outer = acknowledge();
    bit_write(GICD_ISPENDR, spare(1));
    pause_us(100);
    row_is(signalled(), 0, "the same priority does not preempt");
    bit_write(GICD_ICPENDR, spare(1));
    bit_write(GICD_ISPENDR, spare(2));
    pause_us(100);
    row_is(signalled(), 0, "a lower priority does not preempt");
    bit_write(GICD_ISPENDR, spare(3));
    row_is(wait_until(signalled(), SOON_US), 1, "a higher priority preempts");
    row_is(running_priority(), 0x80, "running priority before it is acknowledged");
    end(acknowledge());
    row_is(running_priority(), 0x80, "running priority after it is ended");
    end(outer);
    row_is(shows(spare(2)), 1, "the lower one follows");
    end(acknowledge());
    all_idle();
}

/* The binary point splits a priority in a group, which decides, and a subpriority. */
static void binary_point_rows(void) {
    u32 lowest, outer;

    subject("GIC binary point",
            v3() ? "IHI 0069, Priority grouping" : "IHI 0048, Priority grouping");
    set_binary_point(0);
    lowest = get_binary_point();
    row_true(lowest <= 3, "3 or less", lowest, "0 written reads the least supported value");
    set_binary_point(5);
    row_is(get_binary_point(), 5, "5 written");
    spi_ready(spare(0), 0x48);
    spi_ready(spare(1), 0x40); /* the same group with a binary point of 5 */
    bit_write(GICD_ISPENDR, spare(0));
    (void)shows(spare(0));
    outer = acknowledge();
    bit_write(GICD_ISPENDR, spare(1));
    pause_us(100);
    row_is(signalled(), 0, "a higher subpriority of the same group does not preempt");
    end(outer);
    row_is(shows(spare(1)), 1, "and follows when that one has ended");
    end(acknowledge());
    set_binary_point(0);
    bit_write(GICD_ISPENDR, spare(0));
    (void)shows(spare(0));
    outer = acknowledge();
    bit_write(GICD_ISPENDR, spare(1));
    row_is(wait_until(signalled(), SOON_US), 1, "with the finest grouping it preempts");
    end(acknowledge());
    end(outer);
    all_idle();
}

static void mask_rows(void) {
    subject("GIC priority mask",
            v3() ? "IHI 0069, Priority masking" : "IHI 0048, Priority masking");
    spi_ready(spare(0), 0x80);
    set_mask(0x80);
    bit_write(GICD_ISPENDR, spare(0));
    pause_us(100);
    row_is(signalled(), 0, "priority 0x80 under a mask of 0x80: not signalled");
    set_mask(0x88);
    row_is(wait_until(signalled(), SOON_US), 1, "priority 0x80 under a mask of 0x88: signalled");
    set_mask(0);
    row_is(wait_until(!signalled(), SOON_US), 1, "mask of 0: not signalled");
    set_mask(PRIORITY_LOWEST);
    row_is(shows(spare(0)), 1, "mask as before: signalled");
    end(acknowledge());
    all_idle();
}

/* EOIR only drops the priority, DIR deactivates: any number can be active, ended in any order. */
static void split_rows(u32 priority) {
    u32 taken = 0, active_after = 0;

    subject("GIC priority drop and deactivation",
            v3() ? "IHI 0069, ICC_CTLR_EL1.EOImode"
                 : "IHI 0048, Priority drop and interrupt deactivation");
    set_eoi_mode(true);
    for (u32 i = 0; i < NR_SPARE - 1; i++) spi_ready(spare(i), priority);
    for (u32 i = 0; i < NR_SPARE - 1; i++) bit_write(GICD_ISPENDR, spare(i));
    for (; taken < NR_SPARE - 1 && wait_until(signalled(), SOON_US); taken++) end(acknowledge());
    row_is(taken, NR_SPARE - 1, "31 SPIs of priority 0x%x acknowledged and dropped", priority);
    row_is(running_priority(), IDLE_PRIORITY, "running priority after the drops");
    row_is(all_bits(GICD_ISACTIVER, NR_SPARE - 1, true), 1, "all 31 are active");
    row_is(signalled(), 0, "all 31 are active: nothing is signalled");
    spi_ready(spare(NR_SPARE - 1), priority);
    bit_write(GICD_ISPENDR, spare(NR_SPARE - 1));
    row_is(shows(spare(NR_SPARE - 1)), 1, "31 active: one more is signalled");
    end(acknowledge());
    for (u32 i = 0; i < NR_SPARE; i++) deactivate(spare(shuffled(i, NR_SPARE)));
    for (u32 i = 0; i < NR_SPARE; i++) active_after += bit_read(GICD_ISACTIVER, spare(i));
    row_is(active_after, 0, "deactivated in another order: still active");
    bit_write(GICD_ISPENDR, spare(0));
    row_is(shows(spare(0)), 1, "deactivated: signalled when it is pending again");
    end(acknowledge());
    deactivate(spare(0));
    set_eoi_mode(false);
    all_idle();
}

void gic_priority_rows(void) {
    u64 daif = irq_save();

    if (spare_init()) {
        set_mask(PRIORITY_LOWEST);
        order_rows();
        equal_rows();
        refill_rows();
        change_rows();
        late_rows();
        no_preemption_rows();
        binary_point_rows();
        mask_rows();
    }
    irq_restore(daif);
}

void gic_active_rows(void) {
    u64 daif = irq_save();

    if (spare_init()) {
        set_mask(PRIORITY_LOWEST);
        nest_rows();
        split_rows(0x80);
        split_rows(0); /* than which none is more urgent */
    }
    irq_restore(daif);
}
