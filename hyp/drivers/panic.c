/* SPDX-License-Identifier: Apache-2.0 */
/* What the hypervisor says when it cannot go on: registers, the cause in words, and how it got
 * there. */
#include "arch/frame.h"
#include "arch/percpu.h"
#include "arch/sysreg.h"
#include "core/esr.h"
#include "core/symbols.h"
#include "drivers/console.h"
#include "drivers/panic.h"
#include "mm/mm.h"

extern const struct symbol_table ksyms;

static void print_place(const char *label, u64 address) {
    u64 offset = address - (u64)_text, start;
    const char *name = symbol_find(&ksyms, offset, &start);

    if (name)
        console_print("  %s %#lx  %s+%#lx\n", label, address, name, offset - start);
    else
        console_print("  %s %#lx\n", label, address);
}

/* A frame record is {caller's x29, return address}, within this core's stack (AAPCS64). */
static void print_backtrace(u64 fp) {
    const struct percpu *cpu = this_cpu();
    u64 top = cpu->boot.stack_top, bottom = top - STACK_SIZE;

    for (unsigned int depth = 0; depth < 32; depth++) {
        if (fp < bottom || fp > top - 16 || (fp & 7)) return;
        print_place("from", ((const u64 *)fp)[1] - 4);
        if (((const u64 *)fp)[0] <= fp) /* frames lead upwards: a loop ends here */
            return;
        fp = ((const u64 *)fp)[0];
    }
}

static _Noreturn void stop_machine(void) {
    console_print("stopped: reset or power-cycle the machine\n");
    for (;;) asm volatile("wfi");
}

_Noreturn void panic_exception(const struct panic_frame *f);
_Noreturn void panic_exception(const struct panic_frame *f) {
    static const char *const kinds[] = {"synchronous exception", "IRQ", "FIQ", "SError"};
    u64 esr = read_sysreg(esr_el2), far = read_sysreg(far_el2), elr = read_sysreg(elr_el2);
    u64 top = this_cpu()->boot.stack_top;
    char text[160];

    console_panic_mode();
    esr_describe(esr, far, text, sizeof(text));
    console_print("\n*** muster panic on cpu%u: %s in the hypervisor ***\n  %s\n",
                  this_cpu()->index, kinds[f->kind & 3], text);
    if (far < top - STACK_SIZE && far >= top - STACK_SIZE - PAGE_SIZE)
        console_print("  the stack has overflowed into its guard page\n");
    console_print("  esr %#lx  far %#lx  hpfar %#lx  spsr %#lx  sp %#lx  image %p\n", esr, far,
                  read_sysreg(hpfar_el2), read_sysreg(spsr_el2), f->sp, (void *)_text);
    for (unsigned int i = 0; i < 31; i++)
        console_print("  x%-2u %016lx%s", i, f->x[i], i % 4 == 3 || i == 30 ? "\n" : "");
    print_place("at  ", elr);
    print_place("lr  ", f->x[30] - 4);
    print_backtrace(f->x[29]);
    stop_machine();
}

void panic(const char *fmt, ...) {
    va_list ap;
    char text[160];

    va_start(ap, fmt);
    print_vs(text, sizeof(text), fmt, ap);
    va_end(ap);
    console_panic_mode();
    console_print("\n*** muster panic on cpu%u: %s ***\n", this_cpu()->index, text);
    print_backtrace((u64)__builtin_frame_address(0));
    stop_machine();
}
