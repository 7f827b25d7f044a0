/* SPDX-License-Identifier: Apache-2.0 */
/* options_parse(): any text, and what it takes is within the limits that it names. */
#include "core/options.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) {
    char *line = exact_copy(data, size, size + 1);
    struct options o = {0};

    if (options_parse(line, &o))
        must(o.vcpus <= 999 && o.mem_bytes <= 1ULL << 40 && o.deadline_ms < 100000);
    must(options_parse(NULL, &o) && !o.vcpus && !o.mem_bytes && !o.trace);
    free(line);
    return 0;
}
