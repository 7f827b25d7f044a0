/* SPDX-License-Identifier: Apache-2.0 */
#include "arch/perturb.h"
#include "arch/percpu.h"

#if PERTURB
/* A xorshift generator for each core (Marsaglia, "Xorshift RNGs"); one delay in four is long. */
void perturb(void) {
    struct percpu *cpu = this_cpu();
    u32 x;

    if (!cpu) return; /* too early */
    x = cpu->perturbation ? cpu->perturbation : (u32)PERTURB * 2654435761U + cpu->index * 97 + 1;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    cpu->perturbation = x;
    for (u32 n = x & 3 ? (x >> 8) & 15 : (x >> 8) & 4095; n; n--) asm volatile("yield");
}
#endif
