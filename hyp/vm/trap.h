/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that brings a core from a guest to EL2. Called by vectors.S. */
#pragma once

#include <muster/guest_map.h>
#include "vm/vm.h"

void trap_hvc(struct guest_regs *regs, u64 esr);
void trap_sync(struct guest_regs *regs, u64 esr);
void trap_serror(struct guest_regs *regs);

/* While the trace is on, before trap_sync() and trap_irq() of a guest. */
void trap_trace_sync(const struct guest_regs *regs, u64 esr);
void trap_trace_irq(void);

/* Takes one physical interrupt, or none; also polled where the core idles in EL2. */
void trap_irq(void);

/* Raises an exception at the guest's EL1, as the architecture would (vm/inject.c). */
void inject_sync(u64 esr);
void inject_undefined(struct vcpu *v);
void inject_abort(struct vcpu *v, u64 esr_el2);
void inject_serror(struct vcpu *v);

/*
 * A guest reads, or writes those of its bytes in mask, the aligned word at an offset into an
 * emulated device. Returns what the word reads as.
 */
typedef u32 mmio_access(struct vcpu *v, u32 at, bool write, u32 value, u32 mask);

/* An emulated device of the guest's machine (vm/mmio.c). */
struct mmio_device {
    u32 base, size;
    mmio_access *access;
};

/* One device in each 16 MiB, but for the GIC's frames other than GICD. */
#define MMIO_PLACE(address) ((address) >> 24)
#define MMIO_NR_PLACES      (MMIO_PLACE(GUEST_VIRTIO_BASE) + 1)
extern const struct mmio_device mmio_devices[MMIO_NR_PLACES];

/* That one, at a guest-physical address; NULL: it is not there. */
static inline const struct mmio_device *mmio_at(u64 address) {
    const struct mmio_device *d = &mmio_devices[MMIO_PLACE(address)];

    return likely(MMIO_PLACE(address) < MMIO_NR_PLACES && address - d->base < d->size) ? d : NULL;
}

/* The device of v's machine at a guest-physical address; NULL: there is nothing. */
const struct mmio_device *mmio_find(const struct vcpu *v, u64 address);
