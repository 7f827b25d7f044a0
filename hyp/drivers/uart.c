/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PrimeCell UART PL011 (Arm DDI 0183, chapter 3), the SBSA's subset of it, and the family of the
 * 8250: PC16550D (National Semiconductor, "Registers"), DesignWare's, and the mini-UART of
 * Broadcom's BCM2711 ("ARM Peripherals", "Mini UART"), whose registers have the same numbers and
 * bits as far as they are used here.
 */
#include "drivers/uart.h"
#include "core/pl011_regs.h"

/* By number: their distance is the tree's. */
#define RBR       0U
#define IER       1U
#define IIR       2U
#define MCR       4U
#define LSR       5U
#define IER_ERBFI 0x01U
#define MCR_OUT2  0x08U /* lets interrupts out where a PC had it */
#define LSR_DR    0x01U
#define LSR_THRE  0x20U

static struct uart {
    volatile u8 *regs;
    bool wide; /* registers are accessed as 32 bits, else as 8 */
    u8 shift;
    u8 status, inverted, can_send, has_received; /* offset of a register, and its bits */
} uart;

static inline u32 read_at(const struct uart *u, bool wide, u32 offset) {
    volatile u8 *at = u->regs + offset;

    return wide ? *(volatile u32 *)at : *at;
}

static inline void write_at(const struct uart *u, bool wide, u32 offset, u32 value) {
    volatile u8 *at = u->regs + offset;

    if (wide)
        *(volatile u32 *)at = value;
    else
        *at = (u8)value;
}

static u32 read(u32 offset) { return read_at(&uart, uart.wide, offset); }
static void write(u32 offset, u32 value) { write_at(&uart, uart.wide, offset, value); }

void uart_init(const struct machine_console *c, volatile u8 *regs) {
    uart.regs = regs;
    uart.shift = c->shift;
    uart.wide = c->width == 4;
    if (c->kind == UART_8250) {
        uart.status = (u8)(LSR << c->shift);
        uart.inverted = 0;
        uart.can_send = LSR_THRE;
        uart.has_received = LSR_DR;
        write(MCR << c->shift, read(MCR << c->shift) | MCR_OUT2);
        write(IER << c->shift, IER_ERBFI);
        return;
    }
    uart.status = PL011_FR;
    uart.inverted = 0xff;
    uart.can_send = PL011_FR_TXFF;
    uart.has_received = PL011_FR_RXFE;
    if (c->kind == UART_PL011)
        write(PL011_CR, read(PL011_CR) | PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
    write(PL011_ICR, PL011_INTS);
    write(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
}

static inline void send(const struct uart *u, bool wide, char c) {
    /* Bounded: a line without clock must not hold the core. 115200 baud sends 16 in 1.4 ms. */
    for (unsigned int left = 10000000; left; left--)
        if (likely((read_at(u, wide, u->status) ^ u->inverted) & u->can_send)) break;
    write_at(u, wide, 0, (u8)c); /* THR or PL011_DR */
}

static inline void send_text(const struct uart *u, bool wide, const char *text, size_t n) {
    for (const char *end = text + n; text < end; text++) {
        if (unlikely(*text == '\n')) send(u, wide, '\r');
        send(u, wide, *text);
    }
}

void uart_write(const char *text, size_t n) {
    const struct uart u = uart; /* what the loop needs of it, in registers */

    if (u.wide)
        send_text(&u, true, text, n);
    else
        send_text(&u, false, text, n);
}

void uart_putc(char c) { send(&uart, uart.wide, c); }

int uart_getc(void) {
    if ((read(uart.status) ^ uart.inverted) & uart.has_received) return (u8)read(0);
    /* DesignWare's can report a time-out (IIR 0xc) with nothing there: reading RBR ends it. */
    if (uart.status != PL011_FR && (read(IIR << uart.shift) & 0xf) == 0xc) read(RBR);
    return -1;
}
