/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/trace.h"
#include "arch/percpu.h"
#include "arch/sysreg.h"

bool trace_enabled; /* what others see as trace_on: see muster.lds */

void trace_enable(void) { trace_enabled = true; }

void trace_ring_init(struct trace_ring *ring, u32 core) {
    ring->magic = TRACE_MAGIC;
    ring->version = TRACE_VERSION;
    ring->core = core;
    ring->capacity = TRACE_CAPACITY;
    ring->event_size = sizeof(struct trace_event);
}

void trace_record(enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b) {
    struct percpu *cpu = this_cpu();
    struct trace_ring *ring = cpu->trace;

    ring->event[ring->written % TRACE_CAPACITY] = (struct trace_event){
        .ticks = read_sysreg(cntpct_el0),
        .kind = (u16)kind,
        .core = (u16)cpu->index,
        .vm = (u16)(vm_vcpu >> 16),
        .vcpu = (u16)vm_vcpu,
        .a = a,
        .b = b,
    };
    ring->written++;
}

static const char *const texts[] = {
#define X(name, text) #name ": " text,
    TRACE_KINDS(X)
#undef X
};

void trace_print(void (*print)(const struct trace_event *e, const char *text)) {
    for (unsigned int i = 0; i < nr_cpus; i++) {
        const struct trace_ring *ring = cpus[i]->trace;
        u64 n = ring->written < TRACE_CAPACITY ? 0 : ring->written - TRACE_CAPACITY;

        for (; n < ring->written; n++) {
            const struct trace_event *e = &ring->event[n % TRACE_CAPACITY];

            print(e, texts[e->kind]);
        }
    }
}
