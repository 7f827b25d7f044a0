/* SPDX-License-Identifier: Apache-2.0 */
/* The calling convention itself: which registers live, and what an unknown call answers. */
#include "conformance.h"

#define SMCCC_ARCH_FEATURES 0x80000001U
#define SMCCC_WORKAROUND_1  0x80008000U
#define SMCCC_WORKAROUND_2  0x80007fffU
#define SMCCC_WORKAROUND_3  0x80003fffU
#define NR_OWNERS           64U
#define UNKNOWN_NUMBER      0xf0f0U
#define FAST                (1U << 31)
#define WIDE                (1U << 30)
#define OWNER_SHIFT         24
#define JUNK                0xdeadbeef00000000UL
#define SECTION_REGISTERS   "DEN 0028, Register use in AArch64 SMC and HVC calls"
#define SECTION_UNKNOWN     "DEN 0028, Unknown Function Identifier"
#define SECTION_ARCH        "DEN 0028, Arm Architecture Calls"

static void call_by_conduit(struct call *call) {
    if (via.conduit == CONDUIT_SMC)
        call_smc(call);
    else
        call_hvc(call);
}

/* One row for 64 owners: the first id that answers anything but NOT_SUPPORTED. */
static void unknown_owners(u32 kind, const char *what) {
    u32 bad = 0;

    for (u32 owner = 0; owner < NR_OWNERS && !bad; owner++) {
        u32 id = kind | owner << OWNER_SHIFT | UNKNOWN_NUMBER;

        if (call_id(id, 0, 0, 0) != PSCI_NOT_SUPPORTED) bad = id;
    }
    row_true(!bad, "NOT_SUPPORTED (-1)", bad, "%s, function 0x%x of owners 0-63 (first wrong id)",
             what, UNKNOWN_NUMBER);
}

static void unknown_rows(void) {
    subject_call("SMCCC unknown id", SECTION_UNKNOWN);
    unknown_owners(FAST, "fast 32-bit call");
    unknown_owners(FAST | WIDE, "fast 64-bit call");
    unknown_owners(0, "yielding 32-bit call");
    unknown_owners(WIDE, "yielding 64-bit call");
    row_code(call_id(0, 0, 0, 0), PSCI_NOT_SUPPORTED, "id 0");
    row_code(call_id(0xffffffff, 0, 0, 0), PSCI_NOT_SUPPORTED, "id 0xffffffff");
    row_code(call_id(0x84020000, 0, 0, 0), PSCI_NOT_SUPPORTED,
             "PSCI_VERSION with reserved id bit 17 set");
    row_code(call_id(0x84800000, 0, 0, 0), PSCI_NOT_SUPPORTED,
             "PSCI_VERSION with reserved id bit 23 set");
}

static void immediate_row(void (*function)(struct call *), u32 immediate) {
    struct call call = {.x = {PSCI_VERSION}};

    function(&call);
    row_code((s32)call.x[0], PSCI_NOT_SUPPORTED, "PSCI_VERSION with immediate 0x%x", immediate);
}

static void immediate_rows(void) {
    bool smc = via.conduit == CONDUIT_SMC;

    subject_call("SMCCC immediate", "DEN 0028, SMC and HVC immediate value");
    immediate_row(smc ? call_smc_1 : call_hvc_1, 1);
    immediate_row(smc ? call_smc_ffff : call_hvc_ffff, 0xffff);
}

static void preserved_row(u32 function, u64 argument, const char *what) {
    struct call call = {.x = {function, argument}};
    u64 changed = 0;

    for (u64 i = 4; i < ARRAY_SIZE(call.x); i++) call.x[i] = 0x5a5a000000000000UL | i;
    call_by_conduit(&call);
    for (u64 i = 4; i < ARRAY_SIZE(call.x); i++)
        changed |= call.x[i] == (0x5a5a000000000000UL | i) ? 0 : 1UL << i;
    row_is(changed, 0, "x4-x17 after %s (mask of those changed)", what);
}

