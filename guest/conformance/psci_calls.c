/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI functions that only answer. */
#include "conformance.h"
#include "smp.h"

#define NR_NUMBERS      32U
#define TOS_NOT_PRESENT 2
#define VERSION_1_3     0x10003
#define BAD_TYPE        2UL
#define HIBERNATE_OFF   1UL
#define VENDOR_RESET    0x80000000UL
#define POWER_DOWN      0x10000UL
#define SECTION         "DEN 0022F, "

/* What PSCI_FEATURES knows of each function number, as a 32-bit and a 64-bit id. */
static const struct {
    const char *name;
    bool narrow;
    bool wide;
    s64 flags;
} features[NR_NUMBERS] = {
    [NUMBER_VERSION] = {"PSCI_VERSION", true, false, 0},
    [NUMBER_CPU_SUSPEND] = {"CPU_SUSPEND, original format", true, true, 0},
    [NUMBER_CPU_OFF] = {"CPU_OFF", true, false, 0},
    [NUMBER_CPU_ON] = {"CPU_ON", true, true, 0},
    [NUMBER_AFFINITY_INFO] = {"AFFINITY_INFO", true, true, 0},
    [NUMBER_MIGRATE] = {"MIGRATE", false, false, 0},
    [NUMBER_MIGRATE_INFO_TYPE] = {"MIGRATE_INFO_TYPE", true, false, 0},
    [NUMBER_MIGRATE_INFO_UP_CPU] = {"MIGRATE_INFO_UP_CPU", false, false, 0},
    [NUMBER_SYSTEM_OFF] = {"SYSTEM_OFF", true, false, 0},
    [NUMBER_SYSTEM_RESET] = {"SYSTEM_RESET", true, false, 0},
    [NUMBER_FEATURES] = {"PSCI_FEATURES", true, false, 0},
    [NUMBER_CPU_FREEZE] = {"CPU_FREEZE", false, false, 0},
    [NUMBER_CPU_DEFAULT_SUSPEND] = {"CPU_DEFAULT_SUSPEND", false, false, 0},
    [NUMBER_NODE_HW_STATE] = {"NODE_HW_STATE", false, false, 0},
    [NUMBER_SYSTEM_SUSPEND] = {"SYSTEM_SUSPEND", true, true, 0},
    [NUMBER_SET_SUSPEND_MODE] = {"PSCI_SET_SUSPEND_MODE", false, false, 0},
    [NUMBER_STAT_RESIDENCY] = {"PSCI_STAT_RESIDENCY", true, true, 0},
    [NUMBER_STAT_COUNT] = {"PSCI_STAT_COUNT", true, true, 0},
    [NUMBER_SYSTEM_RESET2] = {"SYSTEM_RESET2", true, true, 0},
    [NUMBER_MEM_PROTECT] = {"MEM_PROTECT", false, false, 0},
    [NUMBER_MEM_PROTECT_CHECK_RANGE] = {"MEM_PROTECT_CHECK_RANGE", false, false, 0},
    [NUMBER_SYSTEM_OFF2] = {"SYSTEM_OFF2, HIBERNATE_OFF", true, true, HIBERNATE_OFF},
};

static const char *name_of(u32 number) {
    return features[number].name ? features[number].name : "reserved number";
}

static s64 ask(u32 id) { return call_id(PSCI_FEATURES, id, 0, 0); }

static void features_rows(void) {
    subject_call("PSCI_FEATURES", SECTION "PSCI_FEATURES");
    for (u32 i = 0; i < NR_NUMBERS; i++) {
        row_code(ask(PSCI_32(i)), features[i].narrow ? features[i].flags : PSCI_NOT_SUPPORTED,
                 "0x%x %s", PSCI_32(i), name_of(i));
        row_code(ask(PSCI_64(i)), features[i].wide ? features[i].flags : PSCI_NOT_SUPPORTED,
                 "0x%x %s", PSCI_64(i), name_of(i));
    }
    row_code(ask(SMCCC_VERSION), PSCI_SUCCESS, "0x80000000 SMCCC_VERSION");
    row_code(ask(0x840000ff), PSCI_NOT_SUPPORTED, "0x840000ff");
    row_code(ask(0x86000000), PSCI_NOT_SUPPORTED, "0x86000000, no PSCI function");
    row_code(ask(0x04000000), PSCI_NOT_SUPPORTED, "0x04000000, PSCI_VERSION as a yielding call");
    row_code(ask(0), PSCI_NOT_SUPPORTED, "0");
    row_code(ask(0xffffffff), PSCI_NOT_SUPPORTED, "0xffffffff");
}

