/* SPDX-License-Identifier: Apache-2.0 */
/* Gives each file of CORPUS to the harness that this is linked to: what was found stays mended. */
#include <dirent.h>
#include "fuzz/fuzz.h"
#include "unit/tap.h"

static u8 data[MIB(2)];

static bool replay(const char *name) {
    char path[512];
    size_t size;
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", CORPUS, name);
    f = fopen(path, "rb");
    size = f ? fread(data, 1, sizeof(data), f) : 0;
    if (f) fclose(f);
    /* The last line before a sanitizer's report. */
    printf("# %s\n", path);
    fflush(stdout);
    return f && LLVMFuzzerTestOneInput(data, size) == 0;
}

int main(void) {
    struct dirent **files;
    int nr = scandir(CORPUS, &files, NULL, alphasort), taken = 0;

    for (int i = 0; i < nr; i++) {
        if (*files[i]->d_name != '.') taken += replay(files[i]->d_name);
        free(files[i]);
    }
    /* All but "." and "..". */
    ok(taken > 0 && taken == nr - 2, "all inputs of %s are taken", CORPUS);
    free(files);
    return tap_done();
}
