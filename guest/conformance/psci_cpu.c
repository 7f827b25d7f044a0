/* SPDX-License-Identifier: Apache-2.0 */
/* CPU_ON, CPU_OFF and AFFINITY_INFO, one CPU after the other. */
#include "conformance.h"
#include "resume.h"
#include "smp.h"
#include "timer.h"

#define TARGET    1U
#define JUNK      0xdeadbeef00000000UL
#define MPIDR_RES (1UL << 31)
#define BIT_40    (1UL << 40)
#define AFF3      (1UL << 32)
#define AFF1_BAD  0x7f00UL
#define RAM_TOP   platform_ram_end()
#define CTX_WIDE  0x0123456789abcdefUL
#define EL1       4UL
#define DAIF_ALL  0x3c0UL
#define ON        "DEN 0022F, CPU_ON"
#define INFO      "DEN 0022F, AFFINITY_INFO"

static u64 entry(void) { return (u64)entry_probe; }

static s64 cpu_on(u64 mpidr, u64 address, u64 context) {
    return psci_number(NUMBER_CPU_ON, mpidr, address, context);
}

static s64 info(u64 mpidr, u64 level) { return psci_number(NUMBER_AFFINITY_INFO, mpidr, level, 0); }

/* What is wrong in one way, and in two: the order is target, entry point, state. */
static void error_rows(void) {
    u64 target = cpus[TARGET].mpidr;
    u64 absent = platform_absent_mpidr();

    subject_call("PSCI CPU_ON", ON);
    row_code(cpu_on(absent, entry(), 0), PSCI_INVALID_PARAMETERS, "absent target_cpu");
    row_code(cpu_on(target | MPIDR_RES, entry(), 0), PSCI_INVALID_PARAMETERS,
             "target_cpu with bit 31 set, which must be 0");
    row_code(cpu_on(target | 1UL << 24, entry(), 0), PSCI_INVALID_PARAMETERS,
             "target_cpu with bit 24 set, which must be 0");
    if (via.wide) {
        row_code(cpu_on(target | BIT_40, entry(), 0), PSCI_INVALID_PARAMETERS,
                 "target_cpu with bit 40 set, which must be 0");
        row_code(cpu_on(target | AFF3, entry(), 0), PSCI_INVALID_PARAMETERS,
                 "target_cpu of an absent Aff3");
    }
    row_code(cpu_on(target, entry() + 2, 0), PSCI_INVALID_ADDRESS, "entry point + 2");
    row_code(cpu_on(target, entry() + 1, 0), PSCI_INVALID_ADDRESS, "entry point + 1");
    if (platform.strict) {
        row_code(cpu_on(target, 0, 0), PSCI_INVALID_ADDRESS, "entry point 0, no RAM");
        row_code(cpu_on(target, RAM_TOP, 0), PSCI_INVALID_ADDRESS, "entry point at the end of RAM");
        row_code(cpu_on(target, platform.gicd.base, 0), PSCI_INVALID_ADDRESS,
                 "entry point in a device");
        if (via.wide) {
            row_code(cpu_on(target, entry() | BIT_40, 0), PSCI_INVALID_ADDRESS,
                     "entry point + 2^40");
            row_code(cpu_on(target, entry() | 1UL << 63, 0), PSCI_INVALID_ADDRESS,
                     "entry point + 2^63");
        }
    } else {
        row_skip("this PSCI would run it", "entry point outside RAM");
    }
    row_code(cpu_on(absent, entry() + 2, 0), PSCI_INVALID_PARAMETERS,
             "absent target_cpu and misaligned entry point");
    row_code(cpu_on(cpus[0].mpidr, entry() + 2, 0), PSCI_INVALID_ADDRESS,
             "target that is on and misaligned entry point");
    row_code(cpu_on(cpus[0].mpidr, entry(), 0), PSCI_ALREADY_ON, "the calling CPU");
    subject_call("PSCI AFFINITY_INFO", INFO);
    row_code(info(target, 0), PSCI_STATE_OFF, "target of failed CPU_ONs is still OFF");
}

