/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/smp.h"
#include "arch/cache.h"
#include "arch/el2.h"
#include "drivers/console.h"
#include "drivers/gic.h"
#include "drivers/psci.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "vm/sched.h"

#define CPU_UP_DEADLINE_MS 1000

struct percpu *cpus[MAX_CPUS + 1];
unsigned int nr_cpus;

static struct percpu boot_cpu;
static struct trace_ring boot_ring;
static u8 boot_panic_stack[PANIC_STACK_SIZE] __attribute__((aligned(16)));
static enum enable_method methods[MAX_CPUS];
static bool mitigations;

extern char boot_stack_top[], secondary_entry[], spin_table_entry[];

void smp_init_boot_cpu(void) {
    boot_cpu.mpidr = read_sysreg(mpidr_el1) & MPIDR_AFFINITY;
    boot_cpu.state = CPU_ONLINE;
    boot_cpu.boot.stack_top = (u64)boot_stack_top;
    boot_cpu.panic_stack_top = (u64)boot_panic_stack + PANIC_STACK_SIZE;
    boot_cpu.trace = &boot_ring;
    trace_ring_init(&boot_ring, 0);
    cpus[0] = &boot_cpu;
    nr_cpus = 1;
    write_sysreg(tpidr_el2, (u64)&boot_cpu);
}

/*
 * guard | stack | panic stack | percpu | trace ring: one piece of the heap for each core, so that
 * what a core touches lies together.
 */
static struct percpu *alloc_cpu(u32 index, const struct machine_cpu *c) {
    const u64 ring_pages = (sizeof(struct trace_ring) + PAGE_SIZE - 1) / PAGE_SIZE;
    u8 *p = page_alloc_dirty(
        (unsigned int)((STACK_SIZE + PANIC_STACK_SIZE) / PAGE_SIZE + 2 + ring_pages));
    struct percpu *cpu;

    if (!p || !window_prepare(index)) return NULL;
    mm_guard(p);
    cpu = (struct percpu *)(p + PAGE_SIZE + STACK_SIZE + PANIC_STACK_SIZE);
    memset(cpu, 0, sizeof(*cpu));
    cpu->index = index;
    cpu->mpidr = c->mpidr;
    cpu->release_addr = c->release_addr;
    cpu->panic_stack_top = (u64)cpu;
    cpu->trace = (struct trace_ring *)((u8 *)cpu + PAGE_SIZE);
    trace_ring_init(cpu->trace, index);
    mm_boot_regs(&cpu->boot, (u64)p + PAGE_SIZE + STACK_SIZE);
    return cpu;
}

bool smp_list_cpus(const struct machine *m) {
    bool found_self = false;

    for (unsigned int i = 0; i < m->nr_cpus; i++) {
        const struct machine_cpu *c = &m->cpu[i];

        if (c->mpidr == boot_cpu.mpidr) {
            found_self = true;
            continue;
        }
        if (nr_cpus == MAX_CPUS) break;
        cpus[nr_cpus] = alloc_cpu(nr_cpus, c);
        if (!cpus[nr_cpus]) return log_error("no memory left for %s", c->node);
        methods[nr_cpus++] = c->method;
    }
    if (!found_self)
        log_warn("/cpus has no node for the core that boots (MPIDR %#lx)", boot_cpu.mpidr);
    return true;
}

/* Spin-table: the core polls a word in memory, with its MMU off, until an address is there. */
static bool release(struct percpu *cpu) {
    volatile u64 *mailbox = window_open(0, pa(cpu->release_addr), sizeof(u64), true);

    if (!mailbox) return false;
    *mailbox = (u64)spin_table_entry;
    dcache_clean_invalidate(mailbox, sizeof(*mailbox));
    window_close(0);
    sev();
    return true;
}

/* Asks for one core and does not wait for it. */
static void cpu_up(struct percpu *cpu) {
    cpu->state = CPU_STARTING;
    cpu->on_ticks = counter();
    /* The core reads its struct before it has caches. */
    dcache_clean_invalidate(cpu, sizeof(*cpu));
    trace(TRACE_CPU_ON, TRACE_MACHINE, cpu->index, cpu->mpidr);
    if (methods[cpu->index] == ENABLE_PSCI) {
        cpu->psci_result = psci_cpu_on(cpu->mpidr, (u64)secondary_entry, (u64)cpu);
    } else if (methods[cpu->index] != ENABLE_SPIN_TABLE || !release(cpu)) {
        cpu->psci_result = PSCI_NOBODY_TO_ASK;
    }
    if (cpu->psci_result != PSCI_SUCCESS) (void)compare_swap(&cpu->state, CPU_STARTING, CPU_FAILED);
}

