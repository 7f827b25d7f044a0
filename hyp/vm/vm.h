/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine and its vCPUs: what they are made of. */
#pragma once

#include "arch/frame.h"
#include "arch/spinlock.h"
#include "arch/trace.h"
#include "core/config.h"
#include "core/idregs.h"
#include "core/pgtable.h"
#include "core/pl011.h"
#include "core/psci.h"
#include "core/symptoms.h"
#include "drivers/console.h"
#include "drivers/gic.h"

/* Why a vCPU left the guest, counted for each. */
#define EXIT_REASONS(X) \
    X(HVC) X(SMC) X(SYSREG) X(MMIO) X(ABORT) X(KICK) X(TIMER) X(MAINTENANCE) X(IRQ) X(OTHER)

#define X(name) EXIT_##name,
enum exit_reason { EXIT_REASONS(X) NR_EXITS };
#undef X

struct vm;
struct vgic_call;

#define NR_LAST_EXITS 16

struct exit_record {
    u64 ticks, pc, esr, far; /* esr 0: an interrupt */
    u32 times;               /* one after the other */
};

/* What is kept of a vCPU for a post-mortem, and what the looks at it have found so far. */
struct life {
    u64 on_ticks, off_ticks, idle_ticks; /* last CPU_ON, last CPU_OFF; off, in all, before that */
    u64 signs_before, injected_before, signs_seen; /* at the last CPU_OFF, and by the last look */
    u32 nr_exits;
    u16 looks, idle_looks;
    enum cause cause;
    struct symptoms seen;
    u64 first_esr, first_elr, first_far; /* of the first fault since CPU_ON */
    struct exit_record exit[NR_LAST_EXITS];
    bool asleep; /* in CPU_SUSPEND */
    u32 report;  /* the state page: how far this one's part is */
};

struct vcpu {
    /* Written by other cores: kept away from what this core reads on every exit. */
    struct post_box box cacheline_aligned;
    struct vgic_call *call;
    struct psci_cpu psci;

    /* This core's own. */
    u32 forwarded cacheline_aligned; /* private interrupts: enabled, and their group is on */
    u32 lr_open;               /* list registers that are to be had: if an interrupt waits, none */
    u16 lr_intid[GIC_MAX_LRS]; /* what each list register last had */
    u8 lr_of[32];      /* where a private INTID last was: true only if lr_intid still says so */
    bool is_reset;     /* off, and nothing has happened since vgic_reset_vcpu() */
    bool look_at_spis; /* one routed here may be pending and in no list register */
    struct vgic_bank own __attribute__((aligned(8))); /* SGIs and PPIs */
    /* Of each private interrupt: what goes into a list register when it is pending; 0: not known.
     */
    u64 lr_word[32];
    u8 sgi_sources[NR_SGIS];     /* GICv2: sources of pending SGIs, one bit each */
    u8 sgi_active_from[NR_SGIS]; /* GICv2: source of one that is active in the bank */
    struct vm *vm;
    struct percpu *cpu;
    u32 id;
    bool sleeps;       /* GICR_WAKER.ProcessorSleep */
    u32 seen;          /* for the trace: which first events were written */
    u32 sgi_announced; /* for the trace, by senders: VCPU_SGI_OUT was written in this life */
    u64 exits[NR_EXITS];
    u64 spis;      /* put into list registers */
    u64 evictions; /* from list registers, for something more urgent */
    u64 parks;     /* times this vCPU went off and its core into EL2's idle loop */
    struct {
        u64 count, ticks;
    } suspended[2]; /* CPU_SUSPEND: in standby, powered down */
    /* SGI ledger: rows as a sender, by target; and what became of those sent to us. */
    u32 sgi_sent[MAX_VCPUS], sgi_coalesced[MAX_VCPUS];
    u64 sgi_delivered, sgi_merged, sgi_cancelled;
    unsigned int faults_told;
    u64 last_abort_pc;
    unsigned int abort_repeats;
    struct life life;
};

struct vgic {
    struct spinlock lock;
    u32 ctlr;
    struct vgic_bank spi[NR_BANKS - 1];
    u32 holder; /* id + 1 of the vCPU between hold() and release() */
    u32 lr_active[NR_BANKS - 1], drop_active[NR_BANKS - 1];
    u8 active_on[32 * (NR_BANKS - 1)]; /* who acknowledged an SPI that is active in the bank */
    u32 held[NR_BANKS - 1];            /* being changed: not to be put into a list register */
    u32 placed[NR_BANKS - 1];        /* in some vCPU's list register: in no other's, till its end */
    u8 route[32 * (NR_BANKS - 1)];   /* target vCPU of each SPI, or NOBODY */
    u8 targets[32 * (NR_BANKS - 1)]; /* GICv2: GICD_ITARGETSR as written */
    u64 router[32 * (NR_BANKS - 1)]; /* GICv3: GICD_IROUTER as written */
};

/*
 * Typed faster than the guest reads: kept here until its FIFO has room. A person's paste fits; what
 * does not is dropped, as on a line without flow control.
 */
#define VUART_BACKLOG 1024

