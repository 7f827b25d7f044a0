/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdarg.h>
#include "types.h"

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* %s %c %d %u %x with l, width, '-' and '0'; each call comes out whole, whoever else prints. */
void printf(const char *format, ...) PRINTF_LIKE(1, 2);
/* A line with time stamp and CPU: "[    1234 us] CPU2: ...". */
void say(const char *format, ...) PRINTF_LIKE(1, 2);
/* Into a buffer of `size` bytes; always ends it with NUL. */
void vformat(char *buffer, size_t size, const char *format, va_list arguments) PRINTF_LIKE(3, 0);
