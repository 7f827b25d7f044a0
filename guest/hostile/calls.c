/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every function number of every owner, fast and yielding, with 32 and with 64 bits (Arm DEN 0028,
 * "SMC and HVC Calling Convention"), by HVC and by SMC. Left out are SYSTEM_OFF, SYSTEM_RESET, and
 * the types of SYSTEM_RESET2 and SYSTEM_OFF2 that exist: they end the machine, as they should.
 */
#include <muster/hypercall.h>
#include "hostile.h"
#include "psci.h"

#define NUMBERS   0x10000UL
#define NR_KINDS  4
#define KIND(k)   ((u32)(k) << 30) /* bit 31: fast, bit 30: 64 bits */
#define OWNER(o)  ((u32)(o) << 24)
#define NR_OWNERS 64
#define STRIDE    61

#define PSCI_SYSTEM_RESET2 0x84000012U
#define PSCI_SYSTEM_OFF2   0x84000015U

/* Functions that answer; both_widths: with 64-bit arguments too. */
static const struct {
    u32 id;
    bool both_widths;
} known[] = {
    {SMCCC_VERSION, false},
    {0x80000001, false}, /* SMCCC_ARCH_FEATURES, _SOC_ID, _WORKAROUND_3, _2, _1 */
    {0x80000002, false},
    {0x80003fff, false},
    {0x80007fff, false},
    {0x80008000, false},
    {PSCI_VERSION, false},
    {0x84000001, true}, /* CPU_SUSPEND */
    {PSCI_CPU_OFF, false},
    {0x84000003, true}, /* CPU_ON */
    {0x84000004, true}, /* AFFINITY_INFO */
    {PSCI_MIGRATE_INFO_TYPE, false},
    {PSCI_FEATURES, false},
    {0x8400000e, true}, /* SYSTEM_SUSPEND */
    {0x84000010, true}, /* PSCI_STAT_RESIDENCY, PSCI_STAT_COUNT */
    {0x84000011, true},
    {PSCI_SYSTEM_RESET2, true},
    {PSCI_SYSTEM_OFF2, true},
    {0x84000050, false}, /* TRNG_VERSION, TRNG_FEATURES, TRNG_GET_UUID, TRNG_RND */
    {0x84000051, false},
    {0x84000052, false},
    {0x84000053, true},
    {MUSTER_CALL_UID, false},
    {MUSTER_CALL_REVISION, false},
    {MUSTER_CALL_COUNTER, false},
    {MUSTER_CALL_BREAK_RULE, false},
};

static bool is_known(u32 id) {
    for (u32 i = 0; i < ARRAY_SIZE(known); i++)
        if (id == known[i].id || (known[i].both_widths && id == (known[i].id | KIND(1))))
            return true;
    return false;
}

/* The slots 0 and 1. */
static void begin(void) {
    code_put(0, 0xd4000002); /* HVC #0 */
    code_put(1, 0xd4000003); /* SMC #0 */
    code_ready();
}

static void call(u32 id) {
    struct registers before, after;
    u64 caught;

    if (id == PSCI_SYSTEM_OFF || id == PSCI_SYSTEM_RESET) return;
    fill(&before);
    before.x[0] = (random64() & ~0xffffffffUL) | id; /* the upper half means nothing */
    for (u32 i = 1; i < 4; i++) before.x[i] = random_argument();
    if ((id & ~KIND(1)) == PSCI_SYSTEM_RESET2 || (id & ~KIND(1)) == PSCI_SYSTEM_OFF2)
        before.x[1] |= 2;
    /* A CPU that starts anywhere in RAM runs wild. */
    if (before.x[2] != (u64)off_entry && platform_is_ram((u32)before.x[2])) before.x[2] |= 1;
    after = before;
    caught = code_run((u32)random64() & 1, &after);
    if (caught) complain("the call was answered with an exception", id, caught);
    count(OUTCOME_DONE);
    if (is_known(id)) return;
    if (after.x[0] != (u64)PSCI_NOT_SUPPORTED)
        complain("not a function, and not answered NOT_SUPPORTED", id, after.x[0]);
    check_kept(&before, &after, 0, id);
}

/* The owners of functions that there are: architecture, standard, vendor's hypervisor. */
static u64 all_steps(u64 n) {
    (void)n;
    return 3 * NR_KINDS * NUMBERS;
}

static void all_step(u64 i) {
    static const u8 owners[] = {0, 4, 6};

    call(OWNER(owners[i / NUMBERS / NR_KINDS]) | KIND(i / NUMBERS) | (u32)(i % NUMBERS));
}

/* Each stride at another place of it; all numbers when n is the stride. */
static u64 stride;

static u64 other_steps(u64 n) {
    stride = n >= STRIDE ? 1 : STRIDE / n;
    return NR_OWNERS * NR_KINDS * (NUMBERS / stride);
}

static void other_step(u64 i) {
    u64 numbers = NUMBERS / stride, kind = i / numbers;
    u64 number = i % numbers * stride + random64() % stride;

    call(OWNER(kind / NR_KINDS) | KIND(kind) | (u32)(number % NUMBERS));
}

static u64 random_steps(u64 n) { return (1 + n / 8) * 50000; }

/* One in two is of the standard's functions, or nearly so. */
static void random_step(u64 i) {
    u32 id = (u32)random64();

    call(i & 1 ? id : 0x84000000U | (id & 0x4000001f));
}

const struct topic calls_topic = {"calls, each number of the owners 0, 4, 6", all_steps, begin,
                                  all_step, true};
const struct topic other_owners_topic = {"calls, numbers of all owners", other_steps, begin,
                                         other_step, true};
const struct topic random_calls_topic = {"calls, random ids", random_steps, begin, random_step,
                                         true};
