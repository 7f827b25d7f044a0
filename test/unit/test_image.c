/* SPDX-License-Identifier: Apache-2.0 */
/* Linux, Documentation/arch/arm64/booting.rst: the Image header; ELF-64 Object File Format: program
 * headers; and where things go. */
#include "core/image.h"
#include "lib/bits.h"
#include "unit/tree.h"

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

/* The program headers follow the ELF header, unless a test moves them. */
#define SEGMENT(n) (64 + 56 * (n))

static struct vm_config elf(u64 file_size, u64 entry, unsigned int segments) {
    struct vm_config vm = arm64(file_size, 0, 0);

    memset(head, 0, sizeof(head));
    memcpy(head,
           "\x7f"
           "ELF\2\1\1",
           7);
    put64(16, 2 | 183 << 16 | 1ULL << 32); /* executable, AArch64, version 1 */
    put64(24, entry);
    put64(32, 64);
    put64(52, 64 | 56 << 16 | (u64)segments << 32);
    return vm;
}

static void segment(unsigned int n, u64 offset, u64 vaddr, u64 paddr, u64 filesz, u64 memsz) {
    const u64 words[] = {1 | 7ULL << 32, offset, vaddr, paddr, filesz, memsz, 4096};

    for (unsigned int i = 0; i < 7; i++) put64(SEGMENT(n) + 8 * i, words[i]);
}

static struct vm_config raw(u64 file_size, u64 at) {
    struct vm_config vm = arm64(file_size, 0, 0);

    memset(head, 0, sizeof(head));
    vm.kernel.load_address = at;
    return vm;
}

static void add_extra(struct vm_config *vm, const char *name, u64 at, u64 size) {
    vm->extra[vm->nr_extras++] = (struct config_module){{MIB(700), size}, name, at, NO_ADDRESS};
}

/* The head is at the end of its memory, at an odd address: ASan sees each overrun. */
static bool plans(const struct vm_config *vm) {
    u64 size = vm->kernel.at.size;
    size_t seen = size < IMAGE_PEEK ? (size_t)size : IMAGE_PEEK;
    u8 *copy = malloc(seen + 1);
    bool good;

    memcpy(copy + 1, head, seen);
    said_clear();
    good = image_plan(vm, copy + 1, ram, ROOM, &plan);
    free(copy);
    return good;
}

