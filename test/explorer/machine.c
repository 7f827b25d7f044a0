/* SPDX-License-Identifier: Apache-2.0 */
/* The machine under the hypervisor's files: registers, the GIC as far as kicks need it, guests. */
#include <string.h>
#include "arch/barrier.h"
#include "drivers/psci.h"
#include "explorer/machine.h"
#include "lib/log.h"
#include "vm/postmortem.h"
#include "vm/sched.h"
#include "vm/vgic.h"
#include "vm/vpsci.h"
#include "vm/vuart.h"

#define NOTHING 1023

struct ghost ghost;
struct world world;
struct gic gic_found; /* what the hypervisor sees as a constant: see muster.lds */
extern const struct gic gic __attribute__((alias("gic_found")));
const bool trace_on;

static const struct scenario *scenario;
static const struct machine machine = {.config.keep = true};
static struct vm_config config = {.name = "vm", .ram_size = MIB(1)};
static u8 gicc[0x2000], gich[0x200], gicd[0x1000];

static const char *const states[] = {"OFF", "CLAIMED", "ON_PENDING", "ON"};
static const char *const stops[] = {"VM_RUNS", "VM_OFF", "VM_RESET", "VM_CRASHED"};

static void declare(unsigned int i) {
    struct vcpu *v = &world.vcpu[i];

    explore_declare("state", i, &v->psci.state, 4, states, false);
    explore_declare("entry", i, &v->psci.entry, 8, NULL, false);
    explore_declare("context", i, &v->psci.context, 8, NULL, false);
    explore_declare("bits", i, &v->box.bits, 4, NULL, false);
    explore_declare("word", i, &world.word[i], 4, NULL, false);
    explore_declare("sleeps", i, &v->sleeps, 1, NULL, false);
    explore_declare("errand", i, &world.cpu[i].errand, 8, NULL, false);
    if (gic_found.v3) return;
    explore_declare("sources[1]", i, &v->box.sources[1], 1, NULL, true);
    explore_declare("sources[2]", i, &v->box.sources[2], 1, NULL, true);
}

static bool is_on(unsigned int cpu) { return !scenario->off_last || cpu != scenario->cores - 1; }

/*
 * GICv2: a core's CPU interface number is neither its number nor its vCPU's (IHI 0048,
 * "GICD_ITARGETSRn"): here they are permuted, so that whoever mistakes one for the other kicks the
 * wrong core.
 */
static const u8 interface[MAX_CORES] = {2, 0, 3, 1};

static void make_vcpu(unsigned int i) {
    struct vcpu *v = &world.vcpu[i];

    v->vm = &world.vm;
    v->id = i;
    v->cpu = &world.cpu[i];
    world.vm.vcpu[i] = v;
    world.cpu[i].vcpu = v;
    world.cpu[i].index = i;
    world.cpu[i].sgi_target = gic_found.v3 ? BIT(i) : BIT(16 + interface[i]);
    declare(i);
    if (!is_on(i)) return;
    world.vm.running++;
    v->psci = (struct psci_cpu){PSCI_STATE_ON, ENTRY_BASE + 0x1000 * i, i};
    ghost.entry[i] = v->psci.entry;
    ghost.context[i] = v->psci.context;
    ghost.claims[i] = ghost.successes[i] = 1;
}

