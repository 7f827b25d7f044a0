/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scripts/preflight's second half: takes a board's tree with a configuration merged in, and the
 * files that it names, through the very functions that the hypervisor takes them through, and says
 * what it would say.
 *
 *     preflight TREE.dtb                                the board alone
 *     preflight TREE.dtb [muster=ADDRESS,SIZE] [tree=ADDRESS] guests [ADDRESS=FILE ...]
 *
 * 0: Muster runs, and every guest can start. 1: not so. 2: it could not be tried.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "board.h"
#include "core/guest_fdt.h"
#include "core/image.h"
#include "core/options.h"
#include "core/resolve.h"
#include "lib/bits.h"
#include "lib/log.h"
#include "muster/guest_map.h"

#define MAX_FILES   (MAX_VMS * (3 + MAX_EXTRAS))
#define HEAP        MIB(2)   /* hyp/mm/heap.c: what the hypervisor takes for itself */
#define DEFAULT_RAM MIB(512) /* hyp/boot/guests.c: for modules right under /chosen */

struct file {
    u64 at;
    const char *name;
    u8 *bytes; /* 8-byte aligned */
    u64 size;
};

static struct machine machine;
static struct file files[MAX_FILES];
static unsigned int nr_files;

static void say(const char *level, const char *fmt, va_list ap) {
    printf("%s", level);
    vprintf(fmt, ap);
    printf("\n");
}

#define SAY(name, level)              \
    bool name(const char *fmt, ...) { \
        va_list ap;                   \
                                      \
        va_start(ap, fmt);            \
        say(level, fmt, ap);          \
        va_end(ap);                   \
        return false;                 \
    }
SAY(log_error, "error: ")
SAY(log_warn, "warning: ")
SAY(log_info, "")

static _Noreturn void fail(const char *what, const char *why) {
    fprintf(stderr, "preflight: %s: %s\n", what, why);
    exit(2);
}

static u8 *read_file(const char *name, u64 *size) {
    FILE *f = fopen(name, "rb");
    u8 *bytes;
    long end;

    if (!f || fseek(f, 0, SEEK_END) || (end = ftell(f)) < 0 || fseek(f, 0, SEEK_SET))
        fail(name, strerror(errno));
    *size = (u64)end;
    /* Nothing behind a file is read: a tree's header is, before its size is known. */
    bytes = calloc(1, *size + sizeof(struct fdt_header));
    if (!bytes || fread(bytes, 1, *size, f) != *size) fail(name, "cannot be read");
    fclose(f);
    return bytes;
}

static const struct file *file_of(const struct config_module *m) {
    for (unsigned int i = 0; m->node && i < nr_files; i++)
        if (files[i].at == m->at.base) return &files[i];
    return NULL;
}

/* The file is as long as reg says: it is what a boot loader puts there. */
static bool check_file(const struct vm_config *vm, const struct config_module *m) {
    const struct file *f = file_of(m);

    if (!m->node || (f && f->size == m->at.size)) return true;
    if (!f)
        return !log_warn("/chosen: %s: %s: no file is named for 0x%lx: it was not looked into",
                         vm->name, m->node, m->at.base);
    return log_error("/chosen: %s: %s: reg has a size of 0x%lx, %s 0x%lx", vm->name, m->node,
                     m->at.size, f->name, f->size);
}

static bool check_files(const struct vm_config *vm) {
    bool good = check_file(vm, &vm->kernel);

    good &= check_file(vm, &vm->ramdisk);
    good &= check_file(vm, &vm->tree);
    for (unsigned int i = 0; i < vm->nr_extras; i++) good &= check_file(vm, &vm->extra[i]);
    return good;
}

/* As hyp/vm/load.c does it. */
static bool check_tree(const struct vm_config *vm, const struct image_plan *plan, u64 room) {
    const struct file *partial = file_of(&vm->tree);
    struct guest_fdt_config c = {
        .revision = 1,
        .ram = {GUEST_RAM_BASE, vm->ram_size},
        .nr_vcpus = vm->nr_vcpus,
        .gic_version = machine.gic.version,
        .bootargs = vm->bootargs,
        .initrd = {plan->ramdisk, vm->ramdisk.at.size},
        .rng_seed = machine.rng_seed.size ? vm->core : NULL,
        .rng_seed_size = 64,
        .idle_states = vm->idle_states,
        .partial = partial ? partial->bytes : NULL,
    };
    u64 mpidr[MAX_VCPUS];
    void *buf = calloc(1, room);
    int size;

    if (vm->tree.at.size > GUEST_FDT_PARTIAL)
        return log_error("/chosen: %s: %s: reg: 0x%lx bytes: at most 0x%lx would be right",
                         vm->name, vm->tree.node, vm->tree.at.size, GUEST_FDT_PARTIAL);
    if (partial && fdt_totalsize(partial->bytes) > partial->size)
        return log_error("/chosen: %s: %s: a device tree of 0x%x bytes, cut off after 0x%lx",
                         vm->name, vm->tree.node, fdt_totalsize(partial->bytes), partial->size);
    for (unsigned int i = 0; i < vm->nr_vcpus; i++)
        mpidr[i] = vm->aff1 ? (u64)i << 8 : (u64)(i / 16) << 8 | i % 16;
    c.mpidr = mpidr;
    size = guest_fdt_build(&c, buf, room);
    free(buf);
    return size >= 0 ||
           log_error("%s: its device tree cannot be made: %s", vm->name, fdt_strerror(size));
}

