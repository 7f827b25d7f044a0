/* SPDX-License-Identifier: Apache-2.0 */
/* In place of hyp/arch/sysreg.h: a core of the explorer has the registers that machine.c knows. */
#pragma once

#include "lib/bits.h"

#define STRING_(x) #x
#define STRING(x)  STRING_(x)

u64 hw_read(const char *reg);
void hw_write(const char *reg, u64 value);

#define read_sysreg(reg)         hw_read(STRING(reg))
#define write_sysreg(reg, value) hw_write(STRING(reg), value)

void isb(void);
static inline u64 counter(void) { return 0; }
static inline u64 counter_hz(void) { return 1000000; }

/* Instructions that stand alone in inline assembly, and do nothing here. */
asm(".macro tlbi op\n.endm\n.macro ic op\n.endm\n.macro yield\n.endm");