void machine_reset(const struct scenario *s) {
    scenario = s;
    memset(&ghost, 0, sizeof(ghost));
    memset(&world, 0, sizeof(world));
    gic_found = (struct gic){
        .v3 = !s->gicv2,
        .nr_lrs = 4,
        .lr_mask = 0xf,
        .dist = gicd,
        .cpu = gicc,
        .hyp = gich,
        .maintenance_intid = 25,
        .virt_timer_intid = 27,
        .phys_timer_intid = 30,
    };
    world.vm = (struct vm){.nr_vcpus = s->cores,
                           .cluster_shift = 4,
                           .cluster_mask = 0xffff,
                           .sgi_nobody = vm_sgi_nobody(4),
                           .config = &config,
                           .machine = &machine};
    world.vm.vcpu_mask = BIT(s->cores) - 1;
    explore_declare("stop", OF_VM, &world.vm.stop, 4, stops, false);
    explore_declare("running", OF_VM, &world.vm.running, 4, NULL, true);
    explore_declare("spare.state", OF_VM, &world.spare.state, 4, states, false);
    explore_declare("spare.entry", OF_VM, &world.spare.entry, 8, NULL, false);
    explore_declare("spare.context", OF_VM, &world.spare.context, 8, NULL, false);
    for (unsigned int i = 0; i < s->cores; i++) make_vcpu(i);
    vgic_reset(&world.vm);
}

void machine_start(void) {
    if (is_on(explore_self)) vcpu_enter(&world.vcpu[explore_self]);
    sched_run();
}

u64 machine_hash(void) {
    const u8 *p = (const u8 *)&ghost;
    u64 hash = 0, word;

    for (size_t i = 0; i < sizeof(ghost); i += sizeof(word)) {
        memcpy(&word, p + i, sizeof(word));
        hash = (hash ^ word) * 0xff51afd7ed558ccd;
        hash ^= hash >> 32;
    }
    return hash;
}

/* The states of a vCPU, and who may change them: core/psci.h. */
void machine_stored(const struct shared *s, u64 old, u64 value) {
    unsigned int cpu = explore_self, of = s->of;
    bool own = cpu == of;

    if (strcmp(s->name, "state")) return;
    if (value == PSCI_STATE_CLAIMED) {
        if (old != PSCI_STATE_OFF) explore_fail("two CPU_ONs of vcpu%u have won", of);
        ghost.lives_seen[cpu] = ghost.claims[of]++;
        ghost.claimer[of] = (u8)cpu;
        ghost.entry[of] = ghost.call_entry[cpu];
        ghost.context[of] = ghost.call_context[cpu];
        return;
    }
    if ((value == PSCI_STATE_ON_PENDING && old == PSCI_STATE_CLAIMED && ghost.claimer[of] == cpu) ||
        (value == PSCI_STATE_ON && old == PSCI_STATE_ON_PENDING && own) ||
        (value == PSCI_STATE_OFF && old == PSCI_STATE_ON && own))
        return;
    explore_fail("cpu%u takes vcpu%u from %s to %s", cpu, of, states[old], states[value]);
}

size_t machine_offset(const volatile void *address) {
    return (size_t)((const volatile u8 *)address - (const volatile u8 *)&world);
}

bool machine_shares(const volatile void *address, bool atomic) {
    size_t at = machine_offset(address), vcpus = offsetof(struct world, vcpu);
    size_t in = (at - vcpus) % sizeof(struct vcpu), sources = offsetof(struct vcpu, box.sources);

    /* Sources of SGIs that nobody sends. */
    if (in - sources < sizeof(world.vcpu[0].box.sources)) return false;
    if (atomic) return at < sizeof(world);
    return at - vcpus < sizeof(world.vcpu) && (at - vcpus) / sizeof(struct vcpu) != explore_self;
}

struct percpu *this_cpu(void) {
    return &world.cpu[explore_self];
}

static bool kicked(unsigned int cpu) { return ghost.kicks[cpu] != 0; }

static bool any_time(unsigned int cpu) { return true; }

static void kick(u64 targets) {
    explore_say("%-16s SGI_KICK to cores %#llx", "gic_kick", (unsigned long long)targets);
    for (unsigned int i = 0; i < scenario->cores; i++)
        if (targets & BIT(i)) {
            ghost.kicks[i] |= (u8)BIT(scenario->gicv2 ? explore_self : 0);
            explore_send(i);
        }
}

