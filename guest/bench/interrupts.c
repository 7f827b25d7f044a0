/* SPDX-License-Identifier: Apache-2.0 */
/* SGIs and the virtual timer, to the second instruction of the IRQ vector. */
#include "bench.h"
#include "gic.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "timer.h"

#define SGI_ID      1U
#define PEER        1U
#define SETTLE_US   20 /* for the peer to be back in WFI */
#define DEADLINE_US 50
#define PATIENCE_US 1000000

static u32 timer_count_taken;
static u64 timer_stamp;
static u32 peer_stop;

/*
 * Under icount one clock counts what all CPUs execute: the sender must give way at once, and to
 * an interrupt of its own it costs nothing, as that has been taken before.
 */
static inline bool sgi_taken(u32 cpu, u32 count) {
    cpu_relax();
    return wait_until(sgi_count(cpu, SGI_ID) != count, PATIENCE_US);
}

/* gic_sgi_write() with the look at the GIC's version taken out of the measured path. */
static inline void sgi_write(bool v3, u64 sgir, u64 word) {
    if (v3)
        write_sysreg(word, icc_sgi1r_el1);
    else
        mmio_write32(sgir, (u32)word);
}

static void bench_sgi(const char *name, u32 target) {
    u64 word = gic_sgi_to(target, SGI_ID);
    u64 sgir = platform.gicd.base + GICD_SGIR;
    bool v3 = platform.gic_version == 3;
    struct cost cost = {0};

    for (u32 i = 0; i < NR_ITERATIONS; i++) {
        u32 count = sgi_count(target, SGI_ID);
        u64 from;

        (void)wait_until(false, SETTLE_US);
        from = stamp();
        sgi_write(v3, sgir, word);
        isb();
        if (!sgi_taken(target, count)) break;
        cost_add(&cost, cpus[target].sgi_stamp - from);
    }
    cost_report(&cost, name);
}

static void bench_sgi_sender(void) {
    u64 word = gic_sgi_to(PEER, SGI_ID);
    u64 sgir = platform.gicd.base + GICD_SGIR;
    bool v3 = platform.gic_version == 3;
    struct cost cost = {0};

    for (u32 i = 0; i < NR_ITERATIONS; i++) {
        u32 count = sgi_count(PEER, SGI_ID);
        u64 from, to;

        (void)wait_until(false, SETTLE_US);
        from = stamp();
        sgi_write(v3, sgir, word);
        to = stamp();
        if (!sgi_taken(PEER, count)) break;
        cost_add_stamps(&cost, from, to);
    }
    cost_report(&cost, "sgi-send");
}

static void spin(void *unused) {
    (void)unused;
    while (!load_acquire(&peer_stop)) cpu_relax();
}

static void handle_timer(u32 intid, u32 source, const struct regs *regs) {
    (void)intid;
    (void)source;
    timer_stop(TIMER_VIRT);
    timer_stamp = regs->stamp;
    atomic_add(&timer_count_taken, 1U);
}

static void wait_busy(u32 count) {
    (void)wait_until(load_acquire(&timer_count_taken) != count, PATIENCE_US);
}

/* Masked until the WFI, so that the interrupt cannot slip in before it. */
static void wait_in_wfi(u32 count) {
    while (load_acquire(&timer_count_taken) == count) {
        irq_mask();
        if (load_acquire(&timer_count_taken) == count) wfi();
        irq_unmask();
    }
}

static void bench_timer(const char *name, void (*wait)(u32 count)) {
    struct cost cost = {0};

    for (u32 i = 0; i < NR_ITERATIONS; i++) {
        u32 count = load_acquire(&timer_count_taken);
        u64 deadline = timer_now() + timer_us_to_ticks(DEADLINE_US);

        timer_arm(TIMER_VIRT, deadline);
        wait(count);
        if (load_acquire(&timer_count_taken) != count + 1) break;
        cost_add(&cost, timer_stamp - deadline);
    }
    cost_report(&cost, name);
}

void bench_interrupts(void) {
    irq_set_handler(platform.timer_virt_intid, handle_timer);
    gic_enable(platform.timer_virt_intid);
    bench_timer("vtimer-busy", wait_busy);
    bench_timer("vtimer-wfi", wait_in_wfi);
    gic_disable(platform.timer_virt_intid);

    bench_sgi("sgi-self", 0);
    if (platform.nr_cpus < 2 || cpu_up(PEER) != PSCI_SUCCESS || !cpu_wait_online(PEER)) {
        printf("# bench: no second CPU, its rows are left out\n");
        return;
    }
    bench_sgi_sender();
    bench_sgi("sgi-peer-wfi", PEER);
    smp_work_start(PEER, spin, NULL);
    bench_sgi("sgi-peer-yield", PEER);
    store_release(&peer_stop, 1U);
    if (!smp_work_wait(PEER) || !cpu_down(PEER))
        printf("# bench: the second CPU does not go off\n");
}
