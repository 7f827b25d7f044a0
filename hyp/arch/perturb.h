/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make PERTURB=seed: delays of seeded length at every lock, barrier and kick, so that cores meet in
 * orders that they seldom meet in. The same seed gives each core the same sequence of delays.
 */
#pragma once

#if PERTURB
void perturb(void);
#else
static inline void perturb(void) {}
#endif