struct vuart {
    struct spinlock lock;
    struct pl011 dev;
    bool line; /* of its interrupt, as the GIC knows it */
    u8 backlog[VUART_BACKLOG];
    unsigned int backlog_head, backlog_count;
};

enum vm_stop { VM_RUNS, VM_OFF, VM_RESET, VM_CRASHED };

struct vm {
    u32 id;
    unsigned int nr_vcpus;
    unsigned int cluster_shift; /* log2 of how many vCPUs have the same Aff1, */
    u32 cluster_mask;           /* a bit for each of these */
    u64 sgi_nobody;             /* bits of ICC_SGI1R_EL1 that name no vCPU, and IRM */
    u64 vcpu_mask;
    struct vcpu *vcpu[MAX_VCPUS];
    const struct vm_config *config; /* the images it names stay where they are, for every reset */
    const struct machine *machine;
    struct console_guest console;
    u64 vttbr, vtcr;
    u64 cntvoff_ticks;
    struct pgtable stage2;
    u64 idreg[IDREGS_COUNT];
    struct vgic vgic;
    struct vuart uart;
    u32 running; /* vCPUs that are not OFF */
    u32 stop;    /* enum vm_stop */
    unsigned int resets;
    void *fdt_buffer; /* the guest's device tree, before it is copied */
    size_t fdt_room;
    void *partial; /* the user's part of it; NULL: none */
};

/* All of them, in the order of the configuration. */
extern struct vm *vms[MAX_VMS];
extern unsigned int nr_vms;

/*
 * Makes the machine that a resolved configuration describes, all vCPUs off; c stays where it is.
 * At boot, on one core. NULL after log_error() with the cause.
 */
struct vm *vm_create(const struct machine *m, const struct vm_config *c);

/* Loads the images into fresh RAM and powers vCPU 0 on. False after log_error(). */
bool vm_start(struct vm *vm);

/* Stops all vCPUs of the caller's VM, the caller's first. What then happens is for vm_stopped(). */
_Noreturn void vm_request_stop(struct vcpu *v, enum vm_stop why);

/* On the core of the last vCPU that stopped. */
void vm_stopped(struct vm *vm);

/*
 * A VM will not run again, or the boot is over: the last of these switches the machine off. Comes
 * back also where it cannot be, or is not to be.
 */
void vm_gone(const struct machine *m);

/* Copies the images to where the guest expects them (vm/load.c); false after log_error(). */
struct vm_entry {
    u64 pc, fdt;
};
bool vm_load(struct vm *vm, struct vm_entry *entry);

/* At boot: takes what vm_load() needs of the heap. */
bool vm_load_init(struct vm *vm);

/* Stage 2 (vm/stage2.c). Both say what is wrong. */
bool stage2_init(struct vm *vm);
bool stage2_map(struct vm *vm, u64 guest, pa_t host, u64 size, bool device);

/*
 * As QEMU's virt board and KVM count: sixteen to a cluster, so that one SGI1R reaches a cluster. Or
 * one to a cluster, as on a Raspberry Pi 5.
 */
static inline u64 vm_mpidr(const struct vm *vm, unsigned int vcpu_id) {
    return (u64)vcpu_id >> vm->cluster_shift << 8 | (vcpu_id & (BIT(vm->cluster_shift) - 1));
}

/* vCPUs' affinities have Aff3, Aff2, RS and, beyond MAX_VCPUS, Aff1 all 0. */
static inline u64 vm_sgi_nobody(unsigned int cluster_shift) {
    return MASK(55, 44) | MASK(40, 32) |
           (MASK(23, 16) & ~(((u64)(MAX_VCPUS - 1) >> cluster_shift) << 16));
}

/* The vCPU with these MPIDR affinity fields; NULL: none in this VM. */
static inline struct vcpu *vm_vcpu_by_mpidr(const struct vm *vm, u64 mpidr) {
    u64 aff0 = FIELD(mpidr, 7, 0), index = FIELD(mpidr, 15, 8) << vm->cluster_shift | aff0;

    return (mpidr >> 16) || aff0 >> vm->cluster_shift || index >= vm->nr_vcpus ? NULL
                                                                               : vm->vcpu[index];
}

/* For the trace, once in each life of a vCPU. */
enum { SEEN_EXIT = 1, SEEN_SGI = 2, SEEN_TICK = 4, SEEN_SUSPEND = 8 };
void vcpu_trace_once(enum trace_kind kind, struct vcpu *v, u64 a, u32 which);

/* While the trace is on, of every exit: for the post-mortem, and the first one for the trace. */
void vcpu_trace_exit(struct vcpu *v, u64 esr);

/* For the trace: an SGI is sent. One event in a target's life: senders cannot fill the trace. */
void vcpu_trace_sgi(struct vcpu *v, u64 targets, unsigned int sgi);

static inline void trace_first(struct vcpu *v, u32 which, enum trace_kind kind, u64 a) {
    if (unlikely(trace_on)) vcpu_trace_once(kind, v, a, which);
}

static inline u32 vcpu_trace_id(const struct vcpu *v) { return v->id << 16 | v->vm->id; }
