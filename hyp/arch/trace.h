/* SPDX-License-Identifier: Apache-2.0 */
/* Writing trace events: no lock, since each core writes only its own ring. */
#pragma once

#include <muster/trace.h>
#include "lib/types.h"

/* Set at boot by trace_enable() alone: const, so that it is loaded once in a function. */
extern const bool trace_on;
extern bool trace_enabled;

/* From now on; the boot core's first steps are over: when they were. */
void trace_enable(u64 entry_ticks, u64 mmu_ticks);

void trace_ring_init(struct trace_ring *ring, u32 core);
void trace_record(enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b);

/* What happened earlier, at this count. */
void trace_record_at(enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b, u64 ticks);

/* A guest's own event: up to 16 characters in name and more, in their order in memory. */
void trace_guest(u32 vm_vcpu, u64 name, u64 more, u64 value);

/* Prints a ring: the machine's events, then guests', each oldest first. */
void trace_print(const struct trace_ring *ring,
                 void (*print)(const struct trace_event *e, const char *kind));

/* How many of `written` events are lost of which `room` are kept. */
u64 trace_lost(u64 written, u64 room);

/* Whose event it is, in one word as it is stored: vcpu << 16 | vm. */
#define TRACE_MACHINE ((u32)TRACE_NO_VCPU << 16)

static inline void trace(enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b) {
    if (unlikely(trace_on)) trace_record(kind, vm_vcpu, a, b);
}