static void entry_rows(u64 context) {
    const struct cpu_entry *found = &cpus[TARGET].entry;

    subject_call("PSCI CPU_ON", "DEN 0022F, Initial core configuration");
    row_is(found->context, context, "x0 is the context id");
    row_is(found->current_el, EL1, "CurrentEL is that of the caller");
    row_is(found->daif, DAIF_ALL, "PSTATE.DAIF masked");
    row_is(found->sctlr & (1UL << 0 | 1UL << 2 | 1UL << 25), 0, "SCTLR_EL1.M, C and EE are 0");
    row_is(found->mpidr & MPIDR_AFFINITY, cpus[TARGET].mpidr, "MPIDR_EL1 is target_cpu");
}

static u64 read_probe(u64 unused) {
    (void)unused;
    return read_sysreg(tpidr_el0);
}

/* Linked ones need no address; MDSCR_EL1 keeps them from doing anything. */
static u64 enable_breakpoints(u64 unused) {
    (void)unused;
    write_sysreg(1, dbgbcr0_el1);
    write_sysreg(1, dbgwcr0_el1);
    return (read_sysreg(dbgbcr0_el1) & 1) << 1 | (read_sysreg(dbgwcr0_el1) & 1);
}

static u64 read_breakpoints(u64 unused) {
    (void)unused;
    return (read_sysreg(dbgbcr0_el1) & 1) << 1 | (read_sysreg(dbgwcr0_el1) & 1);
}

/* The architecture leaves the enables UNKNOWN. */
static void breakpoint_rows(void) {
    u64 enabled = agent_start(TARGET) ? agent_call(TARGET, enable_breakpoints, 0) : 0;

    subject("PSCI CPU_ON", "Muster, docs/guest-machine.md");
    row_is(enabled, 3, "a breakpoint and a watchpoint are enabled");
    row_is(take_down(TARGET) && bring_up(TARGET), 1, "CPU_OFF, and CPU_ON again");
    row_is(agent_start(TARGET) ? agent_call(TARGET, read_breakpoints, 0) : ~0UL, 0,
           "neither is enabled any more");
}

static void probe_rows(void) {
    u64 found = agent_call(TARGET, read_probe, 0);

    row_is(found & ~0xffUL, ENTRY_MARK, "execution began at the entry point");
    row_is(found & 1, 1, "PSTATE.SP is 1");
    if (platform.gic_version == 3)
        row_is(found >> ENTRY_IGRP_SHIFT & 1, 0, "ICC_IGRPEN1_EL1.Enable is 0");
    row_is(found >> ENTRY_CNTV_SHIFT & 1, 0, "CNTV_CTL_EL0.ENABLE is 0");
    row_is(found >> ENTRY_CNTP_SHIFT & 1, 0, "CNTP_CTL_EL0.ENABLE is 0");
}

/* 32-bit calls with junk where they do not look. */
static void on_rows(void) {
    /* QEMU's own PSCI looks at 64 bits. */
    u64 junk = via.wide || !platform.strict ? 0 : JUNK;
    u64 context = via.wide ? CTX_WIDE : (u32)CTX_WIDE;
    struct call call = {.x = {via.wide ? PSCI_64(NUMBER_CPU_ON) : junk | PSCI_32(NUMBER_CPU_ON),
                              junk | cpus[TARGET].mpidr, junk | entry(), junk | context}};
    s64 after;

    (void)cpu_prepare(TARGET);
    agent_forget(TARGET);
    dsb(ish);
    if (via.conduit == CONDUIT_SMC)
        call_smc(&call);
    else
        call_hvc(&call);
    after = info(cpus[TARGET].mpidr, 0);
    subject_call("PSCI CPU_ON", ON);
    row_code(via.wide ? (s64)call.x[0] : (s32)call.x[0], PSCI_SUCCESS,
             via.wide ? "CPU that is off" : "CPU that is off; junk in all upper halves");
    row_true(after == PSCI_STATE_ON || after == PSCI_STATE_ON_PENDING, "ON or ON_PENDING",
             (u64)after, "AFFINITY_INFO right after SUCCESS");
    row_is(cpu_wait_online(TARGET), 1, "the CPU runs");
    entry_rows(context);
    probe_rows();
    subject_call("PSCI CPU_ON", ON);
    row_code(cpu_on(cpus[TARGET].mpidr, entry(), 0), PSCI_ALREADY_ON, "CPU that is on");
    row_code(cpu_on(cpus[TARGET].mpidr, entry() + 2, 0), PSCI_INVALID_ADDRESS,
             "CPU that is on and misaligned entry point");
}

