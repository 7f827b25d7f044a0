/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing up the machine's cores: smp_init_cpus, cpu_up, init_secondary, start_secondary. */
#pragma once

#include "arch/percpu.h"
#include "core/machine.h"

/* Before anything uses this_cpu(): makes the boot core's own structure. */
void smp_init_boot_cpu(void);

/* The list of cores, from the tree, with the boot core first. False after log_error(). */
bool smp_list_cpus(const struct machine *m);

/*
 * Starts all other cores at once, waits until each is online or its deadline has passed,
 * has the table of what became of them printed, and returns who is online, by number, this one
 * included. mitigate: each core does what it needs for its branch predictor.
 */
u64 smp_init_cpus(bool mitigate);

_Noreturn void init_secondary(struct percpu *cpu, u64 entry_ticks);
