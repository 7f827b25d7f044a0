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
#define MUSTER_REVISION_MINOR 0

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
