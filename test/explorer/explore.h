/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs up to four cores through every interleaving of their steps, and every order that Arm allows
 * for accesses which nothing orders. docs/explorer.md says what is modelled.
 *
 * The hypervisor's files are compiled with -fsanitize=thread, whose calls (hooks.c) come here: an
 * access to a location that was declared is a step; every other access is the core's own.
 */
#pragma once

#include "lib/types.h"

#define MAX_CORES    4
#define MAX_SHARED   48
#define MAX_MESSAGES 48

enum { RELAXED = 0, ACQUIRE = 1, RELEASE = 2 };

#define OF_VM (~0U)

/* What an access does, for mutants and traces. */
enum access { PLAIN_LOAD, LOAD, PLAIN_STORE, STORE, CAS, EXCHANGE, OR, ADD };

/* For each location, the oldest value (a position among its messages) that may still be read. */
struct view {
    u8 at[MAX_SHARED];
};

/* A value that a location had, in the order in which it had them. */
struct message {
    u64 value;
    struct view view; /* what whoever acquires it has seen then */
    u64 operand;      /* of OR and ADD: how to perform it later than it was */
    u8 writer, access;
    bool open; /* its core may have gone on without it: others may still come before it */
};

struct shared {
    const char *name;
    unsigned int of; /* the vCPU, or OF_VM */
    u8 *address;
    unsigned int size;
    const char *const *values; /* names of values, or NULL */
    /* OR and ADD whose result decides nothing: the whole operation may be late. */
    bool results_unused;
    unsigned int count;
    struct message message[MAX_MESSAGES];
};

/* One operation replaced, wherever all of `of`, `access`, `operand` and `in` match. */
struct mutant {
    const char *name;
    const char *shared; /* how the location's name begins; or a barrier: "dsb_ishst", "isb" */
    const char *in;     /* function; NULL: any */
    enum access access;
    u64 operand; /* what is stored; with ANY_OPERAND whatever it is */
    enum { DROP_ORDER, SPLIT, RESULT, DROP, FAIL_AFTER_ACK, COLLECT_EARLY } what;
    u64 order; /* DROP_ORDER: ACQUIRE or RELEASE or both; RESULT: what is read instead */
};

#define ANY_OPERAND (~(u64)0)

struct scenario {
    const char *name;
    unsigned int cores;
    bool gicv2;
    bool off_last; /* the last vCPU is off at the start; all others run */
    void (*guest)(unsigned int cpu, unsigned int life); /* what each does, on its core */
    void (*end)(void);                                  /* nobody can go on: check */
};

struct limits {
    bool reorder;            /* false: every load reads the newest value, no store is late */
    unsigned int deviations; /* preemptions and old values read in one run; NO_LIMIT */
    u64 states;              /* give up after so many */
};

#define NO_LIMIT (~0U)

struct outcome {
    u64 states, runs;
    bool failed, complete;
    char why[200];
};

/* Every run of a scenario, until one fails. m NULL: the code as it is. */
struct outcome explore(const struct scenario *s, const struct mutant *m, const struct limits *l);

/* Runs the one that failed last again, and prints its steps. */
void explore_print(const struct scenario *s, const struct mutant *m);

/* For what runs on the cores. */
extern unsigned int explore_self; /* the core that runs now */
void explore_declare(const char *name, unsigned int of, volatile void *address, unsigned int size,
                     const char *const *values, bool results_unused);
void explore_wait(bool (*ready)(unsigned int cpu)); /* a step, once ready() */
unsigned int explore_choose(unsigned int n);        /* any of 0 to n - 1 */
void explore_restart(void (*f)(void)) __attribute__((noreturn));
void explore_note(u64 value); /* what the code that follows depends on */
u64 explore_load(volatile void *address, enum access access, unsigned int order, void *pc);
void explore_store(volatile void *address, enum access access, u64 value, unsigned int order,
                   void *pc);
/* Returns the old value. CAS: expected to value; else OR, ADD, EXCHANGE of value. */
u64 explore_rmw(volatile void *address, enum access access, u64 value, u64 expected,
                unsigned int order, void *pc);
bool explore_shared(const volatile void *address);
void explore_plain_read(volatile void *address, void *pc);
void explore_plain_write(volatile void *address, void *pc);
void explore_harvest(void);
u64 explore_newest(const volatile void *address);
void explore_dsb(bool stores_only);
void explore_isb(void);
bool explore_dropped(const char *barrier); /* by the mutant */
const struct mutant *explore_mutant(void);
void explore_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void explore_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

void explore_send(unsigned int to); /* an interrupt leaves for that core */
void explore_collect_early(volatile void *bits);
void explore_acknowledge(void); /* and has come to this one */

/* What machine.c gives to the explorer. */
void machine_reset(const struct scenario *s);
void machine_start(void); /* on each core, first */
void machine_stored(const struct shared *s, u64 old, u64 value);
u64 machine_hash(void);
/* Of the VM or a vCPU: what others may access, if by an atomic access; else what is another's. */
bool machine_shares(const volatile void *address, bool atomic);
size_t machine_offset(const volatile void *address);
bool machine_device_read(volatile void *address); /* false: there is none */
bool machine_device(const volatile void *address);
void machine_device_write(volatile void *address);
