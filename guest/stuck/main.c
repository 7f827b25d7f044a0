/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest whose CPU 1 is powered on and never comes up, for a reason chosen by `stuck=` in /chosen
 * bootargs; `busy` only computes, and nothing is wrong with it. CPU 0 sends any
 * other SGIs, waits for
 * ms= milliseconds, shows what the hypervisor has counted, and calls SYSTEM_OFF.
 */
#include <muster/hypercall.h>
#include "guest.h"
#include "mmu.h"
#include "pl011.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "string.h"
#include "timer.h"

#define GICV3    (1UL << 16)
#define UNMASKED (1UL << 17)
#define PMR_ALL  0xf0UL
#define PING_ID  3U
#define SEND_MS  20UL

extern const u8 stuck_mmu[], stuck_stack[], stuck_wfe[], stuck_self[], stuck_busy[], stuck_gic[],
    stuck_wait[], no_tables[];

static const struct {
    const char *name;
    const u8 *entry;
    u64 context;
} ways[] = {
    {"entry", no_tables, 0}, /* zeros are no instruction */
    {"mmu", stuck_mmu, 0},           {"stack", stuck_stack, 0},     {"wfe", stuck_wfe, 0},
    {"self", stuck_self, 0},         {"busy", stuck_busy, 0},       {"gic", stuck_gic, 0},
    {"masked", stuck_wait, PMR_ALL}, {"pmr", stuck_wait, UNMASKED},
};

static u64 counter(u64 cpu, u64 which) {
    register u64 x0 asm("x0") = MUSTER_CALL_COUNTER;
    register u64 x1 asm("x1") = cpu;
    register u64 x2 asm("x2") = which;

    asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2)::"x3", SMCCC_CLOBBERS);
    return x0 ? ~0UL : x1;
}

static void run(u32 way, u64 ms) {
    u64 context = ways[way].context | (platform.gic_version == 3 ? GICV3 : 0);
    s32 result;

    if (ways[way].entry == stuck_mmu) context = boot_regs.tcr;
    result = psci_cpu_on(platform.mpidr[1], (u64)ways[way].entry, context);
    printf("stuck: CPU_ON of CPU 1 at 0x%lx, %s: %s\n", (u64)ways[way].entry, ways[way].name,
           psci_result_name(result));
    printf("stuck: waits for %lu ms\n", ms);
    /* For gic_sgi_to(): the CPU has not told its number by itself. */
    cpus[1].gic_number = 1;
    /* Again and again: what comes before the CPU has started is lost. */
    for (u64 waited = 0; waited < ms; waited += SEND_MS) {
        (void)wait_until(false, SEND_MS * 1000);
        if (ways[way].entry != stuck_busy) gic_send(gic_sgi_to(1, PING_ID));
    }
}

void guest_main(void) {
    const char *wanted = platform_bootarg("stuck="), *ms = platform_bootarg("ms=");

    for (u32 i = 0; wanted && i < ARRAY_SIZE(ways); i++) {
        const char *rest = string_find(wanted, ways[i].name);

        if (rest == wanted) run(i, ms ? string_number(ms) : 3000);
    }
    printf(
        "stuck: of CPU 0 were counted %lu HVCs, %lu MMIO accesses; CPU 1 ran for %lu us, %lu off; "
        "unknown: %ld, %ld\n",
        counter(0, MUSTER_COUNTER_EXITS), counter(0, MUSTER_COUNTER_EXITS + 3),
        counter(1, MUSTER_COUNTER_RUN_US), counter(1, MUSTER_COUNTER_IDLE_US),
        (s64)counter(platform.nr_cpus, 0), (s64)counter(0, 15));
}
