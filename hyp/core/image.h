/* SPDX-License-Identifier: Apache-2.0 */
/* Guest kernel images: what their headers say, and where they and their company go in guest RAM. */
#pragma once

#include "lib/types.h"

#define IMAGE_HEADER_SIZE 64

/* The arm64 boot protocol's header (Linux, Documentation/arch/arm64/booting.rst). */
struct image_header {
    u64 text_offset; /* bytes from a 2 MiB boundary */
    u64 image_size;  /* bytes of RAM that it uses from there, .bss included */
};

/*
 * Reads the header at data (IMAGE_HEADER_SIZE bytes, any alignment) of a file of file_size bytes.
 * Returns NULL, or what is wrong with it.
 */
const char *image_parse(const u8 *data, u64 file_size, struct image_header *h);

/*
 * Guest-physical addresses. The tree lies at the start of RAM, where those look for it who ignore
 * x0; the kernel at the first 2 MiB boundary after it, the ramdisk at the first after the kernel.
 */
struct image_layout {
    u64 fdt, kernel, ramdisk;
};

#define IMAGE_FDT_ROOM MIB(2)

/*
 * ramdisk_size 0: none. Returns NULL, or which part does not fit into `ram`; then *needed is the
 * size of RAM that would do.
 */
const char *image_layout(const struct image_header *h, u64 ramdisk_size, struct range ram,
                         struct image_layout *l, u64 *needed);