static void level_rows(void) {
    u64 target = cpus[TARGET].mpidr;
    u64 top = info(target, 3) == PSCI_STATE_ON ? PSCI_STATE_ON : (u64)PSCI_INVALID_PARAMETERS;

    subject_call("PSCI AFFINITY_INFO", INFO);
    row_code(info(target, 0), PSCI_STATE_ON, "CPU that is on");
    row_code(info(cpus[0].mpidr, 0), PSCI_STATE_ON, "the calling CPU");
    row_code(info(target, 1), PSCI_STATE_ON, "level 1, a CPU of it is on");
    row_code(info(target | 0xff, 1), PSCI_STATE_ON, "level 1, Aff0 is ignored");
    row_code(info(target, 2), PSCI_STATE_ON, "level 2, a CPU of it is on");
    row_code(info(target | 0xffff, 2), PSCI_STATE_ON, "level 2, Aff1 and Aff0 are ignored");
    row_true(info(target, 3) == (s64)top, "ON or INVALID_PARAMETERS", (u64)info(target, 3),
             "level 3");
    row_code(info(target, 4), PSCI_INVALID_PARAMETERS, "level 4");
    row_code(info(target, 0xffffffff), PSCI_INVALID_PARAMETERS, "level 0xffffffff");
    row_code(info(platform_absent_mpidr(), 0), PSCI_INVALID_PARAMETERS, "absent CPU");
    row_code(info(target | AFF1_BAD, 1), PSCI_INVALID_PARAMETERS, "level 1, absent Aff1");
    row_code(info(target | MPIDR_RES, 0), PSCI_INVALID_PARAMETERS,
             "target_affinity with bit 31 set, which must be 0");
    if (!via.wide)
        row_code(info(JUNK | target, JUNK), PSCI_STATE_ON, "CPU that is on; junk in upper halves");
}

static u32 heart, stop;

static u64 beat(u64 unused) {
    (void)unused;
    irq_unmask();
    while (!load_acquire(&stop)) store_relaxed(&heart, load_relaxed(&heart) + 1);
    irq_mask();
    return (u64)call_id(PSCI_32(NUMBER_CPU_OFF), 0, 0, 0);
}

static void off_rows(void) {
    u64 mpidr = cpus[TARGET].mpidr;
    u32 before, sgis;
    bool off;

    subject_call("PSCI CPU_OFF", "DEN 0022F, CPU_OFF");
    if (!agent_start(TARGET)) {
        row_is(0, 1, "the CPU can be told to go off");
        return;
    }
    heart = stop = 0;
    agent_post(TARGET, beat, 0);
    (void)wait_until(load_relaxed(&heart), SOON_US);
    store_release(&stop, 1U);
    off = wait_until(info(mpidr, 0) == PSCI_STATE_OFF, smp_patience_us());
    row_is(off, 1, "AFFINITY_INFO says OFF");
    before = load_relaxed(&heart);
    sgis = sgi_count(TARGET, 1);
    gic_send(gic_sgi_to(TARGET, 1));
    pause_us(2000);
    row_is(load_relaxed(&heart), before, "no instruction of the CPU is executed any more");
    row_is(sgi_count(TARGET, 1), sgis, "an SGI is not taken by a CPU that is off");
    row_code(info(mpidr, 0), PSCI_STATE_OFF, "an SGI does not wake it");
    row_code(info(mpidr, 1), PSCI_STATE_ON, "AFFINITY_INFO level 1, another CPU of it is on");
    agent_forget(TARGET);
    store_release(&cpus[TARGET].state, off ? CPU_IS_OFF : CPU_IS_DYING);
}

void psci_cpu_rows(void) {
    for (u32 i = 0; i < ARRAY_SIZE(via_all); i++) {
        via = via_all[i];
        if (!via_possible(&via)) continue;
        if (platform.nr_cpus < 2) {
            subject_call("PSCI CPU_ON", ON);
            row_skip("one CPU", "all conditions");
            continue;
        }
        subject_call("PSCI AFFINITY_INFO", INFO);
        row_code(info(cpus[TARGET].mpidr, 0), PSCI_STATE_OFF, "CPU that is off");
        error_rows();
        on_rows();
        level_rows();
        breakpoint_rows();
        off_rows();
    }
}