/* The lowest source comes first on GICv2, or any other. */
static u32 acknowledge(void) {
    unsigned int source[MAX_CORES], n = 0;
    u32 ack = NOTHING;

    if (ghost.kicks[explore_self]) explore_collect_early(&this_cpu()->vcpu->box.bits);
    explore_wait(any_time);
    for (unsigned int i = 0; i < MAX_CORES; i++)
        if (ghost.kicks[explore_self] & BIT(i)) source[n++] = i;
    if (n) {
        unsigned int from = source[explore_choose(n)];

        ghost.kicks[explore_self] &= (u8)~BIT(from);
        explore_acknowledge();
        ack = (scenario->gicv2 ? (u32)interface[from] : 0) << 10 | SGI_KICK;
    }
    explore_note(ack);
    explore_say("%-16s acknowledges %s", "trap_irq", n ? "SGI_KICK" : "nothing");
    return ack;
}

static u64 read_lr(unsigned int n) { return ghost.lr[explore_self][n]; }

static void write_lr(unsigned int n, u64 lr) {
    if ((lr & LR_PENDING) && explore_newest(&world.vcpu[explore_self].psci.state) != PSCI_STATE_ON)
        explore_fail("an interrupt is given to vcpu%u, which is not ON", explore_self);
    ghost.lr[explore_self][n] = lr;
}

static u32 empty_lrs(void) {
    u32 empty = 0;

    for (unsigned int n = 0; n < gic_found.nr_lrs; n++) empty |= (u32)!read_lr(n) << n;
    return empty;
}

u64 hw_read(const char *reg) {
    explore_harvest();
    if (!strcmp(reg, "icc_iar1_el1")) return acknowledge();
    return strcmp(reg, "ich_elrsr_el2") ? 0 : empty_lrs();
}

void hw_write(const char *reg, u64 value) {
    explore_harvest();
    if (!strcmp(reg, "icc_sgi1r_el1")) {
        explore_wait(any_time);
        kick(value & 0xffff);
    } else if (!strncmp(reg, "ich_lr", 6)) {
        write_lr((unsigned int)(reg[6] - '0'), value);
    } else if (!strcmp(reg, "elr_el2")) {
        ghost.elr[explore_self] = value;
    }
}

u64 gicv3_read_lr(unsigned int n) { return read_lr(n); }

void gicv3_write_lr(unsigned int n, u64 lr) { write_lr(n, lr); }

/* The same by GICv2's registers. */
bool machine_device(const volatile void *address) {
    const volatile u8 *p = address;

    return (p >= gicc && p < gicc + sizeof(gicc)) || (p >= gich && p < gich + sizeof(gich)) ||
           (p >= gicd && p < gicd + sizeof(gicd));
}

bool machine_device_read(volatile void *address) {
    volatile u8 *p = address;
    u32 value = 0;

    if (!machine_device(address)) return false;
    if (p == gicc + GICC_IAR) value = acknowledge();
    if (p == gich + GICH_ELRSR) value = empty_lrs();
    if (p >= gich + GICH_LR && p < gich + GICH_LR + 16)
        value = lr_to_v2(read_lr((unsigned int)(p - gich - GICH_LR) / 4));
    memcpy((void *)(uintptr_t)p, &value, sizeof(value));
    return true;
}

void machine_device_write(volatile void *address) {
    volatile u8 *p = address;
    u32 value;

    memcpy(&value, (void *)(uintptr_t)p, sizeof(value));
    if (p == gicd + GICV2_SGIR) {
        u64 targets = 0;

        for (unsigned int i = 0; i < MAX_CORES; i++)
            if (value & BIT(16 + interface[i])) targets |= BIT(i);
        kick(targets);
    }
    if (p >= gich + GICH_LR && p < gich + GICH_LR + 16)
        write_lr((unsigned int)(p - gich - GICH_LR) / 4, value ? lr_from_v2(value) : 0);
}

void dsb_sy(void) { explore_dsb(false); }

void dsb_ishst(void) {
    if (!explore_dropped("dsb_ishst")) explore_dsb(true);
}

void isb(void) {
    explore_harvest();
    if (!explore_dropped("isb")) explore_isb();
}

