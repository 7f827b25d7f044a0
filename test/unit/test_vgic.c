/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core/vgic.c against Arm IHI 0048, "GIC architecture version 2", and IHI 0069, "GIC architecture
 * version 3 and version 4".
 */
#include <stdlib.h>
#include <string.h>
#include "core/vgic.h"
#include "tap.h"

/* IHI 0048, "List Registers, GICH_LRn": what a field holds, put in place by hand. */
struct v2 {
    u32 id, source, eoi, physical, priority, state, group1, hw;
};

static u32 v2_word(struct v2 f) {
    u32 word = f.id | f.priority << 23 | f.state << 28 | f.group1 << 30 | f.hw << 31;

    return word | (f.hw ? f.physical << 10 : f.source << 10 | f.eoi << 19);
}

/* IHI 0069, "ICH_LR<n>_EL2", for a guest without system registers: source PE in 34:32. */
static u64 v3_word(struct v2 f) {
    u64 word =
        f.id | (u64)f.priority << 51 | (u64)f.group1 << 60 | (u64)f.hw << 61 | (u64)f.state << 62;

    return word | (f.hw ? (u64)f.physical << 32 : (u64)f.source << 32 | (u64)f.eoi << 41);
}

static bool both_ways(struct v2 f) {
    return lr_to_v2(v3_word(f)) == v2_word(f) && lr_from_v2(v2_word(f)) == v3_word(f);
}

static void test_lr_fields(void) {
    static const struct {
        struct v2 all;
        const char *sentence;
    } rows[] = {
        {{.id = 0x3ff}, "VirtualID 9:0 is vINTID 9:0"},
        {{.source = 7}, "CPUID 12:10 is the source PE 34:32"},
        {{.eoi = 1}, "EOI is bit 19, and bit 41"},
        {{.hw = 1, .physical = 0x3ff}, "PhysicalID 19:10 is pINTID 41:32"},
        {{.priority = 0x1f}, "Priority 27:23 is the upper five bits of 55:48"},
        {{.state = 1}, "pending is bit 28, and bit 62"},
        {{.state = 2}, "active is bit 29, and bit 63"},
        {{.group1 = 1}, "Grp1 is bit 30, and Group is bit 60"},
        {{.hw = 1}, "HW is bit 31, and bit 61"},
    };
    bool all = true;

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        ok(both_ways(rows[i].all), "GICH_LR and ICH_LR_EL2: %s", rows[i].sentence);
    ok(lr_to_v2(0) == 0 && lr_from_v2(0) == 0, "an empty list register is 0 in both");
    srand(4);
    for (int i = 0; i < 100000; i++) {
        u32 r = (u32)rand() ^ (u32)rand() << 16, hw = r >> 31;
        struct v2 f = {.id = r & 0x3ff,
                       .source = hw ? 0 : r >> 10 & 7,
                       .eoi = hw ? 0 : r >> 19 & 1,
                       .physical = hw ? r >> 10 & 0x3ff : 0,
                       .priority = r >> 23 & 0x1f,
                       .state = r >> 28 & 3,
                       .group1 = r >> 30 & 1,
                       .hw = hw};

        all = all && both_ways(f) && lr_to_v2(lr_from_v2(v2_word(f))) == v2_word(f);
    }
    ok(all, "every GICH_LR comes back as it was, and so does every ICH_LR_EL2 that fits it");
    ok(lr_to_v2(LR_PRIORITY(0xff)) == 0x1fU << 23,
       "GICv2 drops the three lowest bits of a priority");
    ok(lr_to_v2(BIT(42) | BIT(44) | LR_HW) == 1U << 31 && lr_to_v2(BIT(32) | LR_HW) == 0x80000400,
       "no bit of another field leaks into PhysicalID");
}

static void test_lr_macros(void) {
    ok(LR_VINTID(27) == 27 && LR_VINTID(0xffffff) == 0xffffff, "vINTID is 31:0");
    ok(LR_PINTID(0x1fff) == 0x1fffULL << 32 && LR_PINTID(0x2000) == 0, "pINTID is 44:32");
    ok(LR_SOURCE(7) == 7ULL << 32 && LR_SOURCE(8) == 0, "the source PE is 34:32");
    ok(LR_PRIORITY(0xa8) == 0xa8ULL << 48 && LR_PRIORITY(0x100) == 0, "Priority is 55:48");
    ok(LR_EOI == 1ULL << 41 && LR_GROUP1 == 1ULL << 60 && LR_HW == 1ULL << 61 &&
           LR_PENDING == 1ULL << 62 && LR_ACTIVE == 1ULL << 63,
       "EOI 41, Group 60, HW 61, State 63:62");
}

