/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formatted output. Understood: %d %u %x %p %s %c %% with the length modifiers l, ll and z,
 * the flags - 0 # and a field width or precision given as a number or as *.
 */
#pragma once

#include <stdarg.h>
#include "lib/types.h"

#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* Takes n more characters, n > 0. */
typedef void (*print_sink)(void *ctx, const char *text, size_t n);

void print_v(print_sink sink, void *ctx, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

/*
 * Like snprintf: at most size bytes are written, always ended by a 0 where size > 0.
 * Returns the length that the whole text has.
 */
size_t print_s(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);
size_t print_vs(char *buf, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

/*
 * Number n of names that follow each other, "first\0second"; there are more than n. A table of
 * pointers would cost 8 bytes for each, one of equal rooms the longest one's.
 */
const char *nth_name(const char *names, u64 n);
