/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pl011.h"
#include "core/pl011_regs.h"
#include "lib/string.h"

void pl011_reset(struct pl011 *p) {
    memset(p, 0, sizeof(*p));
    p->cr = PL011_CR_TXE | PL011_CR_RXE; /* "UARTCR": reset value 0x300 */
    p->ifls = 0x12;
}

static unsigned int fifo_size(const struct pl011 *p) {
    return p->lcrh & PL011_LCRH_FEN ? PL011_FIFO : 1;
}

/* Characters at which the receive interrupt rises: UARTIFLS 5:3 in eighths of the FIFO. */
static unsigned int trigger(const struct pl011 *p) {
    static const u8 levels[8] = {2, 4, 8, 12, 14, 14, 14, 14};

    return fifo_size(p) == 1 ? 1 : levels[(p->ifls >> 3) & 7];
}

/*
 * The receive interrupts follow the FIFO. A real timeout waits 32 bit periods of silence; ours has
 * always passed, because whoever typed is slower than that.
 */
static void update_rx(struct pl011 *p) {
    p->ris &= ~(PL011_INT_RX | PL011_INT_RT);
    if (p->count >= trigger(p)) p->ris |= PL011_INT_RX;
    if (p->count) p->ris |= PL011_INT_RT;
}

static u32 read_data(struct pl011 *p) {
    u32 c = 0;

    if (p->count) {
        c = p->fifo[p->head];
        p->head = (p->head + 1) % PL011_FIFO;
        p->count--;
        /* RX rises by what comes in only; the timeout begins anew with each read. */
        if (p->count < trigger(p)) p->ris &= ~PL011_INT_RX;
        p->ris = p->count ? p->ris | PL011_INT_RT : p->ris & ~PL011_INT_RT;
    }
    return c;
}

static u32 flags(const struct pl011 *p) {
    unsigned int count = p->count;

    return PL011_FR_TXFE | (count ? 0 : PL011_FR_RXFE) |
           (count >= fifo_size(p) ? PL011_FR_RXFF : 0);
}

u32 pl011_read(struct pl011 *p, u32 offset) {
    /* "UARTPeriphID0-3, UARTPCellID0-3": revision r1p1, whose FIFOs hold 16. */
    static const u8 id[8] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    if (likely(offset == PL011_FR)) return flags(p); /* polled */
    switch (offset) {
    case PL011_DR: return read_data(p);
    case PL011_ILPR: return p->ilpr;
    case PL011_IBRD: return p->ibrd;
    case PL011_FBRD: return p->fbrd;
    case PL011_LCRH: return p->lcrh;
    case PL011_CR: return p->cr;
    case PL011_IFLS: return p->ifls;
    case PL011_IMSC: return p->imsc;
    case PL011_RIS: return p->ris;
    case PL011_MIS: return p->ris & p->imsc;
    case PL011_DMACR: return p->dmacr;
    }
    return offset >= PL011_ID && offset < PL011_ID + 0x20 ? id[(offset - PL011_ID) / 4] : 0;
}

bool pl011_write(struct pl011 *p, u32 offset, u32 value, u8 *out) {
    if (likely(offset == PL011_DR)) {
        /* Sent at once: the transmit FIFO passes its trigger level with every character. */
        p->ris |= PL011_INT_TX;
        *out = (u8)value;
        return true;
    }
    switch (offset) {
    case PL011_ILPR: p->ilpr = value & 0xff; break;
    case PL011_IBRD: p->ibrd = value & 0xffff; break;
    case PL011_FBRD: p->fbrd = value & 0x3f; break;
    case PL011_LCRH:
        p->lcrh = value & 0xff;
        update_rx(p);
        break;
    case PL011_CR: p->cr = value & 0xff87; break;
    case PL011_IFLS:
        p->ifls = value & 0x3f;
        update_rx(p);
        break;
    case PL011_IMSC: p->imsc = value & PL011_INTS; break;
    case PL011_ICR: p->ris &= ~value; break;
    case PL011_DMACR: p->dmacr = value & 7; break;
    }
    return false;
}

bool pl011_receive(struct pl011 *p, u8 c) {
    if (p->count >= fifo_size(p)) return false;
    p->fifo[(p->head + p->count++) % PL011_FIFO] = c;
    update_rx(p);
    return true;
}

bool pl011_interrupt(const struct pl011 *p) { return (p->ris & p->imsc) != 0; }