static void preserved_rows(void) {
    u64 simd;

    subject_call("SMCCC registers", SECTION_REGISTERS);
    preserved_row(PSCI_VERSION, 0, "PSCI_VERSION");
    preserved_row(PSCI_FEATURES, PSCI_VERSION, "PSCI_FEATURES");
    preserved_row(PSCI_AFFINITY_INFO, platform.mpidr[0], "AFFINITY_INFO");
    preserved_row(PSCI_CPU_ON, platform_absent_mpidr(), "CPU_ON that fails");
    preserved_row(SMCCC_VERSION, 0, "SMCCC_VERSION");
    preserved_row(FAST | WIDE | UNKNOWN_NUMBER, 0, "an unknown id");
    simd = via.conduit == CONDUIT_SMC ? call_smc_simd(PSCI_VERSION) : call_hvc_simd(PSCI_VERSION);
    row_is(simd, 0, "SIMD registers after PSCI_VERSION (number of those changed)");
}

/* What must be there follows from calls made with and without junk in the upper halves. */
static void upper_half_rows(void) {
    struct call call = {.x = {JUNK | PSCI_VERSION}};
    struct call features = {.x = {JUNK | PSCI_FEATURES, JUNK | PSCI_VERSION}};

    subject_call("SMCCC 32-bit call", SECTION_REGISTERS);
    call_by_conduit(&call);
    row_is((u32)call.x[0], (u32)call_id(PSCI_VERSION, 0, 0, 0),
           "PSCI_VERSION, junk in x0[63:32], as without");
    call_by_conduit(&features);
    row_code((s32)features.x[0], PSCI_SUCCESS,
             "PSCI_FEATURES(PSCI_VERSION), junk in x0[63:32] and x1[63:32]");
}

static void arch_rows(void) {
    s64 version = call_id(SMCCC_VERSION, 0, 0, 0);
    s64 answer = call_id(SMCCC_ARCH_FEATURES, SMCCC_WORKAROUND_1, 0, 0);

    subject_call("SMCCC_VERSION", SECTION_ARCH);
    row_true(version >= 0x10001 && version < 0x20000, "1.1 or later", (u64)version, "version");
    subject_call("SMCCC_ARCH_FEATURES", SECTION_ARCH);
    row_code(call_id(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0), PSCI_SUCCESS, "of SMCCC_VERSION");
    row_code(call_id(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0), PSCI_SUCCESS, "of itself");
    row_code(call_id(SMCCC_ARCH_FEATURES, FAST | UNKNOWN_NUMBER, 0, 0), PSCI_NOT_SUPPORTED,
             "of an unknown architecture call");
    row_code(call_id(SMCCC_ARCH_FEATURES, JUNK | SMCCC_VERSION, 0, 0), PSCI_SUCCESS,
             "of SMCCC_VERSION, junk in x1[63:32]");
    row_true(answer >= -1 && answer <= 1, "-1, 0 or 1", (u64)answer, "of WORKAROUND_1");
    if (answer >= 0) (void)call_id(SMCCC_WORKAROUND_1, 0, 0, 0);
    answer = call_id(SMCCC_ARCH_FEATURES, SMCCC_WORKAROUND_2, 0, 0);
    row_true(answer >= -2 && answer <= 1, "-2, -1, 0 or 1", (u64)answer, "of WORKAROUND_2");
    answer = call_id(SMCCC_ARCH_FEATURES, SMCCC_WORKAROUND_3, 0, 0);
    row_true(answer >= -1 && answer <= 1, "-1, 0 or 1", (u64)answer, "of WORKAROUND_3");
}

void smccc_rows(void) {
    for (u32 i = 0; i < ARRAY_SIZE(via_all); i += 2) {
        via = via_all[i];
        if (!via_possible(&via)) {
            subject_call("SMCCC", SECTION_REGISTERS);
            row_skip("the conduit is not handled here", "all conditions");
            continue;
        }
        unknown_rows();
        immediate_rows();
        preserved_rows();
        upper_half_rows();
        arch_rows();
    }
}
