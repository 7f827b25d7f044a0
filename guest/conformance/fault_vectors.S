/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#define EL1H_MASKED 0x3c5

	.macro lea, reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, :lo12:\symbol
	.endm

	.text
	.balign	0x800
fault_vectors:
	.irp	offset, 0x000, 0x080, 0x100, 0x180, 0x200, 0x280, 0x300, 0x380, \
		0x400, 0x480, 0x500, 0x580, 0x600, 0x680, 0x700, 0x780
	.balign	0x80
	stp	x0, x1, [sp, #-16]!
	mov	x0, #\offset
	b	record
	.endr

record:
	lea	x1, fault
	str	x0, [x1, #FAULT_VECTOR]
	mrs	x0, esr_el1
	str	x0, [x1, #FAULT_ESR]
	mrs	x0, far_el1
	str	x0, [x1, #FAULT_FAR]
	mrs	x0, elr_el1
	str	x0, [x1, #FAULT_ELR]
	mrs	x0, spsr_el1
	str	x0, [x1, #FAULT_SPSR]
	mrs	x0, daif
	str	x0, [x1, #FAULT_DAIF]
	mrs	x0, SPSel
	str	x0, [x1, #FAULT_SPSEL]
	mrs	x0, CurrentEL
	str	x0, [x1, #FAULT_EL]
	ldr	x0, [x1, #FAULT_HASPAN]
	cbz	x0, 1f
	mrs	x0, s3_0_c4_c2_3
	str	x0, [x1, #FAULT_PAN]
1:	ldr	x0, [x1, #FAULT_COUNT]
	add	x0, x0, #1
	str	x0, [x1, #FAULT_COUNT]
	ldr	x0, [x1, #FAULT_RESUME]
	msr	elr_el1, x0
	mov	x0, #EL1H_MASKED
	msr	spsr_el1, x0
	ldp	x0, x1, [sp], #16
	eret

	/* The stubs leave x4 and above alone. */
	.globl	fault_run
fault_run:
	mrs	x9, daif
	mrs	x10, vbar_el1
	msr	daifset, #15
	lea	x11, fault_vectors
	msr	vbar_el1, x11
	lea	x11, fault
	adr	x12, 1f
	str	x12, [x11, #FAULT_RESUME]
	str	xzr, [x11, #FAULT_COUNT]
	msr	elr_el1, x0
	msr	spsr_el1, x2
	mov	x0, x1
	isb
	eret
1:	msr	vbar_el1, x10
	isb
	msr	daif, x9
	ret

	.macro	stub, name, instruction:vararg
	.globl	\name
\name:
	\instruction
	svc	#0x77
	.endm

	/* All within one 4 KiB page, for EL0 sees them through an alias. */
	.balign	1024
	stub stub_load, ldr w1, [x0]
	stub stub_load_byte, ldrsb x1, [x0, #1]
	stub stub_load_double, ldr x1, [x0]
	stub stub_load_pair, ldp x1, x2, [x0]
	stub stub_load_exclusive, ldxr x1, [x0]
	stub stub_load_post, ldr w1, [x0], #4
	stub stub_load_acquire, ldar w1, [x0]
	stub stub_store, str w1, [x0]
	stub stub_store_post, strb w1, [x0], #1
	stub stub_store_pair, stp x1, x2, [x0, #-16]!
	stub stub_zero, dc zva, x0
	stub stub_jump, br x0
	stub stub_undefined, udf #0
	stub stub_hvc, hvc #0
	stub stub_smc, smc #0
	stub stub_sysreg, mrs x1, sctlr_el1

	/* Until something comes, or x0 turns. */
	.globl	stub_spin
stub_spin:
	subs	x0, x0, #1
	b.ne	stub_spin
	svc	#0x77
