/* SPDX-License-Identifier: Apache-2.0 */
/* For tests with device trees: trees from files and commands, and what the code under test said. */
#pragma once

#include <stdlib.h>
#include <string.h>
#include "lib/log.h"
#include "unit/tap.h"

/* All lines since said_clear(), each as "E: text\n", "W: text\n" or "I: text\n". */
static char said[16384];

static inline void said_clear(void) { said[0] = 0; }

static inline void said_line(const char *level, const char *fmt, va_list ap) {
    size_t at = strlen(said);

    at += (size_t)snprintf(said + at, sizeof(said) - at, "%s", level);
    if (at < sizeof(said)) at += (size_t)vsnprintf(said + at, sizeof(said) - at, fmt, ap);
    if (at < sizeof(said)) snprintf(said + at, sizeof(said) - at, "\n");
}

#define SAID_BY(name, level)          \
    bool name(const char *fmt, ...) { \
        va_list ap;                   \
                                      \
        va_start(ap, fmt);            \
        said_line(level, fmt, ap);    \
        va_end(ap);                   \
        return false;                 \
    }
SAID_BY(log_error, "E: ")
SAID_BY(log_warn, "W: ")
SAID_BY(log_info, "I: ")

/* ok(), and when it is not: shows what was said. */
static inline bool said_is(const char *expected, const char *sentence) {
    bool pass = ok(strcmp(said, expected) == 0, "%s", sentence);

    if (!pass) printf("# expected:\n%s# said:\n%s", expected, said);
    return pass;
}

/* A device tree in memory that is exactly as long as its bytes, so that ASan sees each overrun. */
struct tree {
    void *fdt;
    size_t size;
};

static inline struct tree tree_of(const void *bytes, size_t size) {
    struct tree t = {malloc(size ? size : 1), size};

    memcpy(t.fdt, bytes, size);
    return t;
}

/* What a shell command writes to its standard output; size 0 when it fails. */
static inline struct tree tree_from_command(const char *command) {
    static char bytes[2 << 20];
    FILE *f = popen(command, "r");
    size_t size = f ? fread(bytes, 1, sizeof(bytes), f) : 0;

    if (f && pclose(f) != 0) size = 0;
    return tree_of(bytes, size);
}

/* test/data/<name>, compiled by dtc. Tests run at the root of the project. */
static inline struct tree tree_from_file(const char *name) {
    char command[256];

    snprintf(command, sizeof(command), "dtc -qq -I dts -O dtb test/data/%s", name);
    return tree_from_command(command);
}

/* Source text, compiled by dtc, which is told not to mind its errors: they are what we test. */
static inline struct tree tree_from_text(const char *dts) {
    static char command[32768];

    snprintf(command, sizeof(command), "dtc -qq -f -I dts -O dtb - 2>/dev/null <<'END'\n%s\nEND\n",
             dts);
    return tree_from_command(command);
}

/* The tree that QEMU gives to its virt board; size 0 where there is no QEMU. */
static inline struct tree tree_from_qemu(const char *machine, unsigned int cpus) {
    char command[512];

    snprintf(command, sizeof(command),
             "f=$(mktemp) && timeout 30 qemu-system-aarch64 -display none -net none -m 1G "
             "-cpu cortex-a57 -smp %u -M virt,%s,dumpdtb=$f >$f.log 2>&1 && cat $f; s=$?; "
             "rm -f $f $f.log; exit $s",
             cpus, machine);
    return tree_from_command(command);
}

static inline void tree_free(struct tree t) { free(t.fdt); }
