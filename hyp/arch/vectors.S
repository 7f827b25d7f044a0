/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2 exception vectors. A guest's exit saves what C may clobber; ELR, SPSR and all EL1 state stay in
 * the hardware, because nothing at EL2 takes an exception and lives.
 */
#include "asm-offsets.h"

/* x18 travels with x19: one pair more is cheaper than two singles. */
.macro save_volatile
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x29, x30, [sp, #232]
.endm

.macro restore_volatile
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x29, x30, [sp, #232]
	add	sp, sp, #FRAME_SIZE
.endm

/* No speculation past the return to the guest (Arm, "Straight-line speculation"). */
.macro eret_guest
	eret
	dsb	nsh
	isb
.endm

.macro slot
	.balign	0x80
.endm

/* An exception in EL2 itself: never expected, never returned from. */
.macro el2_slot kind
	slot
	msr	sp_el0, x0			/* the guest's SP_EL0 is lost: so is the machine */
	mov	x0, #\kind
	b	el2_exception
.endm

	.section .text.vectors, "ax"
	.balign	0x800
	.global vectors
vectors:
	el2_slot 0				/* SP_EL0: not used here */
	el2_slot 1
	el2_slot 2
	el2_slot 3
	el2_slot 4				/* SP_EL2: synchronous, IRQ, FIQ, SError */
	el2_slot 5
	el2_slot 6
	el2_slot 7

	slot					/* AArch64 guest: synchronous */
	save_volatile
	mrs	x1, esr_el2
	lsr	x2, x1, #26
	cmp	x2, #0x16			/* HVC from AArch64 */
	b.ne	guest_sync
	mov	x0, sp
	bl	trap_hvc
	b	exit_fast

	slot					/* IRQ */
	save_volatile
	bl	trap_irq
	restore_volatile
	eret_guest

	slot					/* FIQ: none is enabled; treated as IRQ */
	save_volatile
	bl	trap_irq
	restore_volatile
	eret_guest

	slot					/* SError while the guest ran */
	save_volatile
	mov	x0, #0
	b	guest_serror

	slot					/* AArch32 EL0 takes the same ways */
	save_volatile
	mrs	x1, esr_el2
	b	guest_sync
	slot
	save_volatile
	bl	trap_irq
	restore_volatile
	eret_guest
	slot
	save_volatile
	bl	trap_irq
	restore_volatile
	eret_guest
	slot
	save_volatile
	mov	x0, #0
	b	guest_serror
	slot

exit_fast:
	restore_volatile
	eret_guest

/* Any register may be the operand of a trapped instruction: the rest is saved too. x1 = ESR. */
guest_sync:
	stp	x19, x20, [sp, #152]
	stp	x21, x22, [sp, #168]
	stp	x23, x24, [sp, #184]
	stp	x25, x26, [sp, #200]
	stp	x27, x28, [sp, #216]
	mov	x0, sp
	bl	trap_sync
/* sp = a whole struct guest_regs at the top of this core's stack. */
guest_return:
	ldp	x19, x20, [sp, #152]
	ldp	x21, x22, [sp, #168]
	ldp	x23, x24, [sp, #184]
	ldp	x25, x26, [sp, #200]
	ldp	x27, x28, [sp, #216]
	restore_volatile
	eret_guest

guest_serror:
	mov	x0, sp
	bl	trap_serror
	restore_volatile
	eret_guest

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
	mov	x30, xzr
	br	x1

/* x0 = kind of vector; the true x0 is in SP_EL0. The old stack may be what overflowed. */
el2_exception:
	msr	tpidr_el1, x1			/* as SP_EL0 above */
	mrs	x1, tpidr_el2
	cbz	x1, .				/* before there is a console there is nothing to say */
	ldr	x1, [x1, #PERCPU_PANIC_STACK]
	sub	x1, x1, #PANIC_FRAME_SIZE
	str	x0, [x1, #PANIC_KIND]
	mov	x0, sp
	str	x0, [x1, #PANIC_SP]
	mov	sp, x1
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
	mrs	x2, sp_el0
	mrs	x3, tpidr_el1
	stp	x2, x3, [sp, #0]
	mov	x0, sp
	bl	panic_exception
	b	.
