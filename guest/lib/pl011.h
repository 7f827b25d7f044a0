/* SPDX-License-Identifier: Apache-2.0 */
/* PrimeCell UART PL011 (Arm DDI 0183). */
#pragma once

#include "types.h"

#define PL011_DR   0x000
#define PL011_FR   0x018
#define PL011_LCRH 0x02c
#define PL011_CR   0x030
#define PL011_IFLS 0x034
#define PL011_IMSC 0x038
#define PL011_RIS  0x03c
#define PL011_MIS  0x040
#define PL011_ICR  0x044

#define PL011_FR_TXFF (1U << 5)
#define PL011_FR_BUSY (1U << 3)
#define PL011_INT_RX  (1U << 4)
#define PL011_INT_TX  (1U << 5)
#define PL011_INT_RT  (1U << 6)
#define PL011_INT_ALL 0x7ffU

u32 pl011_read(u32 offset);
void pl011_write(u32 offset, u32 value);
/* Enables the UART, FIFOs on, all its interrupts masked; leaves the baud rate alone. */
void pl011_init(void);
void pl011_putc(char c);
/* Waits until the last character has left. */
void pl011_flush(void);
