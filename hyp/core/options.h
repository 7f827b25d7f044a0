/* SPDX-License-Identifier: Apache-2.0 */
/* Muster's own command line, /chosen/bootargs of the machine's tree: words of the form key=value.
 */
#pragma once

#include "lib/types.h"

struct options {
    u64 vcpus;        /* vcpus=N, the guest's; 0: as many as there are cores */
    u64 mem_bytes;    /* mem=SIZE[K|M|G], the guest's RAM; 0: not given */
    bool trace;       /* trace=on|off */
    u64 deadline_ms;  /* deadline=MS of a vCPU after its CPU_ON; 0: none */
    bool mitigations; /* mitigations=on|off, of the branch predictor (core/mitigation.h) */
};

/*
 * line may be NULL. False after log_error() naming a word whose value is wrong, and what would be
 * right. A word that we do not know is only warned about: a board's firmware may have left the
 * command line of a kernel there.
 */
bool options_parse(const char *line, struct options *o);
