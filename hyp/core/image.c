/* SPDX-License-Identifier: Apache-2.0 */
#include "core/image.h"
#include "lib/bits.h"
#include "lib/string.h"

const char *image_parse(const u8 *data, u64 file_size, struct image_header *h) {
    if (file_size < IMAGE_HEADER_SIZE) return "shorter than an arm64 Image's 64-byte header";
    if (memcmp(data + 56, "ARM\x64", 4) != 0)
        return "no arm64 Image: the magic number at offset 56 is not \"ARM\\x64\"";
    /* Little-endian, as we are. */
    memcpy(&h->text_offset, data + 8, sizeof(h->text_offset));
    memcpy(&h->image_size, data + 16, sizeof(h->image_size));
    /* Kernels before 3.17 leave image_size 0: then text_offset is 0x80000 whatever it says. */
    if (h->image_size == 0) {
        h->text_offset = 0x80000;
        h->image_size = file_size;
    }
    if (h->image_size < file_size) h->image_size = file_size;
    if (h->text_offset >= MIB(2) || h->image_size > GIB(64))
        return "no arm64 Image: text_offset or image_size is absurd";
    return NULL;
}

const char *image_layout(const struct image_header *h, u64 ramdisk_size, struct range ram,
                         struct image_layout *l, u64 *needed) {
    u64 kernel_end, ramdisk_end;

    l->fdt = ram.base;
    l->kernel = ram.base + IMAGE_FDT_ROOM + h->text_offset;
    kernel_end = l->kernel + h->image_size;
    l->ramdisk = align_up(kernel_end, MIB(2));
    ramdisk_end = ramdisk_size ? l->ramdisk + ramdisk_size : kernel_end;
    *needed = align_up(ramdisk_end - ram.base, MIB(2));
    if (h->image_size > ram.size || kernel_end - ram.base > ram.size) return "kernel";
    if (ramdisk_size > ram.size || ramdisk_end - ram.base > ram.size) return "ramdisk";
    return NULL;
}
