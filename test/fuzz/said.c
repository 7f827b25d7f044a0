/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the code under test says goes through the hypervisor's own formatter, which reads every
 * argument to its end.
 */
#include "fuzz/fuzz.h"
#include "lib/log.h"

#define SAID_BY(name)                                \
    bool name(const char *fmt, ...) {                \
        char line[64];                               \
        va_list ap;                                  \
                                                     \
        va_start(ap, fmt);                           \
        must(print_vs(line, sizeof(line), fmt, ap)); \
        va_end(ap);                                  \
        return false;                                \
    }
SAID_BY(log_error)
SAID_BY(log_warn)
SAID_BY(log_info)
