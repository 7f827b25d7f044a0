/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depth-first search without snapshots: a run is a list of choices; the next run repeats it up to
 * the last choice that has another branch, and goes on from there. A state that was met before ends
 * the run.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include "explorer/inside.h"

#define STACK_BYTES 65536
#define MAX_PATH    4096

enum { STARTED = 1, READY, ENDED, PRUNED, FAILED };

struct core cores[MAX_CORES];
unsigned int nr_cores, explore_self;
bool exploring, printing;
struct limits limits;

static jmp_buf engine;
static const struct scenario *scenario;
static const struct mutant *mutant;
static struct { u8 taken, of; } path[MAX_PATH];
static unsigned int path_length, path_at, deviations;
static char failure[200];
static ucontext_t contexts[MAX_CORES], engine_context;
static char stacks[MAX_CORES][STACK_BYTES] __attribute__((aligned(64)));

/* The states that were met: an open hash set of their 64-bit hashes. */
static u64 *met;
static size_t met_size, met_count;

u64 mix(u64 hash, u64 value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15;
    return hash ^ hash >> 29;
}

static bool insert(u64 *set, size_t size, u64 hash) {
    size_t i = (size_t)(hash * 0xd6e8feb86659fd93 >> 20) & (size - 1);

    for (; set[i]; i = (i + 1) & (size - 1))
        if (set[i] == hash) return false;
    set[i] = hash;
    return true;
}

/* True: for the first time. */
static bool meet(u64 hash) {
    hash |= !hash;
    if (2 * met_count >= met_size) {
        size_t size = met_size ? 2 * met_size : 1 << 16;
        u64 *set = calloc(size, sizeof(*set));

        if (!set) abort();
        for (size_t i = 0; i < met_size; i++)
            if (met[i]) insert(set, size, met[i]);
        free(met);
        met = set;
        met_size = size;
    }
    if (!insert(met, met_size, hash)) return false;
    met_count++;
    return true;
}

void note(u64 value) { cores[explore_self].history = mix(cores[explore_self].history, value + 1); }

void explore_note(u64 value) { note(value); }

static unsigned int choose(unsigned int n) {
    if (n < 2) return 0;
    if (path_at == MAX_PATH) explore_fail("a run has more than %u choices", MAX_PATH);
    if (path_at == path_length) {
        path[path_length].taken = 0;
        path[path_length++].of = (u8)n;
    }
    if (path[path_at].of != n) {
        fprintf(stderr, "a run does not repeat: %u choices were %u\n", n, path[path_at].of);
        abort();
    }
    return path[path_at++].taken;
}

unsigned int explore_choose(unsigned int n) {
    unsigned int taken = choose(n);

    note(taken);
    return taken;
}

unsigned int choose_deviation(unsigned int n) {
    unsigned int taken;

    if (deviations >= limits.deviations) return 0;
    taken = choose(n);
    deviations += taken != 0;
    return taken;
}

static u64 state_hash(void) {
    u64 hash = mix(memory_hash(), machine_hash());

    for (unsigned int i = 0; i < nr_cores; i++)
        hash = mix(mix(hash, cores[i].history), cores[i].ready != NULL);
    return limits.deviations == NO_LIMIT ? hash : mix(hash, deviations << 8 | explore_self);
}

/* Which core makes the next step. This one first, so that any other is a preemption. */
static unsigned int next_core(void) {
    unsigned int ready[MAX_CORES], n = 0;
    bool own = !cores[explore_self].ready || cores[explore_self].ready(explore_self);

    for (unsigned int i = 0; i < nr_cores; i++) {
        unsigned int cpu = (explore_self + i) % nr_cores;

        if (!cores[cpu].ready || cores[cpu].ready(cpu)) ready[n++] = cpu;
    }
    if (!n) {
        scenario->end();
        _longjmp(engine, ENDED);
    }
    return ready[own ? choose_deviation(n) : choose(n)];
}

