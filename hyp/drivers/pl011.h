/* SPDX-License-Identifier: Apache-2.0 */
/* PrimeCell UART PL011 (Arm DDI 0183), chapter 3: the machine's console, and what a guest sees. */
#ifndef DRIVERS_PL011_H
#define DRIVERS_PL011_H

#include "core/pl011_regs.h"
#include "lib/types.h"

/* Uses the line as firmware left it: baud rate and format are never touched. */
void pl011_putc(volatile u8 *regs, char c);
/* -1: nothing was received. */
int pl011_getc(volatile u8 *regs);
void pl011_enable_rx(volatile u8 *regs, bool sbsa);

#endif