void wfi(void) {
    explore_dsb(false);
    if (explore_shared(&world.vm.stop) &&
        explore_newest(&this_cpu()->vcpu->psci.state) == PSCI_STATE_ON &&
        !ghost.in_guest[explore_self] && !ghost.suspended[explore_self])
        explore_fail("cpu%u sleeps in EL2 while its vCPU is ON", explore_self);
    explore_wait(kicked);
    explore_say("%-16s wakes", "wfi");
}

void on_empty_stack(u64 stack_top, void (*f)(void)) {
    ghost.in_guest[explore_self] = false;
    explore_restart(f);
}

/* The guest enables its SGIs, and goes on with the scenario. */
void guest_enter(struct guest_regs *regs) {
    unsigned int self = explore_self;
    struct vcpu *v = this_cpu()->vcpu;

    explore_harvest();
    if (ghost.elr[self] != ghost.entry[self] || regs->x[0] != ghost.context[self])
        explore_fail("vcpu%u starts at %#llx with context %#llx, not as CPU_ON said: at %#llx with "
                     "context %#llx",
                     self, (unsigned long long)ghost.elr[self], (unsigned long long)regs->x[0],
                     (unsigned long long)ghost.entry[self],
                     (unsigned long long)ghost.context[self]);
    if (!ghost.suspended[self] && (v->own.pending & 0xffff))
        explore_fail("vcpu%u starts with SGIs %#x pending: of an earlier life", self,
                     v->own.pending & 0xffff);
    ghost.in_guest[self] = true;
    ghost.starts[self] = (u8)(ghost.starts[self] + !ghost.suspended[self]);
    ghost.suspended[self] = false;
    world.vm.vgic.ctlr = 3;
    v->own.enabled = 0xffff;
    vgic_update_forwarded(v);
    vgic_refill(v);
    explore_say("%-16s vcpu%u starts", "guest", self);
    explore_wait(any_time);
    guest_receive();
    scenario->guest(self, ghost.starts[self]);
    guest_idle();
}

/* Everything else that the hypervisor's files call. */
bool log_error(const char *fmt, ...) { return false; }
bool log_warn(const char *fmt, ...) { return false; }
bool log_info(const char *fmt, ...) { return false; }
bool console_print(const char *fmt, ...) { return false; }
bool console_irq(u32 intid) { return false; }
u64 console_start_ticks(void) { return 0; }
void console_add_guest(struct console_guest *g, const char *name) {}

/* The VM has ended. */
void console_guest_gone(struct console_guest *g) {
    for (unsigned int i = 0; i < scenario->cores; i++)
        if (explore_newest(&world.vcpu[i].psci.state) != PSCI_STATE_OFF)
            explore_fail("the VM is said to be off, and vcpu%u is not", i);
    ghost.gone++;
}

void psci_system_off(void) {}
void gic_reset_virtual(void) { memset(ghost.lr[explore_self], 0, sizeof(ghost.lr[0])); }
void gic_ppi_reset(unsigned int intid) {}
void vuart_reset(struct vm *vm) {}
void life_begin(struct vcpu *v) {}
void life_end(struct vcpu *v) {}
void stats_print(const struct vcpu *v) {}
bool hypercall(struct vcpu *v, u32 id, struct guest_regs *regs) { return false; }

/* All vCPUs are off: nothing that one of them stored may come after this. */
bool vm_load(struct vm *vm, struct vm_entry *entry) {
    for (unsigned int i = 0; i < scenario->cores; i++)
        if (explore_load(&world.word[i], LOAD, RELAXED, NULL) != explore_newest(&world.word[i]))
            explore_fail("the VM is loaded anew, and a store of vcpu%u is still to come", i);
    ghost.loads++;
    ghost.call_entry[explore_self] = entry->pc = ENTRY_BASE + 0x8000;
    ghost.call_context[explore_self] = entry->fdt = 0x99;
    return true;
}
