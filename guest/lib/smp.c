/* SPDX-License-Identifier: Apache-2.0 */
#include "smp.h"
#include "mmu.h"
#include "printf.h"
#include "psci.h"
#include "smp_entry.h"
#include "timer.h"

#define TELL_US     20000
#define CONTEXT_TAG 0x4d75737400000000UL

struct percpu cpus[MAX_CPUS];
struct cpu_table cpu_table;
bool smp_narrate;

_Static_assert(offsetof(struct cpu_table, nr) == CT_NR, "start.S");
_Static_assert(offsetof(struct cpu_table, mpidr) == CT_MPIDR, "start.S");

/* More CPUs than the machine under us has cores take their turns. */
u64 smp_patience_us(void) { return platform.nr_cpus > 8 ? 8000000 : 4000000; }

bool cpu_is_online(u32 cpu) { return load_acquire(&cpus[cpu].state) == CPU_IS_ONLINE; }

u64 smp_online_mask(void) {
    u64 mask = 0;

    for (u32 i = 0; i < platform.nr_cpus; i++) mask |= cpu_is_online(i) ? 1UL << i : 0;
    return mask;
}

u32 smp_nr_online(void) {
    u32 nr = 0;

    for (u32 i = 0; i < platform.nr_cpus; i++) nr += cpu_is_online(i);
    return nr;
}

u32 smp_next_online(u32 cpu) {
    u32 next = cpu;

    do {
        next = (next + 1) % platform.nr_cpus;
    } while (next != cpu && !cpu_is_online(next));
    return next;
}

u32 sgi_count(u32 cpu, u32 id) { return load_acquire(&cpus[cpu].sgi_count[id]); }

static void run_incoming_calls(struct percpu *cpu) {
    u32 callers = atomic_swap(&cpu->incoming, 0U);

    while (callers) {
        struct smp_call *call = &cpus[__builtin_ctz(callers)].outgoing;

        callers &= callers - 1;
        call->function(call->argument);
        atomic_add(&call->pending, -1U);
    }
}

/* All 16 SGIs come here: each is counted, and SGI 0 may carry a call. */
static void handle_sgi(u32 intid, u32 source, const struct regs *regs) {
    struct percpu *cpu = this_cpu();

    cpu->sgi_stamp = regs->stamp;
    cpu->sgi_from[intid][source]++;
    atomic_add(&cpu->sgi_count[intid], 1U);
    if (intid != IPI_CALL) return;
    run_incoming_calls(cpu);
    if (load_acquire(&cpu->work_state) == WORK_POSTED) store_relaxed(&cpu->work_state, WORK_READY);
}

void smp_init(const struct cpu_entry *entry) {
    cpu_table.nr = platform.nr_cpus;
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        cpus[i].index = i;
        cpus[i].mpidr = platform.mpidr[i];
        cpu_table.mpidr[i] = platform.mpidr[i];
    }
    cache_clean_to_poc(&cpu_table, sizeof(cpu_table));
    cache_clean_to_poc(&boot_regs, sizeof(boot_regs));
    cpus[0].entry = *entry;
    store_release(&cpus[0].state, CPU_IS_ONLINE);
    write_sysreg((u64)&cpus[0], tpidr_el1);
    for (u32 i = 0; i < GIC_NR_SGIS; i++) irq_set_handler(i, handle_sgi);
}

/* A fresh context id for each CPU_ON; its low byte is the CPU number. */
u64 cpu_prepare(u32 cpu) {
    static u32 serial;

    cpus[cpu].context = CONTEXT_TAG | (u64)(atomic_add(&serial, 1U) & 0xffffff) << 8 | cpu;
    cpus[cpu].work_state = WORK_NONE;
    cpus[cpu].announced = 0;
    cpus[cpu].incoming = 0;
    store_release(&cpus[cpu].state, CPU_IS_BOOTING);
    return cpus[cpu].context;
}

s32 cpu_up(u32 cpu) {
    u64 context = cpu_prepare(cpu);
    u64 entry = (u64)secondary_entry;
    s32 result;

    /* The newcomer reads none of this before its MMU is on, but it reads it soon. */
    dsb(ish);
    result = psci_cpu_on(cpus[cpu].mpidr, entry, context);
    if (smp_narrate)
        say("cpu_up(%u): CPU_ON mpidr=0x%lx entry=0x%lx ctx=0x%lx -> %s", cpu, cpus[cpu].mpidr,
            entry, context, psci_result_name(result));
    store_release(&cpus[cpu].announced, 1U);
    if (result != PSCI_SUCCESS) store_release(&cpus[cpu].state, CPU_IS_OFF);
    return result;
}

bool cpu_wait_online(u32 cpu) { return wait_until(cpu_is_online(cpu), smp_patience_us()); }

/* The caller's line first: a newcomer is often faster than the return of its CPU_ON. */
static void tell_entry(const struct percpu *cpu) {
    const struct cpu_entry *entry = &cpu->entry;

    (void)wait_until(load_acquire(&cpu->announced), TELL_US);
    say("entry at %lu us: x0=0x%lx (%s), EL%lu, DAIF=0x%lx, SCTLR_EL1.M=%lu",
        timer_stamp_us(entry->ticks), entry->context,
        entry->context == cpu->context ? "as given" : "WRONG", entry->current_el >> 2, entry->daif,
        entry->sctlr & 1);
    say("MMU on, SCTLR_EL1=0x%lx", read_sysreg(sctlr_el1));
}

