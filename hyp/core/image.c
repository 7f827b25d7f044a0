/* SPDX-License-Identifier: Apache-2.0 */
#include "core/image.h"
#include "lib/bits.h"
#include "lib/log.h"
#include "lib/string.h"

/* Between the start of RAM and an arm64 Image, whose place is a multiple of 2 MiB: the tree. */
#define FDT_GAP MIB(2)

#define MOST_BYTES GIB(64) /* sums of a few such numbers cannot wrap */

struct arm64_header {
    u32 code[2];
    u64 text_offset, image_size, flags, reserved[3];
    u8 magic[4];
};

struct elf_header {
    u8 ident[16]; /* 0x7f E L F, class, data, ... */
    u16 type, machine;
    u32 version;
    u64 entry, phoff, shoff;
    u32 flags;
    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
    u32 type, flags;
    u64 offset, vaddr, paddr, filesz, memsz, align;
};

#define ELF_MACHINE_AARCH64 183
#define ELF_TYPE_LOAD       1

static void add_segment(struct image_plan *plan, u64 from, u64 copied, u64 guest, u64 size) {
    plan->segment[plan->nr_segments++] = (struct image_segment){from, copied, guest, size};
}

static const char *parse_arm64(const struct arm64_header *h, u64 file_size, u64 ram,
                               struct image_plan *plan) {
    u64 offset = h->text_offset, size = h->image_size;

    /* Kernels before 3.17 leave image_size 0: then text_offset is 0x80000 whatever it says. */
    if (size == 0) offset = 0x80000;
    if (size < file_size) size = file_size;
    if (offset >= MIB(2) || size > MOST_BYTES) return "text_offset or image_size is absurd";
    plan->entry = ram + FDT_GAP + offset;
    add_segment(plan, 0, file_size, plan->entry, size);
    return NULL;
}

static const char *parse_elf(const struct elf_header *h, const u8 *head, u64 seen, u64 file_size,
                             struct image_plan *plan) {
    struct elf_segment s;

    if (h->ident[4] != 2 || h->ident[5] != 1 || h->machine != ELF_MACHINE_AARCH64)
        return "an ELF file, but not of 64 bits, little-endian, for AArch64";
    if (h->phentsize != sizeof(s) || h->phoff > seen || h->phnum > (seen - h->phoff) / sizeof(s))
        return "an ELF file whose program headers are not in its first 4 KiB";
    plan->entry = h->entry;
    plan->zero_rest = true;
    for (u64 i = 0; i < h->phnum; i++) {
        memcpy(&s, head + h->phoff + i * sizeof(s), sizeof(s));
        if (s.type != ELF_TYPE_LOAD || s.memsz == 0) continue;
        if (s.offset > file_size || s.filesz > file_size - s.offset)
            return "an ELF file that is cut off: a segment ends behind its end";
        if (s.filesz > s.memsz || s.memsz > MOST_BYTES) return "an ELF file with an absurd segment";
        if (plan->nr_segments == IMAGE_MAX_SEGMENTS) return "an ELF file of more than 8 segments";
        add_segment(plan, s.offset, s.filesz, s.paddr, s.memsz);
        /* The entry point is a virtual address; the MMU is off. */
        if (h->entry - s.vaddr < s.memsz) plan->entry = s.paddr + (h->entry - s.vaddr);
    }
    return plan->nr_segments ? NULL : "an ELF file without a segment to load";
}

static const char *parse(const struct vm_config *vm, const u8 *head, u64 ram,
                         struct image_plan *plan) {
    u64 file_size = vm->kernel.at.size, seen = file_size < IMAGE_PEEK ? file_size : IMAGE_PEEK;
    union {
        struct arm64_header arm64;
        struct elf_header elf;
    } h = {0};

    memcpy(&h, head, seen < sizeof(h) ? seen : sizeof(h));
    if (file_size > MOST_BYTES) return "its size is absurd";
    if (vm->kernel.load_address != NO_ADDRESS) {
        plan->entry = vm->kernel.load_address;
        add_segment(plan, 0, file_size, plan->entry, file_size);
        return NULL;
    }
    if (memcmp(h.arm64.magic, "ARM\x64", 4) == 0)
        return parse_arm64(&h.arm64, file_size, ram, plan);
    if (memcmp(h.elf.ident,
               "\x7f"
               "ELF",
               4) == 0)
        return parse_elf(&h.elf, head, seen, file_size, plan);
    return "neither an arm64 Image (ARM\\x64 at byte 56) nor ELF: as a raw image it needs "
           "muster,load-address";
}

