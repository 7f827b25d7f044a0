/* SPDX-License-Identifier: Apache-2.0 */
/* What fault_vectors.S records of an exception. For C and for assembly. */
#pragma once

#define FAULT_VECTOR 0
#define FAULT_ESR    8
#define FAULT_FAR    16
#define FAULT_ELR    24
#define FAULT_SPSR   32
#define FAULT_DAIF   40
#define FAULT_SPSEL  48
#define FAULT_EL     56
#define FAULT_PAN    64
#define FAULT_RESUME 72
#define FAULT_HASPAN 80
#define FAULT_COUNT  88

#ifndef __ASSEMBLER__
#include "types.h"

struct fault {
    u64 vector; /* offset in the table */
    u64 esr;
    u64 far;
    u64 elr;
    u64 spsr;
    /* In the handler. */
    u64 daif;
    u64 spsel;
    u64 el;
    u64 pan;
    u64 resume;
    u64 has_pan;
    u64 count;
};

_Static_assert(offsetof(struct fault, spsr) == FAULT_SPSR, "fault_vectors.S");
_Static_assert(offsetof(struct fault, pan) == FAULT_PAN, "fault_vectors.S");
_Static_assert(offsetof(struct fault, count) == FAULT_COUNT, "fault_vectors.S");

extern struct fault fault;
/*
 * Goes to `code` with x0 and the PSTATE of `spsr`, and comes back after the exception there; a
 * stub that has none ends in SVC.
 */
void fault_run(u64 code, u64 x0, u64 spsr);

extern const u8 stub_load[], stub_load_byte[], stub_load_double[], stub_load_pair[],
    stub_load_exclusive[], stub_load_post[], stub_load_acquire[], stub_store[], stub_store_post[],
    stub_store_pair[], stub_zero[], stub_jump[], stub_undefined[], stub_hvc[], stub_smc[],
    stub_sysreg[], stub_spin[];
#endif
