/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that a guest can ask for, asked for: calls, device accesses, system instructions. CPU
 * 0 watches; another CPU does it, step by step, and tells of its progress in memory. A step may be
 * its last: it goes off, and CPU_ON starts it again behind that step.
 */
#pragma once

#include "exception.h"
#include "types.h"

struct topic {
    const char *name;
    u64 (*steps)(u64 n); /* n of the boot arguments, 1 or more: how thorough */
    void (*begin)(void); /* after each CPU_ON, on the expendable CPU; may be NULL */
    void (*step)(u64 i);
    bool spares_gic; /* what the others have set up in it: CPU 0 may sleep until its timer */
};

extern const struct topic calls_topic, other_owners_topic, random_calls_topic;
extern const struct topic frames_topic, holes_topic, odd_accesses_topic;
extern const struct topic sysregs_topic;

/* What became of a step's instructions. */
enum outcome { OUTCOME_DONE, OUTCOME_UNDEFINED, OUTCOME_TRAPPED, OUTCOME_ABORT, NR_OUTCOMES };

void count(enum outcome outcome);
/* A failure, kept for CPU 0 to print: what is wrong, of which instruction or id, and the value. */
void complain(const char *what, u64 of, u64 value);

extern u64 seed;
/* Depends on the seed, the topic and the step only. */
u64 random64(void);
/* As random64(), but often a value that means something to some call. */
u64 random_argument(void);

/* Instructions made at run time, executed with all general registers given and taken back. */
struct registers {
    u64 x[31];
};

#define NR_SLOTS 512U
#define CAUGHT   (1UL << 63)

bool code_catch(struct regs *regs, u32 vector);
void code_put(u32 slot, u32 instruction);
/* Between the last code_put() and the first code_run(). */
void code_ready(void);
/* 0, or the ESR of the exception that the instruction took, with CAUGHT. */
u64 code_run(u32 slot, struct registers *registers);
/* Values that differ, in all of them. */
void fill(struct registers *registers);
/* Complains of each register, but Rt, that changed; rt: 31 for none. */
void check_kept(const struct registers *before, const struct registers *after, u32 rt, u64 of);

/* run.S */
void run_registers(const u32 *code, struct registers *registers);
extern const u8 run_back[];
/* An entry point for CPU_ON and CPU_SUSPEND that calls CPU_OFF. */
extern const u8 off_entry[];
