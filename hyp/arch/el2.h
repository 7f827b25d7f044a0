/* SPDX-License-Identifier: Apache-2.0 */
/* The state of EL2 on one core: set in full, nothing is inherited from an earlier stage. */
#pragma once

#include "core/mitigation.h"

/* Returns NULL, or why this core cannot be used. */
const char *el2_init_cpu(void);

/* From here on an entry from a guest does what this core needs: its struct percpu says what. */
void el2_mitigate(s64 (*ask)(u32 function, u64 a1));
