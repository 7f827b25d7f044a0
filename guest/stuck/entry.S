/* SPDX-License-Identifier: Apache-2.0 */
/* Entry points for CPU_ON whose CPU never comes up; x0 = context id, MMU off, interrupts masked. */

	.text

	/* Turns the MMU on with tables that map nothing, not even the next instruction. */
	.globl	stuck_mmu
stuck_mmu:
	adrp	x1, no_tables
	msr	ttbr0_el1, x1
	msr	tcr_el1, x0
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	mrs	x1, sctlr_el1
	orr	x1, x1, #1
	msr	sctlr_el1, x1
	isb
	nop
	b	.

	/* Has vectors, and no stack: what pushes to it faults, and so does the handler of that. */
	.globl	stuck_stack
stuck_stack:
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	mov	x1, xzr
	mov	sp, x1
	isb
	stp	x29, x30, [sp, #-16]!
	b	.

	/* Waits to be released by a flag that nobody sets. */
	.globl	stuck_wfe
stuck_wfe:
	adrp	x1, no_tables
1:	wfe
	ldr	x2, [x1]
	cbz	x2, 1b
	b	.

	/* Stands still at the end of a path that has no other. */
	.globl	stuck_self
stuck_self:
	b	.

	/* Computes for ever: nothing is wrong with that. */
	.globl	stuck_busy
stuck_busy:
	add	x1, x1, #1
	.rept	40
	eor	x1, x1, x1, ror #7
	.endr
	b	stuck_busy

	/* Sleeps with all interrupts as they are after a reset: nothing enabled. */
	.globl	stuck_gic
stuck_gic:
	wfi
	b	stuck_gic

	/*
	 * x0: bits 15:0 of it the priority mask, bit 16 GICv3, bit 17 interrupts unmasked. Enables its
	 * SGIs and its CPU interface, and sleeps.
	 */
	.globl	stuck_wait
stuck_wait:
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	adrp	x1, stack_top
	mov	sp, x1
	mov	w2, #0xffff
	tbz	x0, #16, 1f
	mov	w1, #(0x080a0000 >> 16 << 16)
	movk	w1, #0x0100			/* GICR 1, its SGI_base, GICR_ISENABLER0 */
	add	w1, w1, #0x30000
	str	w2, [x1]
	and	x3, x0, #0xff
	msr	icc_pmr_el1, x3
	mov	x3, #1
	msr	icc_igrpen1_el1, x3
	isb
	b	2f
1:	mov	w1, #0x08000000
	str	w2, [x1, #0x100]		/* GICD_ISENABLER0 */
	add	w1, w1, #0x10000
	and	w3, w0, #0xff
	str	w3, [x1, #4]			/* GICC_PMR */
	mov	w3, #1
	str	w3, [x1]			/* GICC_CTLR */
2:	tbz	x0, #17, 3f
	msr	daifclr, #2
3:	wfi
	b	3b

	.bss
	.balign	4096
	.globl	no_tables
no_tables:
	.skip	4096
	.skip	4096
stack_top:
	.skip	16