static void tell_devices(const struct percpu *cpu, bool gic_ready) {
    if (!gic_ready)
        say("GICv%u: NO redistributor for this CPU", platform.gic_version);
    else if (platform.gic_version == 3)
        say("GICv3 redistributor at 0x%lx and CPU interface ready", cpu->gicr);
    else
        say("GICv2 CPU interface %u ready", cpu->gic_number);
    say("timer ready: INTID %u (virtual), %u (physical), %lu Hz", platform.timer_virt_intid,
        platform.timer_phys_intid, read_sysreg(cntfrq_el0));
    if (gic_ready) say("online");
}

void secondary_start(u64 index, u64 context, u64 mpidr, u64 current_el, u64 daif, u64 sctlr,
                     u64 ticks) {
    struct percpu *cpu = &cpus[index];
    bool gic_ready;

    write_sysreg((u64)cpu, tpidr_el1);
    cpu->entry = (struct cpu_entry){context, mpidr, current_el, daif, sctlr, ticks};
    if (smp_narrate) muster_event("MMU on", 0);
    if (smp_narrate) tell_entry(cpu);
    gic_ready = gic_cpu_init();
    if (smp_narrate && gic_ready) muster_event("GIC ready", 0);
    timer_stop(TIMER_VIRT);
    timer_stop(TIMER_PHYS);
    if (smp_narrate) tell_devices(cpu, gic_ready);
    if (gic_ready) store_release(&cpu->state, CPU_IS_ONLINE);
    if (smp_narrate && gic_ready) muster_event("online", 0);
    smp_idle();
}

static void run_work(struct percpu *cpu) {
    if (load_relaxed(&cpu->work_state) != WORK_READY) return;
    store_relaxed(&cpu->work_state, WORK_RUNNING);
    cpu->work_function(cpu->work_argument);
    store_release(&cpu->work_state, WORK_DONE);
}

void smp_idle(void) {
    struct percpu *cpu = this_cpu();

    for (;;) {
        /* Masked from the look to WFI: an SGI in between stays pending and ends the WFI. */
        irq_mask();
        if (load_relaxed(&cpu->work_state) != WORK_READY) wfi();
        irq_unmask();
        run_work(cpu);
    }
}

bool smp_work_start(u32 cpu, smp_function function, void *argument) {
    if (!cpu_is_online(cpu) || load_acquire(&cpus[cpu].work_state) != WORK_NONE) return false;
    cpus[cpu].work_function = function;
    cpus[cpu].work_argument = argument;
    store_release(&cpus[cpu].work_state, WORK_POSTED);
    gic_send(gic_sgi_to(cpu, IPI_CALL));
    return true;
}

bool smp_work_wait(u32 cpu) {
    if (!wait_until(load_acquire(&cpus[cpu].work_state) == WORK_DONE, smp_patience_us()))
        return false;
    store_release(&cpus[cpu].work_state, WORK_NONE);
    return true;
}

bool smp_work(u32 cpu, smp_function function, void *argument) {
    if (cpu == cpu_id()) {
        function(argument);
        return true;
    }
    return smp_work_start(cpu, function, argument) && smp_work_wait(cpu);
}

bool smp_work_all(smp_function function, void *argument) {
    bool done = true;
    u64 started = 0;

    for (u32 i = 0; i < platform.nr_cpus; i++) {
        if (i == cpu_id() || !cpu_is_online(i)) continue;
        if (smp_work_start(i, function, argument))
            started |= 1UL << i;
        else
            done = false;
    }
    function(argument);
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        if (started >> i & 1) done &= smp_work_wait(i);
    }
    return done;
}

/* After a time-out nobody may start the call any more. */
static bool withdraw_call(struct smp_call *call, u32 self) {
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        if (atomic_clear(&cpus[i].incoming, 1U << self) >> self & 1)
            atomic_add(&call->pending, -1U);
    }
    return false;
}

static u32 count_bits(u32 bits) {
    u32 nr = 0;

    for (; bits; bits &= bits - 1) nr++;
    return nr;
}

bool smp_call_function(smp_function function, void *argument) {
    struct smp_call *call = &this_cpu()->outgoing;
    u32 self = cpu_id();
    u32 targets = (u32)smp_online_mask() & ~(1U << self);

    call->function = function;
    call->argument = argument;
    store_release(&call->pending, count_bits(targets));
    for (u32 i = 0; i < platform.nr_cpus; i++) {
        if (!(targets >> i & 1)) continue;
        atomic_set(&cpus[i].incoming, 1U << self);
        gic_send(gic_sgi_to(i, IPI_CALL));
    }
    if (!wait_until(!load_acquire(&call->pending), smp_patience_us()))
        return withdraw_call(call, self);
    return true;
}

void cpu_die(void *unused) {
    struct percpu *cpu = this_cpu();

    (void)unused;
    irq_mask();
    timer_stop(TIMER_VIRT);
    timer_stop(TIMER_PHYS);
    gic_cpu_exit();
    store_release(&cpu->state, CPU_IS_DYING);
    cpu->off_ticks = timer_now();
    cpu->off_result = psci_call(PSCI_CPU_OFF, 0, 0, 0);
    say("CPU_OFF came back with %d (%s)", cpu->off_result, psci_result_name(cpu->off_result));
    gic_cpu_init();
    store_release(&cpu->state, CPU_IS_ONLINE);
}

bool cpu_down(u32 cpu) {
    if (!smp_work_start(cpu, cpu_die, NULL)) return false;
    if (!wait_until(psci_affinity_info(cpus[cpu].mpidr) == PSCI_STATE_OFF, smp_patience_us())) {
        u32 expected = WORK_DONE;

        (void)atomic_claim(&cpus[cpu].work_state, &expected, WORK_NONE);
        return false;
    }
    store_release(&cpus[cpu].state, CPU_IS_OFF);
    return true;
}
