/* SPDX-License-Identifier: Apache-2.0 */
/* Linux, Documentation/arch/arm64/booting.rst: the Image header, and where things go. */
#include "core/image.h"
#include "lib/bits.h"
#include "tap.h"
#include <string.h>

static u8 header[IMAGE_HEADER_SIZE];

static void put64(unsigned int at, u64 v) {
    for (unsigned int i = 0; i < 8; i++) header[at + i] = (u8)(v >> (8 * i));
}

static void make(u64 text_offset, u64 image_size) {
    memset(header, 0, sizeof(header));
    memcpy(header + 0x38, "ARM\x64", 4);
    put64(8, text_offset);
    put64(16, image_size);
}

static void parse(void) {
    struct image_header h;

    make(0x1000, MIB(40));
    ok(!image_parse(header, MIB(32), &h) && h.text_offset == 0x1000 && h.image_size == MIB(40),
       "text_offset and image_size are read, little-endian");
    make(0, MIB(1));
    ok(!image_parse(header, MIB(3), &h) && h.image_size == MIB(3),
       "a file longer than image_size takes the room of the file");
    make(0, 0);
    ok(!image_parse(header, MIB(3), &h) && h.text_offset == 0x80000 && h.image_size == MIB(3),
       "image_size 0 is a kernel before 3.17: text_offset 0x80000");
    ok(image_parse(header, 63, &h) != NULL, "63 bytes are no header");
    header[0x3b] = 'x';
    ok(image_parse(header, MIB(3), &h) != NULL, "another magic number is refused");
    make(MIB(2), MIB(3));
    ok(image_parse(header, MIB(3), &h) != NULL, "text_offset of 2 MiB or more is refused");
    make(0, ~0ULL);
    ok(image_parse(header, MIB(3), &h) != NULL, "an absurd image_size is refused");
}

static void layout(void) {
    struct image_header h = {.text_offset = 0, .image_size = MIB(31) + 5};
    struct range ram = {GIB(1), MIB(64)};
    struct image_layout l;
    u64 needed;

    ok(!image_layout(&h, MIB(8), ram, &l, &needed), "what fits is placed");
    ok(l.fdt == ram.base, "the tree lies at the start of RAM");
    ok(l.kernel == ram.base + MIB(2), "the kernel at the next 2 MiB boundary");
    ok(is_aligned(l.ramdisk, MIB(2)) && l.ramdisk >= l.kernel + h.image_size,
       "the ramdisk at a 2 MiB boundary behind the kernel's image_size");
    ok(needed == MIB(2) + MIB(32) + MIB(8), "the needed size is stated");
    h.text_offset = 0x80000;
    ok(!image_layout(&h, 0, ram, &l, &needed) && l.kernel == ram.base + MIB(2) + 0x80000,
       "text_offset counts from a 2 MiB boundary");
    ok(!strcmp(image_layout(&h, MIB(40), ram, &l, &needed), "ramdisk") && needed > ram.size,
       "a ramdisk that does not fit is named, with the size that would do");
    h.image_size = MIB(63);
    ok(!strcmp(image_layout(&h, 0, ram, &l, &needed), "kernel") && needed == MIB(66),
       "a kernel that does not fit is named, with the size that would do");
    ok(!strcmp(image_layout(&h, ~0ULL, ram, &l, &needed), "kernel"), "sizes that wrap do not fit");
}

int main(void) {
    parse();
    layout();
    return tap_done();
}
