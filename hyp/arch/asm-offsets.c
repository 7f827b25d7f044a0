/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled to assembly only; the Makefile turns the ".ascii" lines into build/asm-offsets.h. */
#include "arch/frame.h"
#include "arch/percpu.h"
#include "core/psci.h"

#define DEFINE(name, value) asm volatile("\n.ascii \"#define " #name " %c0\"" ::"i"(value))

void asm_offsets(void);
void asm_offsets(void) {
    DEFINE(FRAME_SIZE, sizeof(struct guest_regs));
    DEFINE(BOOT_MAIR, offsetof(struct boot_regs, mair));
    DEFINE(BOOT_TTBR, offsetof(struct boot_regs, ttbr));
    DEFINE(BOOT_VBAR, offsetof(struct boot_regs, vbar));
    DEFINE(PERCPU_BOOT, offsetof(struct percpu, boot));
    DEFINE(PERCPU_MPIDR, offsetof(struct percpu, mpidr));
    DEFINE(PERCPU_WRONG_LEVEL, offsetof(struct percpu, wrong_level));
    DEFINE(PERCPU_MITIGATION, offsetof(struct percpu, mitigation));
    DEFINE(PERCPU_PANIC_STACK, offsetof(struct percpu, panic_stack_top));
    DEFINE(PSCI_NOBODY_TO_ASK, PSCI_NOBODY_TO_ASK);
    DEFINE(STACK_SIZE, STACK_SIZE);
}
