/* SPDX-License-Identifier: Apache-2.0 */
/* Reset, the vectors of EL3, and the ways down. The MMU stays off: all data is Device memory. */

	.section .text.head, "ax"
	.global _start
_start:
	b	reset
	.balign	64
	.global config
config:					/* struct config, filled in by the test */
	.skip	1024

	.balign	2048
vectors:
	.rept	8
	b	.			/* EL3's own exceptions: there are none */
	.balign	128
	.endr
	b	from_below		/* synchronous, from AArch64: SMC */
	.balign	1024

/* All cores come here at once, at EL3. */
reset:
	adr	x0, vectors
	msr	vbar_el3, x0
	mrs	x0, mpidr_el1
	adr	x1, config
	ldr	w1, [x1]		/* cores in a cluster: Aff1 counts clusters */
	ubfx	x2, x0, #8, #8
	and	x0, x0, #0xff
	madd	w0, w1, w2, w0
	msr	tpidr_el3, x0		/* for scripts/bench-boot */
	ldr	x1, =0x0e010000		/* secure RAM: 1 KiB of stack a core */
	add	x1, x1, x0, lsl #10
	mov	sp, x1
	b	core_main

/* SMCCC 1.1: x0-x3 may be lost, and are, all others not. C keeps x19-x29. */
from_below:
	stp	x18, x30, [sp, #-128]!
	stp	x4, x5, [sp, #16]
	stp	x6, x7, [sp, #32]
	stp	x8, x9, [sp, #48]
	stp	x10, x11, [sp, #64]
	stp	x12, x13, [sp, #80]
	stp	x14, x15, [sp, #96]
	stp	x16, x17, [sp, #112]
	mrs	x4, tpidr_el3
	bl	smc
	mov	x1, x0
	mvn	x2, x0
	mov	x3, sp
	ldp	x4, x5, [sp, #16]
	ldp	x6, x7, [sp, #32]
	ldp	x8, x9, [sp, #48]
	ldp	x10, x11, [sp, #64]
	ldp	x12, x13, [sp, #80]
	ldp	x14, x15, [sp, #96]
	ldp	x16, x17, [sp, #112]
	ldp	x18, x30, [sp], #128
	eret

/* void enter(u64 pc, u64 x0, u64 spsr, u64 scr) */
	.global enter
enter:
	mov	x4, #(1 << 31)		/* EL1 is AArch64 */
	msr	hcr_el2, x4
	ldr	x4, =0x30c50830		/* RES1: MMU and caches off */
	msr	sctlr_el2, x4
	ldr	x4, =0x30d00800
	msr	sctlr_el1, x4
	msr	cptr_el3, xzr
	msr	mdcr_el3, xzr
	msr	scr_el3, x3
	msr	spsr_el3, x2
	msr	elr_el3, x0
	isb
	mov	x0, x1
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	eret

/* void gicv3_sre(void): EL2 may use the system registers. */
	.global gicv3_sre
gicv3_sre:
	mov	x0, #0xf
	msr	s3_6_c12_c12_5, x0	/* ICC_SRE_EL3 */
	isb
	msr	s3_6_c12_c12_4, xzr	/* ICC_CTLR_EL3 */
	ret

/* A spin-table's loop, copied to non-secure memory. x0 = the mailbox. */
	.global pen, pen_end
pen:
	mov	x19, x0
	mov	x0, xzr
1:	ldr	x4, [x19]
	cbnz	x4, 2f
	wfe
	b	1b
2:	br	x4
pen_end:
