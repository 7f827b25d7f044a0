/* SPDX-License-Identifier: Apache-2.0 */
/* The state of EL2 on one core: set in full, nothing is inherited from an earlier stage. */
#pragma once

#include "lib/types.h"

/* Returns NULL, or why this core cannot be used. */
const char *el2_init_cpu(void);
