/* SPDX-License-Identifier: Apache-2.0 */
/* include/muster/trace.h: what a script that reads a ring out of memory relies on. */
#include <stddef.h>
#include <string.h>
#include <muster/trace.h>
#include "lib/types.h"
#include "tap.h"

static const char *const names[] = {
#define X(name, text) #name,
    TRACE_KINDS(X)
#undef X
};
static const char *const texts[] = {
#define X(name, text) text,
    TRACE_KINDS(X)
#undef X
};

static void test_ring(void) {
    static const u64 magic = TRACE_MAGIC;

    ok(memcmp(&magic, "__MUSTRC", 8) == 0, "a ring begins with the bytes __MUSTRC");
    ok(TRACE_VERSION == 2, "this is version 2");
    ok(offsetof(struct trace_ring, magic) == 0 && offsetof(struct trace_ring, version) == 8 &&
           offsetof(struct trace_ring, core) == 12 && offsetof(struct trace_ring, first) == 16 &&
           offsetof(struct trace_ring, later) == 18 && offsetof(struct trace_ring, guest) == 20 &&
           offsetof(struct trace_ring, event_size) == 22 &&
           offsetof(struct trace_ring, written) == 24 &&
           offsetof(struct trace_ring, guest_written) == 32 &&
           offsetof(struct trace_ring, event) == 40,
       "magic 0, version 8, core 12, parts 16, 18, 20, event size 22, written 24, 32, events 40");
    ok(sizeof(struct trace_ring) == 40 + TRACE_RING_EVENTS * sizeof(struct trace_event) &&
           sizeof(struct trace_ring) <= 3 * 4096,
       "nothing follows the events, and a ring fits three pages");
}

static void test_event(void) {
    struct trace_event e = {.ticks = 0x0807060504030201,
                            .kind = 0x0a09,
                            .core = 0x0c0b,
                            .vm = 0x0e0d,
                            .vcpu = 0x100f,
                            .a = 0x1817161514131211,
                            .b = 0x201f1e1d1c1b1a19,
                            .c = 0x2827262524232221};
    u8 bytes[sizeof(e)];
    bool in_order = true;

    memcpy(bytes, &e, sizeof(e));
    for (unsigned int i = 0; i < sizeof(bytes); i++) in_order = in_order && bytes[i] == i + 1;
    ok(sizeof(e) == 40 && in_order,
       "an event is 40 bytes: ticks, kind, core, vm, vcpu, a, b, c, little-endian, no padding");
    e.vcpu = TRACE_NO_VCPU;
    ok(e.vcpu == 0xffff, "0xffff in vcpu is the machine's own event");
}

static void test_kinds(void) {
    bool unique = true, worded = true;

    ok(TRACE_NR_KINDS == ARRAY_SIZE(names) && TRACE_NR_KINDS < 0x10000, "the %d kinds fit 16 bits",
       TRACE_NR_KINDS);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        worded = worded && texts[i][0] != '\0';
        for (size_t k = 0; k < i; k++) unique = unique && strcmp(names[i], names[k]) != 0;
    }
    ok(unique && worded, "each has a name of its own, and words");
    ok(TRACE_CPU_ON == 0 && TRACE_CPU_ON < TRACE_CPU_ENTRY && TRACE_CPU_ENTRY < TRACE_CPU_MMU &&
           TRACE_CPU_MMU < TRACE_CPU_GIC && TRACE_CPU_GIC < TRACE_CPU_ONLINE,
       "the machine's cpu_up is CPU_ON, entry, MMU, GIC, online");
    ok(TRACE_VCPU_ON_CALL < TRACE_VCPU_CLAIM && TRACE_VCPU_CLAIM < TRACE_VCPU_KICK &&
           TRACE_VCPU_KICK < TRACE_VCPU_RESET && TRACE_VCPU_RESET < TRACE_VCPU_ENTER &&
           TRACE_VCPU_ENTER < TRACE_VCPU_FIRST_EXIT,
       "a guest's is call, claim, kick, reset, first eret, first exit");
}

int main(void) {
    test_ring();
    test_event();
    test_kinds();
    return tap_done();
}
