/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a vCPU does not come up: a deadline after each CPU_ON, on EL2's own timer, and what is then
 * said. And the state of all vCPUs, for whoever asks at the console.
 */
#pragma once

#include "vm/vm.h"

/* At boot. 0: nobody is watched. */
void postmortem_init(u64 deadline_ms);

/* Own core: v is powered on, v went off. */
void life_begin(struct vcpu *v);
void life_end(struct vcpu *v);

/* Own core, before the exit changes anything: kept among the last ones. */
void life_exit(struct vcpu *v, u64 esr);

/* Own core: EL2's timer has fired. */
void postmortem_irq(struct vcpu *v);

/* Own core: v fetches instructions where no memory is, and its VM will stop. */
void postmortem_crash(struct vcpu *v);

/* Own core: what is asked for by POST_REPORT. */
void postmortem_report(struct vcpu *v);

/* Typed behind Ctrl-]. s: the state page, of all vCPUs; else help. Any core. */
void postmortem_key(u8 c);

/* Exits, interrupts and time of a vCPU, on the console (vm/stats.c). */
void stats_print(const struct vcpu *v);

/* One of them, by its number in include/muster/hypercall.h; false: there is none. */
bool stats_get(const struct vcpu *v, u64 which, u64 *value);
