/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI's answers (Arm DEN 0022), by every conduit that should work. */
#include "demo.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "string.h"
#include "tap.h"

#define UNKNOWN_PSCI_ID   0x840000ffU
#define UNKNOWN_VENDOR_ID 0x8600ff42U
#define TOS_NOT_REQUIRED  2
#define ABSENT_LEVEL      4
#define PSCI_CPU_ON_32    0x84000003U
#define SMCCC_VERSION_1_1 0x10001

static enum conduit conduit;

static s32 call(u64 function, u64 argument1, u64 argument2, u64 argument3) {
    return (s32)smccc_call(conduit, function, argument1, argument2, argument3);
}

static void expect(s32 got, s32 wanted, const char *what) {
    tap_ok(got == wanted, "%s: %s -> %s", conduit_name(conduit), what, psci_result_name(wanted));
    if (got != wanted) say("got %d", got);
}

static void check_queries(void) {
    const char *name = conduit_name(conduit);
    s32 version = call(PSCI_VERSION, 0, 0, 0);
    s32 migrate = call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0);

    tap_ok(version >= 1 << 16 && version < 2 << 16, "%s: PSCI_VERSION is 1.x (%d.%d)", name,
           version >> 16, version & 0xffff);
    expect(call(PSCI_FEATURES, PSCI_CPU_ON, 0, 0), PSCI_SUCCESS, "PSCI_FEATURES(CPU_ON)");
    expect(call(PSCI_FEATURES, UNKNOWN_PSCI_ID, 0, 0), PSCI_NOT_SUPPORTED,
           "PSCI_FEATURES(unknown id)");
    expect(call(UNKNOWN_PSCI_ID, 0, 0, 0), PSCI_NOT_SUPPORTED, "an unknown PSCI id");
    expect(call(UNKNOWN_VENDOR_ID, 0, 0, 0), PSCI_NOT_SUPPORTED, "an unknown vendor id");
    tap_ok(migrate == TOS_NOT_REQUIRED || migrate == PSCI_NOT_SUPPORTED,
           "%s: MIGRATE_INFO_TYPE is 2 or NOT_SUPPORTED (%d)", name, migrate);
}

static void check_states(void) {
    u64 entry = (u64)secondary_entry;
    u64 absent = platform_absent_mpidr();
    bool all_on = true;

    for (u32 i = 0; i < platform.nr_cpus; i++)
        all_on &= call(PSCI_AFFINITY_INFO, cpus[i].mpidr, 0, 0) == PSCI_STATE_ON;
    tap_ok(all_on, "%s: AFFINITY_INFO of each CPU is ON", conduit_name(conduit));
    expect(call(PSCI_AFFINITY_INFO, absent, 0, 0), PSCI_INVALID_PARAMETERS,
           "AFFINITY_INFO of an absent MPIDR");
    expect(call(PSCI_CPU_ON, cpus[cpu_id()].mpidr, entry, 0), PSCI_ALREADY_ON,
           "CPU_ON of the calling CPU");
    expect(call(PSCI_CPU_ON, cpus[platform.nr_cpus - 1].mpidr, entry, 0), PSCI_ALREADY_ON,
           "CPU_ON of the last CPU, which is on");
    expect(call(PSCI_CPU_ON, absent, entry, 0), PSCI_INVALID_PARAMETERS,
           "CPU_ON of an absent MPIDR");
}

/* QEMU's own PSCI takes any entry point, so this is for a hypervisor that says it is ours, or by
 * request. */
static void check_strictly(void) {
    u64 entry = (u64)secondary_entry;
    u64 last = cpus[platform.nr_cpus - 1].mpidr;

    expect(call(PSCI_CPU_ON, last, entry + 2, 0), PSCI_INVALID_ADDRESS,
           "CPU_ON with a misaligned entry point");
    expect(call(PSCI_CPU_ON, last, platform_ram_end(), 0), PSCI_INVALID_ADDRESS,
           "CPU_ON with an entry point outside RAM");
    expect(call(PSCI_CPU_ON, platform_absent_mpidr(), entry + 2, 0), PSCI_INVALID_PARAMETERS,
           "CPU_ON that is wrong in target and entry point");
    expect(call(0xdeadbeef00000000UL | PSCI_CPU_ON_32, 0xdeadbeef00000000UL | last,
                0xdeadbeef00000000UL | (entry & 0xffffffff), 0),
           PSCI_ALREADY_ON, "32-bit CPU_ON, upper halves of the registers ignored");
    expect(call(PSCI_AFFINITY_INFO, last, ABSENT_LEVEL, 0), PSCI_INVALID_PARAMETERS,
           "AFFINITY_INFO of level 4");
    expect(call(PSCI_FEATURES, SMCCC_VERSION, 0, 0), PSCI_SUCCESS, "PSCI_FEATURES(SMCCC_VERSION)");
    tap_ok(call(SMCCC_VERSION, 0, 0, 0) >= SMCCC_VERSION_1_1, "%s: SMCCC_VERSION is 1.1 or later",
           conduit_name(conduit));
}

static s32 call_with_immediate(void) {
    register u64 x0 asm("x0") = PSCI_VERSION;

    if (conduit == CONDUIT_HVC)
        asm volatile("hvc #1" : "+r"(x0)::"x1", "x2", "x3", SMCCC_CLOBBERS);
    else
        asm volatile("smc #1" : "+r"(x0)::"x1", "x2", "x3", SMCCC_CLOBBERS);
    return (s32)x0;
}

static void check_conduit(enum conduit which) {
    conduit = which;
    check_queries();
    check_states();
    if (!platform.strict) return;
    check_strictly();
    expect(call_with_immediate(), PSCI_NOT_SUPPORTED, "a call with an immediate other than 0");
}

void demo_psci(void) {
    check_conduit(platform.conduit);
    if (platform.strict)
        check_conduit(platform.conduit == CONDUIT_HVC ? CONDUIT_SMC : CONDUIT_HVC);
    else
        tap_skip("not under Muster", "PSCI by the other conduit, and its strict checks");
}
