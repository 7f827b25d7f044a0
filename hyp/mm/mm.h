/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of the hypervisor itself. EL2 sees its own image, its heap, the device tree and the
 *devices it drives, each at its physical address and with no more rights than it needs. Guest RAM
 *and modules are reached only through a window that is open for the time of a copy.
 *
 *	image:	 text RX | read-only data R | data RW, guard page under the boot stack
 *	heap:	 RW, in 2 MiB pieces taken from free RAM; a guard page under every core's stack
 *	devices: RW, Device-nGnRE
 *	window:	 from MM_WINDOW_BASE: two slots for each core
 */
#pragma once

#include "arch/percpu.h"
#include "core/machine.h"
#include "core/memmap.h"

/* Top of the 48-bit space: no machine has RAM or devices there, and mm_map_device() refuses them.
 */
#define MM_WINDOW_BASE 0x0000ff8000000000ULL

/*
 * From head.S, before the MMU is on: relocates the image; tables for it and the device tree.
 * Returns what turns the MMU on; NULL when this is not EL2.
 */
const struct boot_regs *mm_early(const void *fdt);

/*
 * Takes stock of free RAM and starts the heap. False after log_error(): no RAM is left for it.
 */
bool mm_init(struct machine *m);

/* Free RAM, for guests. */
extern struct memmap mm_ram;

/* Zeroed, physically contiguous pages of the heap; NULL when RAM is used up. */
void *page_alloc(unsigned int pages);
/* The same with whatever is in them. */
void *page_alloc_dirty(unsigned int pages);

/* For the heap itself: makes a new piece of it accessible. */
bool mm_map_heap(struct range r);

/* Makes the page at va fault from now on. */
void mm_guard(void *va);

/* Maps a device's registers where they are. NULL, after log_error(), where that cannot be. */
void *mm_map_device(struct range regs, const char *what);

/* At boot: makes a core's window's tables, so that no window ever needs memory, or a lock. */
bool window_prepare(unsigned int core);

/*
 * Opens this core's window slot (0 or 1) on [at, at + size), and returns where it is seen; NULL if
 * window_room() is less. The slot's earlier view ends. Only the pages of the range are mapped: what
 * lies beside it may be secure memory.
 */
void *window_open(unsigned int slot, pa_t at, u64 size, bool writable);
void window_close(unsigned int slot);

/* How many of size bytes at `at` one window shows: a whole 2 MiB block, or up to 256 KiB. */
u64 window_room(u64 at, u64 size);

/* Fills the boot registers of a further core: the same tables, another stack. */
void mm_boot_regs(struct boot_regs *r, u64 stack_top);

/* Image boundaries, from muster.lds. */
extern char _text[], _etext[], _rodata[], _ero[], _erodata[], _data[], _end[];
