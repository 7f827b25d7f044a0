/* SPDX-License-Identifier: Apache-2.0 */
/* Powering down and coming back: what resume.S keeps for each CPU. For C and for assembly. */
#pragma once

#define RESUME_X19     0
#define RESUME_SP      96
#define RESUME_TPIDR   104
#define RESUME_VBAR    112
#define RESUME_CONTEXT 120
#define RESUME_EL      128
#define RESUME_DAIF    136
#define RESUME_SCTLR   144
#define RESUME_SPSEL   152
#define RESUME_COUNT   160
#define RESUME_SIZE    192

/* TPIDR_EL0 after entry_probe: these bits, and SPSel and the timers' controls below them. */
#define ENTRY_MARK       0xc0ffee00
#define ENTRY_IGRP_SHIFT 1
#define ENTRY_CNTV_SHIFT 4
#define ENTRY_CNTP_SHIFT 6

#ifndef __ASSEMBLER__
#include "layout.h"
#include "types.h"

struct resume {
    u64 kept[12]; /* x19-x30 */
    u64 sp;
    u64 tpidr;
    u64 vbar;
    /* As found at the entry point. */
    u64 context;
    u64 el;
    u64 daif;
    u64 sctlr;
    u64 spsel;
    u64 count; /* of arrivals at the entry point */
    u64 unused[3];
};

_Static_assert(offsetof(struct resume, sp) == RESUME_SP, "resume.S");
_Static_assert(offsetof(struct resume, tpidr) == RESUME_TPIDR, "resume.S");
_Static_assert(offsetof(struct resume, vbar) == RESUME_VBAR, "resume.S");
_Static_assert(offsetof(struct resume, context) == RESUME_CONTEXT, "resume.S");
_Static_assert(offsetof(struct resume, el) == RESUME_EL, "resume.S");
_Static_assert(offsetof(struct resume, spsel) == RESUME_SPSEL, "resume.S");
_Static_assert(offsetof(struct resume, count) == RESUME_COUNT, "resume.S");
_Static_assert(sizeof(struct resume) == RESUME_SIZE, "resume.S");

/* [n] is of cpus[n]. */
extern struct resume resumes[MAX_CPUS];
/*
 * A call with x0-x3 = arguments that may come back at resume_entry instead; interrupts are masked.
 * What the call returned, or 0 when it came back so; count tells the two apart.
 */
u64 resume_call(struct resume *resume, const u64 arguments[4], u64 by_smc);
extern const u8 resume_entry[];
/* An entry point for CPU_ON that looks around and goes on to secondary_entry. */
extern const u8 entry_probe[];
#endif
