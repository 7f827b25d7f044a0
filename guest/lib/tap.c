/* SPDX-License-Identifier: Apache-2.0 */
#include "tap.h"
#include "platform.h"
#include "smp.h"
#include "timer.h"

#define TEXT_SIZE 320

static u32 nr_passed, nr_failed, nr_skipped;

void tap_start(void) { printf("TAP version 13\n"); }

static u32 next_number(void) { return nr_passed + nr_failed + nr_skipped; }

bool tap_ok(bool passed, const char *format, ...) {
    char text[TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vformat(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (passed)
        nr_passed++;
    else
        nr_failed++;
    printf("%s %u - %s\n", passed ? "ok" : "not ok", next_number(), text);
    return passed;
}

void tap_skip(const char *reason, const char *format, ...) {
    char text[TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vformat(text, sizeof(text), format, arguments);
    va_end(arguments);
    nr_skipped++;
    printf("ok %u - %s # SKIP %s\n", next_number(), text, reason);
}

void tap_end(const char *summary) {
    printf("1..%u\n", next_number());
    printf("# %s: %u passed, %u failed, %u skipped; %u of %u CPUs online, GICv%u, %lu us\n",
           summary, nr_passed, nr_failed, nr_skipped, smp_nr_online(), platform.nr_cpus,
           platform.gic_version, timer_now_us());
}
