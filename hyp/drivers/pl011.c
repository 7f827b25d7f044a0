/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pl011.h"

static volatile u32 *reg(volatile u8 *regs, u32 offset) { return (volatile u32 *)(regs + offset); }

void pl011_putc(volatile u8 *regs, char c) {
    /* Bounded: a line without clock must not hold the core. 115200 baud sends 16 in 1.4 ms. */
    for (unsigned int i = 0; i < 10000000 && (*reg(regs, PL011_FR) & PL011_FR_TXFF); i++)
        ;
    *reg(regs, PL011_DR) = (u8)c;
}

int pl011_getc(volatile u8 *regs) {
    if (*reg(regs, PL011_FR) & PL011_FR_RXFE) return -1;
    return *reg(regs, PL011_DR) & 0xff;
}

void pl011_enable_rx(volatile u8 *regs, bool sbsa) {
    if (!sbsa) *reg(regs, PL011_CR) |= PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE;
    *reg(regs, PL011_ICR) = PL011_INTS;
    *reg(regs, PL011_IMSC) = PL011_INT_RX | PL011_INT_RT;
}
