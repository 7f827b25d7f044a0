/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2 exception vectors. A guest's exit saves what C may clobber; ELR, SPSR and all EL1 state stay in
 * the hardware, because nothing at EL2 takes an exception and lives, but for an SMC at boot.
 */
#include "asm-offsets.h"

	.altmacro				/* %n: the number that n stands for now */

.macro pair op, number, next
	\op	x\number, x\next, [sp, #(8 * \number)]
.endm

/* op (stp or ldp) on x<first> to x<last>, each in its place of the struct guest_regs at sp. */
.macro pairs op, first, last
	.set	n, \first
	.rept	(\last - \first + 1) / 2
	pair	\op, %n, %(n + 1)
	.set	n, n + 2
	.endr
.endm

/* x18 travels with x19: one pair more is cheaper than two singles. */
.macro save_volatile
	sub	sp, sp, #FRAME_SIZE
	pairs	stp, 0, 19
	pairs	stp, 29, 30
.endm

/* No speculation past the return to the guest (Arm, "Straight-line speculation"). */
.macro restore_volatile_and_eret
	pairs	ldp, 0, 19
	pairs	ldp, 29, 30
	add	sp, sp, #FRAME_SIZE
	eret
	dsb	nsh
	isb
.endm

	.section .text.vectors, "ax"
	.balign	0x800
	.global vectors
vectors:
	/*
	 * An exception in EL2 itself, with SP_EL0 (never used here) and with SP_EL2: synchronous,
	 * IRQ, FIQ, SError. Never expected, never returned from.
	 */
	.irp	kind, 0, 1, 2, 3, 4, 5, 6, 7
	.balign	0x80
	msr	sp_el0, x0			/* the guest's SP_EL0 is lost: so is the machine */
	mov	x0, #\kind
	b	el2_exception
	.endr

	.rept	2				/* a guest in AArch64 state, and AArch32 EL0 */
	.balign	0x80				/* synchronous */
	save_volatile
	mrs	x1, esr_el2
	lsr	x2, x1, #26
	cmp	x2, #0x16			/* HVC from AArch64 */
	b.ne	guest_sync
	mov	x0, sp
	bl	trap_hvc
	b	guest_return_volatile

	.rept	2				/* IRQ; FIQ: none is enabled; treated as IRQ */
	.balign	0x80
	save_volatile
	adr	x2, trace_on
	ldrb	w2, [x2]
	cbz	w2, 1f
	bl	trap_trace_irq
1:	bl	trap_irq
	restore_volatile_and_eret
	.endr

	.balign	0x80				/* SError while the guest ran */
	save_volatile
	mov	x0, sp
	bl	trap_serror
	b	guest_return_volatile
	.endr
	.org	vectors + 0x800			/* fails when a slot has outgrown its 0x80 bytes */

/* A slot of the second table that goes on to the same one of the first; the room behind it is free. */
.macro first_table_slot
	.balign	0x80
0:	b	vectors + (0b - mitigating_vectors)
.endm

/*
 * The same for a core that has to forget what the guest has taught its branch predictor, before any
 * branch that the predictor steers (core/mitigation.h). In the free room: what the slots of both
 * tables go on to.
 */
	.global mitigating_vectors
mitigating_vectors:
	first_table_slot
/* Any register may be the operand of a trapped instruction: the rest is saved too. x1 = ESR. */
guest_sync:
	pairs	stp, 19, 28
	str	xzr, [sp, #(8 * 31)]
	adr	x2, trace_on
	ldrb	w2, [x2]
	cbnz	w2, trace_sync
1:	mov	x0, sp
	bl	trap_sync
/* sp = a whole struct guest_regs at the top of this core's stack. */
guest_return:
	pairs	ldp, 19, 28
guest_return_volatile:
	restore_volatile_and_eret

	first_table_slot
trace_sync:
	mov	x0, sp
	bl	trap_trace_sync
	mrs	x1, esr_el2
	b	1b

/* void guest_enter(struct guest_regs *): loads all of them and goes. */
	.global guest_enter
guest_enter:
	mov	sp, x0
	b	guest_return

/* void on_empty_stack(u64 stack_top, void (*f)(void)): forgets everything on this stack. */
	.global on_empty_stack
on_empty_stack:
	mov	sp, x0
	mov	x29, xzr
	blr	x1

	first_table_slot
/* x0 = kind of vector; the true x0 is in SP_EL0. The old stack may be what overflowed. */
el2_exception:
	msr	tpidr_el1, x1			/* as SP_EL0 above */
	msr	tpidr_el0, x2
	mrs	x1, elr_el2
	adr	x2, smc_call			/* UNDEFINED where SCR_EL3.SMD is set */
	cmp	x1, x2
	ccmp	x0, #4, #0, eq
	mrs	x2, tpidr_el0
	b.ne	panic
	add	x1, x1, #4			/* at boot, before there is a guest: x1 may be lost */
	msr	elr_el2, x1
	mov	w0, #PSCI_NOBODY_TO_ASK
	eret

	first_table_slot
panic:
	mov	x1, sp
	msr	tpidr_el0, x1
	mrs	x1, tpidr_el2
	cbz	x1, .				/* before there is a console there is nothing to say */
	ldr	x1, [x1, #PERCPU_PANIC_STACK]
	mov	sp, x1
	save_volatile
	pairs	stp, 19, 28
	mrs	x2, sp_el0
	mrs	x3, tpidr_el1
	stp	x2, x3, [sp]
	mov	x1, sp
	mrs	x2, tpidr_el0
	bl	panic_exception			/* (kind, registers, stack pointer) */

	.rept	4
	first_table_slot
	.endr

	.rept	8				/* from a guest */
	.balign	0x80
0:	stp	x0, x1, [sp, #-32]!
	mrs	x0, tpidr_el2
	ldr	w0, [x0, #PERCPU_MITIGATION]
	tbz	w0, #31, 1f
	stp	x2, x3, [sp, #16]		/* SMCCC 1.1 and later: no others are lost */
	smc	#0
	ldp	x2, x3, [sp, #16]
	b	3f
1:	b	2f				/* both branches of each round count */
2:	subs	w0, w0, #1
	b.ne	1b
	hint	#22				/* CLRBHB; a NOP where there is none */
3:	ldp	x0, x1, [sp], #32
	dsb	nsh				/* nothing beyond is speculated on the old history */
	isb
	b	vectors + (0b - mitigating_vectors)
	.endr
	.org	mitigating_vectors + 0x800
