/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest can do on its core: calls, SGIs, and interrupts between any two of its steps. */
#include "explorer/machine.h"
#include "vm/trap.h"
#include "vm/vgic.h"
#include "vm/vpsci.h"

static bool any_time(unsigned int cpu) { return true; }

static bool kicked(unsigned int cpu) { return ghost.kicks[cpu] != 0; }

/* Virtual interrupts: acknowledged, ended, and each tells of what its sender wrote. */
void guest_receive(void) {
    unsigned int self = explore_self;

    explore_harvest();
    for (unsigned int n = 0; n < 4; n++) {
        if (!(ghost.lr[self][n] & LR_PENDING)) continue;
        explore_say("%-16s gets SGI %u", "guest", (u32)ghost.lr[self][n] & 15);
        if (ghost.lr[self][n] & LR_EOI) {
            ghost.lr[self][n] = 0;
            this_cpu()->vcpu->lr_intid[n] = NR_IRQS;
            vgic_refill(this_cpu()->vcpu);
        }
        ghost.lr[self][n] = 0;
        for (unsigned int from = 0; from < world.vm.nr_vcpus; from++)
            if (from != self)
                ghost.saw[self][from] = (u8)explore_load(&world.word[from], LOAD, RELAXED, NULL);
    }
}

static void take_interrupt(void) {
    trap_irq();
    guest_receive();
}

/* Between two of its instructions, with interrupts enabled. */
static void step_of_guest(void) {
    explore_wait(any_time);
    if (explore_newest(&this_cpu()->vcpu->psci.state) != PSCI_STATE_ON)
        explore_fail("vcpu%u runs and is not ON", explore_self);
    if (kicked(explore_self) && explore_choose(2)) take_interrupt();
}

void guest_idle(void) {
    explore_say("%-16s idles", "guest");
    for (;;) {
        explore_wait(kicked);
        take_interrupt();
    }
}

static s64 call(u64 function, u64 a1, u64 a2, u64 a3) {
    struct guest_regs regs = {.x = {function, a1, a2, a3}};

    step_of_guest();
    smccc_call(this_cpu()->vcpu, &regs);
    return (s64)regs.x[0];
}

s64 guest_cpu_on(unsigned int target) {
    unsigned int self = explore_self;
    s64 r;

    ghost.calls[self]++;
    ghost.call_entry[self] = ENTRY_BASE + 0x100 * (self + 1) + 4 * ghost.calls[self];
    ghost.call_context[self] = 0x10 * (self + 1) + ghost.calls[self];
    explore_say("%-16s CPU_ON of vcpu%u", "guest", target);
    r = call(PSCI_BASE64 + PSCI_CPU_ON, target, ghost.call_entry[self], ghost.call_context[self]);
    explore_say("%-16s CPU_ON answers %lld", "guest", (long long)r);
    if (r == PSCI_SUCCESS) ghost.successes[target]++;
    if (r != PSCI_SUCCESS && r != PSCI_ALREADY_ON && r != PSCI_ON_PENDING)
        explore_fail("CPU_ON answers %lld", (long long)r);
    return r;
}

void guest_cpu_off(void) {
    explore_say("%-16s CPU_OFF", "guest");
    call(PSCI_BASE32 + PSCI_CPU_OFF, 0, 0, 0);
    __builtin_unreachable();
}

s64 guest_affinity(unsigned int target) {
    return call(PSCI_BASE64 + PSCI_AFFINITY_INFO, target, 0, 0);
}

void guest_power_down(void) {
    unsigned int self = explore_self;

    explore_say("%-16s CPU_SUSPEND, power-down", "guest");
    step_of_guest();
    ghost.suspended[self] = true;
    ghost.entry[self] = ENTRY_BASE + 0x4000;
    ghost.context[self] = 0x77;
    smccc_call(this_cpu()->vcpu,
               &(struct guest_regs){.x = {PSCI_BASE64 + PSCI_CPU_SUSPEND, PSCI_POWER_DOWN,
                                          ghost.entry[self], ghost.context[self]}});
    __builtin_unreachable();
}

void guest_system(bool reset) {
    explore_say("%-16s SYSTEM_%s", "guest", reset ? "RESET" : "OFF");
    call(PSCI_BASE32 + (reset ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF), 0, 0, 0);
    __builtin_unreachable();
}

void guest_sgi(unsigned int target, unsigned int sgi) {
    struct vcpu *v = this_cpu()->vcpu;

    step_of_guest();
    explore_say("%-16s SGI %u to vcpu%u", "guest", sgi, target);
    explore_dsb(true); /* as a kernel does before it sends one */
    if (gic.v3)
        vgic_sgi1r(v, (u64)sgi << 24 | BIT(target));
    else
        vgic_sgir(v, (u32)(BIT(16 + target) | sgi));
}

void guest_write(void) {
    unsigned int self = explore_self;

    ghost.wrote[self]++;
    explore_store(&world.word[self], STORE, ghost.wrote[self], RELAXED, NULL);
}

static void check_ledger(unsigned int to) {
    const struct vcpu *v = &world.vcpu[to];
    u64 sent = 0, coalesced = v->sgi_merged, pending = 0;

    for (unsigned int from = 0; from < world.vm.nr_vcpus; from++) {
        sent += world.vcpu[from].sgi_sent[to];
        coalesced += world.vcpu[from].sgi_coalesced[to];
    }
    for (unsigned int sgi = 0; sgi < NR_SGIS; sgi++)
        pending += gic.v3 ? v->own.pending >> sgi & 1 : count_bits(v->sgi_sources[sgi]);
    if (sent != v->sgi_delivered + coalesced + v->sgi_cancelled + pending)
        explore_fail("SGIs to vcpu%u: %llu sent, %llu delivered, %llu coalesced, %llu cancelled, "
                     "%llu pending",
                     to, (unsigned long long)sent, (unsigned long long)v->sgi_delivered,
                     (unsigned long long)coalesced, (unsigned long long)v->sgi_cancelled,
                     (unsigned long long)pending);
}

void check_end(void) {
    for (unsigned int i = 0; i < world.vm.nr_vcpus; i++) {
        const struct vcpu *v = &world.vcpu[i];
        u64 state = explore_newest(&v->psci.state), bits = explore_newest(&v->box.bits);

        if (state == PSCI_STATE_CLAIMED || state == PSCI_STATE_ON_PENDING)
            explore_fail("lost wake-up: vcpu%u is to start, its core sleeps", i);
        if ((ghost.in_guest[i] || ghost.suspended[i]) != (state == PSCI_STATE_ON))
            explore_fail("vcpu%u is in two states: it %s", i,
                         ghost.in_guest[i] ? "runs and is OFF" : "is ON and does not run");
        if (bits)
            explore_fail("lost post: bits %#llx wait for vcpu%u, and no kick comes",
                         (unsigned long long)bits, i);
        for (unsigned int sgi = 1; sgi <= 2 && !gic.v3; sgi++)
            if (explore_newest(&v->box.sources[sgi]))
                explore_fail("lost SGI: %u has a source for vcpu%u, and no bit", sgi, i);
        if (ghost.successes[i] != ghost.claims[i] && !ghost.loads)
            explore_fail("vcpu%u: %u CPU_ONs were told SUCCESS, %u won", i, ghost.successes[i],
                         ghost.claims[i]);
        if (explore_newest(&world.vm.stop) == VM_RUNS && ghost.starts[i] != ghost.claims[i])
            explore_fail("vcpu%u: %u CPU_ONs won, it started %u times", i, ghost.claims[i],
                         ghost.starts[i]);
        check_ledger(i);
    }
}
