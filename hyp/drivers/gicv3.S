/* SPDX-License-Identifier: Apache-2.0 */
/* ICH_LR<n>_EL2: n is part of the instruction, so it is branched to. */

/* void gicv3_write_lr(unsigned int n, u64 lr) */
	.global gicv3_write_lr
gicv3_write_lr:
	adr	x2, 1f
	add	x2, x2, w0, uxtw #3
	br	x2
1:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	msr	ich_lr\n\()_el2, x1
	ret
	.endr

/* u64 gicv3_read_lr(unsigned int n) */
	.global gicv3_read_lr
gicv3_read_lr:
	adr	x2, 1f
	add	x2, x2, w0, uxtw #3
	br	x2
1:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	mrs	x0, ich_lr\n\()_el2
	ret
	.endr
