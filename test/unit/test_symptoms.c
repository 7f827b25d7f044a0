/* SPDX-License-Identifier: Apache-2.0 */
/* core/symptoms.c: the most likely cause of a vCPU that does nothing, and of none that does. */
#include <string.h>
#include "core/esr.h"
#include "core/symptoms.h"
#include "tap.h"

#define VBAR    0x40200800
#define MMU_ON  0x30d00801
#define MMU_OFF 0x30d00800
#define MASKED  0x3c5
#define OPEN    0x345

/* Powered on, in a small loop; nothing else is to be seen. */
static struct symptoms quiet(void) {
    return (struct symptoms){.pc_low = 0x40300000,
                             .pc_high = 0x40300010,
                             .pstate = MASKED,
                             .sctlr = MMU_OFF,
                             .early = true};
}

static struct symptoms faulty(u64 esr, u64 far) {
    struct symptoms s = quiet();

    s.esr = esr;
    s.far = far;
    s.vbar = VBAR;
    s.pc_low = s.pc_high = s.elr = VBAR + 0x200;
    return s;
}

/* An SGI waits for one that has set up all: what is wrong is left to the caller. */
static struct symptoms waiting(void) {
    struct symptoms s = quiet();

    s.early = false;
    s.pstate = OPEN;
    s.waits = s.enabled = s.forwarded = s.group1 = s.groups_on[1] = true;
    s.intid = 3;
    s.priority = 0xa0;
    s.pmr = 0xf0;
    return s;
}

static void is(struct symptoms s, enum cause cause, const char *words, const char *what) {
    enum cause found = symptoms_cause(&s);
    char text[256] = "", small[8];

    if (found != CAUSE_UNKNOWN) symptoms_describe(&s, found, text, sizeof(text));
    if (!ok(found == cause && strstr(text, words), "%s", what))
        printf("# cause %u, \"%s\"\n", found, text);
    if (found == CAUSE_UNKNOWN) return;
    symptoms_describe(&s, found, small, sizeof(small));
    ok(strlen(small) == sizeof(small) - 1, "and is cut where there is no room");
}

static void test_faults(void) {
    struct symptoms s = faulty(ESR_MAKE(ESR_EC_UNKNOWN, 0), 0);

    s.vbar = 0;
    s.fetches_nothing = true;
    is(s, CAUSE_ENTRY,
       "wrong entry point? It had no vectors yet when it met: undefined instruction",
       "a fault before there are vectors");
    s = faulty(ESR_MAKE(ESR_EC_IABT_CUR, 5), VBAR + 0x200);
    s.sctlr = MMU_ON;
    is(s, CAUSE_MMU, "the MMU is on and its code is not mapped: instruction abort",
       "instructions that cannot be fetched with the MMU on");
    s = faulty(ESR_MAKE(ESR_EC_DABT_CUR, 4), ~(u64)0 - 287);
    is(s, CAUSE_STACK, "it has no stack: data abort", "a push below a stack pointer of 0");
    s.sp = 0x80000000;
    s.far = 0x80000000 - 16;
    is(s, CAUSE_STACK, "it has no stack: data abort from the same EL at 0x7ffffff0",
       "a push where no memory is");
    s.early = false;
    is(s, CAUSE_STACK, "it has no stack", "the same later: it is still in its vectors");
    is(faulty(ESR_MAKE(0x26, 0), 0), CAUSE_STACK, "no stack: SP alignment fault",
       "an unaligned stack pointer");
    s = faulty(ESR_MAKE(ESR_EC_DABT_CUR, 0x10), 0x9000000);
    is(s, CAUSE_FAULT, "it did not get over an exception: data abort", "any other fault");
    s.pc_low = s.pc_high = 0x40301000;
    is(s, CAUSE_FAULT, "from 0x40200a00", "a handler that ends in a loop");
}

static void test_interrupts(void) {
    struct symptoms s = waiting();

    is(s, CAUSE_UNKNOWN, "", "an SGI that may be taken is on its way");
    s.pstate = MASKED;
    is(s, CAUSE_MASKED, "SGI 3 waits for it, and interrupts are masked", "a masked SGI");
    s.pmr = 0xa0;
    is(s, CAUSE_PRIORITY, "priority mask", "an SGI of the mask's own priority");
    s.groups_on[1] = false;
    is(s, CAUSE_GROUP, "CPU interface is not enabled", "an SGI of a group that is off");
    s.forwarded = false;
    is(s, CAUSE_DISTRIBUTOR, "GICD_CTLR", "an SGI that the distributor does not forward");
    s.enabled = false;
    is(s, CAUSE_GIC_OFF, "not enabled", "an interrupt controller that nobody has set up");
    s.groups_on[0] = true;
    is(s, CAUSE_DISABLED, "ISENABLER0", "an SGI that is disabled");
    s = quiet();
    s.wfi = true;
    is(s, CAUSE_GIC_OFF, "not enabled", "WFI with an interrupt controller that is off");
    s.groups_on[1] = true;
    is(s, CAUSE_UNKNOWN, "", "WFI with one that is on is a CPU without work");
}

static void test_code(void) {
    static const u32 wfe[] = {0xd503205f, 0xf9400022, 0xb4ffffc2},
                     self[] = {0xd503201f, 0x14000000};
    struct symptoms s = quiet();

    is(s, CAUSE_UNKNOWN, "", "a small loop may compute");
    symptoms_code(&s, wfe, ARRAY_SIZE(wfe), s.pc_low - 4);
    is(s, CAUSE_WFE, "it waits in WFE", "a loop with WFE");
    s.waits = true;
    is(s, CAUSE_WFE, "WFE", "even if an SGI waits, which it does not wait for");
    s.pc_high += 0x1000;
    s.waits = false;
    is(s, CAUSE_UNKNOWN, "", "a PC that moves on");
    s = quiet();
    symptoms_code(&s, self, ARRAY_SIZE(self), s.pc_low - 4);
    is(s, CAUSE_UNKNOWN, "", "a branch to itself that it does not stand on");
    s.pc_high = s.pc_low;
    symptoms_code(&s, self, ARRAY_SIZE(self), s.pc_low - 4);
    is(s, CAUSE_SELF, "a branch to itself:", "a branch to itself");
    s.early = false;
    is(s, CAUSE_UNKNOWN, "", "the same in one that has shown signs of life");
    symptoms_code(&s, self, 0, s.pc_low);
    ok(!s.self && !s.wfe && !s.wfi, "code that cannot be read says nothing");
}

int main(void) {
    test_faults();
    test_interrupts();
    test_code();
    return tap_done();
}