/* Room is taken as it is on the target, also for a guest whose files turn out to be bad. */
static bool check_guest(struct vm_config *vm, struct room *room, struct image_plan *plan) {
    u64 fdt_room = GUEST_FDT_ROOM + (vm->tree.at.size ? GUEST_FDT_PARTIAL : 0);
    const struct file *kernel = file_of(&vm->kernel);
    bool good = resolve_guest(vm, room) && check_files(vm);

    if (good && kernel)
        good = image_plan(vm, kernel->bytes, (struct range){GUEST_RAM_BASE, vm->ram_size}, fdt_room,
                          plan) &&
               check_tree(vm, plan, fdt_room);
    vm->bad = !good;
    return good || log_error("%s: left out", vm->name);
}

static bool check_guests(struct range image, const struct options *o) {
    static struct image_plan plans[MAX_VMS + 1];
    static struct memmap ram;
    struct config *c = &machine.config;
    struct vm_config *loose = &c->loose;
    struct room room = {&machine, {0}, &ram, MASK(machine.nr_cpus - 1, 0)};
    bool good;
    pa_t heap;

    if (!resolve_free_ram(&machine, image, &ram)) return false;
    if (!memmap_alloc(&ram, HEAP, HEAP, &heap)) return log_error("memory: no free 2 MiB block");
    good = c->nr_vms || loose->kernel.node ||
           log_error("/chosen: no guest: a child with compatible \"xen,domain\" would be right");
    if (!c->nr_vms && good) {
        loose->nr_vcpus = o->vcpus ? (unsigned int)o->vcpus : machine.nr_cpus;
        loose->ram_size = o->mem_bytes ? o->mem_bytes : DEFAULT_RAM;
        c->vm[c->nr_vms++] = *loose;
        *loose = (struct vm_config){.name = loose->name};
    }
    for (unsigned int i = 0; i < c->nr_vms; i++) good &= check_guest(&c->vm[i], &room, &plans[i]);
    for (unsigned int i = 0; i < c->nr_vms; i++)
        if (!c->vm[i].bad) resolve_describe(&c->vm[i], machine.gic.version, &plans[i]);
    return good;
}

/* The cores as Muster lists them; how each is started, in place of how that went. */
static void print_cores(void) {
    static const char *const methods[] = {"no enable-method", "PSCI", "spin-table",
                                          "unknown enable-method"};

    log_info("  core   MPIDR        start");
    for (unsigned int i = 0; i < machine.nr_cpus; i++)
        log_info("  cpu%-3u %#-12lx %s", i, machine.cpu[i].mpidr,
                 i ? methods[machine.cpu[i].method] : "boot core");
}

/* What there is, what will not work, and what helps. False: Muster would stop. */
static bool check_board(const void *tree) {
    static const char *const kinds[NR_SEVERITIES] = {"cannot run", "incomplete", "will not work"};
    static struct finding list[MAX_FINDINGS];
    bool complete = machine_discover(tree, &machine);
    unsigned int nr = board_check(&machine, tree, list);

    if (machine.fdt) {
        machine_describe(&machine, 0, true);
        print_cores();
    }
    for (unsigned int i = 0; i < nr; i++) {
        const char *detail = list[i].detail;

        printf("%s: %s%s%s%s\n", kinds[list[i].severity], list[i].what, *detail ? " (" : "", detail,
               *detail ? ")" : "");
        printf("    what helps: %s\n", list[i].fix);
    }
    return complete ||
           log_error("the device tree does not describe a machine that Muster can run on");
}

/* guests muster=ADDRESS,SIZE tree=ADDRESS ADDRESS=FILE */
static void take_argument(char *word, struct range *image, u64 *tree) {
    char *value = strchr(word, '='), *rest = value ? value + 1 : word;

    if (strcmp(word, "guests") == 0) return;
    if (!value) fail(word, "muster=ADDRESS,SIZE, tree=ADDRESS or ADDRESS=FILE would be right");
    *value++ = 0;
    if (strcmp(word, "muster") == 0) {
        image->base = strtoull(value, &rest, 0);
        image->size = *rest == ',' ? strtoull(rest + 1, NULL, 0) : 0;
    } else if (strcmp(word, "tree") == 0) {
        *tree = strtoull(value, NULL, 0);
    } else {
        if (nr_files == MAX_FILES) fail(value, "too many files");
        files[nr_files] = (struct file){.at = strtoull(word, NULL, 0), .name = value};
        files[nr_files].bytes = read_file(value, &files[nr_files].size);
        nr_files++;
    }
}

int main(int argc, char **argv) {
    struct range image = {0};
    struct options options;
    u64 tree_at = 0, size;
    u8 *tree;
    bool good;

    if (argc < 2) fail("TREE.dtb", "missing");
    for (int i = 2; i < argc; i++) take_argument(argv[i], &image, &tree_at);
    tree = read_file(argv[1], &size);
    if (fdt_totalsize(tree) > size) fail(argv[1], "no device tree, or one that is cut off");
    if (!check_board(tree)) return 1;
    if (argc == 2) return 0;
    good = options_parse(machine.bootargs, &options) ||
           log_error("/chosen/bootargs, Muster's own command line, is wrong");
    /* Where the tree will be, not where it is here: that must not be taken for RAM. */
    machine.fdt = (const void *)(uintptr_t)tree_at;
    if (!tree_at) machine.fdt_size = 0;
    return !(check_guests(image, &options) && good);
}
