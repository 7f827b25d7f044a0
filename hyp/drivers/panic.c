/* SPDX-License-Identifier: Apache-2.0 */
/* What the hypervisor says when it cannot go on: registers, the cause in words, and how it got
 * there. */
#include "arch/barrier.h"
#include "arch/frame.h"
#include "arch/sysreg.h"
#include "core/esr.h"
#include "core/symbols.h"
#include "drivers/console.h"
#include "mm/mm.h"

extern const struct symbol_table ksyms;

static void print_place(const char *label, u64 address) {
    u64 offset = address - (u64)_text, start;
    char name[SYMBOL_LENGTH];
    bool known = symbol_find(&ksyms, offset, &start, name);

    console_print("  %s %#lx  %s+%#lx\n", label, address, known ? name : "?",
                  known ? offset - start : 0);
}

/*
 * The last words. A frame record is {caller's x29, return address}, within this core's stack
 * (AAPCS64).
 */
static _Noreturn void print_backtrace_and_stop(u64 fp) {
    u64 top = this_cpu()->boot.stack_top, bottom = top - STACK_SIZE;

    for (unsigned int depth = 0; depth < 32; depth++) {
        const u64 *record = (const u64 *)fp;

        if (fp < bottom || fp > top - 16 || (fp & 7)) break;
        print_place("from", record[1] - 4);
        if (record[0] <= fp) break; /* frames lead upwards: a loop ends here */
        fp = record[0];
    }
    console_print("stopped: reset or power-cycle the machine\n");
    for (;;) wfi();
}

/* kind: index of the vector, 0-7. */
_Noreturn void panic_exception(unsigned int kind, const struct guest_regs *regs, u64 sp);
_Noreturn void panic_exception(unsigned int kind, const struct guest_regs *regs, u64 sp) {
    static const char kinds[] = "synchronous exception\0IRQ\0FIQ\0SError";
    u64 esr = read_sysreg(esr_el2), far = read_sysreg(far_el2);
    u64 bottom = this_cpu()->boot.stack_top - STACK_SIZE;
    char text[160];

    console_panic_mode();
    esr_describe(esr, far, text, sizeof(text));
    console_print("\n*** muster panic on cpu%u: %s in the hypervisor ***\n  %s\n",
                  this_cpu()->index, nth_name(kinds, kind & 3), text);
    if (far < bottom && far >= bottom - PAGE_SIZE)
        console_print("  the stack has overflowed into its guard page\n");
    console_print("  esr %#lx  far %#lx  hpfar %#lx  spsr %#lx  sp %#lx  image %p\n", esr, far,
                  read_sysreg(hpfar_el2), read_sysreg(spsr_el2), sp, (void *)_text);
    for (unsigned int i = 0; i < 31; i++)
        console_print("  x%-2u %016lx%s", i, regs->x[i], i % 4 == 3 || i == 30 ? "\n" : "");
    print_place("at  ", read_sysreg(elr_el2));
    print_place("lr  ", regs->x[30] - 4);
    print_backtrace_and_stop(regs->x[29]);
}
