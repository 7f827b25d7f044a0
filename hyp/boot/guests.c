/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/guests.h"
#include "core/resolve.h"
#include "lib/log.h"
#include "mm/mm.h"
#include "vm/postmortem.h"
#include "vm/vuart.h"

#define DEFAULT_GUEST_RAM MIB(512)

extern char demo_guest[], demo_guest_end[];

/* Nobody has configured a guest: what is not given is as much as there is. */
static void complete_loose_guest(struct vm_config *vm, const struct options *o,
                                 const struct room *room) {
    u64 largest = memmap_largest(room->free, MIB(2));

    vm->nr_vcpus = o->vcpus ? (unsigned int)o->vcpus : count_bits(room->cores);
    if (!gic.v3 && !o->vcpus && vm->nr_vcpus > 8) vm->nr_vcpus = 8;
    vm->ram_size = largest < DEFAULT_GUEST_RAM ? largest : DEFAULT_GUEST_RAM;
    if (o->mem_bytes) vm->ram_size = o->mem_bytes;
    if (vm->kernel.node) return;
    if (vm->ramdisk.node)
        log_warn("/chosen: no module is a multiboot,kernel: the built-in guest runs");
    vm->ramdisk = (struct config_module){0};
    vm->kernel = (struct config_module){room->built_in, "built-in", NO_ADDRESS, NO_ADDRESS};
}

static void create(struct machine *m, struct vm_config *vm, struct room *room) {
    if (!resolve_guest(vm, room) || !vm_create(m, vm)) log_error("%s: left out", vm->name);
}

static void tell_console(void) {
    char names[200] = "";
    size_t at = 0;

    for (unsigned int i = 0; i < nr_vms && at < sizeof(names); i++)
        at += print_s(names + at, sizeof(names) - at, " %u %s", i + 1, vms[i]->config->name);
    if (nr_vms > 1)
        log_info("console: Ctrl-] and a number choose who gets what is typed:%s; now %s", names,
                 vms[0]->config->name);
}

bool guests_start(struct machine *m, const struct options *o, u64 online) {
    struct room room = {
        .machine = m,
        .built_in = {(u64)demo_guest, (u64)(demo_guest_end - demo_guest)},
        .free = &mm_ram,
        .cores = online,
    };
    struct config *c = &m->config;
    unsigned int started = 0;

    for (unsigned int i = 0; i < c->nr_vms; i++) create(m, &c->vm[i], &room);
    if (c->nr_vms && c->loose.kernel.node)
        log_warn("/chosen: %s: ignored, since there are guests", c->loose.kernel.node);
    if (!c->nr_vms) {
        complete_loose_guest(&c->loose, o, &room);
        create(m, &c->loose, &room);
    }
    console_receive(vuart_receive, postmortem_key);
    tell_console();
    for (unsigned int i = 0; i < nr_vms; i++) {
        if (vm_start(vms[i])) {
            started++;
        } else {
            log_error("%s: left out", vms[i]->config->name);
            console_guest_gone(&vms[i]->console);
            vm_gone(m);
        }
    }
    if (started) vm_gone(m); /* the boot itself */
    return started;
}
