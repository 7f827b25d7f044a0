/* SPDX-License-Identifier: Apache-2.0 */
/* Writing trace events: no lock, since each core writes only its own ring. */
#pragma once

#include <muster/trace.h>
#include "lib/types.h"

/* Set at boot by trace_enable() alone: const, so that it is loaded once in a function. */
extern const bool trace_on;
extern bool trace_enabled;

void trace_enable(void);

void trace_ring_init(struct trace_ring *ring, u32 core);
void trace_record(enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b);

/* Prints all rings, oldest event first, each core for itself. Other cores may go on writing. */
void trace_print(void (*print)(const struct trace_event *e, const char *text));

/* Whose event it is, in one word: vm << 16 | vcpu. */
#define TRACE_MACHINE ((0U << 16) | TRACE_NO_VCPU)

static inline void trace(enum trace_kind kind, u32 vm_vcpu, u64 a, u64 b) {
    if (unlikely(trace_on)) trace_record(kind, vm_vcpu, a, b);
}
