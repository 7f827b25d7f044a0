/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Raspberry Pi's firmware does with CPU_ON after CPU_OFF, without Muster. Entered by it at EL2
 * on one core; core 1 is switched on, off, and on again, with a second each time to come.
 */
#define UART	     0xfe201000 /* PL011: data 0x00, flags 0x18, where bit 5 is "transmit FIFO full" */
#define CPU_OFF	     0x84000002
#define CPU_ON	     0xc4000003
#define AFFINITY_INFO 0xc4000004

	.macro psci id
	ldr	x0, =\id
	smc	#0
	.endm

start:
	bl	cpu_on
	adr	x1, first_came
	bl	report
1:	mov	x1, #1
	mov	x2, #0
	psci	AFFINITY_INFO
	cmp	x0, #1		/* OFF */
	b.ne	1b
	bl	cpu_on
	adr	x1, second_came
	bl	report
2:	wfe
	b	2b

/* x9: core 1 came. */
cpu_on:
	adr	x10, came
	str	xzr, [x10]
	dsb	sy
	mov	x1, #1
	adr	x2, core1
	mov	x3, x10
	psci	CPU_ON
	mrs	x11, cntfrq_el0
	mrs	x12, cntpct_el0
	add	x11, x11, x12
3:	ldr	x9, [x10]
	mrs	x12, cntpct_el0
	cmp	x12, x11
	ccmp	x9, #0, #0, lo	/* before the deadline, and not there: once more */
	b.eq	3b
	ret

core1:
	mov	x1, #1
	str	x1, [x0]
	dsb	sy
	psci	CPU_OFF
	b	.

/* Prints the text at x1, and "yes" or "no". */
report:
	mov	x13, x30
	bl	print
	adr	x1, yes
	adr	x2, no
	cmp	x9, #0
	csel	x1, x2, x1, eq
	bl	print
	ret	x13

print:
	ldr	x4, =UART
4:	ldrb	w5, [x1], #1
	cbz	w5, 6f
5:	ldr	w6, [x4, #0x18]
	tbnz	w6, #5, 5b
	str	w5, [x4]
	b	4b
6:	ret

	.ltorg
	.balign 8
came:	.quad 0
first_came:
	.asciz	"CPU_ON: came: "
second_came:
	.asciz	"CPU_ON after CPU_OFF: came: "
yes:	.asciz	"yes\r\n"
no:	.asciz	"no\r\n"
