/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance.h"
#include "string.h"
#include "tap.h"

#define SUBJECT_SIZE   64
#define CONDITION_SIZE 120
#define VALUE_SIZE     40

static char name[SUBJECT_SIZE];
static const char *section;

static void format(char *buffer, size_t size, const char *text, ...) PRINTF_LIKE(3, 4);

static void format(char *buffer, size_t size, const char *text, ...) {
    va_list arguments;

    va_start(arguments, text);
    vformat(buffer, size, text, arguments);
    va_end(arguments);
}

void subject(const char *new_name, const char *new_section) {
    format(name, sizeof(name), "%s", new_name);
    section = new_section;
}

void subject_call(const char *new_name, const char *new_section) {
    format(name, sizeof(name), "%s (%s%u)", new_name, conduit_name(via.conduit),
           via.wide ? 64U : 32U);
    section = new_section;
}

static bool row(bool passed, const char *expected, const char *observed, const char *condition,
                va_list arguments) {
    char text[CONDITION_SIZE];

    vformat(text, sizeof(text), condition, arguments);
    return tap_ok(passed, "%s: %s -> %s # %s; observed %s", name, text, expected, section,
                  observed);
}

bool row_is(u64 observed, u64 expected, const char *condition, ...) {
    char wanted[VALUE_SIZE], got[VALUE_SIZE];
    va_list arguments;

    format(wanted, sizeof(wanted), "0x%lx", expected);
    format(got, sizeof(got), "0x%lx", observed);
    va_start(arguments, condition);
    (void)row(observed == expected, wanted, got, condition, arguments);
    va_end(arguments);
    return observed == expected;
}

static void format_code(char *buffer, s64 code) {
    if (code == (s32)code && code <= 0 && code >= PSCI_INVALID_ADDRESS)
        format(buffer, VALUE_SIZE, "%s (%d)", psci_result_name((s32)code), (s32)code);
    else
        format(buffer, VALUE_SIZE, "0x%lx", (u64)code);
}

bool row_code(s64 observed, s64 expected, const char *condition, ...) {
    char wanted[VALUE_SIZE], got[VALUE_SIZE];
    va_list arguments;

    format_code(wanted, expected);
    format_code(got, observed);
    va_start(arguments, condition);
    (void)row(observed == expected, wanted, got, condition, arguments);
    va_end(arguments);
    return observed == expected;
}

bool row_true(bool passed, const char *expected, u64 observed, const char *condition, ...) {
    char got[VALUE_SIZE];
    va_list arguments;

    format(got, sizeof(got), "0x%lx", observed);
    va_start(arguments, condition);
    (void)row(passed, expected, got, condition, arguments);
    va_end(arguments);
    return passed;
}

void row_skip(const char *why, const char *condition, ...) {
    char text[CONDITION_SIZE];
    va_list arguments;

    va_start(arguments, condition);
    vformat(text, sizeof(text), condition, arguments);
    va_end(arguments);
    tap_skip(why, "%s: %s", name, text);
}
