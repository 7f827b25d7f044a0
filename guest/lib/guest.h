/* SPDX-License-Identifier: Apache-2.0 */
/* A guest is this one function; when it returns, the guest calls SYSTEM_OFF. */
#pragma once

/* Boot CPU, MMU and GIC on, interrupts enabled, all other CPUs still off. */
void guest_main(void);
