/* SPDX-License-Identifier: Apache-2.0 */
#include "core/options.h"
#include "lib/log.h"
#include "lib/string.h"

enum { VCPUS, MEM, TRACE, COUNT };

static const struct option {
    char key[7], wrong[48];
    u64 most;      /* 0: not a number, but on or off */
    bool suffixes; /* K, M, G */
} options[COUNT] = {
    [VCPUS] = {"vcpus=", "is wrong: vcpus= takes a number from 1 to 999", 999, false},
    [MEM] = {"mem=", "is wrong: mem= takes a size such as 512M or 2G", 1ULL << 40, true},
    [TRACE] = {"trace=", "is wrong: trace= takes on or off", 0, false},
};

/* Decimal digits and, where suffixes are allowed, one of K, M, G. Up to `most`, at least 1. */
static bool number(const struct option *o, const char *p, const char *end, u64 *value) {
    static const char suffixes[6] = "KkMmGg";
    const char *suffix = o->suffixes ? memchr(suffixes, end[-1], sizeof(suffixes)) : NULL;
    unsigned int shift = suffix ? 10 + 10 * (unsigned int)((suffix - suffixes) / 2) : 0;

    if (suffix) end--;
    for (*value = 0; p < end; p++) {
        if (*p < '0' || *p > '9' || *value > o->most) return false;
        *value = *value * 10 + (u64)(*p - '0');
    }
    if (*value == 0 || *value > o->most >> shift) return false;
    *value <<= shift;
    return true;
}

static bool on_or_off(const char *p, const char *end, u64 *value) {
    *value = end - p == 2 && strncmp(p, "on", 2) == 0;
    return *value || (end - p == 3 && strncmp(p, "off", 3) == 0);
}

/* Takes one word. Returns NULL, or what is wrong with it. */
static const char *parse_word(const char *word, const char *end, u64 values[COUNT]) {
    for (size_t i = 0; i < COUNT; i++) {
        const struct option *o = &options[i];
        const char *value = word + strlen(o->key);

        if (strncmp(word, o->key, strlen(o->key)) != 0) continue;
        if (o->most ? number(o, value, end, &values[i]) : on_or_off(value, end, &values[i]))
            return NULL;
        return o->wrong;
    }
    return memchr(word, '=', (size_t)(end - word)) ? "is unknown; there are vcpus=, mem= and trace="
                                                   : "has no value: options are key=value";
}

bool options_parse(const char *line, struct options *o) {
    u64 values[COUNT] = {0};

    while (line && *line) {
        const char *end = line, *wrong;

        while (*end && *end != ' ') end++;
        wrong = end > line ? parse_word(line, end, values) : NULL;
        if (wrong) {
            log_error("option \"%.*s\" %s", (int)(end - line), line, wrong);
            return false;
        }
        line = *end ? end + 1 : end;
    }
    *o = (struct options){values[VCPUS], values[MEM], values[TRACE]};
    return true;
}
