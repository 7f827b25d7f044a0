/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and offsets that start.S shares with C; the C side checks each with a static assertion. */
#pragma once

#define MAX_CPUS   32
#define STACK_SIZE 8192

/* struct boot_regs (mmu.h): what a CPU needs to turn its MMU on */
#define BR_TTBR0 0
#define BR_TCR   8
#define BR_MAIR  16
#define BR_SCTLR 24

/* struct cpu_table (smp.h) */
#define CT_NR    0
#define CT_MPIDR 8

/* struct regs (exception.h) */
#define REGS_ELR   248
#define REGS_SPSR  256
#define REGS_ESR   264
#define REGS_FAR   272
#define REGS_STAMP 280
#define REGS_SIZE  288
