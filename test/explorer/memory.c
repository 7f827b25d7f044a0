/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory as Arm orders it (DDI 0487, "Definition of the Arm memory model"), by views: each
 * location keeps all values it had; a core may read any that is not older than what it has seen;
 * acquire, release and barriers hand on what was seen. A store or a plain load that nothing orders
 * stays open: others may still come before the former, and after the latter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "explorer/inside.h"

struct shared shared[MAX_SHARED];
unsigned int nr_shared;

/* By address. A location that would hide another there is not accepted. */
static struct shared *lookup[16381];

static void join(struct view *v, const struct view *other) {
    for (unsigned int i = 0; i < nr_shared; i++)
        if (other->at[i] > v->at[i]) v->at[i] = other->at[i];
}

void memory_reset(void) {
    nr_shared = 0;
    memset(lookup, 0, sizeof(lookup));
}

void explore_declare(const char *name, unsigned int of, volatile void *address, unsigned int size,
                     const char *const *values, bool results_unused) {
    struct shared *s = &shared[nr_shared++];
    struct shared **slot = &lookup[(uintptr_t)address % ARRAY_SIZE(lookup)];

    if (nr_shared > MAX_SHARED || *slot) abort();
    *slot = s;
    s->name = name;
    s->of = of;
    s->address = (u8 *)address;
    s->size = size;
    s->values = values;
    s->results_unused = results_unused;
    s->count = 0;
}

static u64 memory_read(const struct shared *s) {
    u64 value = 0;

    memcpy(&value, s->address, s->size);
    return value;
}

void memory_begin(void) {
    for (unsigned int i = 0; i < nr_shared; i++) {
        shared[i].count = 1;
        memset(&shared[i].message[0], 0, sizeof(struct message));
        shared[i].message[0].value = memory_read(&shared[i]);
    }
}

static struct shared *find(const volatile void *address) {
    struct shared *s = lookup[(uintptr_t)address % ARRAY_SIZE(lookup)];

    return s && s->address == address ? s : NULL;
}

bool explore_shared(const volatile void *address) {
    if (!exploring) return false;
    if (!find(address) && machine_shares(address, true))
        explore_fail("an atomic access to what machine.c does not declare: offset %#zx of world",
                     machine_offset(address));
    return find(address);
}

u64 explore_newest(const volatile void *address) {
    const struct shared *s = find(address);

    return s->message[s->count - 1].value;
}

/* What cannot be read or come back any more does not make two states different. */
static u64 hash_view(u64 hash, const struct view *v, const u8 *oldest) {
    for (unsigned int i = 0; i < nr_shared; i++)
        hash = mix(hash, v->at[i] > oldest[i] ? (u64)(v->at[i] - oldest[i]) : 0);
    return hash;
}

u64 memory_hash(void) {
    u8 oldest[MAX_SHARED];
    u64 hash = 0;

    for (unsigned int i = 0; i < nr_shared; i++) {
        oldest[i] = cores[0].seen.at[i];
        for (unsigned int c = 1; c < nr_cores; c++)
            if (cores[c].seen.at[i] < oldest[i]) oldest[i] = cores[c].seen.at[i];
    }
    for (unsigned int i = 0; i < nr_shared; i++)
        for (unsigned int m = oldest[i]; m < shared[i].count; m++) {
            const struct message *msg = &shared[i].message[m];

            hash = mix(hash, msg->value ^ (u64)i << 56);
            hash = mix(hash, (u64)msg->open << 16 | (u64)msg->writer << 8 | msg->access);
            hash = hash_view(mix(hash, msg->operand), &msg->view, oldest);
        }
    for (unsigned int c = 0; c < nr_cores; c++) {
        const struct core *k = &cores[c];

        hash = hash_view(mix(hash, k->open_loads), &k->seen, oldest);
        hash = hash_view(hash, &k->loaded, oldest);
        hash = hash_view(hash, &k->stored, oldest);
        hash = hash_view(hash, &k->complete, oldest);
        hash = hash_view(hash, &k->sgi, oldest);
        hash = hash_view(hash, &k->irq, oldest);
    }
    return hash;
}

