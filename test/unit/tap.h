/* SPDX-License-Identifier: Apache-2.0 */
/* Host unit tests: each assertion is a sentence, the output is TAP, main() returns tap_done(). */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned int tap_run, tap_failed;

__attribute__((format(printf, 4, 5))) static inline bool
tap_result(bool pass, const char *file, int line, const char *sentence, ...) {
    va_list ap;

    printf("%sok %u - ", pass ? "" : "not ", ++tap_run);
    va_start(ap, sentence);
    vprintf(sentence, ap);
    va_end(ap);
    printf("\n");
    if (!pass) {
        tap_failed++;
        printf("# failed at %s:%d\n", file, line);
    }
    fflush(stdout);
    return pass;
}

/* ok(condition, "sentence", ...): returns the condition, so that details can follow a failure. */
#define ok(condition, ...) tap_result((condition), __FILE__, __LINE__, __VA_ARGS__)

/* A test that cannot run here, and why. */
static inline void tap_skip(const char *sentence, const char *why) {
    printf("ok %u - %s # SKIP %s\n", ++tap_run, sentence, why);
}

/* Prints the plan. 0 when all assertions held: the exit code. */
static inline int tap_done(void) {
    printf("1..%u\n", tap_run);
    return tap_failed != 0;
}
