/* SPDX-License-Identifier: Apache-2.0 */
#include "pl011.h"
#include "cpu.h"
#include "platform.h"

#define LCRH_8N1_FIFO (3U << 5 | 1U << 4)
#define CR_ENABLE     (1U << 0 | 1U << 8 | 1U << 9)
/* A transmitter that never drains must not hang the guest. */
#define PATIENCE 1000000U

u32 pl011_read(u32 offset) { return mmio_read32(platform.uart + offset); }

void pl011_write(u32 offset, u32 value) { mmio_write32(platform.uart + offset, value); }

void pl011_init(void) {
    pl011_write(PL011_IMSC, 0);
    pl011_write(PL011_ICR, PL011_INT_ALL);
    if (platform.xen) return;
    pl011_write(PL011_LCRH, LCRH_8N1_FIFO);
    pl011_write(PL011_CR, CR_ENABLE);
}

void pl011_putc(char c) {
    for (u32 i = 0; i < PATIENCE && (pl011_read(PL011_FR) & PL011_FR_TXFF); i++) cpu_relax();
    pl011_write(PL011_DR, (u8)c);
}

void pl011_flush(void) {
    for (u32 i = 0; i < PATIENCE && (pl011_read(PL011_FR) & PL011_FR_BUSY); i++) cpu_relax();
}
