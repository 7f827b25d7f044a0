/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SGIs, in three figures: what the write costs its sender, from the write to the second instruction
 * of the target's IRQ vector, and from the write until the sender sees that it was handled.
 */
#include "bench.h"
#include "exception.h"
#include "gic.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "timer.h"

#define SGI_ID      1U
#define PEER        1U
#define SETTLE_US   20 /* for the peer to be back in WFI */
#define PATIENCE_US 1000000
#define SPURIOUS    1023U
#define GICC_IAR    0x0c
#define GICC_EOIR   0x10

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
    isb();
}

/* To itself with interrupts masked, or the handler would count as the sender's cost. */
static void bench_send(const char *name, u32 target) {
    u64 word = gic_sgi_to(target, SGI_ID);
    u64 sgir = platform.gicd.base + GICD_SGIR;
    bool v3 = platform.gic_version == 3;
    struct cost cost = {0};

    for (u32 i = 0; i < NR_ITERATIONS; i++) {
        u32 count = sgi_count(target, SGI_ID);
        u64 from, to;

        (void)wait_until(false, SETTLE_US);
        irq_mask();
        from = stamp();
        sgi_write(v3, sgir, word);
        to = stamp();
        irq_unmask();
        if (!sgi_taken(target, count)) break;
        cost_add_stamps(&cost, from, to);
    }
    cost_report(&cost, name);
}

static void bench_handler(const char *name, const char *total_name, u32 target) {
    u64 word = gic_sgi_to(target, SGI_ID);
    u64 sgir = platform.gicd.base + GICD_SGIR;
    bool v3 = platform.gic_version == 3;
    struct cost cost = {0}, total = {0};

    for (u32 i = 0; i < NR_ITERATIONS; i++) {
        u32 count = sgi_count(target, SGI_ID);
        u64 from;

        (void)wait_until(false, SETTLE_US);
        from = stamp();
        sgi_write(v3, sgir, word);
        if (!sgi_taken(target, count)) break;
        cost_add_stamps(&total, from, stamp());
        cost_add(&cost, cpus[target].sgi_stamp - from);
    }
    cost_report(&cost, name);
    cost_report(&total, total_name);
}

static void spin(void *unused) {
    (void)unused;
    while (!load_acquire(&peer_stop)) cpu_relax();
}

void bench_sgis(void) {
    bench_send("sgi_self_send", 0);
    bench_handler("sgi_self", "sgi_self_total", 0);
    if (platform.nr_cpus < 2 || cpu_up(PEER) != PSCI_SUCCESS || !cpu_wait_online(PEER)) {
        printf("# bench: no second CPU, its rows are left out\n");
        return;
    }
    bench_send("sgi_wfi_send", PEER);
    bench_handler("sgi_wfi", "sgi_wfi_total", PEER);
    smp_work_start(PEER, spin, NULL);
    bench_send("sgi_busy_send", PEER);
    bench_handler("sgi_busy", "ipi", PEER);
    store_release(&peer_stop, 1U);
    if (!smp_work_wait(PEER) || !cpu_down(PEER))
        printf("# bench: the second CPU does not go off\n");
}

static inline u32 acknowledge(bool v3, u64 gicc) {
    return v3 ? (u32)read_sysreg(icc_iar1_el1) : mmio_read32(gicc + GICC_IAR);
}

static inline void end(bool v3, u64 gicc, u32 iar) {
    if (v3)
        write_sysreg(iar, icc_eoir1_el1);
    else
        mmio_write32(gicc + GICC_EOIR, iar);
}

/* The end of no interrupt, and acknowledge and end of an SGI to itself, all without a vector. */
void bench_eoi(void) {
    bool v3 = platform.gic_version == 3;
    u64 gicc = platform.gicc.base;
    u64 word = gic_sgi_to(0, SGI_ID);
    struct cost ack = {0}, eoi = {0};

    BENCH("eoi", end(v3, gicc, SPURIOUS));
    irq_mask();
    for (u32 i = 0; i < NR_ITERATIONS; i++) {
        u64 from, acknowledged;
        u32 iar;

        gic_send(word);
        from = stamp();
        iar = acknowledge(v3, gicc);
        acknowledged = stamp();
        end(v3, gicc, iar);
        cost_add_stamps(&eoi, acknowledged, stamp());
        if ((iar & SPURIOUS) != SGI_ID) break;
        cost_add_stamps(&ack, from, acknowledged);
    }
    irq_unmask();
    cost_report(&ack, "sgi_ack");
    cost_report(&eoi, "sgi_eoi");
}
