/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hwbreak: ptrace's hardware breakpoint, watchpoint and single step, on each CPU in turn. A child
 * that is bound to the CPU runs into them; its parent looks whether it did, and where.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <asm/ptrace.h>

/* The codes of a SIGTRAP (Linux, asm-generic/siginfo.h). */
#define CODE_TRACE  2
#define CODE_HWBKPT 4

/* Enabled (0), at EL0 (2:1), for a store (4:3), in all of these bytes (12:5): DDI 0487, "DBGBCR<n>
 * _EL1" and "DBGWCR<n>_EL1". */
#define BREAK_CONTROL (1U | 2U << 1 | 0x0fU << 5)
#define WATCH_CONTROL (1U | 2U << 1 | 2U << 3 | 0xffU << 5)

#define STEPS 5

static volatile uint64_t watched;

static __attribute__((noinline)) void target(void) { watched = 42; }

static void child(int cpu) {
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) || ptrace(PTRACE_TRACEME, 0, NULL, NULL)) _exit(1);
    raise(SIGSTOP);
    target();
    _exit(watched == 42 && sched_getcpu() == cpu ? 0 : 2);
}

/* Number 0 of the breakpoints or watchpoints; control 0 takes it away. */
static int set_slot(pid_t pid, uintptr_t kind, uint64_t address, uint32_t control) {
    struct user_hwdebug_state state = {0};
    struct iovec io = {&state, offsetof(struct user_hwdebug_state, dbg_regs[1])};

    state.dbg_regs[0].addr = address;
    state.dbg_regs[0].ctrl = control;
    return ptrace(PTRACE_SETREGSET, pid, (void *)kind, &io) == 0;
}

static unsigned int slots(pid_t pid, uintptr_t kind) {
    struct user_hwdebug_state state = {0};
    struct iovec io = {&state, sizeof(state)};

    return ptrace(PTRACE_GETREGSET, pid, (void *)kind, &io) ? 0 : state.dbg_info & 0xff;
}

static uint64_t pc_of(pid_t pid) {
    struct user_pt_regs regs = {0};
    struct iovec io = {&regs, sizeof(regs)};

    return ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &io) ? 0 : regs.pc;
}

/* Lets the child go on, until a SIGTRAP of this code. Returns where that says it was, or 0. */
static uint64_t go_on(pid_t pid, int request, int code) {
    siginfo_t info;
    int status;

    if (ptrace(request, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid) return 0;
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) return 0;
    if (ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) || info.si_code != code) return 0;
    return (uint64_t)info.si_addr;
}

static const char *try(pid_t pid) {
    uint64_t function = (uint64_t)target, variable = (uint64_t)&watched, pc;

    if (!set_slot(pid, NT_ARM_HW_BREAK, function, BREAK_CONTROL)) return "no breakpoint to be had";
    if (go_on(pid, PTRACE_CONT, CODE_HWBKPT) != function) return "the breakpoint is not hit";
    if (pc_of(pid) != function) return "the breakpoint stops somewhere else";
    if (!set_slot(pid, NT_ARM_HW_BREAK, 0, 0)) return "the breakpoint does not go";
    if (!set_slot(pid, NT_ARM_HW_WATCH, variable, WATCH_CONTROL)) return "no watchpoint to be had";
    if (go_on(pid, PTRACE_CONT, CODE_HWBKPT) != variable) return "the watchpoint is not hit";
    if (!set_slot(pid, NT_ARM_HW_WATCH, 0, 0)) return "the watchpoint does not go";
    pc = pc_of(pid);
    for (int i = 0; i < STEPS; i++) {
        if (!go_on(pid, PTRACE_SINGLESTEP, CODE_TRACE)) return "a single step is lost";
        if (pc_of(pid) == pc) return "a single step does not move";
        pc = pc_of(pid);
    }
    return NULL;
}

/* NULL, or what is wrong on this CPU. */
static const char *check(int cpu) {
    pid_t pid = fork();
    const char *wrong;
    int status;

    if (pid == 0) child(cpu);
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status)) return "no child to be traced";
    if (cpu == 0)
        printf("hwbreak: %u breakpoints, %u watchpoints\n", slots(pid, NT_ARM_HW_BREAK),
               slots(pid, NT_ARM_HW_WATCH));
    wrong = try(pid);
    if (ptrace(PTRACE_CONT, pid, NULL, NULL) || waitpid(pid, &status, 0) != pid) return "no end";
    return wrong ? wrong : status ? "the child does not end well" : NULL;
}

int main(void) {
    int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN), failures = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int cpu = 0; cpu < cpus; cpu++) {
        const char *wrong = check(cpu);

        failures += wrong != NULL;
        if (wrong) printf("hwbreak: FAIL cpu%d: %s\n", cpu, wrong);
    }
    printf("hwbreak: %d CPUs, %d failures\n", cpus, failures);
    return failures != 0;
}
