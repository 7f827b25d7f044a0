/* SPDX-License-Identifier: Apache-2.0 */
/* A guest is this one function; when it returns, the guest calls SYSTEM_OFF. */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

/* Boot CPU, MMU and GIC on, interrupts enabled, all other CPUs still off. */
void guest_main(void);

#endif
