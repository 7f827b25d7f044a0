/* SPDX-License-Identifier: Apache-2.0 */
/* In place of hyp/arch/barrier.h: steps of the explorer (machine.c). */
#pragma once

void dsb_sy(void);
void dsb_ishst(void);
void wfi(void);
