/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of the guest's machine, by address. */
#include "vm/vgic.h"
#include "vm/vuart.h"

static u32 zero(struct vcpu *v, const struct mmio_word *m) { return 0; }

/* One row for each device, the busiest first. */
static const struct mmio_device devices[] = {
    {GUEST_GICD_BASE, GUEST_GICD_SIZE, vgic_gicd},
    {GUEST_UART_BASE, GUEST_UART_SIZE, vuart_access},
    /* GICv3: as many as there are vCPUs, see below. GICv2: GICV is mapped over GICC's start. */
    {GUEST_GICR_BASE, GUEST_GICR_END - GUEST_GICR_BASE, vgic_gicr},
    {GUEST_GICC_BASE, GUEST_GICC_SIZE, vgic_gicc},
    {GUEST_FLASH_ENV_BASE, GUEST_FLASH_ENV_SIZE, zero},
    {GUEST_VIRTIO_BASE, GUEST_VIRTIO_SIZE *GUEST_VIRTIO_NR, zero},
};

/* Rows that not every machine has in full. */
static bool exists(const struct vcpu *v, const struct mmio_device *d, u64 offset) {
    if (d->base == GUEST_GICR_BASE) return gic.v3 && offset / GUEST_GICR_STRIDE < v->vm->nr_vcpus;
    return d->base != GUEST_GICC_BASE || !gic.v3;
}

const struct mmio_device *mmio_find(const struct vcpu *v, u64 address) {
    /* The distributor is in every machine, and asked most often. */
    if (likely(address - devices[0].base < devices[0].size)) return devices;
    for (const struct mmio_device *d = devices + 1; d < devices + ARRAY_SIZE(devices); d++)
        if (address - d->base < d->size) return exists(v, d, address - d->base) ? d : NULL;
    return NULL;
}
