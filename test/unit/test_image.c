/* SPDX-License-Identifier: Apache-2.0 */
/* Linux, Documentation/arch/arm64/booting.rst: the Image header, and where things go. */
#include "core/image.h"
#include "lib/bits.h"
#include "tree.h"

#define ROOM KIB(24)

static u8 head[IMAGE_PEEK];
static struct image_plan plan;
static const struct range ram = {GIB(1), MIB(64)};

static void put64(unsigned int at, u64 v) {
    for (unsigned int i = 0; i < 8; i++) head[at + i] = (u8)(v >> (8 * i));
}

static struct vm_config arm64(u64 file_size, u64 text_offset, u64 image_size) {
    memset(head, 0, sizeof(head));
    memcpy(head + 0x38, "ARM\x64", 4);
    put64(8, text_offset);
    put64(16, image_size);
    return (struct vm_config){
        .name = "vm",
        .kernel = {{MIB(512), file_size}, "kernel", NO_ADDRESS, NO_ADDRESS},
    };
}

static bool plans(const struct vm_config *vm) {
    said_clear();
    return image_plan(vm, head, ram, ROOM, &plan);
}

static void test_header(void) {
    struct vm_config vm = arm64(MIB(32), 0x1000, MIB(40));

    ok(plans(&vm) && plan.entry == ram.base + MIB(2) + 0x1000 && plan.segment[0].size == MIB(40) &&
           plan.segment[0].copied == MIB(32),
       "text_offset and image_size are read, little-endian");
    vm = arm64(MIB(3), 0, MIB(1));
    ok(plans(&vm) && plan.segment[0].size == MIB(3),
       "a file longer than image_size takes the room of the file");
    vm = arm64(MIB(3), 0, 0);
    ok(plans(&vm) && plan.entry == ram.base + MIB(2) + 0x80000,
       "image_size 0 is a kernel before 3.17: text_offset 0x80000");
    vm = arm64(55, 0, MIB(3));
    head[55] = 0;
    ok(!plans(&vm), "55 bytes are no header");
    vm = arm64(MIB(3), 2, MIB(3));
    ok(!plans(&vm) && strstr(said, "entry point 0x40200002: a multiple of 4 "),
       "an entry point between two instructions is refused");
    vm = arm64(MIB(3), MIB(2), MIB(3));
    ok(!plans(&vm), "text_offset of 2 MiB or more is refused");
    vm = arm64(MIB(3), 0, ~0ULL);
    ok(!plans(&vm), "an absurd image_size is refused");
}

static void test_layout(void) {
    struct vm_config vm = arm64(MIB(31), 0, MIB(31) + 5);

    vm.ramdisk = (struct config_module){{MIB(600), MIB(8)}, "ramdisk", NO_ADDRESS, NO_ADDRESS};
    ok(plans(&vm), "what fits is placed");
    ok(plan.fdt == ram.base, "the tree lies at the start of RAM");
    ok(plan.segment[0].guest == ram.base + MIB(2), "the kernel at the next 2 MiB boundary");
    ok(plan.ramdisk == ram.base + MIB(34),
       "the ramdisk at a 2 MiB boundary behind the kernel's image_size");
    vm.ramdisk.at.size = MIB(40);
    ok(!plans(&vm), "a ramdisk that does not fit is refused");
    said_is("E: vm: its ramdisk does not fit into 64 MiB of guest RAM; 74 MiB would do\n",
            "by name, with the size that would do");
    vm = arm64(MIB(31), 0, MIB(63));
    ok(!plans(&vm), "a kernel that does not fit is refused");
    said_is("E: vm: its kernel does not fit into 64 MiB of guest RAM; 66 MiB would do\n",
            "by name, with the size that would do");
}

int main(void) {
    test_header();
    test_layout();
    return tap_done();
}
