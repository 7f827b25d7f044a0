/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's code through all interleavings and reorderings, and mutants of it that must be
 * found. With an argument: to the full bounds, which takes minutes.
 */
#include <time.h>
#include "explorer/mutants.h"
#include "tap.h"

#define MAX_STATES 20000000

static const struct scenario *const all[] = {&cpu_on, &hotplug, &sgis,    &sgi_to_off, &all_off,
                                             &stop,   &reset,   &suspend, &contract};

static struct scenario variant(const struct scenario *of, unsigned int cores, bool gicv2) {
    struct scenario s = *of;

    s.cores = cores;
    s.gicv2 = gicv2;
    return s;
}

/* Without a bound, or with as many preemptions and old values in a run as said. */
static void test_code(const struct scenario *of, unsigned int cores, bool gicv2,
                      unsigned int deviations) {
    struct scenario s = variant(of, cores, gicv2);
    struct limits l = {true, deviations, MAX_STATES};
    struct outcome o = explore(&s, NULL, &l);
    char bound[40] = "";

    if (deviations != NO_LIMIT)
        snprintf(bound, sizeof(bound), ", at most %u deviations", deviations);
    ok(!o.failed && o.complete, "GICv%u, %u vCPUs: %s%s: %llu states", gicv2 ? 2 : 3, cores, s.name,
       bound, (unsigned long long)o.states);
    if (o.failed) explore_print(&s, NULL);
}

/* The shortest way to show it: with as few preemptions and old values as possible. */
static struct outcome find(const struct scenario *s, const struct mutant *m, bool reorder) {
    struct outcome o = {.failed = false};
    struct limits l = {reorder, 0, MAX_STATES};

    for (; !o.failed && l.deviations <= 4; l.deviations++) o = explore(s, m, &l);
    return o;
}

static void test_mutant(const struct mutant_row *row, bool reorder) {
    struct scenario s = variant(row->scenario, row->cores, row->gic == 2);
    const char *how = reorder ? "reordering" : "interleaving";
    struct limits in_order = {false, NO_LIMIT, MAX_STATES};

    if (reorder)
        ok(!explore(&s, &row->mutant, &in_order).failed, "in program order nothing shows: %s",
           row->mutant.name);
    if (ok(find(&s, &row->mutant, reorder).failed, "found by %s: %s", how, row->mutant.name))
        explore_print(&s, &row->mutant);
}

int main(int argc, char **argv) {
    bool full = argc > 1;

    for (unsigned int gicv2 = 0; gicv2 < 2; gicv2++)
        for (unsigned int i = 0; i < ARRAY_SIZE(all); i++) {
            test_code(all[i], 2, gicv2, NO_LIMIT);
            test_code(all[i], 3, gicv2, full ? NO_LIMIT : 3);
            test_code(all[i], 4, gicv2, full ? 3 : 1);
        }
    for (unsigned int i = 0; i < ARRAY_SIZE(by_interleaving); i++)
        test_mutant(&by_interleaving[i], false);
    for (unsigned int i = 0; i < ARRAY_SIZE(by_reordering); i++)
        test_mutant(&by_reordering[i], true);
    return tap_done();
}
