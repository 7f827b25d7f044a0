/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scripts/board-report's other half: takes any number of device trees through discovery, in one
 * process under sanitizers.
 *
 *     boards TREE.dtb...
 *
 * For each tree lines of "PATH KIND WHAT DETAIL" with tabs between: what discovery has said, its
 * machine, as Muster tells it and in full, and its findings. 0: each tree that discovery refuses
 * has a finding that stops Muster, and no other tree has. 1: one has not. 2: one is no file.
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

static void print_ranges(const char *kind, const struct range *list, unsigned int nr) {
    printf("%s\t%s\t", path, kind);
    for (unsigned int i = 0; i < nr; i++) printf("%#lx,%#lx ", list[i].base, list[i].size);
    printf("\t\n");
}

/* What Muster finds, and has no line for. */
static void print_rest(void) {
    printf("%s\tmpidrs\t", path);
    for (unsigned int i = 0; i < machine.nr_cpus; i++) printf("%#lx ", machine.cpu[i].mpidr);
    printf("\t\n");
    print_ranges("ram", machine.ram, machine.nr_ram);
    print_ranges("reserved", machine.reserved, machine.nr_reserved);
    print_ranges("redistributors", machine.gic.redist, machine.gic.nr_redist);
}

/* False: the findings are not those of discovery. */
static bool look_at(const void *fdt) {
    static const char *const kinds[NR_SEVERITIES] = {"stops", "filled", "lacks"};
    static struct finding list[MAX_FINDINGS];
    bool complete = machine_discover(fdt, &machine), explained;
    unsigned int nr = board_check(&machine, fdt, list);

    if (machine.fdt) {
        machine_describe(&machine, 0, true);
        print_rest();
    }
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
