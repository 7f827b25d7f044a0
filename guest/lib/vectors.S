/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL1 exception vectors. An interrupt's time is read by the second instruction of its
 * vector, so that a benchmark sees the hypervisor's cost and not the guest's.
 */
#include "layout.h"

	.macro	fault_vector, kind
	.balign	0x80
	stp	x0, x1, [sp, #-REGS_SIZE]!
	mov	x1, #\kind
	b	fault_entry
	.endm

	.macro	irq_vector
	.balign	0x80
	stp	x0, x1, [sp, #-REGS_SIZE]!
	mrs	x0, cntvct_el0
	b	irq_entry
	.endm

	.text
	.balign	0x800
	.globl	vectors
vectors:
	.irp	kind, 0, 1, 2, 3
	fault_vector \kind
	.endr
	fault_vector 4
	irq_vector
	.irp	kind, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fault_vector \kind
	.endr

	/* Only what C may clobber (AAPCS64): x0-x18, x29, x30, and where to return to. */
irq_entry:
	str	x0, [sp, #REGS_STAMP]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	str	x18, [sp, #144]
	stp	x29, x30, [sp, #232]
	mrs	x1, elr_el1
	mrs	x2, spsr_el1
	str	x1, [sp, #REGS_ELR]
	str	x2, [sp, #REGS_SPSR]
	mov	x0, sp
	bl	irq_dispatch
	ldr	x1, [sp, #REGS_ELR]
	ldr	x2, [sp, #REGS_SPSR]
	msr	elr_el1, x1
	msr	spsr_el1, x2
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldr	x18, [sp, #144]
	ldp	x29, x30, [sp, #232]
	ldp	x0, x1, [sp], #REGS_SIZE
	eret

	/* Everything is saved: to be printed, or changed by a test that wants to go on. */
fault_entry:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	mrs	x4, esr_el1
	mrs	x5, far_el1
	stp	x2, x3, [sp, #REGS_ELR]
	stp	x4, x5, [sp, #REGS_ESR]
	mov	x0, sp
	bl	exception_dispatch
	ldp	x2, x3, [sp, #REGS_ELR]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp], #REGS_SIZE
	eret
