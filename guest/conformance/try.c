/* SPDX-License-Identifier: Apache-2.0 */
/* One instruction, chosen at run time, by the boot CPU. */
#include "conformance.h"
#include "exception.h"

#define RET    0xd65f03c0U
#define CAUGHT (1UL << 63)

static u32 code[16] __attribute__((aligned(4096)));

static bool skip_it(struct regs *regs, u32 vector) {
    (void)vector;
    if (regs->elr != (u64)code) return false;
    regs->x[16] = regs->esr | CAUGHT;
    regs->elr += 4;
    return true;
}

void try_init(void) { exception_set_hook(skip_it); }

u64 try_instruction(u32 instruction, u64 *x3) {
    register u64 x3_ asm("x3") = *x3;
    register u64 caught asm("x16") = 0;
    register u64 target asm("x20") = (u64)code;

    code[0] = instruction;
    code[1] = RET;
    asm volatile("dc cvau, %2\n\tdsb ish\n\tic iallu\n\tdsb ish\n\tisb\n\tblr %2"
                 : "+r"(x3_), "+r"(caught)
                 : "r"(target)
                 : "x0", "x1", "x2", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                   "x14", "x15", "x17", "x30", "cc", "memory");
    *x3 = x3_;
    return caught;
}
