/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/console.h"
#include "arch/spinlock.h"
#include "arch/sysreg.h"
#include "drivers/gic.h"
#include "drivers/pl011.h"
#include "lib/log.h"
#include "mm/mm.h"

#define EARLY_LOG 4096

static struct {
    struct spinlock lock;
    bool no_lock;
    volatile u8 *regs;
    u32 intid;
    u64 start_ticks;
    bool mid_line; /* a guest's line is unfinished: ours starts on a new one */
    unsigned int early_used;
    char early[EARLY_LOG];
    void (*receive)(u8 c);
} con;

static void lock(void) {
    if (!con.no_lock) spin_lock(&con.lock);
}

static void unlock(void) {
    if (!con.no_lock) spin_unlock(&con.lock);
}

static void put(void *ctx, char c) {
    (void)ctx;
    if (!con.regs) {
        if (con.early_used < EARLY_LOG) con.early[con.early_used++] = c;
        return;
    }
    if (c == '\n') pl011_putc(con.regs, '\r');
    pl011_putc(con.regs, c);
}

static void put_f(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void put_f(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    print_v(put, NULL, fmt, ap);
    va_end(ap);
}

u64 ticks_to_us(u64 ticks) {
    u64 hz = counter_hz();

    /* Split, so that the product cannot wrap before the counter runs for 500 years. */
    return hz ? ticks / hz * 1000000 + ticks % hz * 1000000 / hz : 0;
}

void console_start(u64 entry_ticks) {
    con.start_ticks = entry_ticks;
    /* A build for boards that do not get as far as the device tree: a PL011 by its address. */
    if (EARLYCON) con.regs = mm_map_device((struct range){EARLYCON, PAGE_SIZE}, "EARLYCON");
}

u64 console_start_ticks(void) { return con.start_ticks; }

static void log_line(const char *level, const char *fmt, va_list ap) {
    u64 us = ticks_to_us(counter() - con.start_ticks);

    lock();
    if (con.mid_line) put(NULL, '\n');
    con.mid_line = false;
    put_f("[%5lu.%06lu] muster: %s", us / 1000000, us % 1000000, level);
    print_v(put, NULL, fmt, ap);
    put(NULL, '\n');
    unlock();
}

#define LOG_FUNCTION(name, level)     \
    void name(const char *fmt, ...) { \
        va_list ap;                   \
                                      \
        va_start(ap, fmt);            \
        log_line(level, fmt, ap);     \
        va_end(ap);                   \
    }

LOG_FUNCTION(log_error, "error: ")
LOG_FUNCTION(log_warn, "warning: ")
LOG_FUNCTION(log_info, "")

void console_init(const struct machine_console *c, bool mapped) {
    volatile u8 *regs;

    if (c->kind != UART_PL011) return;
    regs = mapped ? mm_map_device(c->regs, c->node) : (volatile u8 *)c->regs.base;
    if (!regs) return;
    con.regs = regs;
    con.intid = c->intid;
    pl011_enable_rx(con.regs, c->sbsa);
    for (unsigned int i = 0; i < con.early_used; i++) put(NULL, con.early[i]);
}

void console_receive(void (*receive)(u8 c)) {
    con.receive = receive;
    if (con.intid)
        gic.ops->spi_enable(con.intid);
    else
        log_warn("the console has no interrupt: nothing that is typed will arrive");
}

bool console_irq(u32 intid) {
    int c;

    if (!con.intid || intid != con.intid) return false;
    while ((c = pl011_getc(con.regs)) >= 0) con.receive((u8)c);
    return true;
}

void console_guest_putc(u8 c) {
    if (!con.regs) return;
    lock();
    pl011_putc(con.regs, (char)c);
    con.mid_line = c != '\n';
    unlock();
}

void console_panic_mode(void) { con.no_lock = true; }

void console_print(const char *fmt, ...) {
    va_list ap;

    va_start(ap, fmt);
    lock();
    print_v(put, NULL, fmt, ap);
    unlock();
    va_end(ap);
}
