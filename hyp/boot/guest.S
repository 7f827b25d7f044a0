/* SPDX-License-Identifier: Apache-2.0 */
/* The guest that is built in: what runs when nobody hands one over. */
	.section .guest, "a"
	.global demo_guest, demo_guest_end
	.balign	4096
demo_guest:
	.incbin	"guest/demo.img"
demo_guest_end:
