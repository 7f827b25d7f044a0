/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/trace.h"
#include "arch/percpu.h"
#include "arch/sysreg.h"
#include "lib/print.h"
#include "lib/string.h"

bool trace_enabled; /* what others see as trace_on: see muster.lds */

void trace_ring_init(struct trace_ring *ring, u32 core) {
    /* Without tracing nobody looks at its events. */
    memset(ring, 0, trace_on ? sizeof(*ring) : offsetof(struct trace_ring, event));
    ring->magic = TRACE_MAGIC;
    ring->version = TRACE_VERSION;
    ring->core = core;
    ring->first = TRACE_FIRST_EVENTS;
    ring->later = TRACE_LATER_EVENTS;
    ring->guest = TRACE_GUEST_EVENTS;
    ring->event_size = sizeof(struct trace_event);
}

static inline u64 slot_of(u64 n) {
    if (n >= TRACE_FIRST_EVENTS)
        n = TRACE_FIRST_EVENTS + (n - TRACE_FIRST_EVENTS) % TRACE_LATER_EVENTS;
    return n;
}

static u64 guest_slot_of(u64 n) {
    return TRACE_FIRST_EVENTS + TRACE_LATER_EVENTS + n % TRACE_GUEST_EVENTS;
}

static inline void begin(struct trace_event *e, enum trace_kind kind, u32 vm_vcpu, u64 ticks) {
    e->ticks = ticks;
    e->kind = (u16)kind;
    e->core = (u16)this_cpu()->index;
    e->vm = (u16)vm_vcpu;
    e->vcpu = (u16)(vm_vcpu >> 16);
}

void trace_record_at(enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b, u64 ticks) {
    struct trace_ring *ring = this_cpu()->trace;
    struct trace_event *e = &ring->event[slot_of(ring->written++)];

    begin(e, kind, vm_vcpu, ticks);
    e->a = a;
    e->b = b; /* c is for guests' part of the ring; here it is 0 as the ring began */
}

void trace_record(enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b) {
    trace_record_at(kind, vm_vcpu, a, b, read_sysreg(cntpct_el0));
}

void trace_guest(u32 vm_vcpu, u64 name, u64 more, u64 value) {
    struct trace_ring *ring = this_cpu()->trace;
    struct trace_event *e = &ring->event[guest_slot_of(ring->guest_written++)];

    begin(e, TRACE_GUEST, vm_vcpu, read_sysreg(cntpct_el0));
    e->a = name;
    e->b = more;
    e->c = value;
}

void trace_enable(u64 entry_ticks, u64 mmu_ticks) {
    trace_enabled = true;
    trace_record_at(TRACE_CPU_ENTRY, TRACE_MACHINE, 0, 0, entry_ticks);
    trace_record_at(TRACE_CPU_MMU, TRACE_MACHINE, 0, 0, mmu_ticks);
}

static const char *kind_name(unsigned int kind) {
#define X(name, text) #name "\0"
    return nth_name(TRACE_KINDS(X), kind);
#undef X
}

u64 trace_lost(u64 written, u64 room) { return written < room ? 0 : written - room; }

void trace_print(const struct trace_ring *ring,
                 void (*print)(const struct trace_event *e, const char *kind)) {
    u64 gone = trace_lost(ring->written, TRACE_FIRST_EVENTS + TRACE_LATER_EVENTS);
    const struct trace_event *e;

    for (u64 n = 0; n < ring->written; n++) {
        if (n == TRACE_FIRST_EVENTS) n += gone;
        e = &ring->event[slot_of(n)];
        print(e, kind_name(e->kind));
    }
    for (u64 n = trace_lost(ring->guest_written, TRACE_GUEST_EVENTS); n < ring->guest_written; n++)
        print(&ring->event[guest_slot_of(n)], kind_name(TRACE_GUEST));
}
