/* SPDX-License-Identifier: Apache-2.0 */
/* What start.S calls. */
#pragma once

#include "types.h"

void primary_start(u64 dtb, u64 mpidr, u64 current_el, u64 daif, u64 sctlr, u64 ticks);
void secondary_start(u64 index, u64 context, u64 mpidr, u64 current_el, u64 daif, u64 sctlr,
                     u64 ticks);