/* A guest's RAM, and what is in it so far. */
struct layout {
    const struct vm_config *vm;
    struct range ram, used[IMAGE_MAX_SEGMENTS + MAX_EXTRAS + 2];
    unsigned int nr_used;
};

/* What the range shares a byte with; NULL: nothing. */
static const struct range *meets(const struct layout *l, struct range r) {
    for (const struct range *u = l->used; u < &l->used[l->nr_used]; u++)
        if (ranges_overlap(r, *u)) return u;
    return NULL;
}

static u64 first_gap(const struct layout *l, u64 at, u64 size) {
    for (const struct range *u; (u = meets(l, (struct range){at, size}));)
        at = align_up(u->base + u->size, MIB(2));
    return at;
}

static bool use(struct layout *l, const char *what, u64 at, u64 size) {
    const struct range *ram = &l->ram, *used = meets(l, (struct range){at, size});
    u64 offset = at - ram->base;

    if (at < ram->base || offset > MOST_BYTES)
        return log_error("%s: its %s at 0x%lx, 0x%lx bytes: within its RAM, 0x%lx to 0x%lx, would "
                         "be right",
                         l->vm->name, what, at, size, ram->base, ram->base + ram->size);
    if (!range_contains(*ram, at, size))
        return log_error("%s: its %s does not fit into %lu MiB of guest RAM; %lu MiB would do",
                         l->vm->name, what, ram->size >> 20, align_up(offset + size, MIB(2)) >> 20);
    if (used)
        return log_error("%s: its %s at 0x%lx, 0x%lx bytes: overlaps what else is loaded, at 0x%lx "
                         "to 0x%lx",
                         l->vm->name, what, at, size, used->base, used->base + used->size);
    l->used[l->nr_used++] = (struct range){at, size};
    return true;
}

bool image_plan(const struct vm_config *vm, const u8 *head, struct range ram, u64 fdt_room,
                struct image_plan *plan) {
    struct layout l = {.vm = vm, .ram = ram};
    const char *wrong;
    u64 end = ram.base;

    *plan = (struct image_plan){0};
    wrong = parse(vm, head, ram.base, plan);
    if (wrong)
        return log_error("%s: kernel at 0x%lx, %lu bytes: %s", vm->name, vm->kernel.at.base,
                         vm->kernel.at.size, wrong);
    if (vm->kernel.entry != NO_ADDRESS) plan->entry = vm->kernel.entry;
    for (const struct image_segment *s = plan->segment; s < &plan->segment[plan->nr_segments];
         s++) {
        if (!use(&l, "kernel", s->guest, s->size)) return false;
        if (s->guest + s->size > end) end = s->guest + s->size;
    }
    for (const struct config_module *m = vm->extra; m < &vm->extra[vm->nr_extras]; m++)
        if (!use(&l, m->node, m->load_address, m->at.size)) return false;
    if (!meets(&l, (struct range){plan->entry, 1}) || !is_aligned(plan->entry, 4))
        return log_error("%s: its kernel's entry point 0x%lx: a multiple of 4 where something is "
                         "loaded would be right",
                         vm->name, plan->entry);
    plan->fdt = first_gap(&l, ram.base, fdt_room);
    if (!use(&l, "device tree", plan->fdt, fdt_room)) return false;
    if (plan->fdt >= end) end = plan->fdt + fdt_room;
    plan->ramdisk = first_gap(&l, align_up(end, MIB(2)), vm->ramdisk.at.size);
    return !vm->ramdisk.at.size || use(&l, "ramdisk", plan->ramdisk, vm->ramdisk.at.size);
}
