/* SPDX-License-Identifier: Apache-2.0 */
/* Branch targets (Arm ARM DDI 0487, "Branch Target Identification"). */
#include "cores.h"
#include "exception.h"
#include "smp.h"
#include "tap.h"

#define NOP   0xd503201fU
#define BTI_C 0xd503245fU
#define BTI_J 0xd503249fU

/* Where a call leads: is there a Branch Target exception? */
static u32 landing_class(u32 instruction) {
    struct probe p = {.esr = 0};

    probe_guarded(instruction, &p);
    return esr_class(p.esr);
}

void cores_bti(void) {
    bool there = id_field(4, 1, 0);
    u32 stopped = there ? EC_BRANCH_TARGET : 0;

    tap_ok(landing_class(NOP) == stopped, "BTI: a call to a NOP in a guarded page %s",
           there ? "is stopped" : "is an ordinary call without BTI");
    tap_ok(landing_class(BTI_J) == stopped, "BTI: a call to BTI J %s",
           there ? "is stopped" : "is an ordinary call without BTI");
    tap_ok(landing_class(BTI_C) == 0, "BTI: a call to BTI C arrives");
    tap_ok(landing_class(MRS(3, 0, 0, 4, 0)) == stopped,
           "BTI: and it is seen before a trap of the same instruction");
}
