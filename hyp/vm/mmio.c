/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of the guest's machine, by address. */
#include <muster/guest_map.h>
#include "vm/trap.h"
#include "vm/vgic.h"
#include "vm/vuart.h"

static u64 zero_read(struct vcpu *v, u32 offset, unsigned int size) {
    (void)v, (void)offset, (void)size;
    return 0;
}

static void zero_write(struct vcpu *v, u32 offset, unsigned int size, u64 value) {
    (void)v, (void)offset, (void)size, (void)value;
}

/* One row for each device, the busiest first. */
static const struct mmio_device devices[] = {
    {GUEST_GICD_BASE, GUEST_GICD_SIZE, vgic_gicd_read, vgic_gicd_write},
    {GUEST_UART_BASE, GUEST_UART_SIZE, vuart_read, vuart_write},
    /* GICv3: as many as there are vCPUs, see below. GICv2: GICV is mapped over GICC's start. */
    {GUEST_GICR_BASE, GUEST_GICR_END - GUEST_GICR_BASE, vgic_gicr_read, vgic_gicr_write},
    {GUEST_GICC_BASE, GUEST_GICC_SIZE, zero_read, zero_write},
    {GUEST_FLASH_ENV_BASE, GUEST_FLASH_ENV_SIZE, zero_read, zero_write},
    {GUEST_VIRTIO_BASE, GUEST_VIRTIO_SIZE *GUEST_VIRTIO_NR, zero_read, zero_write},
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