/* FEATURES and the calls themselves must agree. */
static void unsupported_rows(void) {
    subject_call("PSCI unsupported function", SECTION "Return error codes, NOT_SUPPORTED");
    for (u32 i = 0; i < NR_NUMBERS; i++) {
        if (!features[i].narrow)
            row_code(call_id(PSCI_32(i), 0, 0, 0), PSCI_NOT_SUPPORTED, "0x%x %s", PSCI_32(i),
                     name_of(i));
        if (!features[i].wide)
            row_code(call_id(PSCI_64(i), 0, 0, 0), PSCI_NOT_SUPPORTED, "0x%x %s", PSCI_64(i),
                     name_of(i));
    }
}

static void version_rows(void) {
    s64 version = call_id(PSCI_VERSION, 0, 0, 0);

    subject_call("PSCI_VERSION", SECTION "PSCI_VERSION");
    row_is((u64)version, VERSION_1_3, "version");
    subject_call("PSCI MIGRATE_INFO_TYPE", SECTION "MIGRATE_INFO_TYPE");
    row_is((u64)call_id(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0), TOS_NOT_PRESENT,
           "no Trusted OS that needs migration");
}

static void system_argument_rows(void) {
    subject_call("PSCI SYSTEM_RESET2", SECTION "SYSTEM_RESET2");
    row_code(psci_number(NUMBER_SYSTEM_RESET2, BAD_TYPE, 0, 0), PSCI_INVALID_PARAMETERS,
             "reset_type 2, a reserved architectural type");
    row_code(psci_number(NUMBER_SYSTEM_RESET2, VENDOR_RESET, 0, 0), PSCI_INVALID_PARAMETERS,
             "reset_type 0x80000000, a vendor's type that is not there");
    subject_call("PSCI SYSTEM_OFF2", SECTION "SYSTEM_OFF2");
    row_code(psci_number(NUMBER_SYSTEM_OFF2, BAD_TYPE, 0, 0), PSCI_INVALID_PARAMETERS,
             "type 2, which is reserved");
    row_code(psci_number(NUMBER_SYSTEM_OFF2, HIBERNATE_OFF, 1, 0), PSCI_INVALID_PARAMETERS,
             "HIBERNATE_OFF with a cookie other than 0");
    row_code(psci_number(NUMBER_SYSTEM_OFF2, 0, 1, 0), PSCI_INVALID_PARAMETERS,
             "type 0 (HIBERNATE_OFF) with a cookie other than 0");
}

static void statistics_rows(void) {
    subject_call("PSCI_STAT_RESIDENCY", SECTION "PSCI_STAT_RESIDENCY");
    row_code(psci_number(NUMBER_STAT_RESIDENCY, platform_absent_mpidr(), POWER_DOWN, 0), 0,
             "absent CPU");
    row_code(psci_number(NUMBER_STAT_RESIDENCY, cpus[0].mpidr, POWER_DOWN, 0), 0,
             "CPU that was never powered down by CPU_SUSPEND");
    subject_call("PSCI_STAT_COUNT", SECTION "PSCI_STAT_COUNT");
    row_code(psci_number(NUMBER_STAT_COUNT, platform_absent_mpidr(), POWER_DOWN, 0), 0,
             "absent CPU");
    row_code(psci_number(NUMBER_STAT_COUNT, cpus[0].mpidr, POWER_DOWN, 0), 0,
             "CPU that was never powered down by CPU_SUSPEND");
}

void psci_call_rows(void) {
    for (u32 i = 0; i < ARRAY_SIZE(via_all); i++) {
        via = via_all[i];
        if (!via_possible(&via)) continue;
        if (!via.wide) {
            version_rows();
            features_rows();
            unsupported_rows();
        }
        system_argument_rows();
        statistics_rows();
    }
}
