/* SPDX-License-Identifier: Apache-2.0 */
#include "printf.h"
#include "atomic.h"
#include "pl011.h"
#include "platform.h"
#include "smp.h"
#include "string.h"
#include "timer.h"

#define LINE_SIZE        256
#define CONSOLE_PATIENCE 20000000U

struct output {
    char *buffer;
    size_t size;
    size_t used;
};

struct spec {
    bool left;
    bool zero;
    bool is_long;
    size_t width;
};

static u32 console_held;

static void put(struct output *out, char c) {
    if (out->used + 1 < out->size) out->buffer[out->used++] = c;
}

static void put_padded(struct output *out, const struct spec *spec, const char *text,
                       size_t length) {
    size_t pad = spec->width > length ? spec->width - length : 0;

    for (size_t i = 0; !spec->left && i < pad; i++) put(out, spec->zero ? '0' : ' ');
    for (size_t i = 0; i < length; i++) put(out, text[i]);
    for (size_t i = 0; spec->left && i < pad; i++) put(out, ' ');
}

static void put_number(struct output *out, const struct spec *spec, u64 value, u32 base,
                       bool minus) {
    char digits[24];
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (minus) digits[--at] = '-';
    put_padded(out, spec, digits + at, sizeof(digits) - at);
}

static const char *parse_spec(const char *format, struct spec *spec) {
    *spec = (struct spec){0};
    for (;; format++) {
        if (*format == '-')
            spec->left = true;
        else if (*format == '0')
            spec->zero = true;
        else
            break;
    }
    for (; *format >= '0' && *format <= '9'; format++)
        spec->width = spec->width * 10 + (size_t)(*format - '0');
    for (; *format == 'l' || *format == 'z'; format++) spec->is_long = true;
    return format;
}

void vformat(char *buffer, size_t size, const char *format, va_list arguments) {
    struct output out = {.buffer = buffer, .size = size};
    struct spec spec;
    const char *text;
    s64 number;
    char c;

    for (; *format; format++) {
        if (*format != '%') {
            put(&out, *format);
            continue;
        }
        format = parse_spec(format + 1, &spec);
        switch (*format) {
        case 's':
            text = va_arg(arguments, const char *);
            put_padded(&out, &spec, text, strlen(text));
            break;
        case 'c':
            c = (char)va_arg(arguments, int);
            put_padded(&out, &spec, &c, 1);
            break;
        case 'd':
            number = spec.is_long ? va_arg(arguments, s64) : va_arg(arguments, s32);
            put_number(&out, &spec, number < 0 ? -(u64)number : (u64)number, 10, number < 0);
            break;
        case 'u':
        case 'x':
            put_number(&out, &spec, spec.is_long ? va_arg(arguments, u64) : va_arg(arguments, u32),
                       *format == 'u' ? 10 : 16, false);
            break;
        default: put(&out, *format); break;
        }
    }
    buffer[out.used] = '\0';
}

/*
 * Exclusives need the MMU; before it is on there is one CPU and nobody to lock out. A CPU that
 * crashed with the lock held must not silence the others: after a while they go ahead.
 */
static void console_lock(void) {
    if (!(read_sysreg(sctlr_el1) & 1)) return;
    for (u32 i = 0; i < CONSOLE_PATIENCE && atomic_swap(&console_held, 1U); i++) cpu_relax();
}

static void console_unlock(void) {
    if (read_sysreg(sctlr_el1) & 1) store_release(&console_held, 0U);
}

static void console_write(const char *text) {
    u64 daif = irq_save();

    console_lock();
    for (; platform.uart && *text; text++) {
        if (*text == '\n') pl011_putc('\r');
        pl011_putc(*text);
    }
    console_unlock();
    irq_restore(daif);
}

void printf(const char *format, ...) {
    char line[LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vformat(line, sizeof(line), format, arguments);
    va_end(arguments);
    console_write(line);
}

void say(const char *format, ...) {
    char text[LINE_SIZE - 32];
    va_list arguments;

    va_start(arguments, format);
    vformat(text, sizeof(text), format, arguments);
    va_end(arguments);
    printf("[%8lu us] CPU%u: %s\n", timer_now_us(), cpu_id(), text);
}
