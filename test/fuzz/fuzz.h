/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For harnesses: one of them is a file that defines LLVMFuzzerTestOneInput() (LLVM, "libFuzzer - a
 * library for coverage-guided fuzz testing"). It is linked to libFuzzer by make fuzz, and to
 * replay.c by make test. A finding is a sanitizer's report or a must() that does not hold.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/types.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
size_t LLVMFuzzerMutate(u8 *data, size_t size, size_t max_size);

#define must(condition) ((condition) ? (void)0 : must_fail(#condition, __FILE__, __LINE__))

static inline _Noreturn void must_fail(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

/* A copy that is exactly as long as it says, so that ASan sees each byte read beyond its end. */
static inline void *exact_copy(const void *data, size_t used, size_t size) {
    void *copy = calloc(1, size ? size : 1);

    if (used) memcpy(copy, data, used < size ? used : size);
    return copy;
}

/* Reads all the bytes, or all up to a string's end. */
static inline void use_bytes(const void *data, size_t size) {
    for (const volatile char *p = data; size > 0; size--) (void)*p++;
}

static inline void use_string(const char *s) {
    for (const volatile char *p = s; p && *p; p++) continue;
}
