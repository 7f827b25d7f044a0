/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Muster's own calls, in the vendor-specific hypervisor service range of the SMC Calling Convention
 * (Arm DEN 0028, "Vendor Specific Hypervisor Service Calls"). For C and for assembly.
 */
#ifndef MUSTER_HYPERCALL_H
#define MUSTER_HYPERCALL_H

/* General service queries: who we are, and the revision of this interface. */
#define MUSTER_CALL_UID      0x8600ff01 /* w0-w3: the UID below */
#define MUSTER_CALL_REVISION 0x8600ff03 /* w0: major, w1: minor */

/* 1f6e2a7c-9d0b-4c57-8a3e-6d7573746572, as DEN 0028 lays a UUID out in four words. */
#define MUSTER_UID_0 0x7c2a6e1f
#define MUSTER_UID_1 0x574c0b9d
#define MUSTER_UID_2 0x756d3e8a
#define MUSTER_UID_3 0x72657473

#define MUSTER_REVISION_MAJOR 1
#define MUSTER_REVISION_MINOR 2

/*
 * A counter of a vCPU of the caller's own VM. x1: its number, x2: one of those below. x0: 0, and x1
 * the value; or -2, INVALID_PARAMETERS.
 */
#define MUSTER_CALL_COUNTER  0xc6000001
#define MUSTER_COUNTER_EXITS 0 /* 0-9: HVC, SMC, SYSREG, MMIO, ABORT, KICK, TIMER, MAINTENANCE, */
                               /* IRQ, OTHER */
#define MUSTER_COUNTER_SGIS      16 /* SGIs put into list registers; of timers: exits by TIMER */
#define MUSTER_COUNTER_SPIS      17
#define MUSTER_COUNTER_EVICTIONS 18 /* from list registers, for something more urgent */
#define MUSTER_COUNTER_OFFS      19 /* times that it went off */
#define MUSTER_COUNTER_RUN_US    20 /* since the boot: in the guest, WFI there included */
#define MUSTER_COUNTER_IDLE_US   21 /* since the boot: off, or suspended, in EL2 */
#define MUSTER_COUNTER_SLEEPS    22 /* times its core slept in EL2 */

/*
 * An event in Muster's trace. x1, x2: its name, up to 16 characters in their order in memory;
 * x3: a value. x0: 0, or -1 where Muster does not trace. A core keeps the last events of its
 * guests.
 */
#define MUSTER_CALL_TRACE 0xc6000002

/*
 * Only in a build with DEBUG=1: the hypervisor breaks one of its own rules, and must panic. w1 says
 * which.
 */
#define MUSTER_CALL_BREAK_RULE   0x86000080
#define MUSTER_BREAK_READ_GUEST  0 /* read the guest's RAM at its machine address */
#define MUSTER_BREAK_WRITE_TEXT  1 /* write to its own code */
#define MUSTER_BREAK_WRITE_CONST 2 /* write to its read-only data */
#define MUSTER_BREAK_RUN_DATA    3 /* execute its own data */
#define MUSTER_BREAK_STACK       4 /* recurse until the stack is used up */

#endif
