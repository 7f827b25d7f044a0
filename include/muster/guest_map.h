/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine that a guest sees: addresses and interrupts, those of QEMU's virt board, so that what
 * was built for that board runs here. For C and for assembly.
 *
 *	0x04000000  environment window of the flash: zeros
 *	0x08000000  GICD
 *	0x08010000  GICC (GICv2)
 *	0x080a0000  GICR (GICv3), one pair of frames to a vCPU
 *	0x09000000  PL011
 *	0x0a000000  32 slots of virtio-mmio, all empty: zeros
 *	0x40000000  RAM
 */
#ifndef MUSTER_GUEST_MAP_H
#define MUSTER_GUEST_MAP_H

#define GUEST_FLASH_ENV_BASE 0x04000000
#define GUEST_FLASH_ENV_SIZE 0x00040000

#define GUEST_GICD_BASE   0x08000000
#define GUEST_GICD_SIZE   0x00010000
#define GUEST_GICC_BASE   0x08010000
#define GUEST_GICC_SIZE   0x00010000
#define GUEST_GICR_BASE   0x080a0000
#define GUEST_GICR_STRIDE 0x00020000 /* RD_base and SGI_base, 64 KiB each */
#define GUEST_GICR_END    0x09000000

#define GUEST_UART_BASE 0x09000000
#define GUEST_UART_SIZE 0x00001000

#define GUEST_VIRTIO_BASE 0x0a000000
#define GUEST_VIRTIO_SIZE 0x00000200 /* each */
#define GUEST_VIRTIO_NR   32

#define GUEST_RAM_BASE 0x40000000

/* INTIDs */
#define GUEST_TIMER_HYP_INTID         26
#define GUEST_TIMER_VIRT_INTID        27
#define GUEST_TIMER_PHYS_SECURE_INTID 29
#define GUEST_TIMER_PHYS_INTID        30
#define GUEST_UART_INTID              33

/* The clock that the PL011's divisors are said to divide. */
#define GUEST_UART_CLOCK_HZ 24000000

#endif
