/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How pure code speaks. The hypervisor links this to its console, a host test to a buffer, so that
 * a model can name the node or register that is wrong without knowing who listens.
 */
#pragma once

#include "lib/print.h"

/*
 * One line each; the newline is added. ERROR: something cannot work. WARN: it works without this.
 * All answer false, so that a check can end in `return log_error(...)`.
 */
bool log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
bool log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
bool log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
