/* SPDX-License-Identifier: Apache-2.0 */
#include "core/config.h"
#include <libfdt.h>
#include "lib/bits.h"
#include "lib/log.h"
#include "lib/string.h"

#define MAX_KIB (1ULL << 30) /* a TiB */

/* What a property of a node is to become: of a guest, or of one of its modules. */
struct target {
    struct dt *dt;
    struct vm_config *vm;
    struct config_module *module;
};

struct property {
    char name[28];
    /* False: its value is wrong. NULL: known, and read elsewhere or of no meaning here. */
    bool (*take)(struct target *t, const struct dt_prop *p);
    const char *right;
};

static bool number(const struct dt_prop *p, u64 least, u64 most, u64 *value) {
    if (p->len != 4 && p->len != 8) return false;
    *value = dt_cells(p->data, 0, p->len / 4);
    return *value >= least && *value <= most;
}

static bool is_text(const struct dt_prop *p) {
    return p->len && strnlen(p->data, p->len) == p->len - 1;
}

/* One of two words: which. */
static bool either(const struct dt_prop *p, const char *no, const char *yes, bool *value) {
    *value = is_text(p) && strcmp(p->data, yes) == 0;
    return *value || (is_text(p) && strcmp(p->data, no) == 0);
}

static bool take_memory(struct target *t, const struct dt_prop *p) {
    u64 kib;

    if (!number(p, 4096, MAX_KIB, &kib)) return false;
    t->vm->ram_size = kib << 10;
    return true;
}

static bool take_cpus(struct target *t, const struct dt_prop *p) {
    u64 n;

    if (!number(p, 1, MAX_VCPUS, &n)) return false;
    t->vm->nr_vcpus = (unsigned int)n;
    return true;
}

static bool take_nr_spis(struct target *t, const struct dt_prop *p) {
    u64 n;

    return number(p, 0, 64, &n);
}

static bool take_gic(struct target *t, const struct dt_prop *p) {
    u64 n;

    if (!number(p, 2, 3, &n)) return false;
    t->vm->gic_version = (u32)n;
    return true;
}

static bool take_bootargs(struct target *t, const struct dt_prop *p) {
    if (!is_text(p) || p->len > 2048) return false;
    t->vm->bootargs = p->data;
    return true;
}

static bool take_mpidr(struct target *t, const struct dt_prop *p) {
    return either(p, "aff0", "aff1", &t->vm->aff1);
}

static bool take_on_crash(struct target *t, const struct dt_prop *p) {
    return either(p, "stop", "reset", &t->vm->reset_on_crash);
}

static bool take_idle_states(struct target *t, const struct dt_prop *p) {
    t->vm->idle_states = true;
    return p->len == 0;
}

static bool take_reg(struct target *t, const struct dt_prop *p) {
    struct range r;

    if (!dt_reg(t->dt, 0, &r)) return false;
    t->module->at = r;
    return r.size;
}

static bool take_load_address(struct target *t, const struct dt_prop *p) {
    return number(p, 0, NO_ADDRESS - 1, &t->module->load_address);
}

static bool take_entry(struct target *t, const struct dt_prop *p) {
    return number(p, 0, NO_ADDRESS - 1, &t->module->entry) && is_aligned(t->module->entry, 4);
}

static bool refuse(struct target *t, const struct dt_prop *p) { return false; }

#define TEXT_RIGHT "text of at most 2047 characters"

