/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/print.h"
#include "lib/string.h"

struct spec {
    bool left, zero, alt, upper, negative;
    unsigned int width, base;
    int precision; /* -1: none given */
    char length;   /* 0, 'l' (64 bits here) or 'z' */
};

static void pad(print_sink sink, void *ctx, char c, size_t n) {
    while (n--) sink(ctx, c);
}

static void put_text(print_sink sink, void *ctx, const struct spec *sp, const char *s, size_t len) {
    size_t fill = sp->width > len ? sp->width - len : 0;

    if (!sp->left) pad(sink, ctx, ' ', fill);
    for (size_t i = 0; i < len; i++) sink(ctx, s[i]);
    if (sp->left) pad(sink, ctx, ' ', fill);
}

static void put_number(print_sink sink, void *ctx, const struct spec *sp, u64 v) {
    const char *digits = sp->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    bool prefix = sp->alt && v;
    char buf[24];
    size_t n = sizeof(buf), count, zeros = 0, len, fill;

    do {
        buf[--n] = digits[v % sp->base];
        v /= sp->base;
    } while (v);
    count = sizeof(buf) - n;
    if (sp->precision >= 0 && (size_t)sp->precision > count) zeros = (size_t)sp->precision - count;
    len = count + zeros + (size_t)sp->negative + (prefix ? 2 : 0);
    fill = sp->width > len ? sp->width - len : 0;
    if (sp->zero && !sp->left && sp->precision < 0) {
        zeros = fill;
        fill = 0;
    }

    if (!sp->left) pad(sink, ctx, ' ', fill);
    if (sp->negative) sink(ctx, '-');
    if (prefix) {
        sink(ctx, '0');
        sink(ctx, sp->upper ? 'X' : 'x');
    }
    pad(sink, ctx, '0', zeros);
    for (; n < sizeof(buf); n++) sink(ctx, buf[n]);
    if (sp->left) pad(sink, ctx, ' ', fill);
}

static const char *parse_number(const char *f, unsigned int *v) {
    for (*v = 0; *f >= '0' && *f <= '9'; f++) *v = *v * 10 + (unsigned int)(*f - '0');
    return f;
}

static const char *parse_flags(const char *f, struct spec *sp) {
    for (;; f++) {
        if (*f == '-')
            sp->left = true;
        else if (*f == '0')
            sp->zero = true;
        else if (*f == '#')
            sp->alt = true;
        else
            return f;
    }
}

/* A va_list travels by address only inside a struct (C11 7.16, footnote on passing va_list). */
struct args {
    va_list ap;
};

static const char *parse_spec(const char *f, struct spec *sp, struct args *a) {
    *sp = (struct spec){.base = 10, .precision = -1};
    f = parse_flags(f, sp);
    if (*f == '*') {
        int width = va_arg(a->ap, int);

        sp->left = sp->left || width < 0;
        sp->width = width < 0 ? -(unsigned int)width : (unsigned int)width;
        f++;
    } else {
        f = parse_number(f, &sp->width);
    }
    if (*f == '.') {
        unsigned int precision;

        if (f[1] == '*') {
            sp->precision = va_arg(a->ap, int);
            f += 2;
        } else {
            f = parse_number(f + 1, &precision);
            sp->precision = (int)precision;
        }
    }
    for (; *f == 'l' || *f == 'z'; f++) sp->length = *f;
    return f;
}

static u64 unsigned_arg(const struct spec *sp, struct args *a) {
    return sp->length ? va_arg(a->ap, u64) : va_arg(a->ap, unsigned int);
}

static void put_string(print_sink sink, void *ctx, const struct spec *sp, const char *s) {
    if (!s) s = "(null)";
    put_text(sink, ctx, sp, s, sp->precision < 0 ? strlen(s) : strnlen(s, (size_t)sp->precision));
}

static void put_conversion(print_sink sink, void *ctx, struct spec *sp, char conv, struct args *a) {
    s64 v;
    char c;

    switch (conv) {
    case 'd':
    case 'i':
        v = sp->length ? va_arg(a->ap, s64) : va_arg(a->ap, int);
        sp->negative = v < 0;
        put_number(sink, ctx, sp, v < 0 ? -(u64)v : (u64)v);
        break;
    case 'p':
        sp->alt = true;
        sp->base = 16;
        put_number(sink, ctx, sp, (u64)va_arg(a->ap, void *));
        break;
    case 'X':
    case 'x':
        sp->upper = conv == 'X';
        sp->base = 16;
        /* fall through */
    case 'u': put_number(sink, ctx, sp, unsigned_arg(sp, a)); break;
    case 's': put_string(sink, ctx, sp, va_arg(a->ap, const char *)); break;
    case 'c':
        c = (char)va_arg(a->ap, int);
        put_text(sink, ctx, sp, &c, 1);
        break;
    default: /* "%%", and what we do not know is shown as it stands */ sink(ctx, conv);
    }
}

void print_v(print_sink sink, void *ctx, const char *fmt, va_list ap) {
    struct spec sp;
    struct args a;

    va_copy(a.ap, ap);
    for (; *fmt; fmt++) {
        if (*fmt != '%') {
            sink(ctx, *fmt);
            continue;
        }
        fmt = parse_spec(fmt + 1, &sp, &a);
        if (!*fmt) break;
        put_conversion(sink, ctx, &sp, *fmt, &a);
    }
    va_end(a.ap);
}

struct buffer {
    char *at;
    size_t room, length;
};

static void buffer_put(void *ctx, char c) {
    struct buffer *b = ctx;

    b->length++;
    if (b->room > 1) {
        *b->at++ = c;
        b->room--;
    }
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