/* A value by its name, where it has one. Two at a time. */
static const char *value_name(const struct shared *s, u64 value) {
    static char text[2][24];
    static unsigned int i;

    if (s->values) return s->values[value];
    i = !i;
    snprintf(text[i], sizeof(text[i]), "%#llx", (unsigned long long)value);
    return text[i];
}

static const char *full_name(const struct shared *s) {
    static char text[32];

    if (s->of == OF_VM)
        snprintf(text, sizeof(text), "vm.%s", s->name);
    else
        snprintf(text, sizeof(text), "vcpu%u.%s", s->of, s->name);
    return text;
}

/* In which function, and the access in words. */
static void say(const struct shared *s, void *pc, const char *how, unsigned int order, u64 value,
                const char *more) {
    const char *text;

    if (!printing) return;
    text = value_name(s, value);
    explore_say("%-16s %s%s%s %s %s%s", pc ? name_of(pc) : "guest", how,
                order & ACQUIRE ? ", acquire" : "", order & RELEASE ? ", release" : "",
                full_name(s), text, more);
}

static bool matches(const struct mutant *m, const struct shared *s, enum access access, u64 value,
                    void *pc) {
    if (!m || m->access != access || !m->shared || strncmp(m->shared, s->name, strlen(m->shared)))
        return false;
    if (m->operand != ANY_OPERAND && m->operand != value) return false;
    return !m->in || (pc && !strcmp(name_of(pc), m->in));
}

/* All of a core's stores are where others see them in order; and its loads are done. */
static void close_stores(unsigned int cpu) {
    for (unsigned int i = 0; i < nr_shared; i++)
        for (unsigned int m = cores[cpu].seen.at[i]; m; m--)
            if (shared[i].message[m].writer == cpu) shared[i].message[m].open = false;
}

static void release(struct core *c) {
    close_stores(explore_self);
    c->open_loads = 0;
}

static void observe(struct core *c, struct shared *s, unsigned int at, unsigned int order) {
    unsigned int i = (unsigned int)(s - shared);

    if (s->message[at].writer != explore_self)
        for (unsigned int m = 0; m <= at; m++) s->message[m].open = false;
    if (at > c->seen.at[i]) c->seen.at[i] = (u8)at;
    join(&c->loaded, &s->message[at].view);
    if (order & ACQUIRE) join(&c->seen, &s->message[at].view);
}

/* The position of the message to read: the newest, or an older one that is not too old. */
static unsigned int choose_message(struct core *c, struct shared *s) {
    unsigned int newest = s->count - 1, oldest = c->seen.at[s - shared];

    return limits.reorder ? newest - choose_deviation(newest - oldest + 1) : newest;
}

u64 explore_load(volatile void *address, enum access access, unsigned int order, void *pc) {
    struct core *c = &cores[explore_self];
    struct shared *s = find(address);
    unsigned int at;

    step(NULL);
    if (matches(explore_mutant(), s, access, 0, pc)) {
        const struct mutant *m = explore_mutant();

        if (m->what == DROP_ORDER) order &= ~(unsigned int)m->order;
        if (m->what == RESULT) {
            say(s, pc, "does not look at", 0, m->order, ", takes it for granted");
            return m->order;
        }
    }
    at = choose_message(c, s);
    observe(c, s, at, order);
    if (access == PLAIN_LOAD) c->open_loads |= (u64)1 << (s - shared);
    note(s->message[at].value);
    say(s, pc, "load", order, s->message[at].value,
        at + 1 < s->count ? " (an old value: nothing orders it)" : "");
    return s->message[at].value;
}

static u64 perform(enum access access, u64 old, u64 operand, unsigned int size) {
    u64 value = access == OR ? old | operand : access == ADD ? old + operand : operand;

    return size == 8 ? value : value & (((u64)1 << (8 * size)) - 1);
}

/* How many of the newest messages may still be overtaken by a store of this core. */
static unsigned int overtakable(const struct core *c, const struct shared *s) {
    unsigned int n = 0, seen = c->seen.at[s - shared];

    while (limits.reorder && s->count - n - 1 > seen && s->message[s->count - n - 1].open &&
           s->message[s->count - n - 1].writer != explore_self)
        n++;
    return n;
}