static void wait_for(struct percpu *cpu, u64 deadline) {
    /* The state is looked at first; the event stream ends each wait in time anyway. */
    while (load_acquire(&cpu->state) == CPU_STARTING && counter() < deadline) wfe();
    if (load_relaxed(&cpu->state) != CPU_STARTING) return;
    dcache_clean_invalidate(&cpu->wrong_level, sizeof(cpu->wrong_level));
    /* The core itself may come between our look and this swap: then it won. */
    (void)compare_swap(&cpu->state, CPU_STARTING, cpu->wrong_level ? CPU_FAILED : CPU_TIMED_OUT);
}

/* One line; why a core is not online, in the words of the one who was asked to start it. */
static void print_cpu(const struct percpu *cpu, enum cpu_state state) {
    static const char states[][10] = {
        [CPU_ABSENT] = "absent", [CPU_STARTING] = "starting",   [CPU_ONLINE] = "online",
        [CPU_FAILED] = "failed", [CPU_TIMED_OUT] = "timed out", [CPU_LATE] = "late",
    };
    char text[80] = "boot core";

    if (cpu->index && state == CPU_ONLINE)
        print_s(text, sizeof(text), "%lu us", ticks_to_us(cpu->online_ticks - cpu->on_ticks));
    else if (state == CPU_TIMED_OUT)
        print_s(text, sizeof(text), "%s, not seen within %u ms",
                methods[cpu->index] == ENABLE_PSCI ? "firmware said SUCCESS"
                                                   : "released through its spin-table",
                CPU_UP_DEADLINE_MS);
    else if (cpu->psci_result == PSCI_NOBODY_TO_ASK)
        print_s(text, sizeof(text), "nobody to ask: no PSCI by SMC and no spin-table");
    else if (cpu->psci_result != PSCI_SUCCESS)
        print_s(text, sizeof(text), "CPU_ON answered %d, %s", cpu->psci_result,
                psci_result_name(cpu->psci_result));
    else if (cpu->wrong_level)
        print_s(text, sizeof(text), "came at EL%lu: firmware has to start it at EL2",
                cpu->wrong_level >> 2);
    else if (cpu->index)
        print_s(text, sizeof(text), "see its lines above");
    log_info("  cpu%-3u %#-12lx %-10s %s", cpu->index, cpu->mpidr, states[state], text);
}

/* What the report leaves to be guessed. */
static void print_likely_cause(const struct percpu *cpu, enum cpu_state state) {
    const char *cause = NULL;

    if (state == CPU_TIMED_OUT)
        cause = methods[cpu->index] == ENABLE_PSCI
                    ? "its MPIDR is not the core that firmware switched on, or firmware is late"
                    : "nobody polls its cpu-release-addr, or an earlier stage has the core";
    else if (cpu->psci_result == PSCI_ALREADY_ON)
        cause = "an earlier stage has switched it on and keeps it";
    else if (cpu->psci_result == PSCI_INVALID_PARAMETERS)
        cause = "firmware has no core with its MPIDR";
    if (cause) log_warn("cpu%u, most likely: %s", cpu->index, cause);
}

/* A line for the boot core, and for each that does something else than the one before it. */
static void print_mitigations(u64 online) {
    mitigation_t last = ~cpus[0]->mitigation;

    for (; online; online &= online - 1) {
        unsigned int i = lowest_bit(online);
        mitigation_t m = cpus[i]->mitigation;
        char how[28] = "none";

        if (m == last) continue;
        last = m;
        if ((u32)m)
            print_s(how, sizeof(how),
                    m & BIT(31)                   ? "firmware call %#x"
                    : (u32)m == MITIGATION_CLRBHB ? "CLRBHB"
                                                  : "branch history loop (%u)",
                    (u32)m);
        (m & MITIGATION_OPEN ? log_warn : log_info)("mitigations from cpu%u on: %s%s", i, how,
                                                    m & MITIGATION_OPEN
                                                        ? ", not complete: firmware offers none"
                                                        : "");
    }
}

