/* SPDX-License-Identifier: Apache-2.0 */
/* The UART's transmit interrupt. (Receiving needs someone who types: see the other tests.) */
#include "demo.h"
#include "pl011.h"
#include "printf.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

static u32 interrupts, not_cleared, wrong_status;

static void handle_uart(u32 intid, u32 source, const struct regs *regs) {
    (void)intid;
    (void)source;
    (void)regs;
    if (!(pl011_read(PL011_MIS) & PL011_INT_TX)) wrong_status++;
    pl011_write(PL011_ICR, PL011_INT_TX);
    if (pl011_read(PL011_MIS) & PL011_INT_TX) not_cleared++;
    pl011_write(PL011_IMSC, 0);
    atomic_add(&interrupts, 1U);
}

void demo_uart(void) {
    bool came;

    if (!platform.uart_intid) {
        tap_skip("no interrupt in the tree", "UART transmit interrupt");
        return;
    }
    irq_set_handler(platform.uart_intid, handle_uart);
    pl011_write(PL011_ICR, PL011_INT_ALL);
    gic_enable(platform.uart_intid);
    pl011_write(PL011_IMSC, PL011_INT_TX);
    /* More than the FIFO holds, so that its level passes the trigger on the way down. */
    printf("# this line is long enough to raise the transmit interrupt of the UART\n");
    came = wait_until(load_acquire(&interrupts), smp_patience_us());
    gic_disable(platform.uart_intid);
    pl011_write(PL011_IMSC, 0);
    pl011_write(PL011_ICR, PL011_INT_ALL);
    tap_ok(came && !not_cleared && !wrong_status,
           "UART transmit interrupt (INTID %u): raised, TXMIS set, cleared by ICR",
           platform.uart_intid);
    if (not_cleared || wrong_status)
        say("%u times still set after ICR, %u times without TXMIS", not_cleared, wrong_status);
}
