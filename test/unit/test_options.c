/* SPDX-License-Identifier: Apache-2.0 */
/* core/options.c: Muster's own command line, right and wrong. */
#include <stdlib.h>
#include <string.h>
#include "core/options.h"
#include "lib/bits.h"
#include "lib/log.h"
#include "tap.h"

static char said[512];
static unsigned int errors;

static unsigned int warnings;

bool log_warn(const char *fmt, ...) {
    va_list ap;

    warnings++;
    va_start(ap, fmt);
    vsnprintf(said, sizeof(said), fmt, ap);
    va_end(ap);
    return false;
}

bool log_error(const char *fmt, ...) {
    va_list ap;

    errors++;
    va_start(ap, fmt);
    vsnprintf(said, sizeof(said), fmt, ap);
    va_end(ap);
    return false;
}

/* In memory of exactly its length, so that a read behind its end is seen. */
static bool parse(const char *line, struct options *o) {
    char *copy = strdup(line);
    bool parsed;

    if (!copy) abort();
    errors = 0;
    said[0] = '\0';
    memset(o, 0xff, sizeof(*o));
    parsed = options_parse(copy, o);
    free(copy);
    return parsed;
}

static void gives(const char *line, u64 vcpus, u64 mem_bytes, bool trace) {
    struct options o;

    ok(parse(line, &o) && errors == 0 && o.vcpus == vcpus && o.mem_bytes == mem_bytes &&
           o.trace == trace,
       "\"%s\": %llu vCPUs, %llu bytes, trace %s", line, (unsigned long long)vcpus,
       (unsigned long long)mem_bytes, trace ? "on" : "off");
}

static void refuses(const char *line, const char *word, const char *right) {
    struct options o;

    if (!ok(!parse(line, &o) && errors == 1 && strstr(said, word) && strstr(said, right),
            "\"%s\" is refused in one line that names \"%s\" and \"%s\"", line, word, right))
        printf("# %u errors, the last: %s\n", errors, said);
}
static void warns(const char *line, const char *word, u64 vcpus) {
    struct options o;

    warnings = 0;
    ok(parse(line, &o) && errors == 0 && warnings == 1 && strstr(said, word) && o.vcpus == vcpus,
       "\"%s\": \"%s\" is warned about, the rest counts", line, word);
}

int main(void) {
    struct options o;

    ok(options_parse(NULL, &o) && o.vcpus == 0 && o.mem_bytes == 0 && !o.trace,
       "without a command line nothing is given");
    gives("", 0, 0, false);
    gives("   ", 0, 0, false);
    gives("vcpus=1", 1, 0, false);
    gives("vcpus=4 mem=512M trace=on", 4, MIB(512), true);
    gives("  trace=on   vcpus=8  ", 8, 0, true);
    gives("trace=off", 0, 0, false);
    gives("mem=2G", 0, GIB(2), false);
    gives("mem=65536k", 0, MIB(64), false);
    gives("mem=268435456", 0, MIB(256), false);
    gives("mem=1024G", 0, BIT(40), false);
    gives("vcpus=2 vcpus=3", 3, 0, false);
    gives("trace=on trace=off", 0, 0, false);

    refuses("vcpus=0", "vcpus=0", "from 1");
    refuses("vcpus=", "vcpus=", "a number");
    refuses("vcpus=four", "vcpus=four", "a number");
    refuses("vcpus=-1", "vcpus=-1", "a number");
    refuses("vcpus=1000", "vcpus=1000", "999");
    refuses("vcpus=4K", "vcpus=4K", "a number");
    refuses("vcpus=18446744073709551617", "vcpus=18446744073709551617", "a number");
    refuses("mem=0", "mem=0", "a size");
    refuses("mem=M", "mem=M", "a size");
    refuses("mem=1MM", "mem=1MM", "a size");
    refuses("mem=1T", "mem=1T", "a size");
    refuses("mem=0x100000", "mem=0x100000", "a size");
    refuses("mem=1025G", "mem=1025G", "a size");
    refuses("mem=99999999999999999999G", "mem=99999999999999999999G", "a size");
    refuses("mem=17179869185G", "mem=17179869185G", "a size");
    ok(parse("trace=on", &o) && o.deadline_ms == 1000, "without deadline= it is a second");
    ok(parse("deadline=0 vcpus=2", &o) && o.deadline_ms == 0 && o.vcpus == 2, "deadline=0 is none");
    ok(parse("deadline=99999", &o) && o.deadline_ms == 99999, "deadline=99999");
    refuses("deadline=", "deadline=", "0 to 99999");
    refuses("deadline=100000", "deadline=100000", "0 to 99999");
    refuses("deadline=1s", "deadline=1s", "0 to 99999");

    ok(parse("trace=on", &o) && o.mitigations, "without mitigations= they are on");
    ok(parse("mitigations=off trace=on", &o) && !o.mitigations && o.trace, "mitigations=off");
    ok(parse("mitigations=on", &o) && o.mitigations && !o.trace, "mitigations=on");
    refuses("mitigations=auto", "mitigations=auto", "on or off");

    refuses("trace=yes", "trace=yes", "on or off");
    refuses("trace=", "trace=", "on or off");
    refuses("trace=onn", "trace=onn", "on or off");
    warns("vcpus", "\"vcpus\"", 0);
    warns("vcpu=4", "vcpu=4", 0);
    warns("vcpuss=4", "vcpuss=4", 0);
    warns("=4", "=4", 0);
    warns("VCPUS=4", "VCPUS=4", 0);
    warns("vcpus=4 quiet mem=1G", "\"quiet\"", 4);
    refuses("vcpus=4,mem=1G", "vcpus=4,mem=1G", "a number");
    return tap_done();
}
