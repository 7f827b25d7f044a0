/* SPDX-License-Identifier: Apache-2.0 */
/* image_plan(): any kernel in any guest; what is planned stays within the file and the RAM. */
#include "core/image.h"
#include "fuzz/fuzz.h"
#include "lib/bits.h"

#define FDT_ROOM KIB(24)

/* What an input begins with; the kernel's file follows. */
struct input {
    u64 file_size; /* 0: as many bytes as there are */
    u64 load_address, entry, ram_size, ramdisk_size;
    struct {
        u64 load_address, size;
    } extra[2];
};

static struct vm_config vm;
static struct image_plan plan;

/* 0 stands for what is not given, which is hard to find by chance. */
static u64 address(u64 v) { return v ? v : NO_ADDRESS; }

/* Within what config.c and resolve.c let through. */
static void configure(const struct input *in, u64 rest) {
    vm = (struct vm_config){.name = "vm"};
    vm.ram_size = align_up(in->ram_size % GIB(1024) + 1, MIB(2));
    vm.kernel.at.size = in->file_size ? in->file_size >> 1 : rest;
    vm.kernel.load_address = address(in->load_address);
    vm.kernel.entry = address(in->entry & ~3ULL);
    vm.ramdisk.at.size = in->ramdisk_size >> 1;
    for (unsigned int i = 0; i < ARRAY_SIZE(in->extra) && in->extra[i].load_address; i++) {
        vm.extra[i].node = "extra";
        vm.extra[i].load_address = in->extra[i].load_address;
        vm.extra[i].at.size = (in->extra[i].size >> 1) + 1;
        vm.nr_extras++;
    }
}

/* Does what lies there meet nothing of the kernel and the extra modules? */
static bool alone(struct range r) {
    for (unsigned int i = 0; i < plan.nr_segments; i++)
        if (ranges_overlap(r, (struct range){plan.segment[i].guest, plan.segment[i].size}))
            return false;
    for (unsigned int i = 0; i < vm.nr_extras; i++)
        if (ranges_overlap(r, (struct range){vm.extra[i].load_address, vm.extra[i].at.size}))
            return false;
    return true;
}

static void check(struct range ram) {
    struct range fdt = {plan.fdt, FDT_ROOM}, ramdisk = {plan.ramdisk, vm.ramdisk.at.size};

    must(plan.nr_segments >= 1 && plan.nr_segments <= IMAGE_MAX_SEGMENTS);
    for (unsigned int i = 0; i < plan.nr_segments; i++) {
        const struct image_segment *s = &plan.segment[i];

        must(s->copied <= s->size && range_contains(ram, s->guest, s->size));
        must(range_contains((struct range){0, vm.kernel.at.size}, s->from, s->copied));
    }
    for (unsigned int i = 0; i < vm.nr_extras; i++)
        must(range_contains(ram, vm.extra[i].load_address, vm.extra[i].at.size));
    must(range_contains(ram, plan.entry, 4) && is_aligned(plan.entry, 4));
    must(range_contains(ram, fdt.base, fdt.size) && is_aligned(fdt.base, 8) && alone(fdt));
    if (ramdisk.size)
        must(range_contains(ram, ramdisk.base, ramdisk.size) && alone(ramdisk) &&
             !ranges_overlap(ramdisk, fdt));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size) {
    struct range ram = {GIB(1), 0};
    struct input in = {0};
    u64 seen;
    u8 *head;

    if (size < sizeof(in)) return 0;
    memcpy(&in, data, sizeof(in));
    size -= sizeof(in);
    configure(&in, size);
    seen = vm.kernel.at.size < IMAGE_PEEK ? vm.kernel.at.size : IMAGE_PEEK;
    head = exact_copy(data + sizeof(in), size < seen ? size : seen, seen);
    ram.size = vm.ram_size;
    if (image_plan(&vm, head, ram, FDT_ROOM, &plan)) check(ram);
    free(head);
    return 0;
}
