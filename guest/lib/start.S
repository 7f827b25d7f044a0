/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of the boot CPU (arm64 Image header) and of every other CPU.
 * Nothing here touches a lock, and a secondary touches no memory but read-only
 * boot data, which the boot CPU cleaned to the point of coherency, until its MMU is on.
 */
#include "layout.h"

	.macro lea, reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, :lo12:\symbol
	.endm

	.section .head.text, "ax"
	.globl	_start
_start:
	/* The header's two code words: the very first instruction takes the entry's time. */
	mrs	x19, cntpct_el0
	b	primary_entry
	.quad	0			/* text_offset */
	.quad	_end - _start		/* image_size */
	.quad	0xa			/* flags: 4 KiB pages, anywhere in RAM */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.text
primary_entry:
	mov	x20, x0
	mrs	x21, mpidr_el1
	mrs	x22, CurrentEL
	mrs	x23, daif
	mrs	x24, sctlr_el1

	lea	x0, __bss_start
	lea	x1, _end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b

	/* The image is linked at 0: each R_AARCH64_RELATIVE (1027) adds the load address. */
	lea	x0, __rela_start
	lea	x1, __rela_end
	lea	x2, _start
2:	cmp	x0, x1
	b.hs	4f
	ldp	x3, x4, [x0], #16
	ldr	x5, [x0], #8
	cmp	w4, #1027
	b.ne	2b
	add	x5, x5, x2
	str	x5, [x2, x3]
	b	2b

4:	lea	x0, stacks + STACK_SIZE
	mov	sp, x0
	lea	x0, vectors
	msr	vbar_el1, x0
	isb
	mov	x29, #0
	mov	x30, #0
	mov	x0, x20
	mov	x1, x21
	mov	x2, x22
	mov	x3, x23
	mov	x4, x24
	mov	x5, x19
	bl	primary_start
5:	wfe
	b	5b

	/* PSCI CPU_ON comes here with x0 = context id and the MMU off. */
	.globl	secondary_entry
secondary_entry:
	mrs	x6, cntvct_el0
	mov	x1, x0
	mrs	x2, mpidr_el1
	mrs	x3, CurrentEL
	mrs	x4, daif
	mrs	x5, sctlr_el1

	/* Which CPU am I? By MPIDR (affinity fields); failing that, the context id's low byte. */
	mov	x7, #0xffffff
	movk	x7, #0xff, lsl #32
	and	x7, x2, x7
	lea	x8, cpu_table
	ldr	x9, [x8, #CT_NR]
	add	x8, x8, #CT_MPIDR
	mov	x0, #0
1:	ldr	x10, [x8, x0, lsl #3]
	cmp	x10, x7
	b.eq	2f
	add	x0, x0, #1
	cmp	x0, x9
	b.lo	1b
	and	x0, x1, #0xff
	cmp	x0, x9
	b.hs	3f

2:	lea	x8, boot_regs
	ldr	x9, [x8, #BR_TTBR0]
	ldr	x10, [x8, #BR_TCR]
	ldr	x11, [x8, #BR_MAIR]
	ldr	x12, [x8, #BR_SCTLR]
	msr	ttbr0_el1, x9
	msr	tcr_el1, x10
	msr	mair_el1, x11
	/* The new regime before the invalidation, which must be done before the MMU is on. */
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	sctlr_el1, x12
	isb

	lea	x8, vectors
	msr	vbar_el1, x8
	lea	x8, stacks
	mov	x9, #STACK_SIZE
	add	x10, x0, #1
	madd	x8, x10, x9, x8
	mov	sp, x8
	isb
	mov	x29, #0
	mov	x30, #0
	bl	secondary_start
3:	wfe
	b	3b

	.bss
	.balign	16
stacks:
	.skip	MAX_CPUS * STACK_SIZE
