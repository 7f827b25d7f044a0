/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's UART, as firmware left it: baud rate and format are never touched. */
#pragma once

#include "core/machine.h"

/* regs: where the UART's registers are mapped. */
void uart_init(const struct machine_console *c, volatile u8 *regs);

void uart_putc(char c);

/* n characters; \n is sent as \r\n. */
void uart_write(const char *text, size_t n);

/* The next character that arrived; -1: none. */
int uart_getc(void);
