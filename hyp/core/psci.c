/* SPDX-License-Identifier: Apache-2.0 */
#include "core/psci.h"
#include "lib/atomic.h"

enum psci_result psci_claim(struct psci_cpu *target) {
    u32 seen = PSCI_STATE_OFF;

    if (__atomic_compare_exchange_n(&target->state, &seen, (u32)PSCI_STATE_CLAIMED, false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return PSCI_SUCCESS;
    return seen == PSCI_STATE_ON ? PSCI_ALREADY_ON : PSCI_ON_PENDING;
}

void psci_publish(struct psci_cpu *target, u64 entry, u64 context) {
    target->entry = entry;
    target->context = context;
    store_release(&target->state, (u32)PSCI_STATE_ON_PENDING);
}

bool psci_enter(struct psci_cpu *self) {
    return compare_swap(&self->state, (u32)PSCI_STATE_ON_PENDING, (u32)PSCI_STATE_ON);
}

void psci_stop(struct psci_cpu *self) { store_release(&self->state, (u32)PSCI_STATE_OFF); }

enum psci_affinity psci_affinity(const struct psci_cpu *cpu) {
    u32 state = load_acquire(&cpu->state);

    return state == PSCI_STATE_OFF  ? PSCI_AFFINITY_OFF
           : state == PSCI_STATE_ON ? PSCI_AFFINITY_ON
                                    : PSCI_AFFINITY_ON_PENDING;
}
