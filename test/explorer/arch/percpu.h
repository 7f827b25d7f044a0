/* SPDX-License-Identifier: Apache-2.0 */
/* hyp/arch/percpu.h, but for how a core finds its own. */
#pragma once

#define this_cpu this_cpu_by_tpidr
#include_next "arch/percpu.h"
#undef this_cpu

struct percpu *this_cpu(void);
