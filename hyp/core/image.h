/* SPDX-License-Identifier: Apache-2.0 */
/* Guest images: what their headers say, and where everything goes in a guest's RAM. */
#pragma once

#include "core/config.h"

/* Bytes of a kernel's file that image_plan() looks at: its headers. */
#define IMAGE_PEEK         KIB(4)
#define IMAGE_MAX_SEGMENTS 8

/* A part of the kernel's file and where it goes. */
struct image_segment {
    u64 from, copied; /* bytes of the file */
    u64 guest, size;  /* guest-physical; what is not copied is zeroed, or of no matter */
};

/* Guest-physical addresses. */
struct image_plan {
    struct image_segment segment[IMAGE_MAX_SEGMENTS];
    unsigned int nr_segments;
    bool zero_rest; /* the image counts on zeros behind what is copied */
    u64 entry, fdt, ramdisk;
};

/*
 * Plans the RAM [ram.base, ram.base + ram.size) of a guest; head holds the first
 * min(IMAGE_PEEK, size) bytes of its kernel, any alignment. The tree lies at the start of RAM,
 * where those look for it who ignore x0, unless the image does; it takes fdt_room bytes. The
 * ramdisk comes behind the kernel. False after log_error(), which says what does not fit or is no
 * image.
 *
 * Images: arm64 Image (Linux, Documentation/arch/arm64/booting.rst); ELF64 (ELF-64 Object File
 * Format, "Program Header"), by physical addresses; raw, at muster,load-address.
 */
bool image_plan(const struct vm_config *vm, const u8 *head, struct range ram, u64 fdt_room,
                struct image_plan *plan);
