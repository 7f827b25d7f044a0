/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"
#include "resume.h"

	.macro lea, reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, :lo12:\symbol
	.endm

	.text
	.globl	resume_call
resume_call:
	stp	x19, x20, [x0, #RESUME_X19]
	stp	x21, x22, [x0, #RESUME_X19 + 16]
	stp	x23, x24, [x0, #RESUME_X19 + 32]
	stp	x25, x26, [x0, #RESUME_X19 + 48]
	stp	x27, x28, [x0, #RESUME_X19 + 64]
	stp	x29, x30, [x0, #RESUME_X19 + 80]
	mov	x9, sp
	mrs	x10, tpidr_el1
	mrs	x11, vbar_el1
	str	x9, [x0, #RESUME_SP]
	str	x10, [x0, #RESUME_TPIDR]
	str	x11, [x0, #RESUME_VBAR]
	dsb	sy
	mov	x9, x1
	mov	x10, x2
	ldp	x0, x1, [x9]
	ldp	x2, x3, [x9, #16]
	cbnz	x10, 1f
	hvc	#0
	ret
1:	smc	#0
	ret

	/* MMU off; only boot data, which was cleaned to the point of coherency, until it is on. */
	.globl	resume_entry
resume_entry:
	mrs	x1, CurrentEL
	mrs	x2, daif
	mrs	x3, sctlr_el1
	mrs	x4, SPSel
	mrs	x5, mpidr_el1
	mov	x6, #0xffffff
	movk	x6, #0xff, lsl #32
	and	x5, x5, x6
	lea	x6, cpu_table + CT_MPIDR
	mov	x7, #0
1:	ldr	x8, [x6, x7, lsl #3]
	cmp	x8, x5
	b.eq	2f
	add	x7, x7, #1
	cmp	x7, #MAX_CPUS
	b.lo	1b
3:	wfe
	b	3b

2:	lea	x8, boot_regs
	ldr	x9, [x8, #BR_TTBR0]
	ldr	x10, [x8, #BR_TCR]
	ldr	x11, [x8, #BR_MAIR]
	ldr	x12, [x8, #BR_SCTLR]
	msr	ttbr0_el1, x9
	msr	tcr_el1, x10
	msr	mair_el1, x11
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	sctlr_el1, x12
	isb

	lea	x8, resumes
	mov	x9, #RESUME_SIZE
	madd	x8, x7, x9, x8
	stp	x0, x1, [x8, #RESUME_CONTEXT]
	stp	x2, x3, [x8, #RESUME_DAIF]
	str	x4, [x8, #RESUME_SPSEL]
	ldr	x9, [x8, #RESUME_COUNT]
	add	x9, x9, #1
	str	x9, [x8, #RESUME_COUNT]
	ldr	x9, [x8, #RESUME_SP]
	ldr	x10, [x8, #RESUME_TPIDR]
	ldr	x11, [x8, #RESUME_VBAR]
	msr	SPSel, #1
	mov	sp, x9
	msr	tpidr_el1, x10
	msr	vbar_el1, x11
	isb
	ldp	x19, x20, [x8, #RESUME_X19]
	ldp	x21, x22, [x8, #RESUME_X19 + 16]
	ldp	x23, x24, [x8, #RESUME_X19 + 32]
	ldp	x25, x26, [x8, #RESUME_X19 + 48]
	ldp	x27, x28, [x8, #RESUME_X19 + 64]
	ldp	x29, x30, [x8, #RESUME_X19 + 80]
	mov	x0, #0
	ret

	/* Nothing but system registers can keep what is found here: the MMU is off. */
	.globl	entry_probe
	.balign	8
	nop
entry_probe:
	mrs	x1, SPSel
	mrs	x2, id_aa64pfr0_el1
	ubfx	x2, x2, #24, #4
	cbz	x2, 1f
	mrs	x2, icc_igrpen1_el1
	and	x2, x2, #1
	orr	x1, x1, x2, lsl #ENTRY_IGRP_SHIFT
1:	mrs	x2, cntv_ctl_el0
	and	x2, x2, #3
	orr	x1, x1, x2, lsl #ENTRY_CNTV_SHIFT
	mrs	x2, cntp_ctl_el0
	and	x2, x2, #3
	orr	x1, x1, x2, lsl #ENTRY_CNTP_SHIFT
	mov	x2, #(ENTRY_MARK & 0xffff)
	movk	x2, #(ENTRY_MARK >> 16), lsl #16
	orr	x1, x1, x2
	msr	tpidr_el0, x1
	b	secondary_entry
