/* SPDX-License-Identifier: Apache-2.0 */
/* One instruction at a time, chosen at run time, with its exception if it has one. */
#include "cores.h"
#include "cpu.h"
#include "exception.h"
#include "layout.h"
#include "mmu.h"
#include "smp.h"

#define RET          0xd65f03c0U
#define CAUGHT       (1UL << 63)
#define SPSR_BTYPE   (3UL << 10)
#define GUARDED_BASE 0x7f80000000UL /* a GiB of the map where no board has anything */
#define GIB_MASK     0x3fffffffUL

/*
 * Each CPU's own: the instruction, and what follows it. A page each: where two CPUs write code into
 * one page, QEMU 7.2 can lose sight of a write and run the old translation for good.
 */
static u32 code[MAX_CPUS][1024] __attribute__((aligned(4096)));

/* X16 tells the probe what came of its instruction, and what comes after is run. */
static bool note_exception(struct regs *regs, u32 vector) {
    u64 base = regs->elr >= GUARDED_BASE ? GUARDED_BASE | ((u64)code & GIB_MASK) : (u64)code;

    (void)vector;
    if (regs->elr - base >= sizeof(code)) return false;
    regs->x[16] = regs->esr | CAUGHT;
    regs->elr += 4;
    regs->spsr &= ~SPSR_BTYPE;
    return true;
}

void probe_init(void) {
    exception_set_hook(note_exception);
    mmu_map_guarded(GUARDED_BASE, (u64)code);
}

static void run(u32 instruction, u64 alias, struct probe *p) {
    u32 *mine = code[cpu_id()];
    register struct probe *x19 asm("x19") = p;
    register u64 x20 asm("x20") = alias ? alias | ((u64)mine & GIB_MASK) : (u64)mine;

    mine[0] = instruction;
    mine[1] = RET;
    asm volatile("dc cvau, %0\n\tdsb ish\n\tic iallu\n\tdsb ish\n\tisb" ::"r"(mine) : "memory");
    asm volatile("ldp x0, x1, [x19]\n\tldp x2, x3, [x19, #16]\n\tmov x16, #0\n\tblr x20\n\t"
                 "stp x0, x1, [x19]\n\tstp x2, x3, [x19, #16]\n\tstr x16, [x19, %2]"
                 :
                 : "r"(x19), "r"(x20), "i"(offsetof(struct probe, esr))
                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                   "x13", "x14", "x15", "x16", "x17", "x30", "cc", "memory");
    p->esr &= ~CAUGHT;
}

void probe(u32 instruction, struct probe *p) { run(instruction, 0, p); }

void probe_guarded(u32 instruction, struct probe *p) { run(instruction, GUARDED_BASE, p); }

u64 probe_x3(u32 instruction, u64 x3, u64 x0) {
    struct probe p = {.x = {x0, 0, 0, x3}};

    probe(instruction, &p);
    return p.x[3];
}

u32 id_field(u32 crm, u32 op2, u32 lsb) {
    return (u32)(probe_x3(MRS(3, 0, 0, crm, op2), 0, 0) >> lsb) & 15;
}
