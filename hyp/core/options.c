/* SPDX-License-Identifier: Apache-2.0 */
#include "core/options.h"
#include "lib/log.h"
#include "lib/string.h"

enum kind { NUMBER, SIZE, SWITCH, TIME };

/* What is right, by kind. */
static const char right[] =
    "a number from 1 to 999\0a size such as 512M or 2G\0on or off\0ms from 0 to 99999";

static const struct option {
    char key[13];
    u8 kind;
} options[] = {
    {"vcpus=", NUMBER},  {"mem=", SIZE},           {"trace=", SWITCH},
    {"deadline=", TIME}, {"mitigations=", SWITCH},
};

/* The value from p on: a TIME or at least 1 and, behind a SIZE, one of K, M, G. A switch: on 1, off
 * 0. */
static bool parse_value(enum kind kind, const char *p, const char *end, u64 *value) {
    static const char suffixes[6] = "KkMmGg";
    const char *suffix = kind == SIZE ? memchr(suffixes, end[-1], sizeof(suffixes)) : NULL;
    unsigned int shift = suffix ? 10 + 10 * (unsigned int)((suffix - suffixes) / 2) : 0;
    u64 most = kind == SIZE ? (1ULL << 40) >> shift : kind == TIME ? 99999 : 999;

    if (p == end) return false;
    *value = kind == SWITCH && end - p == 2 && strncmp(p, "on", 2) == 0;
    if (kind == SWITCH) return *value || (end - p == 3 && strncmp(p, "off", 3) == 0);
    for (; p < end - (suffix ? 1 : 0); p++) {
        if (*p < '0' || *p > '9' || *value > most) return false;
        *value = *value * 10 + (u64)(*p - '0');
    }
    if ((*value == 0 && kind != TIME) || *value > most) return false;
    *value <<= shift;
    return true;
}

static bool parse_word(const char *word, int len, u64 *values) {
    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        const struct option *o = &options[i];
        size_t key = strlen(o->key);

        if (strncmp(word, o->key, key) != 0) continue;
        return parse_value((enum kind)o->kind, word + key, word + len, &values[i]) ||
               log_error("option \"%.*s\" is wrong: %s takes %s", len, word, o->key,
                         nth_name(right, o->kind));
    }
    (void)log_warn(
        "option \"%.*s\" is unknown, ignored; there are vcpus=, mem=, trace=, deadline= and "
        "mitigations=",
        len, word);
    return true;
}

bool options_parse(const char *line, struct options *o) {
    u64 values[ARRAY_SIZE(options)] = {[3] = 1000, [4] = true};

    while (line && *line) {
        const char *end = strchr(line, ' ');
        size_t len = end ? (size_t)(end - line) : strlen(line);

        if (len && !parse_word(line, (int)len, values)) return false;
        line += len + (end ? 1 : 0);
    }
    *o = (struct options){values[0], values[1], values[2], values[3], values[4]};
    return true;
}
