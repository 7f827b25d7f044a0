/* SPDX-License-Identifier: Apache-2.0 */
#include <muster/hypercall.h>
#include "lib/log.h"
#include "vm/postmortem.h"

static u64 idle_ticks(const struct vcpu *v) {
    const struct life *l = &v->life;
    bool off = load_acquire(&v->psci.state) != PSCI_STATE_ON;

    return l->idle_ticks + (off ? counter() - l->off_ticks : 0) + v->suspended[0].ticks +
           v->suspended[1].ticks;
}

/* WFI in the guest does not exit, and counts as running. */
static u64 run_us(const struct vcpu *v) {
    u64 idle = idle_ticks(v);

    return ticks_to_us(counter() - console_start_ticks() - idle);
}

bool stats_get(const struct vcpu *v, u64 which, u64 *value) {
    /* From MUSTER_COUNTER_SGIS on. */
    u64 more[] = {v->sgi_delivered,           v->spis,          v->evictions, v->parks, run_us(v),
                  ticks_to_us(idle_ticks(v)), v->cpu->idle_wfis};

    if (which < NR_EXITS)
        *value = v->exits[which];
    else if (which - MUSTER_COUNTER_SGIS < ARRAY_SIZE(more))
        *value = more[which - MUSTER_COUNTER_SGIS];
    else
        return false;
    return true;
}

/* sent = delivered + coalesced + cancelled + pending, for each target. */
static void print_ledger(const struct vcpu *v) {
    const struct vm *vm = v->vm;
    u64 sent = 0, coalesced = v->sgi_merged;

    for (unsigned int from = 0; from < vm->nr_vcpus; from++) {
        sent += vm->vcpu[from]->sgi_sent[v->id];
        coalesced += vm->vcpu[from]->sgi_coalesced[v->id];
    }
    log_info("%s vcpu%u SGIs: sent to it %lu = delivered %lu + coalesced %lu + cancelled %lu + "
             "pending %ld",
             vm->config->name, v->id, sent, v->sgi_delivered, coalesced, v->sgi_cancelled,
             (s64)(sent - v->sgi_delivered - coalesced - v->sgi_cancelled));
}

void stats_print(const struct vcpu *v) {
#define X(name) #name "\0"
    static const char names[] = EXIT_REASONS(X);
#undef X
    char text[200];
    size_t n = 0;

    for (unsigned int i = 0; i < NR_EXITS && n < sizeof(text); i++)
        if (v->exits[i])
            n += print_s(text + n, sizeof(text) - n, " %s %lu", nth_name(names, i), v->exits[i]);
    log_info("%s vcpu%u on cpu%u: exits:%s; off %lu times, slept %lu times in EL2; "
             "evicted %lu interrupts; ran %lu ms, idle %lu ms",
             v->vm->config->name, v->id, v->cpu->index, n ? text : "", v->parks, v->cpu->idle_wfis,
             v->evictions, run_us(v) / 1000, ticks_to_us(idle_ticks(v)) / 1000);
    print_ledger(v);
}
