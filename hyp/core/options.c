/* SPDX-License-Identifier: Apache-2.0 */
#include "core/options.h"
#include "lib/log.h"
#include "lib/string.h"

struct word {
    const char *text;
    size_t length, key_length; /* key_length: up to '=' */
};

static bool key_is(const struct word *w, const char *key) {
    return strlen(key) == w->key_length && strncmp(w->text, key, w->key_length) == 0;
}

static bool value_is(const struct word *w, const char *value) {
    size_t n = w->length - w->key_length - 1;

    return strlen(value) == n && strncmp(w->text + w->key_length + 1, value, n) == 0;
}

static unsigned int suffix_shift(char c) {
    switch (c) {
    case 'K':
    case 'k': return 10;
    case 'M':
    case 'm': return 20;
    case 'G':
    case 'g': return 30;
    }
    return 0;
}

/* Decimal digits and, where suffixes are allowed, one of K, M, G. Up to `most`, at least 1. */
static bool number(const struct word *w, bool suffixes, u64 most, u64 *value) {
    const char *p = w->text + w->key_length + 1, *end = w->text + w->length;
    unsigned int shift = 0;

    if (suffixes && p < end && (shift = suffix_shift(end[-1])) != 0) end--;
    if (p == end) return false;
    for (*value = 0; p < end; p++) {
        if (*p < '0' || *p > '9' || *value > most) return false;
        *value = *value * 10 + (u64)(*p - '0');
    }
    if (*value == 0 || *value > most >> shift) return false;
    *value <<= shift;
    return true;
}

static bool parse_word(const struct word *w, struct options *o) {
    const char *right;

    if (key_is(w, "vcpus")) {
        right = "a number from 1 to 999";
        if (number(w, false, 999, &o->vcpus)) return true;
    } else if (key_is(w, "mem")) {
        right = "a size such as 512M or 2G";
        if (number(w, true, 1ULL << 40, &o->mem_bytes)) return true;
    } else if (key_is(w, "trace")) {
        right = "on or off";
        o->trace = value_is(w, "on");
        if (o->trace || value_is(w, "off")) return true;
    } else {
        log_error("option \"%.*s\" is unknown; there are vcpus=, mem= and trace=", (int)w->length,
                  w->text);
        return false;
    }
    log_error("option \"%.*s\" is wrong: %.*s= takes %s", (int)w->length, w->text,
              (int)w->key_length, w->text, right);
    return false;
}

bool options_parse(const char *line, struct options *o) {
    *o = (struct options){0};
    while (line && *line) {
        struct word w = {.text = line};
        const char *equals;

        while (line[w.length] && line[w.length] != ' ') w.length++;
        equals = memchr(line, '=', w.length);
        w.key_length = equals ? (size_t)(equals - line) : w.length;
        if (w.length && (!equals || !parse_word(&w, o))) {
            if (!equals)
                log_error("option \"%.*s\" has no value: options are key=value", (int)w.length,
                          line);
            return false;
        }
        line += w.length;
        line += *line == ' ';
    }
    return true;
}
