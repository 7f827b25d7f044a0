/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu.h"
#include "hostile.h"
#include "smp.h"

#define EL1H_MASKED 0x3c5
#define STEP        0x9e3779b97f4a7c15UL /* odd: no value comes twice */

/* A page of its own: other stores to it would cost QEMU the translations of what is in it. */
static u32 code[2 * NR_SLOTS] __attribute__((aligned(4096)));
static u64 caught;

bool code_catch(struct regs *regs, u32 vector) {
    (void)vector;
    if (regs->elr - (u64)code >= sizeof(code)) return false;
    caught = regs->esr | CAUGHT;
    regs->elr = (u64)run_back;
    regs->spsr = EL1H_MASKED;
    return true;
}

void code_put(u32 slot, u32 instruction) {
    u32 *at = &code[2 * slot];

    at[0] = instruction;
    at[1] = 0x14000000 | (u32)(((u64)run_back - (u64)&at[1]) >> 2 & 0x3ffffff); /* B run_back */
}

void code_ready(void) {
    u64 line = 4UL << (read_sysreg(ctr_el0) >> 16 & 15);

    for (u64 p = (u64)code; p < (u64)code + sizeof(code); p += line)
        asm volatile("dc cvau, %0" ::"r"(p) : "memory");
    asm volatile("dsb ish\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
}

u64 code_run(u32 slot, struct registers *registers) {
    caught = 0;
    run_registers(&code[2 * slot], registers);
    return *(volatile u64 *)&caught;
}

void fill(struct registers *registers) {
    u64 value = random64();

    for (u32 i = 0; i < ARRAY_SIZE(registers->x); i++) registers->x[i] = value += STEP;
}

void check_kept(const struct registers *before, const struct registers *after, u32 rt, u64 of) {
    for (u32 i = 0; i < ARRAY_SIZE(before->x); i++)
        if (i != rt && before->x[i] != after->x[i])
            complain("another register than Rt has changed", of, i);
}
