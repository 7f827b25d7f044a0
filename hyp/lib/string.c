/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include "lib/string.h"

/*
 * Word copies only where both sides are aligned alike: we run with strict alignment, because before
 * the MMU is on all memory is Device memory, where an unaligned access faults
 * (Arm ARM DDI 0487, B2.7.2 "Device memory").
 */
struct __attribute__((may_alias)) block {
    uint64_t word[4];
};

struct __attribute__((may_alias)) word {
    uint64_t word;
};

static int word_aligned(const void *a, const void *b) {
    return (((uintptr_t)a | (uintptr_t)b) & 7) == 0;
}

void *memcpy(void *restrict dst, const void *restrict src, size_t n) {
    unsigned char *d = dst;
    const unsigned char *s = src;

    if (word_aligned(d, s))
        for (; n >= 32; n -= 32, d += 32, s += 32)
            *(struct block *)(void *)d = *(const struct block *)(const void *)s;
    while (n--) *d++ = *s++;
    return dst;
}

void *memmove(void *dst, const void *src, size_t n) {
    unsigned char *d = dst;
    const unsigned char *s = src;

    if (d <= s || d >= s + n)
        while (n--) *d++ = *s++;
    else
        while (n--) d[n] = s[n];
    return dst;
}

void *memset(void *dst, int c, size_t n) {
    unsigned char *d = dst;

    if (word_aligned(d, NULL)) {
        uint64_t w = (unsigned char)c * 0x0101010101010101ULL;

        for (; n >= 32; n -= 32, d += 32) *(struct block *)(void *)d = (struct block){{w, w, w, w}};
        for (; n >= 8; n -= 8, d += 8) *(struct word *)(void *)d = (struct word){w};
    }
    while (n--) *d++ = (unsigned char)c;
    return dst;
}

int memcmp(const void *a, const void *b, size_t n) {
    const unsigned char *x = a, *y = b;

    for (; n; n--, x++, y++)
        if (*x != *y) return *x - *y;
    return 0;
}

void *memchr(const void *s, int c, size_t n) {
    const unsigned char *p = s;

    for (; n; n--, p++)
        if (*p == (unsigned char)c) return (void *)(uintptr_t)p;
    return NULL;
}

size_t strnlen(const char *s, size_t n) {
    const char *end = memchr(s, 0, n);

    return end ? (size_t)(end - s) : n;
}

int strncmp(const char *a, const char *b, size_t n) {
    for (; n; n--, a++, b++) {
        if (*a != *b) return (unsigned char)*a - (unsigned char)*b;
        if (!*a) break;
    }
    return 0;
}

/* By themselves, not by way of their n-brothers: the device tree is read with these. */
size_t strlen(const char *s) {
    const char *p = s;

    while (*p) p++;
    return (size_t)(p - s);
}

int strcmp(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

char *strchr(const char *s, int c) { return memchr(s, c, strlen(s) + 1); }

char *strrchr(const char *s, int c) {
    for (size_t n = strlen(s) + 1; n > 0; n--)
        if (s[n - 1] == (char)c) return (char *)(uintptr_t)&s[n - 1];
    return NULL;
}
