/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of the guest's machine, by address. */
#include "vm/vgic.h"
#include "vm/vuart.h"

static u32 zero(struct vcpu *v, u32 at, bool write, u32 value, u32 mask) { return 0; }

#define ROW(name, access) [MMIO_PLACE(name##_BASE)] = {name##_BASE, name##_SIZE, access}

const struct mmio_device mmio_devices[MMIO_NR_PLACES] = {
    ROW(GUEST_FLASH_ENV, zero),
    ROW(GUEST_GICD, vgic_gicd),
    ROW(GUEST_UART, vuart_access),
    [MMIO_PLACE(GUEST_VIRTIO_BASE)] = {GUEST_VIRTIO_BASE, GUEST_VIRTIO_SIZE *GUEST_VIRTIO_NR, zero},
};

/* GICv2: GICV is mapped over GICC's start. GICv3: two frames for each vCPU. */
static const struct mmio_device gicc = {GUEST_GICC_BASE, GUEST_GICC_SIZE, vgic_gicc};
static const struct mmio_device gicr = {GUEST_GICR_BASE, GUEST_GICR_STRIDE, vgic_gicr};

const struct mmio_device *mmio_find(const struct vcpu *v, u64 address) {
    const struct mmio_device *d = mmio_at(address);
    u64 size;

    if (d) return d;
    d = gic.v3 ? &gicr : &gicc;
    size = gic.v3 ? (u64)gicr.size * v->vm->nr_vcpus : gicc.size;
    return address - d->base < size ? d : NULL;
}
