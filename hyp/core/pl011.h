/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PL011 as a guest sees it (Arm DDI 0183): transmits at once, receives through a 16-byte FIFO.
 */
#pragma once

#include "lib/types.h"

#define PL011_FIFO 16

struct pl011 {
    u32 cr, imsc, ris, lcrh, ibrd, fbrd, ifls, ilpr, dmacr;
    u8 fifo[PL011_FIFO];
    unsigned int head, count;
};

void pl011_reset(struct pl011 *p);

/* offset: of the 32-bit register. What is not a register reads as zero and ignores writes. */
u32 pl011_read(struct pl011 *p, u32 offset);

/* True when a character is to be sent: *out. */
bool pl011_write(struct pl011 *p, u32 offset, u32 value, u8 *out);

/* A character came in. False: the FIFO is full and the character is lost. */
bool pl011_receive(struct pl011 *p, u8 c);

/* Level of UARTINTR. */
bool pl011_interrupt(const struct pl011 *p);
