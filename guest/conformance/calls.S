/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with every register that SMCCC speaks of given and taken. */
	.arch_extension fp

	.macro	call_function, name, instruction, immediate
	.globl	\name
\name:
	stp	x19, x30, [sp, #-16]!
	mov	x19, x0
	ldp	x2, x3, [x19, #16]
	ldp	x4, x5, [x19, #32]
	ldp	x6, x7, [x19, #48]
	ldp	x8, x9, [x19, #64]
	ldp	x10, x11, [x19, #80]
	ldp	x12, x13, [x19, #96]
	ldp	x14, x15, [x19, #112]
	ldp	x16, x17, [x19, #128]
	ldp	x0, x1, [x19]
	\instruction	#\immediate
	stp	x0, x1, [x19]
	stp	x2, x3, [x19, #16]
	stp	x4, x5, [x19, #32]
	stp	x6, x7, [x19, #48]
	stp	x8, x9, [x19, #64]
	stp	x10, x11, [x19, #80]
	stp	x12, x13, [x19, #96]
	stp	x14, x15, [x19, #112]
	stp	x16, x17, [x19, #128]
	ldp	x19, x30, [sp], #16
	ret
	.endm

	.text
	call_function call_hvc, hvc, 0
	call_function call_smc, smc, 0
	call_function call_hvc_1, hvc, 1
	call_function call_smc_1, smc, 1
	call_function call_hvc_ffff, hvc, 0xffff
	call_function call_smc_ffff, smc, 0xffff

	/* Four SIMD registers, each with a value of its own, must be what they were. */
	.macro	simd_function, name, instruction
	.globl	\name
\name:
	mrs	x9, cpacr_el1
	orr	x10, x9, #(3 << 20)
	msr	cpacr_el1, x10
	isb
	mov	x10, #0x1111
	fmov	d0, x10
	add	x10, x10, x10
	fmov	d7, x10
	add	x10, x10, x10
	fmov	d16, x10
	add	x10, x10, x10
	fmov	d31, x10
	\instruction	#0
	mov	x0, #0
	mov	x10, #0x1111
	fmov	x11, d0
	cmp	x10, x11
	cinc	x0, x0, ne
	add	x10, x10, x10
	fmov	x11, d7
	cmp	x10, x11
	cinc	x0, x0, ne
	add	x10, x10, x10
	fmov	x11, d16
	cmp	x10, x11
	cinc	x0, x0, ne
	add	x10, x10, x10
	fmov	x11, d31
	cmp	x10, x11
	cinc	x0, x0, ne
	msr	cpacr_el1, x9
	isb
	ret
	.endm

	simd_function call_hvc_simd, hvc
	simd_function call_smc_simd, smc