/* "Distributor register map": the offset of a register's first word. */
static void test_groups(void) {
    static const u32 offsets[][2] = {
        {VGIC_IGROUPR, 0x080},   {VGIC_ISENABLER, 0x100},  {VGIC_ICENABLER, 0x180},
        {VGIC_ISPENDR, 0x200},   {VGIC_ICPENDR, 0x280},    {VGIC_ISACTIVER, 0x300},
        {VGIC_ICACTIVER, 0x380}, {VGIC_IPRIORITYR, 0x400}, {VGIC_ITARGETSR, 0x800},
        {VGIC_ICFGR, 0xc00},
    };

    for (size_t i = 0; i < ARRAY_SIZE(offsets); i++)
        ok(offsets[i][0] * 0x80 == offsets[i][1], "the group at 0x%03x has number 0x%x",
           offsets[i][1], offsets[i][0]);
}

static struct vgic_bank fresh(u32 edge, bool group1) {
    struct vgic_bank b;

    memset(&b, 0, sizeof(b));
    vgic_bank_reset(&b, edge, group1);
    return b;
}

static u32 get(const struct vgic_bank *b, enum vgic_group reg) { return vgic_bank_read(b, reg, 0); }

static void set(struct vgic_bank *b, enum vgic_group reg, u32 value) {
    vgic_bank_write(b, reg, 0, value, ~0U);
}

static void test_reset(void) {
    struct vgic_bank b;
    bool zero = true;

    memset(&b, 0xff, sizeof(b));
    b.hw = 0x48000000;
    b.line = 0x00010000;
    vgic_bank_reset(&b, 0xffff, false);
    ok(get(&b, VGIC_ISENABLER) == 0 && get(&b, VGIC_ICENABLER) == 0, "nothing is enabled");
    ok(get(&b, VGIC_ISACTIVER) == 0 && get(&b, VGIC_ICACTIVER) == 0, "nothing is active");
    ok(get(&b, VGIC_ISPENDR) == 0x00010000 && get(&b, VGIC_ICPENDR) == 0x00010000,
       "nothing is pending but what its input holds high");
    for (unsigned int i = 0; i < 8; i++) zero = zero && vgic_bank_read(&b, VGIC_IPRIORITYR, i) == 0;
    ok(zero, "priorities are 0");
    ok(get(&b, VGIC_IGROUPR) == 0, "interrupts are in Group 0");
    ok(vgic_bank_read(&b, VGIC_ICFGR, 0) == 0xaaaaaaaa && vgic_bank_read(&b, VGIC_ICFGR, 1) == 0,
       "SGIs are edge-triggered, PPIs are level-sensitive");
    ok(b.hw == 0x48000000, "what is linked to physical interrupts stays linked");
    vgic_bank_reset(&b, 0, true);
    ok(get(&b, VGIC_IGROUPR) == 0xffffffff && get(&b, VGIC_ICFGR) == 0,
       "or in Group 1, level-sensitive, as the caller has it");
}

