/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/trace.h"
#include "arch/percpu.h"
#include "arch/sysreg.h"
#include "lib/string.h"

bool trace_enabled; /* what others see as trace_on: see muster.lds */

void trace_ring_init(struct trace_ring *ring, u32 core) {
    ring->magic = TRACE_MAGIC;
    ring->version = TRACE_VERSION;
    ring->core = core;
    ring->first = TRACE_FIRST_EVENTS;
    ring->later = TRACE_LATER_EVENTS;
    ring->guest = TRACE_GUEST_EVENTS;
    ring->event_size = sizeof(struct trace_event);
}

static void write(struct trace_event *slot, enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b,
                  u64 c) {
    *slot = (struct trace_event){
        .ticks = read_sysreg(cntpct_el0),
        .kind = (u16)kind,
        .core = (u16)this_cpu()->index,
        .vm = (u16)(vm_vcpu >> 16),
        .vcpu = (u16)vm_vcpu,
        .a = a,
        .b = b,
        .c = c,
    };
}

static u64 slot_of(u64 n) {
    return n < TRACE_FIRST_EVENTS
               ? n
               : TRACE_FIRST_EVENTS + (n - TRACE_FIRST_EVENTS) % TRACE_LATER_EVENTS;
}

static u64 guest_slot_of(u64 n) {
    return TRACE_FIRST_EVENTS + TRACE_LATER_EVENTS + n % TRACE_GUEST_EVENTS;
}

struct trace_event *trace_record(enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b) {
    struct trace_ring *ring = this_cpu()->trace;
    struct trace_event *slot = &ring->event[slot_of(ring->written++)];

    write(slot, kind, vm_vcpu, a, b, 0);
    return slot;
}

void trace_guest(u32 vm_vcpu, u64 name, u64 more, u64 value) {
    struct trace_ring *ring = this_cpu()->trace;

    write(&ring->event[guest_slot_of(ring->guest_written++)], TRACE_GUEST, vm_vcpu, name, more,
          value);
}

void trace_enable(u64 entry_ticks, u64 mmu_ticks) {
    trace_enabled = true;
    trace_record(TRACE_CPU_ENTRY, TRACE_MACHINE, 0, 0)->ticks = entry_ticks;
    trace_record(TRACE_CPU_MMU, TRACE_MACHINE, 0, 0)->ticks = mmu_ticks;
}

static const char *kind_name(unsigned int kind) {
#define X(name, text) #name "\0"
    const char *name = TRACE_KINDS(X);
#undef X

    while (kind--) name += strlen(name) + 1;
    return name;
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
