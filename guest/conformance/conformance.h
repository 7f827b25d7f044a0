/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the specifications say, one row a rule. A row is a TAP line that scripts/conformance makes
 * a table of:
 *
 *	ok 12 - PSCI CPU_ON (HVC64): entry point not 4-byte aligned -> INVALID_ADDRESS (-9) \
 *		# DEN 0022F, CPU_ON; observed INVALID_ADDRESS (-9)
 */
#pragma once

#include "cpu.h"
#include "platform.h"
#include "printf.h"
#include "psci.h"
#include "types.h"

/* What the rows that follow are about, and where its specification says so. */
void subject(const char *name, const char *section);
/* The same for a function, with the conduit and width of `via` behind its name. */
void subject_call(const char *name, const char *section);

/* The row's condition is a format; each returns whether it passed. */
bool row_is(u64 observed, u64 expected, const char *condition, ...) PRINTF_LIKE(3, 4);
bool row_code(s64 observed, s64 expected, const char *condition, ...) PRINTF_LIKE(3, 4);
bool row_true(bool passed, const char *expected, u64 observed, const char *condition, ...)
    PRINTF_LIKE(4, 5);
void row_skip(const char *why, const char *condition, ...) PRINTF_LIKE(2, 3);

/* How calls are made. */
struct via {
    enum conduit conduit;
    bool wide; /* by 64-bit function ids */
};
extern struct via via;
extern const struct via via_all[4];
/* By SMC only where it is sure to be handled. */
bool via_possible(const struct via *v);

struct call {
    u64 x[18];
};
/* The instruction with x0-x17 as given, and what they are afterwards. */
void call_hvc(struct call *call);
void call_smc(struct call *call);
void call_hvc_1(struct call *call); /* with an immediate of 1 */
void call_smc_1(struct call *call);
void call_hvc_ffff(struct call *call);
void call_smc_ffff(struct call *call);
/* How many of a few SIMD registers the call changed. */
u64 call_hvc_simd(u64 function);
u64 call_smc_simd(u64 function);

/* By `via`; W0 of a 32-bit call sign-extended, X0 of a 64-bit one. */
s64 call_id(u32 function, u64 argument1, u64 argument2, u64 argument3);
/* PSCI function `number` in the width of `via`, for those that have both. */
s64 psci_number(u32 number, u64 argument1, u64 argument2, u64 argument3);

#define PSCI_32(number) (0x84000000U + (number))
#define PSCI_64(number) (0xc4000000U + (number))

enum psci_number {
    NUMBER_VERSION,
    NUMBER_CPU_SUSPEND,
    NUMBER_CPU_OFF,
    NUMBER_CPU_ON,
    NUMBER_AFFINITY_INFO,
    NUMBER_MIGRATE,
    NUMBER_MIGRATE_INFO_TYPE,
    NUMBER_MIGRATE_INFO_UP_CPU,
    NUMBER_SYSTEM_OFF,
    NUMBER_SYSTEM_RESET,
    NUMBER_FEATURES,
    NUMBER_CPU_FREEZE,
    NUMBER_CPU_DEFAULT_SUSPEND,
    NUMBER_NODE_HW_STATE,
    NUMBER_SYSTEM_SUSPEND,
    NUMBER_SET_SUSPEND_MODE,
    NUMBER_STAT_RESIDENCY,
    NUMBER_STAT_COUNT,
    NUMBER_SYSTEM_RESET2,
    NUMBER_MEM_PROTECT,
    NUMBER_MEM_PROTECT_CHECK_RANGE,
    NUMBER_SYSTEM_OFF2,
};

/*
 * Another CPU that does what it is told, one function at a time, with its interrupts masked: what
 * is pending there stays so.
 */
typedef u64 (*agent_function)(u64 argument);
#define AGENT_LOST (0xdeadUL << 48)
bool agent_start(u32 cpu);
void agent_stop(u32 cpu);
void agent_post(u32 cpu, agent_function function, u64 argument);
/* Its result, or AGENT_LOST after `us`. */
u64 agent_wait_us(u32 cpu, u64 us);
u64 agent_call(u32 cpu, agent_function function, u64 argument);
/* Before an agent's CPU comes back in another way. */
void agent_forget(u32 cpu);
/* CPU_ON, and wait until it idles. */
bool bring_up(u32 cpu);
/* CPU_OFF by an agent and `via`, until AFFINITY_INFO says OFF. */
bool take_down(u32 cpu);
/* Long enough for what happens at once, on a machine that has other things to do. */
#define SOON_US 3000000
void pause_us(u64 us);

/* One instruction and what came of it: ESR_EL1 with bit 63 set, or 0 without an exception. */
u64 try_instruction(u32 instruction, u64 *x3);
/* MRS X3 and MSR X3 (Arm ARM DDI 0487, "System register instructions"). */
#define MRS(op0, op1, crn, crm, op2) \
    (0xd5300003U | ((op0)-2U) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)
#define MSR(op0, op1, crn, crm, op2) (MRS(op0, op1, crn, crm, op2) & ~(1U << 21))
void try_init(void);

void smccc_rows(void);
void psci_call_rows(void);
void psci_cpu_rows(void);
void psci_race_rows(void);
void psci_suspend_rows(void);
void psci_system_suspend_rows(void);
void gic_reset_rows(void);
void gic_register_rows(void);
void gicv2_rows(void);
void gicv3_rows(void);
void gic_priority_rows(void);
void gic_active_rows(void);
void gic_remote_rows(void);
void gic_sgi_rows(void);
void timer_rows(void);
void id_register_rows(void);
void system_register_rows(void);
void exception_rows(void);
