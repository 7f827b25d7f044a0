/* SPDX-License-Identifier: Apache-2.0 */
#include "string.h"

void *memset(void *to, int value, size_t size) {
    u8 *bytes = to;

    while (size--) *bytes++ = (u8)value;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    u8 *bytes = to;
    const u8 *source = from;

    while (size--) *bytes++ = *source++;
    return to;
}

int strcmp(const char *a, const char *b) {
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (u8)*a - (u8)*b;
}

size_t strlen(const char *text) {
    size_t length = 0;

    while (text[length]) length++;
    return length;
}

const char *string_find(const char *text, const char *part) {
    for (; *text; text++) {
        size_t i = 0;

        while (part[i] && text[i] == part[i]) i++;
        if (!part[i]) return text;
    }
    return NULL;
}

static int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
}

u64 string_number(const char *text) {
    int base = 10;
    u64 number = 0;

    if (text[0] == '0' && text[1] == 'x') {
        base = 16;
        text += 2;
    }
    for (; digit_value(*text) < base; text++) number = number * (u64)base + (u64)digit_value(*text);
    return number;
}
