/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/console.h"
#include "arch/spinlock.h"
#include "drivers/gic.h"
#include "drivers/uart.h"
#include "lib/log.h"
#include "mm/mm.h"

#define EARLY_LOG 4096

static struct {
    struct spinlock lock;
    const struct percpu *holder; /* prints without the lock, which was taken for it; or ALL do */
    bool ready;                  /* there is a UART */
    u32 intid;
    u64 start_ticks;
    struct console_guest *guests; /* in the order of their numbers, 1 and up */
    struct console_guest
        *focus;         /* whose characters are shown at once, and who gets what is typed */
    bool mid_line;      /* the focused guest's line is on the screen, unfinished, */
    u64 mid_line_ticks; /* and was added to at this time */
    bool escape;        /* CONSOLE_ESCAPE was typed */
    unsigned int early_used;
    char early[EARLY_LOG];
    void (*receive)(struct console_guest *g, u8 c);
    void (*key)(u8 c);
} con;

static void put(void *ctx, const char *text, size_t n) {
    if (con.ready)
        uart_write(text, n);
    else
        for (; n && con.early_used < EARLY_LOG; n--) con.early[con.early_used++] = *text++;
}

static void end_line(void) { put(NULL, "\n", 1); }

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
    if (EARLYCON) {
        static const struct machine_console early = {.kind = UART_SBSA,
                                                     .width = 4,
                                                     .regs = {EARLYCON, PAGE_SIZE},
                                                     .node = "EARLYCON"};

        console_init(&early, true);
    }
}

u64 console_start_ticks(void) { return con.start_ticks; }

#define ALL ((const struct percpu *)con.early)

static inline __attribute__((always_inline)) bool needs_lock(void) {
    return likely(!con.holder) || (con.holder != ALL && con.holder != this_cpu());
}

static inline __attribute__((always_inline)) void lock(void) {
    if (needs_lock()) spin_lock(&con.lock);
}

static inline __attribute__((always_inline)) void unlock(void) {
    if (needs_lock()) spin_unlock(&con.lock);
}

/* A core that panics meanwhile takes it for all, and from all: neither swap changes that. */
void console_give(const struct percpu *to) {
    lock();
    (void)compare_swap(&con.holder, NULL, to);
}

void console_take(const struct percpu *from) { (void)compare_swap(&con.holder, from, this_cpu()); }

void console_give_back(void) {
    if (compare_swap(&con.holder, this_cpu(), NULL)) spin_unlock(&con.lock);
}

/* With several guests each line says whose it is. */
static void put_prefix(const struct console_guest *g) {
    if (con.guests->next) put_f("%s| ", g->name);
}

static void begin_line(void) {
    if (con.mid_line) end_line();
    con.mid_line = false;
}

/* What a guest has of a line. */
static void put_line(struct console_guest *g) {
    begin_line();
    put_prefix(g);
    uart_write(g->line, g->length);
}

/* Another line came in between: the focused guest's unfinished one stands last again. */
static void resume_line(void) {
    if (!con.focus || !con.focus->length || con.mid_line) return;
    put_line(con.focus);
    con.mid_line = true;
}

/*
 * Another guest has a line to show while the focused one is writing its own: that one is let
 * finish, as long as it writes on, and not for ever.
 */
static void let_finish(void) {
    u64 patience = counter_hz() / 100, pause = counter_hz() / 2000, start = counter();

    while (con.mid_line && counter() - con.mid_line_ticks < pause && counter() - start < patience) {
        unlock();
        asm volatile("yield");
        lock();
    }
}

/* With a level: a line of the log. Without: the text as it is. */
static void print(const char *level, const char *fmt, va_list ap) {
    u64 us;

    lock();
    if (level) {
        us = ticks_to_us(counter() - con.start_ticks);
        begin_line();
        put_f("[%5lu.%06lu] muster: %s", us / 1000000, us % 1000000, level);
    }
    print_v(put, NULL, fmt, ap);
    if (level) {
        end_line();
        resume_line();
    }
    unlock();
}

#define PRINT_FUNCTION(name, level)   \
    bool name(const char *fmt, ...) { \
        va_list ap;                   \
                                      \
        va_start(ap, fmt);            \
        print(level, fmt, ap);        \
        va_end(ap);                   \
        return false;                 \
    }

PRINT_FUNCTION(log_error, "error: ")
PRINT_FUNCTION(log_warn, "warning: ")
PRINT_FUNCTION(log_info, "")
PRINT_FUNCTION(console_print, NULL)

void console_init(const struct machine_console *c, bool mapped) {
    volatile u8 *regs;

    if (!c->node) return;
    regs = mapped ? mm_map_device(c->regs, c->node) : (volatile u8 *)c->regs.base;
    if (!regs) return;
    uart_init(c, regs);
    con.ready = true;
    con.intid = c->intid;
    put(NULL, con.early, con.early_used);
}

void console_receive(void (*receive)(struct console_guest *g, u8 c), void (*key)(u8 c)) {
    con.receive = receive;
    con.key = key;
    if (con.intid)
        gic_spi_enable(con.intid);
    else
        log_warn("the console has no interrupt: nothing that is typed will arrive");
}

void console_add_guest(struct console_guest *g, const char *name) {
    struct console_guest **end = &con.guests;

    while (*end) end = &(*end)->next;
    g->name = name;
    *end = g;
    if (!con.focus) con.focus = g;
}

static void set_focus(struct console_guest *g) {
    lock();
    begin_line();
    con.focus = g;
    unlock();
    log_info("console: input goes to %s", g->name);
}

/* What is typed is for the focused guest, unless it follows an escape. */
static void typed(u8 c) {
    struct console_guest *g = con.guests;

    if (con.escape) {
        con.escape = false;
        for (u8 n = '1'; g && n < c; n++) g = g->next;
        if (g && c >= '1' && c <= '9')
            set_focus(g);
        else if (c != CONSOLE_ESCAPE)
            con.key(c);
        if (c != CONSOLE_ESCAPE) return;
    } else if (c == CONSOLE_ESCAPE) {
        con.escape = true;
        return;
    }
    if (con.focus) con.receive(con.focus, c);
}

bool console_irq(u32 intid) {
    if (!con.intid || intid != con.intid) return false;
    for (int c; (c = uart_getc()) >= 0;) typed((u8)c);
    return true;
}

void console_guest_putc(struct console_guest *g, u8 c) {
    bool ends = c == '\n' || g->length == sizeof(g->line);

    if (!con.ready) return;
    /* Its own until it is shown: guests that write at once wait for each other once a line. */
    if (g != con.focus && !ends) {
        g->line[g->length++] = (char)c;
        return;
    }
    lock();
    /* Most characters: in the middle of the line that is on the screen. */
    if (likely(g == con.focus && con.mid_line && !ends)) {
        uart_putc((char)c);
        con.mid_line_ticks = counter();
        g->line[g->length++] = (char)c;
        unlock();
        return;
    }
    if (g == con.focus) {
        if (!con.mid_line) put_line(g);
        uart_putc((char)c);
        con.mid_line = c != '\n';
        con.mid_line_ticks = counter();
    } else {
        let_finish();
        put_line(g);
        end_line();
    }
    if (ends) g->length = 0;
    if (c != '\n') g->line[g->length++] = (char)c;
    resume_line();
    unlock();
}

void console_guest_gone(struct console_guest *g) {
    struct console_guest *next = con.guests;

    g->gone = true;
    while (next && next->gone) next = next->next;
    if (g->length) console_guest_putc(g, '\n');
    if (g == con.focus && next) set_focus(next);
}

void console_panic_mode(void) { con.holder = ALL; }
