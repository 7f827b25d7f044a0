/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/print.h"
#include "lib/string.h"

/* Where the text goes and comes from, and what stands between '%' and the letter at its end. */
struct conversion {
    print_sink sink;
    void *ctx;
    va_list ap;
    bool left, zero, alt, wide; /* flags - 0 #; l or z, both 64 bits here */
    int width, precision;       /* precision -1: none given */
};

static void spaces(const struct conversion *c, size_t n) {
    static const char text[] = "                ";

    for (; n > 16; n -= 16) c->sink(c->ctx, text, 16);
    if (n) c->sink(c->ctx, text, n);
}

/* The text within the width. */
static void put(const struct conversion *c, const char *text, size_t len) {
    size_t width = (size_t)c->width, fill = width > len ? width - len : 0;

    if (!c->left) spaces(c, fill);
    if (len) c->sink(c->ctx, text, len);
    if (c->left) spaces(c, fill);
}

static void put_number(struct conversion *c, const char *prefix, u64 v, unsigned int base) {
    char buf[40], *end = buf + sizeof(buf), *first = end;
    int len = (int)strlen(prefix), least = c->precision; /* digits to show at least */

    do {
        u64 digit = v % base;

        *--first = (char)(digit + (digit < 10 ? '0' : 'a' - 10));
        v /= base;
    } while (v);
    if (least < 0 && c->zero && !c->left) least = c->width - len;
    while (end - first < least && first - len > buf) *--first = '0';
    while (len) *--first = prefix[--len];
    put(c, first, (size_t)(end - first));
}

static void put_string(const struct conversion *c, const char *s) {
    if (!s) s = "(null)";
    put(c, s, c->precision < 0 ? strlen(s) : strnlen(s, (size_t)c->precision));
}

static void put_conversion(struct conversion *c, char letter) {
    s64 v;
    u64 u;
    char ch;

    switch (letter) {
    case 'd':
        v = c->wide ? va_arg(c->ap, s64) : va_arg(c->ap, int);
        put_number(c, v < 0 ? "-" : "", v < 0 ? -(u64)v : (u64)v, 10);
        break;
    case 'u':
    case 'p':
    case 'x':
        u = c->wide ? va_arg(c->ap, u64) : va_arg(c->ap, unsigned int);
        put_number(c, c->alt && u ? "0x" : "", u, letter == 'u' ? 10 : 16);
        break;
    case 's': put_string(c, va_arg(c->ap, const char *)); break;
    case 'c':
        ch = (char)va_arg(c->ap, int);
        put(c, &ch, 1);
        break;
    default: /* "%%", and what we do not know is shown as it stands */ c->sink(c->ctx, &letter, 1);
    }
}

static const char *parse_number(const char *f, int *number, struct conversion *c) {
    if (*f == '*') {
        *number = va_arg(c->ap, int);
        return f + 1;
    }
    for (*number = 0; *f >= '0' && *f <= '9'; f++) *number = *number * 10 + (*f - '0');
    return f;
}

/* From behind the '%' to the letter. */
static const char *parse_conversion(const char *f, struct conversion *c) {
    c->left = c->zero = c->alt = c->wide = false;
    c->precision = -1;
    for (; *f == '-' || *f == '0' || *f == '#'; f++) {
        c->left = c->left || *f == '-';
        c->zero = c->zero || *f == '0';
        c->alt = c->alt || *f == '#';
    }
    f = parse_number(f, &c->width, c);
    c->left = c->left || c->width < 0;
    if (c->width < 0) c->width = -c->width;
    if (*f == '.') f = parse_number(f + 1, &c->precision, c);
    for (; *f == 'l' || *f == 'z'; f++) c->wide = true;
    /* A pointer is passed as a u64 is, and shown as by %#lx. */
    if (*f == 'p') c->alt = c->wide = true;
    return f;
}

void print_v(print_sink sink, void *ctx, const char *fmt, va_list ap) {
    struct conversion c = {.sink = sink, .ctx = ctx};

    va_copy(c.ap, ap);
    while (*fmt) {
        const char *text = fmt;

        while (*fmt && *fmt != '%') fmt++;
        if (fmt > text) sink(ctx, text, (size_t)(fmt - text));
        if (!*fmt) break;
        fmt = parse_conversion(fmt + 1, &c);
        if (*fmt) put_conversion(&c, *fmt++);
    }
    va_end(c.ap);
}

struct buffer {
    char *at;
    size_t room, length;
};

static void buffer_put(void *ctx, const char *text, size_t n) {
    struct buffer *b = ctx;

    b->length += n;
    for (; n && b->room > 1; n--, b->room--) *b->at++ = *text++;
}

size_t print_vs(char *buf, size_t size, const char *fmt, va_list ap) {
    struct buffer b = {buf, size, 0};

    print_v(buffer_put, &b, fmt, ap);
    if (size) *b.at = 0;
    return b.length;
}

size_t print_s(char *buf, size_t size, const char *fmt, ...) {
    va_list ap;
    size_t length;

    va_start(ap, fmt);
    length = print_vs(buf, size, fmt, ap);
    va_end(ap);
    return length;
}

const char *nth_name(const char *names, u64 n) {
    while (n--) names += strlen(names) + 1;
    return names;
}
