/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What will not work on a board, and what to do about it, from what Muster's own discovery has
 * found in the board's tree. For tools on the host: scripts/preflight and scripts/board-report.
 */
#pragma once

#include "core/machine.h"

enum severity {
    STOPS,  /* Muster does not start */
    FILLED, /* nothing is wrong with the board, but this tree is not what firmware hands over */
    LACKS,  /* Muster starts, without this */
    NR_SEVERITIES,
};

struct finding {
    enum severity severity;
    const char *what, *fix; /* texts that all boards have in common */
    char detail[160];       /* about this board, or empty */
};

#define MAX_FINDINGS 16

/*
 * The findings for a tree that machine_discover() has made m of, the gravest first; returns their
 * number. What no known board lacks, such as levels of nodes that are too many, has no finding:
 * discovery's own errors say it.
 */
unsigned int board_check(const struct machine *m, const void *fdt,
                         struct finding list[MAX_FINDINGS]);