static void print_report(void) {
    u64 online = 0;

    log_info("  core   MPIDR        state      since CPU_ON");
    for (unsigned int i = 0; i < nr_cpus; i++) {
        enum cpu_state state = load_acquire(&cpus[i]->state);

        print_cpu(cpus[i], state);
        if (state == CPU_ONLINE) online |= BIT(i);
    }
    for (unsigned int i = 1; i < nr_cpus; i++)
        if (!(online & BIT(i))) print_likely_cause(cpus[i], load_acquire(&cpus[i]->state));
    log_info("%u of %u cores online", count_bits(online), nr_cpus);
    if (mitigations) print_mitigations(online);
    console_give_back();
}

/*
 * At 115200 baud a line takes 6 ms. The boot core does not wait for that: a core that has nothing
 * to do yet prints, and has the console until it is through. One that no kick reaches must not take
 * the report with it.
 */
static void have_report_printed(struct percpu *by) {
    u64 deadline = counter() + counter_hz() * CPU_UP_DEADLINE_MS / 1000;

    console_give(by);
    store_release(&by->errand, print_report);
    if (by != this_cpu()) {
        gic_kick(by);
        while (load_relaxed(&by->errand) && counter() < deadline) asm volatile("yield");
    }
    if (!exchange_acquire(&by->errand, NULL)) return;
    if (by != this_cpu()) {
        console_take(by);
        log_warn("cpu%u takes no SGI: the GIC, or firmware's set-up of it", by->index);
    }
    print_report();
}

u64 smp_init_cpus(bool mitigate) {
    struct percpu *last = cpus[0];
    u64 online = 0;
    u64 deadline;

    mitigations = mitigate;
    if (mitigate) el2_mitigate(firmware_arch_call);

    trace(TRACE_CPU_ONLINE, TRACE_MACHINE, 0, 0);
    /* Spin-table cores look themselves up in this list before they have caches. */
    dcache_clean_invalidate(cpus, sizeof(cpus));
    dcache_clean_invalidate(cpus[0], sizeof(*cpus[0]));
    for (unsigned int i = 1; i < nr_cpus; i++) cpu_up(cpus[i]);
    deadline = counter() + counter_hz() * CPU_UP_DEADLINE_MS / 1000;
    for (unsigned int i = 1; i < nr_cpus; i++) wait_for(cpus[i], deadline);

    for (unsigned int i = 0; i < nr_cpus; i++)
        if (load_acquire(&cpus[i]->state) == CPU_ONLINE) online |= BIT(i), last = cpus[i];
    have_report_printed(last);
    return online;
}

/* Comes from head.S with its own stack, the MMU on, and nothing else. */
static void start_secondary(struct percpu *cpu) {
    const char *refused = el2_init_cpu();

    if (mitigations) el2_mitigate(firmware_arch_call);
    if (!refused && !gic_init_cpu(cpu)) refused = "its GIC interface does not work";
    cpu->online_ticks = counter();
    if (refused) {
        log_error("cpu%u: %s", cpu->index, refused);
        (void)compare_swap(&cpu->state, CPU_STARTING, CPU_FAILED);
    } else if (compare_swap(&cpu->state, CPU_STARTING, CPU_ONLINE)) {
        trace(TRACE_CPU_ONLINE, TRACE_MACHINE, cpu->index, 0);
    } else {
        store_release(&cpu->state, CPU_LATE);
        trace(TRACE_CPU_LATE, TRACE_MACHINE, cpu->index, 0);
        log_warn("cpu%u came %lu us after CPU_ON, past its deadline: parked", cpu->index,
                 ticks_to_us(cpu->online_ticks - cpu->on_ticks));
    }
    /* The boot core waits in WFE for the state. */
    sev();
}

void init_secondary(struct percpu *cpu, u64 entry_ticks) {
    if (trace_on) trace_record_at(TRACE_CPU_ENTRY, TRACE_MACHINE, cpu->index, 0, entry_ticks);
    trace(TRACE_CPU_MMU, TRACE_MACHINE, cpu->index, 0);
    start_secondary(cpu);
    sched_run();
}
