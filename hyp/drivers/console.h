/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one console: our log lines, each with the time since start, and what guests write. Until the
 * UART is known the log is kept in memory; it comes out when console_init() has found one.
 */
#pragma once

#include "arch/percpu.h"
#include "core/machine.h"
#include "lib/print.h"

/* Counter at entry: log lines count from there. */
void console_start(u64 entry_ticks);
u64 console_start_ticks(void);

/* mapped: the MMU is on, and the UART's page has to be mapped. */
void console_init(const struct machine_console *c, bool mapped);

/*
 * What a guest has of the console. With several guests each line begins with the guest's name; the
 * focused one's characters are shown as they come, the others' lines when they are complete.
 */
struct console_guest {
    const char *name;
    struct console_guest *next;
    bool gone;
    unsigned int length; /* of its unfinished line */
    char line[160];
};

/*
 * Ctrl-]. Typed before a digit: the guest with that number, from 1, has the focus; before itself:
 * it is typed; before anything else: that is a key for the hypervisor.
 */
#define CONSOLE_ESCAPE 0x1d

void console_add_guest(struct console_guest *g, const char *name);
void console_guest_putc(struct console_guest *g, u8 c);

/* It writes no more; another one gets the focus. */
void console_guest_gone(struct console_guest *g);

/* From now on what is typed calls receive() or key(), on the core that handles the interrupt. */
void console_receive(void (*receive)(struct console_guest *g, u8 c), void (*key)(u8 c));
bool console_irq(u32 intid);

/*
 * From now on the console is that core's alone; all others wait, the caller too, until that core
 * gives it back.
 */
void console_give(const struct percpu *to);
void console_give_back(void);
void console_take(const struct percpu *from); /* who was given it, and will never print */

/* Raw text without time stamp; for panic, which must not wait for a lock. */
bool console_print(const char *fmt, ...) PRINTF_LIKE(1, 2);
void console_panic_mode(void);

/* Ticks of the counter as microseconds. */
u64 ticks_to_us(u64 ticks);
