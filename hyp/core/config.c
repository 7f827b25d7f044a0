/* SPDX-License-Identifier: Apache-2.0 */
#include "core/config.h"
#include <libfdt.h>
#include "lib/bits.h"
#include "lib/log.h"
#include "lib/string.h"

/* What nodes a property may be in. */
enum {
    GUEST = 1,
    KERNEL = 2,
    RAMDISK = 4, /* and a partial device tree */
    EXTRA = 8,
    VCPU = 16,
    MODULE = KERNEL | RAMDISK | EXTRA,
    ANY = GUEST | MODULE | VCPU,
};

/* Which number a property gives, if it is one. */
enum { NONE, MEMORY, CPUS, SPIS, GIC, LOAD, ENTRY, ID, NR_NUMBERS };

/* What its value is to become part of. */
struct target {
    struct dt *dt;
    struct vm_config *vm;
    unsigned int node; /* one of those above */
    u64 number[NR_NUMBERS];
    struct range at;
    u64 cores;
};

struct property {
    char name[22];
    u8 nodes, number;
    union {
        struct {
            u64 least, most;
        };
        struct {
            /* False: its value is wrong. NULL: any value is, or with right NULL none. */
            bool (*take)(struct target *t, const struct dt_prop *p);
            const char *right;
        };
    };
};

static bool is_text(const struct dt_prop *p) {
    return p->len && strnlen(p->data, p->len) == p->len - 1;
}

/* One of two words: which. */
static bool either(const struct dt_prop *p, const char *no, const char *yes, bool *value) {
    *value = is_text(p) && strcmp(p->data, yes) == 0;
    return *value || (is_text(p) && strcmp(p->data, no) == 0);
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

    if (!dt_reg(t->dt, 0, &r) || !r.size) return false;
    t->at = r;
    return true;
}

/* "0-3,5": cores by number. */
static bool take_affinity(struct target *t, const struct dt_prop *p) {
    const char *s = p->data;

    for (; is_text(p); s++) {
        u64 first = 0, last = 0, *n = &first;

        do {
            if (*s < '0' || *s > '9') return false;
            for (*n = 0; *s >= '0' && *s <= '9' && *n < 64; s++) *n = *n * 10 + (u64)(*s - '0');
            if (n == &first) last = first;
        } while (*s == '-' && n == &first && (n = &last, s++));
        if (last > 63 || first > last) return false;
        t->cores |= MASK(last, first);
        if (*s != ',') return *s == 0;
    }
    return false;
}

#define TAKE(function, text) \
    { .take = function, .right = text }
#define NOTHING "no such property, as "

/* The same rows are in docs/configuration.md. */
static const struct property known[] = {
    {"memory", GUEST, MEMORY, {{4096, GIB(1)}}},
    {"cpus", GUEST, CPUS, {{1, MAX_VCPUS}}},
    {"nr_spis", GUEST, SPIS, {{0, 64}}},
    {"muster,gic-version", GUEST, GIC, {{2, 3}}},
    {"muster,load-address", KERNEL | EXTRA, LOAD, {{0, NO_ADDRESS - 1}}},
    {"muster,entry", KERNEL, ENTRY, {{0, NO_ADDRESS - 1}}},
    {"id", VCPU, ID, {{0, MAX_VCPUS - 1}}},
    {"muster,mpidr", GUEST, NONE, TAKE(take_mpidr, "\"aff0\" or \"aff1\"")},
    {"muster,on-crash", GUEST, NONE, TAKE(take_on_crash, "\"stop\" or \"reset\"")},
    {"muster,idle-states", GUEST, NONE, TAKE(take_idle_states, "no value")},
    {"bootargs", GUEST | KERNEL, NONE, TAKE(take_bootargs, "text, at most 2047 bytes,")},
    {"reg", MODULE, NONE, TAKE(take_reg, "address and size of the file in RAM")},
    {"hard-affinity", VCPU, NONE, TAKE(take_affinity, "0 to 63, such as \"0-3,5\",")},
    {"compatible", ANY, NONE, {}},
    {"status", ANY, NONE, {}},
    {"#address-cells", ANY, NONE, {}},
    {"#size-cells", ANY, NONE, {}},
    {"muster,file", MODULE, NONE, {}}, /* of configs/: scripts/config has loaded it */
    {"vpl011", GUEST, NONE, {}},       /* every guest has its UART */
    {"xen,static-mem", GUEST, NONE, TAKE(NULL, NOTHING "RAM is not given by address,")},
    {"direct-map", GUEST, NONE, TAKE(NULL, NOTHING "RAM is not given by address,")},
    {"passthrough", GUEST, NONE, TAKE(NULL, NOTHING "devices are not passed through,")},
    {"sve", GUEST, NONE, TAKE(NULL, NOTHING "SVE is hidden from guests,")},
    {"llc-colors", GUEST, NONE, TAKE(NULL, NOTHING "caches are not divided,")},
};

/* A property's value as its source has it. */
static const char *value_text(const struct dt_prop *p, char *buf, size_t size) {
    if (is_text(p))
        print_s(buf, size, "\"%s\"", (const char *)p->data);
    else if (p->len == 4 || p->len == 8)
        print_s(buf, size, "<%lu>", dt_cells(p->data, 0, p->len / 4));
    else if (p->len == 16)
        print_s(buf, size, "<0x%lx 0x%lx>", dt_cells(p->data, 0, 2), dt_cells(p->data, 2, 2));
    else
        print_s(buf, size, "of %u bytes", p->len);
    return buf;
}

static void wrong(struct target *t, const char *name, const char *value, const char *right) {
    t->vm->bad = true;
    log_error("%s: %s %s: %s would be right", dt_path(t->dt), name, value, right);
}

