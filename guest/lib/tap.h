/* SPDX-License-Identifier: Apache-2.0 */
/* Test Anything Protocol, version 13; the plan comes at the end. */
#pragma once

#include "printf.h"
#include "types.h"

void tap_start(void);
/* Prints "ok n - ..." or "not ok n - ..." and hands `passed` back. */
bool tap_ok(bool passed, const char *format, ...) PRINTF_LIKE(2, 3);
void tap_skip(const char *reason, const char *format, ...) PRINTF_LIKE(2, 3);
/* The plan and one line that sums up. */
void tap_end(const char *summary);
