/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DRIVERS_PANIC_H
#define DRIVERS_PANIC_H

#include "lib/print.h"

/* An invariant does not hold: says which, with a backtrace, and stops. No guest can cause one. */
_Noreturn void panic(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
