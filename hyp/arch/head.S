/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry points: the boot core's, and the secondaries' by PSCI and by spin-table. Assembly loads what
 * C computed and turns the MMU on; it decides nothing.
 */
#include "asm-offsets.h"

	.section .head, "ax"

/* arm64 boot protocol, "Documentation/arch/arm64/booting.rst" of Linux: the 64-byte Image header. */
	.global _head
_head:
	b	start
	.long	0
	.quad	0			/* text_offset: any 2 MiB-aligned address will do */
	.quad	_image_size
	.quad	0xa			/* little-endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/* x0 = device tree. Any exception level; MMU off, interrupts masked. */
start:
	mrs	x21, cntpct_el0
	mov	x19, x0
	adrp	x1, boot_stack_top
	mov	sp, x1
	mov	x29, xzr
	bl	mm_early		/* relocate; tables; x0 = struct boot_regs, or 0: not at EL2 */
	cbz	x0, 1f
	bl	mmu_on
1:	adrp	x0, _bss
	adrp	x1, _ebss
2:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	2b
	mov	x0, x19
	mov	x1, x21
	bl	start_hyp

/*
 * x0 = struct boot_regs, MMU off at EL2. Returns with it on, at the same address, since the image is
 * mapped to itself, and on an empty stack. Only x0-x6 are used.
 */
mmu_on:
	msr	daifset, #15
	msr	tpidr_el2, xzr			/* no struct percpu yet: see el2_exception */
	/* E2H decides what TCR_EL2 means, and is UNKNOWN out of reset: 0 before anything else. */
	mov	x1, #(1 << 31)			/* HCR_EL2.RW */
	msr	hcr_el2, x1
	isb
	ldp	x1, x2, [x0, #BOOT_MAIR]	/* mair, tcr */
	ldp	x3, x4, [x0, #BOOT_TTBR]	/* ttbr, sctlr */
	ldp	x5, x6, [x0, #BOOT_VBAR]	/* vbar, stack_top */
	msr	mair_el2, x1
	msr	tcr_el2, x2
	msr	ttbr0_el2, x3
	msr	vbar_el2, x5
	mov	sp, x6
	/*
	 * Whatever an earlier stage at EL2 left in TLB and instruction cache is forgotten, after the
	 * new tables are visible to the walker (DSB) and before the MMU is on (ISB).
	 */
	dsb	sy
	tlbi	alle2
	ic	iallu
	dsb	sy
	isb
	msr	sctlr_el2, x4
	isb
	ret

/* Spin-table: nothing in x0. The core finds itself in the list by its affinity. */
	.global spin_table_entry
spin_table_entry:
	mrs	x1, mpidr_el1
	ldr	x2, =0xff00ffffff
	and	x1, x1, x2
	adrp	x2, cpus
	add	x2, x2, :lo12:cpus
1:	ldr	x0, [x2], #8
	cbz	x0, .				/* not in the tree: nobody waits for it */
	ldr	x3, [x0, #PERCPU_MPIDR]
	cmp	x1, x3
	b.ne	1b

/* PSCI CPU_ON: x0 = context id = this core's struct percpu. */
	.global secondary_entry
secondary_entry:
	mrs	x20, cntpct_el0
	mov	x19, x0
	mrs	x0, CurrentEL
	cmp	x0, #(2 << 2)
	b.ne	2f
	add	x0, x19, #PERCPU_BOOT
	bl	mmu_on
	msr	tpidr_el2, x19
	mov	x29, xzr
	mov	x0, x19
	mov	x1, x20
	bl	init_secondary
2:	str	x0, [x19, #PERCPU_WRONG_LEVEL]	/* the boot core tells of it after its deadline */
3:	wfi
	b	3b

/* u64 smc_call(function, a1, a2, a3). C expects to lose x0-x17 in a call: all that firmware may use. */
	.global smc_call
smc_call:
	smc	#0
	ret

	.section .early, "aw", %nobits
	.balign	4096
	.global boot_guard, boot_stack_top
boot_guard:
	.skip	4096				/* never mapped */
	.skip	STACK_SIZE
boot_stack_top:
