/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layout of the trace: one ring a core, in memory, for whoever reads it from outside (a script, a
 * debugger, a capture from a board). Little-endian, no padding.
 *
 * A ring has three parts. The first events written stay; those after them overwrite their oldest,
 * so that a storm of late events does not take the bring-up with it; and what guests write has a
 * part of its own, so that a guest that writes without end overwrites guests' events only.
 */
#ifndef MUSTER_TRACE_H
#define MUSTER_TRACE_H

#include <stdint.h>

#define TRACE_MAGIC   0x43525453554d5f5fULL /* "__MUSTRC" read as bytes */
#define TRACE_VERSION 2
#define TRACE_FIRST_EVENTS \
    144 /* events that stay: the bring-up of 64 vCPUs ends within both parts */
#define TRACE_LATER_EVENTS 128 /* the last ones after them, a power of two */
#define TRACE_GUEST_EVENTS 32  /* the last ones of guests, a power of two */
#define TRACE_RING_EVENTS  (TRACE_FIRST_EVENTS + TRACE_LATER_EVENTS + TRACE_GUEST_EVENTS)
#define TRACE_NO_VCPU      0xffff

/* Steps of bringing a core up, the machine's (CPU_*) and a guest's (VCPU_*), in their order. */
#define TRACE_KINDS(X)                                                                        \
    X(CPU_ON, "cpu_up: CPU_ON issued, a: core, b: MPIDR")                                     \
    X(CPU_ENTRY, "the core's first instruction, a: core")                                     \
    X(CPU_MMU, "init_secondary: MMU on, first instruction in C, a: core")                     \
    X(CPU_GIC, "start_secondary: GIC ready, a: core")                                         \
    X(CPU_ONLINE, "start_secondary: online, a: core")                                         \
    X(CPU_LATE, "came after its deadline, a: core")                                           \
    X(VM_START, "a: entry point, b: device tree")                                             \
    X(VCPU_ON_CALL, "guest's CPU_ON, a: MPIDR, b: entry point")                               \
    X(VCPU_CLAIM, "CPU_ON won its target, a: target vCPU")                                    \
    X(VCPU_KICK, "kick sent to a core, a: target vCPU")                                       \
    X(VCPU_RESET, "awake, registers are reset now, a: entry point, b: context id")            \
    X(VCPU_ENTER, "first eret into the guest, a: entry point")                                \
    X(VCPU_FIRST_EXIT, "first exit after power-on, a: ESR, 0: interrupt")                     \
    X(VCPU_SGI_OUT, "sent the first SGI that a target gets in its life, a: INTID, b: target") \
    X(VCPU_FIRST_SGI, "first SGI delivered, a: INTID")                                        \
    X(VCPU_FIRST_TICK, "first timer interrupt, a: INTID")                                     \
    X(VCPU_SUSPEND, "first CPU_SUSPEND, a: 0 standby, 1 power-down")                          \
    X(VCPU_OFF, "parked in EL2, a: 0 by its own CPU_OFF, else why the VM stops")              \
    X(VM_STOP, "a: 1 off, 2 reset, 3 crash; the vCPU is who asked for it")                    \
    X(GUEST, "a guest's own (MUSTER_CALL_TRACE), a, b: name, c: value")

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
    uint64_t a, b, c;
};

struct trace_ring {
    uint64_t magic;
    uint32_t version;
    uint32_t core;
    uint16_t first, later, guest; /* events in each part, one after the other */
    uint16_t event_size;
    /*
     * Events ever written. The n-th, from 0 on, is at n while that is below `first`, then at
     * first + (n - first) % later; of guests, at first + later + n % guest.
     */
    uint64_t written, guest_written;
    struct trace_event event[TRACE_RING_EVENTS];
};

_Static_assert(sizeof(struct trace_event) == 40, "trace events are 40 bytes");
_Static_assert(sizeof(struct trace_ring) == 40 + 40 * (TRACE_RING_EVENTS), "no padding in a ring");

#endif
