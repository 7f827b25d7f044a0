/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A storm of SGIs: every CPU sends to random targets, to all others and to itself, as fast as it
 * can. Each SGI announces a number; at the end every CPU must have seen the last number that each
 * sender announced to it by each SGI: one SGI lost, and it has not. n= in /chosen bootargs: how
 * many each CPU sends.
 */
#include "guest.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "string.h"
#include "tap.h"
#include "timer.h"

#define FIRST_ID   8U
#define NR_IDS     8U
#define DEFAULT_NR 12500

static u32 announced[MAX_CPUS][MAX_CPUS][NR_IDS]; /* by sender, target */
static u32 seen[MAX_CPUS][MAX_CPUS][NR_IDS];      /* by target, sender */
static u32 lost;

/* GICv2 says who sent it: only that one's number may be looked at, or two senders would do for one.
 */
static void take(u32 intid, u32 source, const struct regs *regs) {
    u32 self = cpu_id(), id = intid - FIRST_ID;

    (void)regs;
    for (u32 from = 0; from < platform.nr_cpus; from++) {
        if (platform.gic_version == 2 && cpus[from].gic_number != source) continue;
        store_release(&seen[self][from][id], load_acquire(&announced[from][self][id]));
    }
}

static u32 next_random(u32 *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void announce(u32 to, u32 id) {
    u32 *number = &announced[cpu_id()][to][id];

    store_release(number, *number + 1);
}

static void send(u32 random) {
    u32 self = cpu_id(), id = random % NR_IDS, nr = platform.nr_cpus;
    u32 to = (random >> 8) % nr;

    if (random >> 29) {
        announce(to, id);
        gic_send(gic_sgi_to(to, FIRST_ID + id));
        return;
    }
    for (u32 i = 0; i < nr; i++)
        if (i != self) announce(i, id);
    gic_send(gic_sgi_to_others(FIRST_ID + id));
}

static bool all_seen(u32 from, u32 id) {
    u32 self = cpu_id();

    return load_acquire(&seen[self][from][id]) == load_acquire(&announced[from][self][id]);
}

static void storm(void *argument) {
    u32 state = cpu_id() * 7919 + 1;

    for (u64 n = *(u64 *)argument; n; n--) send(next_random(&state));
}

static void settle(void *unused) {
    (void)unused;
    for (u32 from = 0; from < platform.nr_cpus; from++) {
        for (u32 id = 0; id < NR_IDS; id++) {
            if (wait_until(all_seen(from, id), smp_patience_us())) continue;
            say("lost: SGI %u from CPU%u to CPU%u", FIRST_ID + id, from, cpu_id());
            atomic_add(&lost, 1U);
        }
    }
}

void guest_main(void) {
    const char *text = platform_bootarg("n=");
    u64 nr = text ? string_number(text) : DEFAULT_NR, start;
    bool up = true, sent;

    tap_start();
    for (u32 id = 0; id < NR_IDS; id++) irq_set_handler(FIRST_ID + id, take);
    for (u32 cpu = 1; cpu < platform.nr_cpus; cpu++)
        up = up && cpu_up(cpu) == PSCI_SUCCESS && cpu_wait_online(cpu);
    tap_ok(up, "%u CPUs are online", platform.nr_cpus);
    start = timer_now_us();
    sent = smp_work_all(storm, &nr);
    tap_ok(sent, "each CPU sends %lu times", nr);
    printf("# %lu sends in %lu us\n", nr * platform.nr_cpus, timer_now_us() - start);
    (void)smp_work_all(settle, NULL);
    tap_ok(!lost, "the last SGI of each kind, from each CPU, has arrived everywhere");
    tap_end("storm");
    psci_system_off();
}
