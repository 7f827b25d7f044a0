/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs: bring-up, idle loop, work in thread context, calls in interrupt context, CPU_OFF. */
#pragma once

#include "atomic.h"
#include "gic.h"
#include "layout.h"
#include "types.h"

/* SGI that makes a CPU look for a call or for work. */
#define IPI_CALL   0U
#define NR_SOURCES 8 /* GICv2 CPU interfaces */

enum cpu_state { CPU_IS_OFF, CPU_IS_BOOTING, CPU_IS_ONLINE, CPU_IS_DYING };
/* READY: the SGI that announces the work has arrived as well. */
enum work_state { WORK_NONE, WORK_POSTED, WORK_READY, WORK_RUNNING, WORK_DONE };

typedef void (*smp_function)(void *argument);

/* The state in which a CPU arrived at its entry point. */
struct cpu_entry {
    u64 context;
    u64 mpidr;
    u64 current_el;
    u64 daif;
    u64 sctlr;
    u64 ticks; /* CNTVCT_EL0 (boot CPU: CNTPCT_EL0) at the first instruction */
};

struct smp_call {
    smp_function function;
    void *argument;
    u32 pending; /* CPUs that have still to run it */
};

struct percpu {
    u32 index;
    u32 gic_number; /* GICv2 CPU interface */
    u64 gicr;       /* GICv3 redistributor */
    u64 mpidr;      /* affinity fields */
    u32 state;      /* enum cpu_state */
    u64 context;    /* the context id given with CPU_ON */
    u32 announced;  /* cpu_up() has told of its CPU_ON */
    struct cpu_entry entry;
    u64 off_ticks;  /* CNTVCT_EL0 just before CPU_OFF */
    s32 off_result; /* what CPU_OFF returned, if it did */
    u32 spurious;

    /* Written by others, taken by this CPU. */
    u32 work_state;
    smp_function work_function;
    void *work_argument;
    u32 incoming; /* bit n: CPU n's outgoing call waits for this CPU */
    struct smp_call outgoing;

    /* SGIs taken by this CPU */
    u32 sgi_count[GIC_NR_SGIS];
    u32 sgi_from[GIC_NR_SGIS][NR_SOURCES]; /* GICv2 only */
    u64 sgi_stamp;                         /* CNTVCT_EL0 at the last one's vector */
} __attribute__((aligned(64)));

/* start.S looks up its CPU here. */
struct cpu_table {
    u64 nr;
    u64 mpidr[MAX_CPUS];
};

extern struct percpu cpus[MAX_CPUS];
/* Whether cpu_up() and a secondary narrate their steps. */
extern bool smp_narrate;

static inline struct percpu *this_cpu(void) { return (struct percpu *)read_sysreg(tpidr_el1); }

static inline u32 cpu_id(void) {
    struct percpu *cpu = this_cpu();

    return cpu ? cpu->index : 0;
}

/* Image entry point for CPU_ON. */
extern const u8 secondary_entry[];

/* How long anything may take before it counts as broken. */
u64 smp_patience_us(void);
bool cpu_is_online(u32 cpu);
u32 smp_nr_online(void);
u64 smp_online_mask(void);
/* The next online CPU after `cpu`, cyclically; `cpu` itself if it is the only one. */
u32 smp_next_online(u32 cpu);

/* The boot CPU's own record; before anything else that asks for this_cpu(). */
void smp_init(const struct cpu_entry *entry);
/* Readies the slot of a CPU for CPU_ON; returns the context id to give. */
u64 cpu_prepare(u32 cpu);
/* CPU_ON; the PSCI result. Then cpu_wait_online(). */
s32 cpu_up(u32 cpu);
bool cpu_wait_online(u32 cpu);
/* Makes the CPU call CPU_OFF and waits until AFFINITY_INFO says OFF. */
bool cpu_down(u32 cpu);
/* CPU_OFF of the calling CPU; comes back only if that failed. */
void cpu_die(void *unused);

/* Runs a function in the idle loop of another CPU (interrupts enabled there). */
bool smp_work_start(u32 cpu, smp_function function, void *argument);
bool smp_work_wait(u32 cpu);
bool smp_work(u32 cpu, smp_function function, void *argument);
/* Runs it on all online CPUs at once, this one included. */
bool smp_work_all(smp_function function, void *argument);
/* Runs it in the interrupt handler of every other online CPU, and waits. */
bool smp_call_function(smp_function function, void *argument);
/* Waits for work for ever; every secondary ends up here. */
void smp_idle(void) __attribute__((noreturn));

u32 sgi_count(u32 cpu, u32 id);