static void shift_views(unsigned int i, unsigned int at) {
    struct view *v;

    for (unsigned int k = 0; k < nr_shared; k++)
        for (unsigned int m = 0; m < shared[k].count; m++) {
            v = &shared[k].message[m].view;
            v->at[i] = (u8)(v->at[i] + (v->at[i] >= at));
        }
    for (unsigned int c = 0; c < nr_cores; c++) {
        v = &cores[c].seen;
        for (unsigned int n = 0; n < 6; n++) v[n].at[i] = (u8)(v[n].at[i] + (v[n].at[i] >= at));
    }
}

/* Makes room for a message at this position; what follows is performed anew on top of it. */
static struct message *insert(struct shared *s, unsigned int at) {
    if (s->count == MAX_MESSAGES) explore_fail("%s changes too often", full_name(s));
    if (at < s->count) {
        shift_views((unsigned int)(s - shared), at);
        memmove(&s->message[at + 1], &s->message[at], (s->count - at) * sizeof(s->message[0]));
    }
    s->count++;
    return &s->message[at];
}

/* Does the code go on before this is done? SUB, an ADD of much, decides something. */
static bool may_be_late(const struct shared *s, enum access access, u64 operand) {
    return access == STORE || access == PLAIN_STORE ||
           (s->results_unused && (access == OR || (access == ADD && operand <= INT32_MAX)));
}

static void put(struct core *c, struct shared *s, unsigned int at, enum access access, u64 operand,
                u64 value, unsigned int order) {
    unsigned int i = (unsigned int)(s - shared);
    struct message *m;

    for (unsigned int k = 0; k < nr_cores && limits.reorder; k++)
        if (k != explore_self && cores[k].open_loads >> i & 1)
            explore_fail("cpu%u may read %s only now: nothing orders that load before what made "
                         "this store possible",
                         k, full_name(s));
    if (order & RELEASE) release(c);
    m = insert(s, at);
    *m = (struct message){.value = value,
                          .operand = operand,
                          .writer = (u8)explore_self,
                          .access = (u8)access,
                          .open = may_be_late(s, access, operand),
                          .view = order & RELEASE ? c->seen : c->complete};
    if (at) {
        struct message *old = m - 1;

        if (old->writer == explore_self) old->open = false;
        if (access > STORE) join(&m->view, &old->view); /* a release sequence goes on */
    }
    c->seen.at[i] = c->stored.at[i] = m->view.at[i] = (u8)at;
    for (unsigned int n = at + 1; n < s->count; n++) {
        struct message *late = &s->message[n];

        late->value = perform(late->access, late[-1].value, late->operand, s->size);
        if (late->access > STORE) join(&late->view, &late[-1].view);
    }
}

void explore_store(volatile void *address, enum access access, u64 value, unsigned int order,
                   void *pc) {
    struct core *c = &cores[explore_self];
    struct shared *s = find(address);
    const struct mutant *mutant = explore_mutant();
    unsigned int late;

    step(NULL);
    if (matches(mutant, s, access, value, pc)) order &= ~(unsigned int)mutant->order;
    late = choose_deviation(overtakable(c, s) + 1);
    say(s, pc, "store", order, value, late ? " (before one that is late)" : "");
    machine_stored(s, s->message[s->count - 1 - late].value, value);
    put(c, s, s->count - late, access, value, value, order);
}

/* Of all that a compare-and-swap can do: success on this message, or failure with an older one. */
static unsigned int choose_cas(struct core *c, struct shared *s, u64 expected, bool *swaps) {
    unsigned int at[2 * MAX_MESSAGES], n = 0, late = overtakable(c, s), newest = s->count - 1;
    unsigned int oldest = limits.reorder ? c->seen.at[s - shared] : newest, taken;
    bool swap[2 * MAX_MESSAGES];

    for (unsigned int m = newest + 1; m-- > oldest;) {
        bool equal = s->message[m].value == expected;

        if (equal && newest - m > late) continue; /* the swap would fail, and be tried again */
        at[n] = m;
        swap[n++] = equal;
    }
    taken = choose_deviation(n);
    *swaps = swap[taken];
    return at[taken];
}

