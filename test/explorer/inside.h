/* SPDX-License-Identifier: Apache-2.0 */
/* Between explore.c (who runs next) and memory.c (what an access may see). */
#pragma once

#include <setjmp.h>
#include "explorer/explore.h"

struct core {
    jmp_buf here, base;
    void (*entry)(void);
    bool (*ready)(unsigned int cpu); /* what its next step waits for; NULL: nothing */
    u64 history;                     /* of all it has read: with its program, its state */
    /*
     * What it has seen; what it would have with a barrier, its relaxed loads being complete; its
     * stores; what its barriers completed. sgi: what comes with the interrupt that is on its way to
     * it, irq: with those it acknowledged.
     */
    struct view seen, loaded, stored, complete, sgi, irq;
    u64 open_loads;         /* plain loads that may still happen, a bit for each location */
    struct shared *written; /* a plain store whose value the code is about to put into memory */
    void *written_pc;
    volatile void *written_device;
    u64 collected; /* before the kick was acknowledged: the mutant */
    bool acked;    /* since it last looked whether to start a vCPU */
};

extern struct core cores[MAX_CORES];
extern unsigned int nr_cores;
extern struct shared shared[MAX_SHARED];
extern unsigned int nr_shared;
extern bool exploring, printing;
extern struct limits limits;

void step(bool (*ready)(unsigned int cpu));
/* The first of n is what happens if nothing is reordered; any other costs a deviation. */
unsigned int choose_deviation(unsigned int n);
void note(u64 value);
u64 mix(u64 hash, u64 value);

const char *name_of(const void *pc);

void memory_reset(void);
void memory_begin(void); /* declared locations start with what is in memory */
u64 memory_hash(void);
