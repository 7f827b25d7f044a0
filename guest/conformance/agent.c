/* SPDX-License-Identifier: Apache-2.0 */
#include "atomic.h"
#include "conformance.h"
#include "smp.h"
#include "timer.h"

enum agent_state { AGENT_IDLE, AGENT_TOLD, AGENT_QUIT };

static struct agent {
    u32 state;
    u32 ready;
    agent_function function;
    u64 argument;
    u64 result;
} agents[MAX_CPUS] __attribute__((aligned(64)));

static void agent_main(void *argument) {
    struct agent *agent = argument;

    irq_mask();
    store_release(&agent->ready, 1U);
    for (;;) {
        u32 state = load_acquire(&agent->state);

        if (state == AGENT_QUIT) break;
        if (state == AGENT_TOLD) {
            agent->result = agent->function(agent->argument);
            store_release(&agent->state, AGENT_IDLE);
        }
        cpu_relax();
    }
    store_release(&agent->ready, 0U);
    irq_unmask();
}

bool agent_start(u32 cpu) {
    struct agent *agent = &agents[cpu];

    if (load_acquire(&agent->ready)) return true;
    store_release(&agent->state, AGENT_IDLE);
    return smp_work_start(cpu, agent_main, agent) &&
           wait_until(load_acquire(&agent->ready), smp_patience_us());
}

void agent_forget(u32 cpu) {
    agents[cpu].ready = 0;
    agents[cpu].state = AGENT_IDLE;
}

void agent_stop(u32 cpu) {
    if (!load_acquire(&agents[cpu].ready)) return;
    store_release(&agents[cpu].state, AGENT_QUIT);
    (void)smp_work_wait(cpu);
    agent_forget(cpu);
}

void agent_post(u32 cpu, agent_function function, u64 argument) {
    agents[cpu].function = function;
    agents[cpu].argument = argument;
    store_release(&agents[cpu].state, AGENT_TOLD);
}

u64 agent_wait_us(u32 cpu, u64 us) {
    if (!wait_until(load_acquire(&agents[cpu].state) == AGENT_IDLE, us)) return AGENT_LOST;
    return agents[cpu].result;
}

u64 agent_call(u32 cpu, agent_function function, u64 argument) {
    if (!agent_start(cpu)) return AGENT_LOST;
    agent_post(cpu, function, argument);
    return agent_wait_us(cpu, smp_patience_us());
}

bool bring_up(u32 cpu) {
    if (cpu_is_online(cpu)) return true;
    agent_forget(cpu);
    return cpu_up(cpu) == PSCI_SUCCESS && cpu_wait_online(cpu);
}

static u64 call_cpu_off(u64 unused) {
    (void)unused;
    return (u64)call_id(PSCI_32(NUMBER_CPU_OFF), 0, 0, 0);
}

bool take_down(u32 cpu) {
    if (!agent_start(cpu)) return false;
    agent_post(cpu, call_cpu_off, 0);
    if (!wait_until(psci_affinity_info(cpus[cpu].mpidr) == PSCI_STATE_OFF, smp_patience_us()))
        return false;
    agent_forget(cpu);
    store_release(&cpus[cpu].state, CPU_IS_OFF);
    return true;
}

void pause_us(u64 us) { (void)wait_until(false, us); }