u64 explore_rmw(volatile void *address, enum access access, u64 value, u64 expected,
                unsigned int order, void *pc) {
    struct core *c = &cores[explore_self];
    struct shared *s = find(address);
    const struct mutant *mutant = explore_mutant();
    static const char *const how[] = {
        [CAS] = "compare-and-swap", [EXCHANGE] = "exchange", [OR] = "or", [ADD] = "add"};
    bool swaps = true, split = false;
    char more[80];
    unsigned int at;
    u64 old, new;

    step(NULL);
    if (matches(mutant, s, access, value, pc)) {
        if (mutant->what == DROP_ORDER) order &= ~(unsigned int)mutant->order;
        if (mutant->what == FAIL_AFTER_ACK && c->acked) return expected + 1;
        if (mutant->what == COLLECT_EARLY && pc) return c->collected;
        split = mutant->what == SPLIT;
    }
    at = access == CAS ? choose_cas(c, s, expected, &swaps)
                       : s->count - 1 - choose_deviation(overtakable(c, s) + 1);
    old = s->message[at].value;
    new = perform(access, old, value, s->size);
    note(old);
    observe(c, s, at, order);
    if (split) {
        say(s, pc, "load", order & ACQUIRE, old, ", and a store apart from it");
        if (swaps) explore_store(address, STORE, new, order, pc);
        return old;
    }
    if (printing)
        snprintf(more, sizeof(more), " %s %s%s", swaps ? "->" : "is not the expected",
                 value_name(s, swaps ? new : expected),
                 at + 1 == s->count ? ""
                 : swaps            ? " (before one that is late)"
                                    : " (an old value: nothing orders it)");
    say(s, pc, how[access], order, old, more);
    if (!swaps) return old;
    machine_stored(s, old, new);
    put(c, s, at + 1, access, value, new, order);
    return old;
}

void explore_plain_read(volatile void *address, void *pc) {
    struct shared *s;
    u64 value;

    explore_harvest();
    if (machine_device_read(address) || !exploring) return;
    s = find(address);
    if (!s) return;
    value = explore_load(address, PLAIN_LOAD, RELAXED, pc);
    memcpy(s->address, &value, s->size);
}

/* The code stores when this has returned; the value is fetched at its next access of any kind. */
void explore_plain_write(volatile void *address, void *pc) {
    struct shared *s;

    explore_harvest();
    if (machine_device(address)) {
        step(NULL);
        cores[explore_self].written_device = address;
    }
    if (!exploring) return;
    s = find(address);
    if (!s && machine_shares(address, false))
        explore_fail("cpu%u writes what is another's and machine.c does not declare: offset %#zx "
                     "of world",
                     explore_self, machine_offset(address));
    if (!s) return;
    step(NULL);
    cores[explore_self].written = s;
    cores[explore_self].written_pc = pc;
}

void explore_harvest(void) {
    struct core *c = &cores[explore_self];
    struct shared *s = c->written;
    unsigned int late;
    volatile void *device = c->written_device;
    u64 value;

    c->written_device = NULL;
    if (device) machine_device_write(device);
    if (!s) return;
    c->written = NULL;
    value = memory_read(s);
    late = choose_deviation(overtakable(c, s) + 1);
    say(s, c->written_pc, "plain store", RELAXED, value, late ? " (before one that is late)" : "");
    put(c, s, s->count - late, PLAIN_STORE, value, value, RELAXED);
}

bool explore_dropped(const char *barrier) {
    const struct mutant *m = explore_mutant();

    return m && m->what == DROP && !strcmp(m->shared, barrier);
}

void explore_dsb(bool stores_only) {
    struct core *c = &cores[explore_self];

    if (!exploring) return;
    explore_harvest();
    close_stores(explore_self);
    if (stores_only) {
        join(&c->complete, &c->stored);
        return;
    }
    join(&c->seen, &c->loaded);
    c->complete = c->seen;
    c->open_loads = 0;
}

void explore_isb(void) {
    if (exploring) join(&cores[explore_self].seen, &cores[explore_self].irq);
}

void explore_send(unsigned int to) { join(&cores[to].sgi, &cores[explore_self].complete); }

void explore_collect_early(volatile void *bits) {
    const struct mutant *m = explore_mutant();

    if (m && m->what == COLLECT_EARLY)
        cores[explore_self].collected = explore_rmw(bits, EXCHANGE, 0, 0, ACQUIRE, NULL);
}

void explore_acknowledge(void) {
    struct core *c = &cores[explore_self];

    join(&c->irq, &c->sgi);
    memset(&c->sgi, 0, sizeof(c->sgi));
    c->acked = true;
}
