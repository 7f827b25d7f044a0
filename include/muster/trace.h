/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout of the trace: one ring a core, in memory, for whoever reads it from outside (a script, a
 * debugger, a capture from a board). Little-endian, no padding. Overwrites its oldest events.
 */
#ifndef MUSTER_TRACE_H
#define MUSTER_TRACE_H

#include <stdint.h>

#define TRACE_MAGIC    0x43525453554d5f5fULL /* "__MUSTRC" read as bytes */
#define TRACE_VERSION  1
#define TRACE_CAPACITY 256 /* events in a ring, a power of two */
#define TRACE_NO_VCPU  0xffff

/* Steps of bringing a core up, the machine's (CPU_*) and a guest's (VCPU_*), in their order. */
#define TRACE_KINDS(X)                                                    \
    X(CPU_ON, "cpu_up: CPU_ON issued, a: core, b: MPIDR")                 \
    X(CPU_ENTRY, "init_secondary: first instruction in C, a: core")       \
    X(CPU_GIC, "start_secondary: GIC ready, a: core")                     \
    X(CPU_ONLINE, "start_secondary: online, a: core")                     \
    X(CPU_LATE, "came after its deadline, a: core")                       \
    X(VM_START, "a: entry point, b: device tree")                         \
    X(VCPU_ON_CALL, "guest's CPU_ON, a: MPIDR, b: entry point")           \
    X(VCPU_CLAIM, "CPU_ON won its target, a: target vCPU")                \
    X(VCPU_KICK, "kick sent to a core, a: target vCPU")                   \
    X(VCPU_RESET, "registers reset, a: entry point, b: context id")       \
    X(VCPU_ENTER, "first eret into the guest, a: entry point")            \
    X(VCPU_FIRST_EXIT, "first exit after power-on, a: ESR, 0: interrupt") \
    X(VCPU_FIRST_SGI, "first SGI delivered, a: INTID")                    \
    X(VCPU_FIRST_TICK, "first timer interrupt, a: INTID")                 \
    X(VCPU_OFF, "parked in EL2")                                          \
    X(VM_STOP, "a: 1 off, 2 reset, 3 crash")

enum trace_kind {
#define X(name, text) TRACE_##name,
    TRACE_KINDS(X)
#undef X
        TRACE_NR_KINDS
};

struct trace_event {
    uint64_t ticks; /* the counter, CNTPCT_EL0 */
    uint16_t kind;
    uint16_t core;
    uint16_t vm;
    uint16_t vcpu; /* TRACE_NO_VCPU: the machine's own */
    uint64_t a, b;
};

struct trace_ring {
    uint64_t magic;
    uint32_t version;
    uint32_t core;
    uint32_t capacity;
    uint32_t event_size;
    uint64_t written; /* events ever written; the newest is at (written - 1) % capacity */
    struct trace_event event[TRACE_CAPACITY];
};

_Static_assert(sizeof(struct trace_event) == 32, "trace events are 32 bytes");
_Static_assert(sizeof(struct trace_ring) == 32 + 32 * TRACE_CAPACITY, "no padding in a ring");

#endif
