/* SPDX-License-Identifier: Apache-2.0 */
/* From what /chosen says to virtual machines that run. */
#pragma once

#include "core/machine.h"
#include "core/options.h"

/*
 * Makes and starts the guests of m->config, each for itself: one that does not fit is left out,
 * with the reason. Without any, the modules right under /chosen make one; without a kernel there,
 * it is the built-in one. online: cores by number. False: not one can be started.
 */
bool guests_start(struct machine *m, const struct options *o, u64 online);
