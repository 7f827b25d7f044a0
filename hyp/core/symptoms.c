/* SPDX-License-Identifier: Apache-2.0 */
#include "core/symptoms.h"
#include "core/esr.h"
#include "lib/print.h"

#define INSN_WFE    0xd503205fU
#define INSN_WFI    0xd503207fU
#define INSN_B_SELF 0x14000000U

#define PSTATE_I BIT(7)
#define SCTLR_M  BIT(0)

/* How far from SP what an exception handler saves may lie. */
#define FRAME_MAX 1024

void symptoms_code(struct symptoms *s, const u32 *code, unsigned int n, u64 at) {
    u64 pc = (s->pc_low - at) / 4;

    s->wfe = s->wfi = false;
    for (unsigned int i = 0; i < n; i++) {
        s->wfe |= code[i] == INSN_WFE;
        s->wfi |= code[i] == INSN_WFI;
    }
    s->self = s->pc_low == s->pc_high && pc < n && code[pc] == INSN_B_SELF;
}

/* Taken from EL1 itself, and no call or breakpoint. A reset leaves 0, which has no IL. */
static bool is_fault(u64 esr) {
    enum esr_ec ec = esr_ec(esr);

    return ec == ESR_EC_IABT_CUR || ec == ESR_EC_DABT_CUR || ec == ESR_EC_PC_ALIGNMENT ||
           ec == ESR_EC_SP_ALIGNMENT || (ec == ESR_EC_UNKNOWN && (esr & ESR_IL));
}

static enum cause cause_of_fault(const struct symptoms *s) {
    enum esr_ec ec = esr_ec(s->esr);

    if (ec == ESR_EC_SP_ALIGNMENT ||
        (ec == ESR_EC_DABT_CUR && s->far - s->sp + FRAME_MAX < 2 * FRAME_MAX))
        return CAUSE_STACK;
    if (ec == ESR_EC_IABT_CUR && (s->sctlr & SCTLR_M)) return CAUSE_MMU;
    return s->vbar ? CAUSE_FAULT : CAUSE_ENTRY;
}

static enum cause cause_of_waiting(const struct symptoms *s) {
    if (!s->enabled) return s->groups_on[0] || s->groups_on[1] ? CAUSE_DISABLED : CAUSE_GIC_OFF;
    if (!s->forwarded) return CAUSE_DISTRIBUTOR;
    if (!s->groups_on[s->group1]) return CAUSE_GROUP;
    if (s->priority >= s->pmr) return CAUSE_PRIORITY;
    return s->pstate & PSTATE_I ? CAUSE_MASKED : CAUSE_UNKNOWN;
}

enum cause symptoms_cause(const struct symptoms *s) {
    bool in_vectors = s->pc_low >= s->vbar && s->pc_high < s->vbar + 0x800;
    bool loops = s->pc_high - s->pc_low < 64;

    /* Of a fault loop the handler may be some way into its code. */
    if (is_fault(s->esr) &&
        (s->fetches_nothing || in_vectors || (s->early && s->pc_high - s->pc_low < PAGE_SIZE)))
        return cause_of_fault(s);
    if (s->early && loops && s->self) return CAUSE_SELF;
    if (s->early && loops && s->wfe) return CAUSE_WFE;
    if (s->waits) return cause_of_waiting(s);
    return s->early && loops && s->wfi && !s->groups_on[0] && !s->groups_on[1] ? CAUSE_GIC_OFF
                                                                               : CAUSE_UNKNOWN;
}

void symptoms_describe(const struct symptoms *s, enum cause c, char *buf, size_t size) {
#define X(name, text) "\0" text
    const char *words = nth_name(CAUSES(X), c);
#undef X
    char fault[160];

    esr_describe(s->esr, s->far, fault, sizeof(fault));
    if (c >= CAUSE_DISABLED)
        print_s(buf, size, "SGI %u waits for it, and %s", s->intid, words);
    else if (c >= CAUSE_ENTRY)
        print_s(buf, size, "%s: %s, from %#lx", words, fault, s->elr);
    else
        print_s(buf, size, "%s", words);
}