static void take_number(struct target *t, const struct dt_prop *p, const struct property *row) {
    bool is_number = p->len == 4 || p->len == 8;
    u64 n = is_number ? dt_cells(p->data, 0, p->len / 4) : 0;
    char value[64], right[64];

    if (is_number && n >= row->least && n <= row->most) {
        t->number[row->number] = n;
        return;
    }
    print_s(right, sizeof(right), "%s%lu to %lu", row->number == MEMORY ? "KiB, " : "", row->least,
            row->most);
    wrong(t, p->name, value_text(p, value, sizeof(value)), right);
}

static void take_properties(struct target *t) {
    char value[64];

    for (const struct dt_prop *p = t->dt->prop; p < &t->dt->prop[t->dt->nr_props]; p++) {
        const struct property *row = known, *end = &known[ARRAY_SIZE(known)];

        while (row < end && (strcmp(row->name, p->name) != 0 || !(row->nodes & t->node))) row++;
        if (row == end)
            log_warn("%s: property %s is not known here: ignored", dt_path(t->dt), p->name);
        else if (row->number)
            take_number(t, p, row);
        else if (row->right && !(row->take && row->take(t, p)))
            wrong(t, p->name, value_text(p, value, sizeof(value)), row->right);
    }
}

static bool is_compatible(const struct dt *dt, const char *name) {
    const struct dt_prop *list = dt_prop(dt, DT_COMPATIBLE);

    return list && fdt_stringlist_contains(list->data, (int)list->len, name);
}

/* Which of the guest's modules the current node describes; NULL: one too many. */
static struct config_module *module_slot(struct target *t) {
    struct vm_config *vm = t->vm;

    t->node = KERNEL;
    if (is_compatible(t->dt, "multiboot,kernel")) return &vm->kernel;
    t->node = RAMDISK;
    if (is_compatible(t->dt, "multiboot,ramdisk")) return &vm->ramdisk;
    if (is_compatible(t->dt, "multiboot,device-tree")) return &vm->tree;
    t->node = EXTRA;
    return vm->nr_extras < MAX_EXTRAS ? &vm->extra[vm->nr_extras++] : NULL;
}

static void take_module(struct target *t) {
    struct config_module *slot = module_slot(t);

    t->number[LOAD] = t->number[ENTRY] = NO_ADDRESS;
    take_properties(t);
    if (!dt_prop(t->dt, DT_REG)) wrong(t, "reg", "missing", "address and size of the file in RAM");
    if (t->node == EXTRA && !dt_prop(t->dt, DT_LOAD_ADDRESS))
        wrong(t, "muster,load-address", "missing",
              "that, or multiboot,kernel, ramdisk or device-tree as compatible,");
    if (slot && !slot->node)
        *slot = (struct config_module){t->at, t->dt->level[t->dt->nr_levels - 1].name,
                                       t->number[LOAD], t->number[ENTRY]};
    else
        wrong(t, "compatible", "once more",
              "one kernel, one ramdisk, one device-tree and 4 modules without a kind");
}

static void take_vcpu(struct target *t) {
    u64 *id = &t->number[ID];

    t->node = VCPU;
    *id = NO_ADDRESS;
    take_properties(t);
    if (*id < MAX_VCPUS && !t->vm->affinity[*id])
        t->vm->affinity[*id] = t->cores;
    else if (*id < MAX_VCPUS || !dt_prop(t->dt, DT_ID))
        wrong(t, "id", *id < MAX_VCPUS ? "once more" : "missing", "one of 0 to 63");
}

void config_chosen(struct config *c, struct dt *dt) { c->keep = dt_prop(dt, DT_KEEP); }

void config_child(struct config *c, struct dt *dt) {
    struct target loose = {.dt = dt, .vm = &c->loose};
    struct target guest = {.dt = dt, .vm = &c->vm[c->nr_vms], .node = GUEST};

    if (is_compatible(dt, "multiboot,module")) {
        take_module(&loose);
    } else if (is_compatible(dt, "xen,domain") && c->nr_vms == MAX_VMS) {
        log_error("%s: left out: at most %u guests would be right", dt_path(dt), MAX_VMS);
    } else if (is_compatible(dt, "xen,domain")) {
        guest.vm->name = dt->level[dt->nr_levels - 1].name;
        c->nr_vms++;
        take_properties(&guest);
        guest.vm->ram_size = guest.number[MEMORY] << 10;
        guest.vm->nr_vcpus = (unsigned int)guest.number[CPUS];
        guest.vm->gic_version = (u32)guest.number[GIC];
    } else if (dt_prop(dt, DT_COMPATIBLE) || dt_prop(dt, DT_CPUS)) {
        log_warn("%s: compatible with neither \"xen,domain\", a guest, nor \"multiboot,module\": "
                 "ignored",
                 dt_path(dt));
    }
}

void config_grandchild(struct config *c, struct dt *dt) {
    struct target t = {.dt = dt, .vm = c->nr_vms ? &c->vm[c->nr_vms - 1] : NULL};

    /* Names point into the tree: the same pointer is the same node. */
    if (!t.vm || t.vm->name != dt->level[dt->nr_levels - 2].name) return;
    if (is_compatible(dt, "multiboot,module"))
        take_module(&t);
    else if (is_compatible(dt, "xen,vcpu"))
        take_vcpu(&t);
    else if (is_compatible(dt, "xen,domain-shared-memory-v1"))
        wrong(&t, "compatible", "\"xen,domain-shared-memory-v1\"",
              "nothing, since guests share no memory,");
    else
        log_warn("%s: compatible with neither \"multiboot,module\" nor \"xen,vcpu\": ignored",
                 dt_path(dt));
}
