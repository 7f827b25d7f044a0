/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scripts/board-report's other half: takes any number of device trees through discovery, in one
 * process under sanitizers.
 *
 *     boards TREE.dtb...
 *
 * For each tree lines of "PATH KIND WHAT DETAIL" with tabs between: its machine, as Muster tells
 * it, its findings, and what discovery has said. 0: each tree that discovery refuses has a finding
 * that stops Muster, and no other tree has. 1: one has not. 2: one is no file.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "board.h"
#include "lib/log.h"

static const char *path; /* of the tree that is looked at */
static struct machine machine;

#define SAY(name, kind)                 \
    bool name(const char *fmt, ...) {   \
        va_list ap;                     \
                                        \
        va_start(ap, fmt);              \
        printf("%s\t" kind "\t", path); \
        vprintf(fmt, ap);               \
        printf("\t\n");                 \
        va_end(ap);                     \
        return false;                   \
    }
SAY(log_error, "error")
SAY(log_warn, "warning")
SAY(log_info, "info")

/* Exactly as long as the file, so that ASan sees each overrun; NULL: no file, or not a header. */
static void *read_tree(void) {
    FILE *f = fopen(path, "rb");
    char *bytes = malloc(MACHINE_FDT_MAX);
    size_t size = f && bytes ? fread(bytes, 1, MACHINE_FDT_MAX, f) : 0;
    void *exact = size < sizeof(struct fdt_header) ? NULL : realloc(bytes, size);

    if (f) fclose(f);
    if (!exact) {
        fprintf(stderr, "boards: %s: %s\n", path, errno ? strerror(errno) : "no device tree");
        free(bytes);
    } else if (fdt_totalsize(exact) > size) {
        fprintf(stderr, "boards: %s: cut off after %zu bytes\n", path, size);
        free(exact);
        exact = NULL;
    }
    return exact;
}

/* False: the findings are not those of discovery. */
static bool look_at(const void *fdt) {
    static const char *const kinds[NR_SEVERITIES] = {"stops", "filled", "lacks"};
    static struct finding list[MAX_FINDINGS];
    bool complete = machine_discover(fdt, &machine), explained;
    unsigned int nr = board_check(&machine, fdt, list);

    if (machine.fdt) machine_describe(&machine, 0, true);
    for (unsigned int i = 0; i < nr; i++)
        printf("%s\t%s\t%s\t%s\n", path, kinds[list[i].severity], list[i].what, list[i].detail);
    explained = complete == (!nr || list[0].severity == LACKS);
    if (!explained) fprintf(stderr, "boards: %s: no finding says why\n", path);
    return explained;
}

int main(int argc, char **argv) {
    int status = 0;

    for (int i = 1; i < argc; i++) {
        void *fdt;

        path = argv[i];
        errno = 0;
        fdt = read_tree();
        if (!fdt)
            status = 2;
        else if (!look_at(fdt) && !status)
            status = 1;
        free(fdt);
    }
    return status;
}
