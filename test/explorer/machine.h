/* SPDX-License-Identifier: Apache-2.0 */
/* A VM on cores of the explorer, and what guests do there. All of it is on the core that calls. */
#pragma once

#include "explorer/explore.h"
#include "vm/vm.h"

/* Who is where, for the checks; part of a run's state. */
struct ghost {
    u8 kicks[MAX_CORES]; /* senders of SGI_KICK that wait there */
    u64 lr[MAX_CORES][4];
    u64 elr[MAX_CORES];
    u64 call_entry[MAX_CORES], call_context[MAX_CORES]; /* CPU_ON that is being made by a core */
    u64 entry[MAX_CORES], context[MAX_CORES];           /* of the one that won, by target */
    u8 claims[MAX_CORES], starts[MAX_CORES], claimer[MAX_CORES], successes[MAX_CORES];
    bool in_guest[MAX_CORES], suspended[MAX_CORES]; /* suspended: to a power-down state */
    u8 gone, loads;                                 /* times the VM ended, was loaded anew */
    u8 wrote[MAX_CORES];                            /* to its word */
    u8 saw[MAX_CORES][MAX_CORES];                   /* of whose word, with its interrupt */
    u8 lives_seen[MAX_CORES]; /* of the vCPU that this one turned on, when it claimed it */
    u8 calls[MAX_CORES];
};
extern struct ghost ghost;

extern struct world {
    struct vm vm;
    struct vcpu vcpu[MAX_CORES];
    struct percpu cpu[MAX_CORES];
    u32 word[MAX_CORES]; /* of guest memory */
    struct psci_cpu spare;
} world;

#define ENTRY_BASE 0x40000000ULL

s64 guest_cpu_on(unsigned int target);
_Noreturn void guest_cpu_off(void);
s64 guest_affinity(unsigned int target);
void guest_sgi(unsigned int target, unsigned int sgi);
_Noreturn void guest_system(bool reset);
_Noreturn void guest_idle(void);
_Noreturn void guest_power_down(void);
void guest_receive(void); /* its virtual interrupts */
void guest_write(void);   /* its own word: one more than before */

/* At the end of every scenario. */
void check_end(void);
