/* SPDX-License-Identifier: Apache-2.0 */
/* The chapters of the demo, in the order in which main.c tells them. */
#pragma once

void demo_bringup(void);
void demo_psci(void);
void demo_ipi(void);
void demo_call(void);
void demo_timer(void);
void demo_uart(void);
void demo_hotplug(void);
/* Goes on with `rest` on another CPU while the boot CPU goes through CPU_OFF and CPU_ON. */
void demo_boot_cpu(void (*rest)(void));
