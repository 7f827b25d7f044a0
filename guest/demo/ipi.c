/* SPDX-License-Identifier: Apache-2.0 */
/* Software-generated interrupts: to self, to each other CPU, to all others, many to one. */
#include "demo.h"
#include "printf.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define UNICAST_ID   3U
#define BROADCAST_ID 9U
#define CROWD_ID     5U
#define MANY_CPUS    8U /* beyond this, a ring instead of all pairs */
#define SETTLE_US    200

static u32 failures;

static void fail(const char *what, u32 from, u32 to, u32 id) {
    atomic_add(&failures, 1U);
    say("%s: SGI %u from CPU%u to CPU%u", what, id, from, to);
}

static bool no_failures(void) { return !atomic_swap(&failures, 0U); }

static u32 from_count(u32 to, u32 id, u32 from) {
    u32 source = platform.gic_version == 2 ? cpus[from].gic_number : 0;

    return load_acquire(&cpus[to].sgi_from[id][source]);
}

/* One SGI: taken exactly once, and on GICv2 under this CPU's number. */
static void send_one(u64 word, u32 to, u32 id) {
    u32 self = cpu_id();
    u32 count = sgi_count(to, id);
    u32 counted_from = from_count(to, id, self);

    gic_send(word);
    if (!wait_until(sgi_count(to, id) != count, smp_patience_us()))
        fail("lost", self, to, id);
    else if (sgi_count(to, id) != count + 1)
        fail("more than one", self, to, id);
    else if (from_count(to, id, self) != counted_from + 1)
        fail("wrong source CPU", self, to, id);
}

static void send_to_self(void *unused) {
    (void)unused;
    for (u32 id = 0; id < GIC_NR_SGIS; id++) send_one(gic_sgi_to(cpu_id(), id), cpu_id(), id);
    send_one(gic_sgi_to_self(UNICAST_ID), cpu_id(), UNICAST_ID);
}

static void send_to_each(void *unused) {
    u32 self = cpu_id();

    (void)unused;
    for (u32 to = smp_next_online(self); to != self; to = smp_next_online(to)) {
        send_one(gic_sgi_to(to, UNICAST_ID), to, UNICAST_ID);
        if (platform.nr_cpus > MANY_CPUS) break;
    }
}

static bool others_reached(const u32 *before) {
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        if (i != cpu_id() && cpu_is_online(i) && sgi_count(i, BROADCAST_ID) == before[i])
            return false;
    }
    return true;
}

static void send_to_others(void *unused) {
    u32 before[MAX_CPUS];

    (void)unused;
    for (u32 i = 0; i < platform.nr_cpus; i++) before[i] = sgi_count(i, BROADCAST_ID);
    gic_send(gic_sgi_to_others(BROADCAST_ID));
    (void)wait_until(others_reached(before), smp_patience_us());
    /* Time for one too many, or for one to the sender, to show up. */
    (void)wait_until(false, SETTLE_US);
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        u32 wanted = i != cpu_id() && cpu_is_online(i);

        if (sgi_count(i, BROADCAST_ID) != before[i] + wanted)
            fail("lost, doubled or sent to self", cpu_id(), i, BROADCAST_ID);
    }
}

/* By each online CPU in turn; with many CPUs a broadcast only from the first and the last. */
static bool each_in_turn(smp_function function, bool few) {
    bool done = true;

    for (u32 i = 0; i < platform.nr_cpus; i++) {
        if (!cpu_is_online(i)) continue;
        if (few && platform.nr_cpus > MANY_CPUS && i && i != platform.nr_cpus - 1) continue;
        done &= smp_work(i, function, NULL);
    }
    return done;
}

static void send_to_boot_cpu(void *unused) {
    (void)unused;
    gic_send(gic_sgi_to(0, CROWD_ID));
}

/*
 * All others send one SGI id while the target has interrupts masked. GICv2 keeps them apart by
 * source (IHI 0048, 3.2.1 SGIs); GICv3 has one pending state.
 */
static void check_crowd(void) {
    u32 senders = smp_nr_online() - 1;
    u32 count = sgi_count(0, CROWD_ID);
    u32 wanted = platform.gic_version == 2 ? senders : 1;
    u32 started = 0, apart = 0;
    u32 before[MAX_CPUS];
    bool done = true;

    irq_mask();
    for (u32 i = 1; i < platform.nr_cpus; i++) {
        before[i] = from_count(0, CROWD_ID, i);
        if (cpu_is_online(i)) started += smp_work_start(i, send_to_boot_cpu, NULL);
    }
    for (u32 i = 1; i < platform.nr_cpus; i++) {
        if (cpu_is_online(i)) done &= smp_work_wait(i);
    }
    irq_unmask();
    (void)wait_until(sgi_count(0, CROWD_ID) == count + wanted, smp_patience_us());
    (void)wait_until(false, SETTLE_US);
    for (u32 i = 1; i < platform.nr_cpus; i++) apart += from_count(0, CROWD_ID, i) == before[i] + 1;
    tap_ok(done && started == senders && sgi_count(0, CROWD_ID) == count + wanted &&
               (platform.gic_version == 3 || apart == senders),
           "IPI %u to one with interrupts masked: %u taken (%s)", senders, wanted,
           platform.gic_version == 2 ? "one from each source CPU" : "merged, as GICv3 does");
}

void demo_ipi(void) {
    bool done = smp_work_all(send_to_self, NULL);

    tap_ok(done && no_failures(), "IPI to self: SGI 0-15 on each CPU, each taken once");
    if (smp_nr_online() < 2) {
        tap_skip("one CPU", "IPI from each CPU to each other");
        tap_skip("one CPU", "IPI to all others");
        tap_skip("one CPU", "IPI from many to one");
        return;
    }
    done = each_in_turn(send_to_each, false);
    tap_ok(done && no_failures(), "IPI from each CPU to %s, each taken once",
           platform.nr_cpus > MANY_CPUS ? "the next" : "each other");
    done = each_in_turn(send_to_others, true);
    tap_ok(done && no_failures(), "IPI to all others: taken once by each, not by the sender");
    check_crowd();
}