void step(bool (*ready)(unsigned int cpu)) {
    unsigned int self = explore_self, next;

    if (!exploring) return;
    cores[self].ready = ready;
    explore_harvest();
    if (path_at == path_length && !printing && !meet(state_hash())) _longjmp(engine, PRUNED);
    next = next_core();
    if (next != self && _setjmp(cores[self].here) == 0) {
        explore_self = next;
        _longjmp(cores[next].here, 1);
    }
    cores[self].ready = NULL;
    note(0); /* its position in the program */
}

void explore_wait(bool (*ready)(unsigned int cpu)) {
    if (exploring) {
        step(ready);
        return;
    }
    if (_setjmp(cores[explore_self].here) == 0) {
        cores[explore_self].ready = ready;
        _longjmp(engine, READY);
    }
    cores[explore_self].ready = NULL;
    note(0);
}

void explore_restart(void (*f)(void)) {
    cores[explore_self].entry = f;
    _longjmp(cores[explore_self].base, 1);
}

static void coroutine(void) {
    if (_setjmp(cores[explore_self].base) == 0) _longjmp(engine, STARTED);
    cores[explore_self].entry();
    abort();
}

static void make_coroutines(void) {
    static bool made;

    for (unsigned int i = 0; i < MAX_CORES && !made; i++) {
        getcontext(&contexts[i]);
        contexts[i].uc_stack.ss_sp = stacks[i];
        contexts[i].uc_stack.ss_size = STACK_BYTES;
        contexts[i].uc_link = &engine_context;
        makecontext(&contexts[i], coroutine, 0);
        explore_self = i;
        if (_setjmp(engine) == 0) setcontext(&contexts[i]);
    }
    made = true;
}

/* One run from the start. Each core first comes, alone, to where the scenario begins. */
static int run(void) {
    path_at = deviations = 0;
    exploring = false;
    for (unsigned int i = 0; i < MAX_CORES; i++) {
        struct core *c = &cores[i];

        memset(&c->seen, 0, sizeof(*c) - offsetof(struct core, seen));
        c->history = 0;
        c->ready = NULL;
        c->entry = machine_start;
    }
    memory_reset();
    machine_reset(scenario);
    for (unsigned int i = 0; i < nr_cores; i++) {
        explore_self = i;
        if (_setjmp(engine) == 0) _longjmp(cores[i].base, 1);
    }
    memory_begin();
    exploring = true;
    explore_self = 0;
    switch (_setjmp(engine)) {
    case 0: explore_self = next_core(); _longjmp(cores[explore_self].here, 1);
    case ENDED: return ENDED;
    case PRUNED: return PRUNED;
    }
    return FAILED;
}

static void begin(const struct scenario *s, const struct mutant *m) {
    scenario = s;
    mutant = m;
    nr_cores = s->cores;
    make_coroutines();
}

struct outcome explore(const struct scenario *s, const struct mutant *m, const struct limits *l) {
    struct outcome o = {.complete = true};

    begin(s, m);
    limits = *l;
    path_length = 0;
    free(met);
    met = NULL;
    met_size = met_count = 0;
    do {
        o.runs++;
        if (run() == FAILED) {
            o.failed = true;
            snprintf(o.why, sizeof(o.why), "%s", failure);
            break;
        }
        while (path_length && path[path_length - 1].taken + 1 == path[path_length - 1].of)
            path_length--;
        if (path_length) path[path_length - 1].taken++;
        if (met_count > limits.states) {
            o.complete = false;
            break;
        }
    } while (path_length);
    o.states = met_count;
    return o;
}

void explore_print(const struct scenario *s, const struct mutant *m) {
    begin(s, m);
    printing = true;
    run();
    printing = false;
    printf("#   %s\n", failure);
}

const struct mutant *explore_mutant(void) { return mutant; }

void explore_fail(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(failure, sizeof(failure), fmt, ap);
    va_end(ap);
    _longjmp(engine, FAILED);
}

void explore_say(const char *fmt, ...) {
    va_list ap;

    if (!printing || !exploring) return;
    printf("#   cpu%u: ", explore_self);
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n");
}
