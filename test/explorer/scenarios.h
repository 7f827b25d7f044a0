/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "explorer/explore.h"

/* Each for any number of cores from 2; gicv2 and cores are set by who runs it. */
extern const struct scenario cpu_on, hotplug, sgis, sgi_to_off, all_off, stop, reset, suspend,
    contract;
