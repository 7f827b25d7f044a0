/* SPDX-License-Identifier: Apache-2.0 */
#include "exception.h"
#include "cpu.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "tap.h"

static exception_hook hook;
static u32 reporter; /* CPU number + 1 */

void exception_set_hook(exception_hook new_hook) { hook = new_hook; }

const char *esr_class_name(u64 esr) {
    switch (esr_class(esr)) {
    case EC_UNKNOWN: return "undefined instruction";
    case EC_ILLEGAL_STATE: return "illegal execution state";
    case EC_SYSREG: return "trapped system register access";
    case EC_IABT_LOWER:
    case EC_IABT: return "instruction abort";
    case EC_PC_ALIGNMENT: return "PC alignment fault";
    case EC_DABT_LOWER:
    case EC_DABT: return "data abort";
    case EC_SP_ALIGNMENT: return "SP alignment fault";
    case EC_SERROR: return "SError";
    case EC_BRK: return "breakpoint instruction";
    default: return "other exception";
    }
}

static bool is_abort(u64 esr) {
    switch (esr_class(esr)) {
    case EC_IABT_LOWER:
    case EC_IABT:
    case EC_DABT_LOWER:
    case EC_DABT: return true;
    default: return false;
    }
}

const char *esr_fault_name(u64 esr) {
    u32 status = (u32)esr & 0x3f;

    if (!is_abort(esr)) return "";
    switch (status >> 2) {
    case 0x0 >> 2: return ", address size fault";
    case 0x4 >> 2: return ", translation fault";
    case 0x8 >> 2: return ", access flag fault";
    case 0xc >> 2: return ", permission fault";
    case 0x14 >> 2: return ", external abort on a translation table walk";
    default: break;
    }
    if (status == 0x10) return ", external abort";
    if (status == 0x21) return ", alignment fault";
    return ", other fault";
}

const char *vector_name(u32 vector) {
    static const char *const names[] = {
        "synchronous, SP_EL0",
        "IRQ, SP_EL0",
        "FIQ, SP_EL0",
        "SError, SP_EL0",
        "synchronous, current EL",
        "IRQ, current EL",
        "FIQ, current EL",
        "SError, current EL",
        "synchronous, lower EL",
        "IRQ, lower EL",
        "FIQ, lower EL",
        "SError, lower EL",
        "synchronous, lower EL A32",
        "IRQ, lower EL A32",
        "FIQ, lower EL A32",
        "SError, lower EL A32",
    };

    return vector < ARRAY_SIZE(names) ? names[vector] : "no vector";
}

static void print_registers(const struct regs *regs, u32 vector) {
    printf("# %s: %s%s\n", vector_name(vector), esr_class_name(regs->esr),
           esr_fault_name(regs->esr));
    printf("# esr %016lx far %016lx elr %016lx spsr %016lx\n", regs->esr, regs->far, regs->elr,
           regs->spsr);
    for (u32 i = 0; i < 30; i += 3)
        printf("# x%-2u %016lx x%-2u %016lx x%-2u %016lx\n", i, regs->x[i], i + 1, regs->x[i + 1],
               i + 2, regs->x[i + 2]);
    printf("# x30 %016lx sp  %016lx\n", regs->x[30], (u64)(regs + 1));
}

void exception_dispatch(struct regs *regs, u32 vector) {
    if (hook && hook(regs, vector)) return;
    /* A fault while reporting a fault: no more words, only the end. Other CPUs wait for it. */
    if (reporter == cpu_id() + 1) psci_system_off();
    while (reporter) asm volatile("wfe" ::: "memory");
    reporter = cpu_id() + 1;
    tap_ok(false, "unexpected exception on CPU%u", cpu_id());
    print_registers(regs, vector);
    tap_end("stopped by an exception");
    psci_system_off();
}