/* It is refused, with this line. */
static void refused(struct vm_config vm, const char *line, const char *sentence) {
    bool good = plans(&vm);

    said_is(line, sentence);
    if (good) ok(false, "it is planned all the same");
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

static void test_elf(void) {
    struct vm_config vm = elf(MIB(1), 0xffff000000001000, 3);

    segment(0, 0x1000, 0xffff000000000000, GIB(1), 0x3000, 0x4000);
    put64(SEGMENT(1), 4); /* a note, of no matter */
    segment(2, 0x8000, 0xffff000000200000, GIB(1) + MIB(2), 0, 0x1000);
    ok(plans(&vm) && plan.nr_segments == 2 && plan.zero_rest, "segments to load are loaded");
    ok(plan.segment[0].from == 0x1000 && plan.segment[0].copied == 0x3000 &&
           plan.segment[0].guest == GIB(1) && plan.segment[0].size == 0x4000,
       "at their physical address, with room for what is to be zeroed");
    ok(plan.segment[1].copied == 0 && plan.segment[1].guest == GIB(1) + MIB(2) &&
           plan.segment[1].size == 0x1000,
       "one with nothing but zeros as well");
    ok(plan.entry == GIB(1) + 0x1000, "the entry point is a virtual address: a segment's");
    ok(plan.fdt == GIB(1) + MIB(4), "the tree does not lie on segments, nor between pages of them");

    vm = elf(MIB(1), GIB(1) + 0x40, 1);
    segment(0, 0, 0xffff000000000000, GIB(1), 0x3000, 0x3000);
    ok(plans(&vm) && plan.entry == GIB(1) + 0x40, "or a physical one, where no segment has it");

    vm = elf(MIB(1), GIB(1), 1);
    segment(0, 0, GIB(1), GIB(1), MIB(1), MIB(1));
    put64(32, 4096 - 56);
    memmove(head + 4096 - 56, head + SEGMENT(0), 56);
    ok(plans(&vm), "program headers may be the last of the first 4 KiB");
    vm.kernel.load_address = GIB(1) + MIB(8);
    ok(plans(&vm) && plan.nr_segments == 1 && plan.entry == GIB(1) + MIB(8) && !plan.zero_rest,
       "with muster,load-address an ELF file is copied as it is");
    vm = elf(MIB(1), 0, 1);
    segment(0, 0, 0, GIB(1), MIB(1), MIB(1));
    vm.kernel.entry = GIB(1) + 8;
    ok(plans(&vm) && plan.entry == GIB(1) + 8, "muster,entry says better where it begins");
}

#define KERNEL "E: vm: kernel at 0x20000000, 1048576 bytes: "
#define PEEK   "an ELF file whose program headers are not in its first 4 KiB\n"

static void test_elf_refused(void) {
    struct vm_config vm = elf(MIB(1), GIB(1), 1);
    u8 good[IMAGE_PEEK];

    segment(0, 0, GIB(1), GIB(1), 0x1000, 0x1000);
    memcpy(good, head, sizeof(good));
    ok(plans(&vm), "an ELF file that is right");
    head[4] = 1;
    refused(vm, KERNEL "an ELF file, but not of 64 bits, little-endian, for AArch64\n", "ELF32");
    memcpy(head, good, sizeof(good));
    head[5] = 2;
    refused(vm, KERNEL "an ELF file, but not of 64 bits, little-endian, for AArch64\n",
            "big-endian");
    memcpy(head, good, sizeof(good));
    head[18] = 62;
    refused(vm, KERNEL "an ELF file, but not of 64 bits, little-endian, for AArch64\n", "x86-64");
    memcpy(head, good, sizeof(good));
    put64(32, 4096 - 55);
    refused(vm, KERNEL PEEK, "program headers that end behind the first 4 KiB");
    put64(32, ~0ULL);
    refused(vm, KERNEL PEEK, "program headers at the end of all numbers");
    put64(32, 64);
    head[56] = head[57] = 0xff;
    refused(vm, KERNEL PEEK, "65535 program headers");
    memcpy(head, good, sizeof(good));
    head[54] = 32;
    refused(vm, KERNEL PEEK, "program headers of another size");
    memcpy(head, good, sizeof(good));
    head[56] = 0;
    refused(vm, KERNEL "an ELF file without a segment to load\n", "no program headers");
    vm.kernel.at.size = 63;
    refused(vm, "E: vm: kernel at 0x20000000, 63 bytes: " PEEK, "a file of less than its header");
    vm.kernel.at.size = 0xfff;
    memcpy(head, good, sizeof(good));
    refused(vm,
            "E: vm: kernel at 0x20000000, 4095 bytes: an ELF file that is cut off: a segment ends "
            "behind its end\n",
            "a file that is cut off");
    vm.kernel.at.size = MIB(1);
    segment(0, ~0ULL, GIB(1), GIB(1), 2, 2);
    refused(vm, KERNEL "an ELF file that is cut off: a segment ends behind its end\n",
            "a segment whose place in the file wraps");
    segment(0, 0, GIB(1), GIB(1), 0x1001, 0x1000);
    refused(vm, KERNEL "an ELF file with an absurd segment\n", "more file than memory");
    segment(0, 0, GIB(1), GIB(1), 0, ~0ULL);
    refused(vm, KERNEL "an ELF file with an absurd segment\n", "all memory there could be");
    segment(0, 0, GIB(1), ~0ULL - 0xfff, 0x2000, 0x2000);
    refused(vm,
            "E: vm: its kernel at 0xfffffffffffff000, 0x2000 bytes: within its RAM, 0x40000000 to "
            "0x44000000, would be right\n",
            "a segment whose place in memory wraps");
    segment(0, 0, 0, 0, 0x1000, 0x1000);
    refused(vm,
            "E: vm: its kernel at 0x0, 0x1000 bytes: within its RAM, 0x40000000 to 0x44000000, "
            "would be right\n",
            "an ELF file for another place");
    segment(0, 0, GIB(2), GIB(1), 0x1000, 0x1000);
    put64(24, GIB(1) + 0x1000);
    refused(vm,
            "E: vm: its kernel's entry point 0x40001000: a multiple of 4 where something is loaded "
            "would be right\n",
            "an entry point behind all that is loaded");
    vm = elf(MIB(1), GIB(1), 9);
    for (unsigned int i = 0; i < 9; i++)
        segment(i, 0, GIB(1) + i * MIB(1), GIB(1) + i * MIB(1), 16, 16);
    refused(vm, KERNEL "an ELF file of more than 8 segments\n", "nine segments");
    head[56] = 8;
    ok(plans(&vm) && plan.nr_segments == 8, "eight are not too many");
    segment(7, 0, GIB(1), GIB(1) + MIB(2) - 8, 16, 16);
    refused(vm,
            "E: vm: its kernel at 0x401ffff8, 0x10 bytes: overlaps what else is loaded, at "
            "0x40200000 to 0x40200010\n",
            "segments that overlap");
}

static void test_raw(void) {
    struct vm_config vm = raw(0x1234, GIB(1) + MIB(4));

    ok(plans(&vm) && plan.nr_segments == 1 && plan.segment[0].guest == GIB(1) + MIB(4) &&
           plan.segment[0].copied == 0x1234 && plan.entry == GIB(1) + MIB(4),
       "a raw image goes to its load address and begins there");
    ok(plan.fdt == ram.base, "the tree lies at the start of RAM");
    vm.kernel.entry = GIB(1) + MIB(4) + 0x1230;
    ok(plans(&vm) && plan.entry == GIB(1) + MIB(4) + 0x1230, "or at muster,entry");
    vm.kernel.entry = GIB(1) + MIB(4) + 0x1234;
    refused(vm,
            "E: vm: its kernel's entry point 0x40401234: a multiple of 4 where something is loaded "
            "would be right\n",
            "an entry point right behind it");
    vm.kernel.entry = GIB(1) + MIB(4) + 2;
    refused(vm,
            "E: vm: its kernel's entry point 0x40400002: a multiple of 4 where something is loaded "
            "would be right\n",
            "an entry point between instructions");
    vm = raw(MIB(1), 0);
    refused(vm,
            "E: vm: its kernel at 0x0, 0x100000 bytes: within its RAM, 0x40000000 to 0x44000000, "
            "would be right\n",
            "a load address below RAM");
    vm = raw(MIB(1), NO_ADDRESS - 1);
    refused(vm,
            "E: vm: its kernel at 0xfffffffffffffffe, 0x100000 bytes: within its RAM, 0x40000000 "
            "to 0x44000000, would be right\n",
            "a load address where it wraps");
    vm = raw(MIB(1), GIB(1) + MIB(64) - 4096);
    refused(vm, "E: vm: its kernel does not fit into 64 MiB of guest RAM; 66 MiB would do\n",
            "a load address near the end of RAM");
    vm = raw(GIB(64) + 1, GIB(1));
    refused(vm, "E: vm: kernel at 0x20000000, 68719476737 bytes: its size is absurd\n",
            "a size that is absurd");
    vm = raw(4, GIB(1));
    vm.kernel.load_address = NO_ADDRESS;
    refused(vm,
            "E: vm: kernel at 0x20000000, 4 bytes: neither an arm64 Image (ARM\\x64 at byte 56) "
            "nor ELF: as a raw image it needs muster,load-address\n",
            "what is no image and has no load address");
}

/* Where the trees of known guests lie: at the start of RAM, unless they do. */
static void test_tree_place(void) {
    struct vm_config vm = raw(KIB(300), GIB(1) + MIB(1));

    ok(plans(&vm) && plan.fdt == GIB(1), "LK, raw at 0x40100000: the tree is before it");
    vm = raw(KIB(900), GIB(1) + MIB(2));
    ok(plans(&vm) && plan.fdt == GIB(1), "U-Boot, raw at 0x40200000: the tree is before it");
    vm = elf(KIB(300), GIB(1), 1);
    segment(0, 0x10000, GIB(1), GIB(1), KIB(200), MIB(3));
    ok(plans(&vm) && plan.fdt == GIB(1) + MIB(4),
       "xv6, ELF at 0x40000000: the tree is behind it, its bss included");
    vm = raw(KIB(100), GIB(1) + ROOM - 4);
    ok(plans(&vm) && plan.fdt == GIB(1) + MIB(2), "it is not cut by an image that is near");
    vm = raw(KIB(100), GIB(1) + ROOM);
    ok(plans(&vm) && plan.fdt == GIB(1), "nor moved by one that leaves just enough");
    vm = raw(MIB(64), GIB(1));
    refused(vm, "E: vm: its device tree does not fit into 64 MiB of guest RAM; 66 MiB would do\n",
            "no room for a tree is left");
    vm = raw(MIB(60), GIB(1));
    vm.ramdisk = (struct config_module){{MIB(600), MIB(1)}, "ramdisk", NO_ADDRESS, NO_ADDRESS};
    ok(plans(&vm) && plan.fdt == GIB(1) + MIB(60) && plan.ramdisk == GIB(1) + MIB(62),
       "a ramdisk comes behind a tree that comes behind the image");
}

static void test_extras(void) {
    struct vm_config vm = raw(MIB(1), GIB(1) + MIB(2));

    add_extra(&vm, "first", GIB(1), 16);
    add_extra(&vm, "second", GIB(1) + MIB(4), MIB(5));
    vm.ramdisk = (struct config_module){{MIB(600), MIB(8)}, "ramdisk", NO_ADDRESS, NO_ADDRESS};
    ok(plans(&vm) && plan.fdt == GIB(1) + MIB(10) && plan.ramdisk == GIB(1) + MIB(12),
       "tree and ramdisk are not where further modules are");
    vm.kernel.entry = GIB(1) + MIB(4);
    ok(plans(&vm) && plan.entry == GIB(1) + MIB(4), "a guest may begin in one of these");
    add_extra(&vm, "third", GIB(1) + MIB(3) - 1, 1);
    refused(vm,
            "E: vm: its third at 0x402fffff, 0x1 bytes: overlaps what else is loaded, at "
            "0x40200000 to 0x40300000\n",
            "a module on the kernel");
    vm.extra[2].load_address = GIB(1) + MIB(9) - 1;
    refused(vm,
            "E: vm: its third at 0x408fffff, 0x1 bytes: overlaps what else is loaded, at "
            "0x40400000 to 0x40900000\n",
            "a module on another");
    vm.extra[2].load_address = GIB(1) + MIB(64);
    refused(vm, "E: vm: its third does not fit into 64 MiB of guest RAM; 66 MiB would do\n",
            "a module behind the end of RAM");
    vm.extra[2].load_address = 0x9000000;
    refused(vm,
            "E: vm: its third at 0x9000000, 0x1 bytes: within its RAM, 0x40000000 to 0x44000000, "
            "would be right\n",
            "a module on the UART");
    vm.extra[2].load_address = NO_ADDRESS - 1;
    vm.extra[2].at.size = MIB(1);
    refused(vm,
            "E: vm: its third at 0xfffffffffffffffe, 0x100000 bytes: within its RAM, 0x40000000 to "
            "0x44000000, would be right\n",
            "a module whose place wraps");
    vm.nr_extras = 2;
    add_extra(&vm, "third", GIB(1) + MIB(20), 1);
    add_extra(&vm, "fourth", GIB(1) + MIB(30), 1);
    vm.kernel.load_address = NO_ADDRESS;
    elf(MIB(1), GIB(1) + MIB(40), 8);
    for (unsigned int i = 0; i < 8; i++)
        segment(i, 0, GIB(1) + MIB(40 + i), GIB(1) + MIB(40 + i), 16, 16);
    vm.kernel.entry = NO_ADDRESS;
    ok(plans(&vm) && plan.nr_segments == 8 && plan.ramdisk == GIB(1) + MIB(48),
       "as many segments and modules as there can be");
}

int main(void) {
    test_header();
    test_layout();
    test_elf();
    test_elf_refused();
    test_raw();
    test_tree_place();
    test_extras();
    return tap_done();
}