/* Sorted by what is done with them; the same rows are in docs/configuration.md. */
static const struct property of_guest[] = {
    {"memory", take_memory, "KiB, 4096 to 1073741824,"},
    {"cpus", take_cpus, "1 to 64"},
    {"nr_spis", take_nr_spis, "0 to 64"},
    {"bootargs", take_bootargs, TEXT_RIGHT},
    {"muster,gic-version", take_gic, "2 or 3"},
    {"muster,mpidr", take_mpidr, "\"aff0\" or \"aff1\""},
    {"muster,on-crash", take_on_crash, "\"stop\" or \"reset\""},
    {"muster,idle-states", take_idle_states, "no value"},
    {"compatible", NULL, NULL},
    {"#address-cells", NULL, NULL},
    {"#size-cells", NULL, NULL},
    {"status", NULL, NULL},
    {"vpl011", NULL, NULL}, /* every guest has its UART */
    {"xen,enhanced", NULL, NULL},
    {"xen,domain-p2m-mem-mb", NULL, NULL},
    {"max_grant_version", NULL, NULL},
    {"max_grant_frames", NULL, NULL},
    {"max_maptrack_frames", NULL, NULL},
    {"xen,static-mem", refuse, "nothing, since RAM is not given by address,"},
    {"direct-map", refuse, "nothing, since RAM is not given by address,"},
    {"passthrough", refuse, "nothing, since devices are not passed through,"},
    {"sve", refuse, "nothing, since SVE is hidden from guests,"},
    {"llc-colors", refuse, "nothing, since caches are not divided,"},
};

static const struct property of_module[] = {
    {"reg", take_reg, "address and size of the module in RAM, within its parents' ranges,"},
    {"bootargs", take_bootargs, TEXT_RIGHT},
    {"muster,load-address", take_load_address, "a guest-physical address"},
    {"muster,entry", take_entry, "a guest-physical address, a multiple of 4,"},
    {"compatible", NULL, NULL},
    {"status", NULL, NULL},
    {"muster,file", NULL, NULL}, /* of configs/: scripts/config has loaded it */
};

/* A property's value as its source has it. */
static const char *value_text(const struct dt_prop *p, char *buf, size_t size) {
    if (p->len == 4 || p->len == 8)
        print_s(buf, size, "<%lu>", dt_cells(p->data, 0, p->len / 4));
    else if (is_text(p))
        print_s(buf, size, "\"%s\"", (const char *)p->data);
    else
        print_s(buf, size, "of %u bytes", p->len);
    return buf;
}

static bool wrong(struct target *t, const struct dt_prop *p, const char *right) {
    char value[48];

    t->vm->bad = true;
    return log_error("%s: %s %s: %s would be right", dt_path(t->dt), p->name,
                     value_text(p, value, sizeof(value)), right);
}

static void take_properties(struct target *t, const struct property *rows, size_t nr) {
    for (unsigned int i = 0; i < t->dt->nr_props; i++) {
        const struct dt_prop *p = &t->dt->prop[i];
        size_t n = 0;

        while (n < nr && strcmp(rows[n].name, p->name) != 0) n++;
        if (n == nr)
            log_warn("%s: property %s is not known: ignored", dt_path(t->dt), p->name);
        else if (rows[n].take && !rows[n].take(t, p))
            wrong(t, p, rows[n].right);
    }
}

static bool is_compatible(const struct dt *dt, const char *name) {
    const struct dt_prop *list = dt_prop(dt, "compatible");

    return list && fdt_stringlist_contains(list->data, (int)list->len, name);
}

static void begin(struct vm_config *vm, const char *name) {
    memset(vm, 0, sizeof(*vm));
    vm->name = name;
}

/* Which of the guest's modules the current node describes; NULL: one too many. */
static struct config_module *module_slot(struct vm_config *vm, const struct dt *dt) {
    if (is_compatible(dt, "multiboot,kernel")) return &vm->kernel;
    if (is_compatible(dt, "multiboot,ramdisk")) return &vm->ramdisk;
    if (is_compatible(dt, "multiboot,device-tree")) return &vm->tree;
    return vm->nr_extras < MAX_EXTRAS ? &vm->extra[vm->nr_extras] : NULL;
}