/* Pairs of registers, "set" and "clear": a 1 acts, a 0 has no effect, both read the state. */
static void test_set_and_clear(void) {
    static const struct {
        enum vgic_group set, clear;
        const char *name;
    } pairs[] = {
        {VGIC_ISENABLER, VGIC_ICENABLER, "ENABLER"},
        {VGIC_ISPENDR, VGIC_ICPENDR, "PENDR"},
        {VGIC_ISACTIVER, VGIC_ICACTIVER, "ACTIVER"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        struct vgic_bank b = fresh(0xffff, false), other;

        set(&b, pairs[i].set, 0x80010005);
        set(&b, pairs[i].set, 0x00000100);
        ok(get(&b, pairs[i].set) == 0x80010105 && get(&b, pairs[i].clear) == 0x80010105,
           "IS%s sets where a 1 is written; it and IC%s read the state", pairs[i].name,
           pairs[i].name);
        set(&b, pairs[i].clear, 0x80000004);
        ok(get(&b, pairs[i].set) == 0x00010101, "IC%s clears where a 1 is written", pairs[i].name);
        set(&b, pairs[i].set, 0);
        set(&b, pairs[i].clear, 0);
        ok(get(&b, pairs[i].set) == 0x00010101, "a 0 has no effect");
        vgic_bank_write(&b, pairs[i].set, 0, 0xffffffff, 0x0000ff00);
        vgic_bank_write(&b, pairs[i].clear, 0, 0xffffffff, 0x000000ff);
        ok(get(&b, pairs[i].set) == 0x0001ff00, "bits outside the mask are not written");
        other = fresh(0xffff, false);
        set(&other, pairs[i].set, 0x0001ff00);
        ok(memcmp(&b, &other, sizeof(b)) == 0, "and no other register changes");
    }
}

static void test_group_register(void) {
    struct vgic_bank b = fresh(0, false);

    set(&b, VGIC_IGROUPR, 0xf0f0f0f0);
    ok(get(&b, VGIC_IGROUPR) == 0xf0f0f0f0, "IGROUPR holds what is written");
    vgic_bank_write(&b, VGIC_IGROUPR, 0, 0x0000ff00, 0x0000ffff);
    ok(get(&b, VGIC_IGROUPR) == 0xf0f0ff00, "in the bits of the mask");
    set(&b, VGIC_ISENABLER, 0xffffffff);
    ok(vgic_forwarded(&b, 0) == 0, "GICD_CTLR 0 forwards nothing");
    ok(vgic_forwarded(&b, 1) == 0x0f0f00ff, "EnableGrp0, bit 0, forwards Group 0");
    ok(vgic_forwarded(&b, 2) == 0xf0f0ff00, "EnableGrp1, bit 1, forwards Group 1");
    ok(vgic_forwarded(&b, 3) == 0xffffffff, "both forward all");
    set(&b, VGIC_ICENABLER, 0x00ff00ff);
    ok(vgic_forwarded(&b, 3) == 0xff00ff00, "what is disabled is not forwarded");
}

static void test_pending_and_lines(void) {
    struct vgic_bank b = fresh(0x0000ffff, false);
    const u32 edge = 1U << 3, level = 1U << 20;

    b.line = edge | level;
    ok(vgic_pending(&b) == level, "a level-sensitive interrupt is pending while its line is up");
    set(&b, VGIC_ICPENDR, 0xffffffff);
    ok(get(&b, VGIC_ISPENDR) == level && b.line == (edge | level),
       "ICPENDR does not clear it: the line is still up");
    set(&b, VGIC_ISPENDR, level);
    b.line = 0;
    ok(get(&b, VGIC_ISPENDR) == level, "set by ISPENDR it stays pending when the line falls");
    set(&b, VGIC_ICPENDR, level);
    ok(get(&b, VGIC_ISPENDR) == 0, "until ICPENDR clears it");
    set(&b, VGIC_ISPENDR, edge);
    ok(vgic_pending(&b) == edge, "an edge-triggered interrupt is pending by its latch");
    set(&b, VGIC_ICPENDR, edge);
    b.line = edge;
    ok(vgic_pending(&b) == 0, "and not by a line that is merely up");
    set(&b, VGIC_ISACTIVER, level);
    b.line = level;
    ok(vgic_pending(&b) == level && get(&b, VGIC_ISACTIVER) == level,
       "it can be active and pending");
}

/* A byte for each interrupt, INTID 4n in 7:0. GICv2's virtual interface has 32 levels. */
static void test_priorities(void) {
    struct vgic_bank b = fresh(0, false);
    bool placed = true, kept = true;

    for (unsigned int i = 0; i < 8; i++)
        vgic_bank_write(&b, VGIC_IPRIORITYR, i,
                        (4 * i + 3) << 27 | (4 * i + 2) << 19 | (4 * i + 1) << 11 | (4 * i) << 3,
                        ~0U);
    for (unsigned int i = 0; i < 32; i++)
        placed = placed && b.priority[i] == i << 3 &&
                 (vgic_bank_read(&b, VGIC_IPRIORITYR, i / 4) >> (8 * (i % 4)) & 0xff) == i << 3;
    ok(placed, "IPRIORITYR has the priority of INTID 4n + k in byte k of word n");
    vgic_bank_write(&b, VGIC_IPRIORITYR, 2, 0xffffffff, ~0U);
    ok(vgic_bank_read(&b, VGIC_IPRIORITYR, 2) == 0xf8f8f8f8,
       "of each priority the upper five bits exist, the rest reads as zero");
    vgic_bank_write(&b, VGIC_IPRIORITYR, 2, 0x12345678, 0x0000ff00);
    ok(vgic_bank_read(&b, VGIC_IPRIORITYR, 2) == 0xf8f850f8, "a byte can be written alone");
    vgic_bank_write(&b, VGIC_IPRIORITYR, 2, 0xa0a8b0b8, 0xffff0000);
    ok(vgic_bank_read(&b, VGIC_IPRIORITYR, 2) == 0xa0a850f8, "and so can a halfword");
    for (unsigned int i = 0; i < 32; i++) kept = kept && (i / 4 == 2 || b.priority[i] == i << 3);
    ok(kept, "its neighbours keep theirs");
}

/* "GICD_ICFGR<n>": two bits for each interrupt; 2x+1 says edge, 2x is reserved. */
static void test_configuration(void) {
    struct vgic_bank b = fresh(0, false);

    vgic_bank_write(&b, VGIC_ICFGR, 0, 0xffffffff, ~0U);
    ok(vgic_bank_read(&b, VGIC_ICFGR, 0) == 0xaaaaaaaa, "the lower bit of each field is RES0");
    ok(vgic_bank_read(&b, VGIC_ICFGR, 1) == 0 && b.edge == 0x0000ffff,
       "word 0 is INTIDs 0 to 15 of the bank");
    vgic_bank_write(&b, VGIC_ICFGR, 1, 0x80000002, ~0U);
    ok(vgic_bank_read(&b, VGIC_ICFGR, 1) == 0x80000002 && b.edge == 0x8001ffff,
       "word 1 is 16 to 31");
    vgic_bank_write(&b, VGIC_ICFGR, 0, 0, 0x0000ff00);
    ok(vgic_bank_read(&b, VGIC_ICFGR, 0) == 0xaaaa00aa, "fields outside the mask stay");
}

static void test_most_urgent(void) {
    struct vgic_bank b = fresh(0, false);
    bool all = true;

    ok(vgic_most_urgent(&b, 0x80000010) == 4, "at equal priority the lowest number comes first");
    b.priority[4] = 0x80;
    b.priority[31] = 0x78;
    ok(vgic_most_urgent(&b, 0x80000010) == 31, "a lower priority value is more urgent");
    b.priority[9] = 0x08;
    ok(vgic_most_urgent(&b, 0x80000010) == 31, "only candidates count");
    srand(5);
    for (int n = 0; n < 100000; n++) {
        u32 c = (u32)rand() ^ (u32)rand() << 16;
        unsigned int best = 32;

        c = c ? c : 1;
        for (unsigned int i = 0; i < 32; i++) b.priority[i] = (u8)(rand() & 0x38);
        for (unsigned int i = 0; i < 32; i++)
            if ((c >> i & 1) && (best == 32 || b.priority[i] < b.priority[best])) best = i;
        all = all && vgic_most_urgent(&b, c) == best;
    }
    ok(all, "the same for any candidates and priorities");
}

static void test_targets_are_not_here(void) {
    struct vgic_bank b = fresh(0xffff, false), before = b;

    vgic_bank_write(&b, VGIC_ITARGETSR, 0, 0xffffffff, ~0U);
    ok(vgic_bank_read(&b, VGIC_ITARGETSR, 0) == 0 && memcmp(&b, &before, sizeof(b)) == 0,
       "ITARGETSR is no state of a bank");
}

int main(void) {
    test_lr_fields();
    test_lr_macros();
    test_groups();
    test_reset();
    test_set_and_clear();
    test_group_register();
    test_pending_and_lines();
    test_priorities();
    test_configuration();
    test_most_urgent();
    test_targets_are_not_here();
    return tap_done();
}
