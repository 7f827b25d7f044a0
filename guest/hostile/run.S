/* SPDX-License-Identifier: Apache-2.0 */
/* An instruction with every general register as the caller wants it. */

#define EL1H_MASKED 0x3c5
#define FRAME       112
#define FRAME_ARRAY 96
#define FRAME_X30   104

	.altmacro

	/* The registers n and n + 1 and their place in struct registers, at x30. */
	.macro	pair op, n, m
	\op	x\n, x\m, [x30, #(8 * \n)]
	.endm

	.macro	all op
	.set	n, 0
	.rept	15
	pair	\op, %n, %(n + 1)
	.set	n, n + 2
	.endr
	.endm

	.text
	/* void run_registers(code, registers): by ERET, which needs no register for the address. */
	.globl	run_registers
run_registers:
	stp	x29, x30, [sp, #-FRAME]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x1, [sp, #FRAME_ARRAY]
	mov	x2, #EL1H_MASKED
	msr	elr_el1, x0
	msr	spsr_el1, x2
	mov	x30, x1
	all	ldp
	ldr	x30, [x30, #240]
	eret

	/* Whatever PSTATE the instruction has left: first the stack is the right one again. */
	.globl	run_back
run_back:
	msr	SPSel, #1
	msr	daifset, #15
	str	x30, [sp, #FRAME_X30]
	ldr	x30, [sp, #FRAME_ARRAY]
	all	stp
	ldr	x0, [sp, #FRAME_X30]
	str	x0, [x30, #240]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #FRAME
	ret

	/* MMU off, no stack. */
	.globl	off_entry
off_entry:
	ldr	w0, =0x84000002
	hvc	#0
	b	off_entry
