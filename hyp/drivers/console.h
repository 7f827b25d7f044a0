/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one console: our log lines, each with the time since start, and what guests write. Until the
 * UART is known the log is kept in memory; it comes out when console_init() has found one.
 */
#pragma once

#include "core/machine.h"
#include "lib/print.h"

/* Counter at entry: log lines count from there. */
void console_start(u64 entry_ticks);
u64 console_start_ticks(void);

/* mapped: the MMU is on, and the UART's page has to be mapped. */
void console_init(const struct machine_console *c, bool mapped);

/* From now on characters that arrive call receive(), on the core that handles the interrupt. */
void console_receive(void (*receive)(u8 c));
bool console_irq(u32 intid);

/* A guest's output, as it is. */
void console_guest_putc(u8 c);

/* Raw text without time stamp; for panic, which must not wait for a lock. */
bool console_print(const char *fmt, ...) PRINTF_LIKE(1, 2);
void console_panic_mode(void);

/* Ticks of the counter as microseconds. */
u64 ticks_to_us(u64 ticks);
