/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vpsci.h"
#include <muster/hypercall.h>
#include "lib/log.h"
#include "mm/mm.h"
#include "vm/postmortem.h"

static __attribute__((noinline)) u64 recurse(unsigned int depth) {
    volatile u8 frame[256];

    frame[0] = (u8)depth;
    return depth ? recurse(depth - 1) + frame[0] : 0;
}

/* Each of these must end in a panic that names the fault; returning means that a rule is not kept.
 */
static void break_rule(const struct vcpu *v, u64 which) {
    static u32 data[4] = {0xd65f03c0}; /* ret */

    switch (which) {
    case MUSTER_BREAK_READ_GUEST: (void)*(volatile u64 *)v->vm->config->ram.v; break;
    case MUSTER_BREAK_WRITE_TEXT: *(volatile u32 *)_text = 0; break;
    case MUSTER_BREAK_WRITE_CONST: *(volatile u32 *)_rodata = 0; break;
    case MUSTER_BREAK_RUN_DATA: ((void (*)(void))data)(); break;
    case MUSTER_BREAK_STACK: (void)recurse(STACK_SIZE / 256); break;
    }
    log_error("rule %lu of the hypervisor's memory protection is not kept", which);
}

bool hypercall(struct vcpu *v, u32 id, struct guest_regs *regs) {
    switch (id) {
    case MUSTER_CALL_UID:
        regs->x[0] = MUSTER_UID_0;
        regs->x[1] = MUSTER_UID_1;
        regs->x[2] = MUSTER_UID_2;
        regs->x[3] = MUSTER_UID_3;
        return true;
    case MUSTER_CALL_REVISION:
        regs->x[0] = MUSTER_REVISION_MAJOR;
        regs->x[1] = MUSTER_REVISION_MINOR;
        return true;
    case MUSTER_CALL_COUNTER:
        regs->x[0] = regs->x[1] < v->vm->nr_vcpus &&
                             stats_get(v->vm->vcpu[regs->x[1]], regs->x[2], &regs->x[1])
                         ? 0
                         : (u64)PSCI_INVALID_PARAMETERS;
        return true;
    case MUSTER_CALL_TRACE:
        if (!trace_on) break;
        trace_guest(vcpu_trace_id(v), regs->x[1], regs->x[2], regs->x[3]);
        regs->x[0] = 0;
        return true;
    case MUSTER_CALL_BREAK_RULE:
        if (DEBUG) {
            break_rule(v, regs->x[1]);
            regs->x[0] = 0;
            return true;
        }
        break;
    }
    return false;
}