static void take_module(struct vm_config *vm, struct dt *dt) {
    struct config_module m = {
        .node = dt->level[dt->nr_levels - 1].name,
        .load_address = NO_ADDRESS,
        .entry = NO_ADDRESS,
    };
    struct target t = {dt, vm, &m};
    struct config_module *slot = module_slot(vm, dt);
    bool extra = slot && slot >= vm->extra && slot < vm->extra + MAX_EXTRAS;

    take_properties(&t, of_module, ARRAY_SIZE(of_module));
    if (!slot || slot->node) {
        vm->bad = true;
        log_error("%s: one kernel, one ramdisk, one device-tree and %u further modules would be "
                  "right",
                  dt_path(dt), MAX_EXTRAS);
        return;
    }
    if (!dt_prop(dt, "reg") || (extra && m.load_address == NO_ADDRESS)) {
        vm->bad = true;
        log_error("%s: no %s: %s would be right", dt_path(dt),
                  m.at.size ? "muster,load-address" : "reg",
                  m.at.size ? "that, or multiboot,kernel, ramdisk or device-tree as compatible,"
                            : "address and size of the module in RAM");
    }
    vm->nr_extras += extra;
    *slot = m;
}

/* "0-3,5": cores by number. */
static bool parse_affinity(const char *s, u64 *cores) {
    for (*cores = 0;; s++) {
        u64 first = 0, last = 0, *n = &first;

        do {
            if (*s < '0' || *s > '9') return false;
            for (*n = 0; *s >= '0' && *s <= '9' && *n < 64; s++) *n = *n * 10 + (u64)(*s - '0');
            if (n == &first) last = first;
        } while (*s == '-' && n == &first && (n = &last, s++));
        if (last > 63 || first > last) return false;
        *cores |= MASK(last, first);
        if (*s != ',') return *s == 0;
    }
}

static void take_vcpu(struct vm_config *vm, struct dt *dt) {
    struct target t = {dt, vm, NULL};
    const struct dt_prop *id = dt_prop(dt, "id"), *p = dt_prop(dt, "hard-affinity");
    u64 n = 0;

    if (!id || !number(id, 0, MAX_VCPUS - 1, &n)) {
        vm->bad = true;
        log_error("%s: id is missing or wrong: <0> to <%u> would be right", dt_path(dt),
                  MAX_VCPUS - 1);
    } else if (p && (!is_text(p) || !parse_affinity(p->data, &vm->affinity[n]))) {
        wrong(&t, p, "cores by number, 0 to 63, such as \"0-3,5\",");
    }
}

void config_chosen(struct config *c, struct dt *dt) { c->keep = dt_prop(dt, "muster,keep"); }

void config_child(struct config *c, struct dt *dt) {
    struct vm_config *vm = &c->vm[c->nr_vms];
    struct target t = {dt, vm, NULL};

    if (is_compatible(dt, "multiboot,module")) {
        take_module(&c->loose, dt);
    } else if (is_compatible(dt, "xen,domain") && c->nr_vms == MAX_VMS) {
        log_error("%s: left out: at most %u guests would be right", dt_path(dt), MAX_VMS);
    } else if (is_compatible(dt, "xen,domain")) {
        begin(vm, dt->level[dt->nr_levels - 1].name);
        c->nr_vms++;
        take_properties(&t, of_guest, ARRAY_SIZE(of_guest));
    } else if (dt_prop(dt, "compatible")) {
        log_warn("%s: neither a guest, \"xen,domain\", nor \"multiboot,module\": ignored",
                 dt_path(dt));
    }
}

void config_grandchild(struct config *c, struct dt *dt) {
    const char *parent = dt->level[dt->nr_levels - 2].name;
    struct vm_config *vm = c->nr_vms ? &c->vm[c->nr_vms - 1] : NULL;

    /* Names point into the tree: the same pointer is the same node. */
    if (!vm || vm->name != parent) return;
    if (is_compatible(dt, "multiboot,module")) {
        take_module(vm, dt);
    } else if (is_compatible(dt, "xen,vcpu")) {
        take_vcpu(vm, dt);
    } else if (is_compatible(dt, "xen,domain-shared-memory-v1")) {
        vm->bad = true;
        log_error("%s: nothing, since guests share no memory, would be right", dt_path(dt));
    } else {
        log_warn("%s: neither a module, \"multiboot,module\", nor \"xen,vcpu\": ignored",
                 dt_path(dt));
    }
}
