/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that does one wrong thing, chosen by `bad=` in /chosen bootargs (addr=0x... picks another
 * address), and says what came of it. Expected, here as on hardware: the synchronous external
 * abort of an access to nothing (Arm ARM DDI 0487, "External aborts"), or PSCI's error code.
 */
#include <muster/hypercall.h>
#include "exception.h"
#include "guest.h"
#include "mmu.h"
#include "pl011.h"
#include "printf.h"
#include "psci.h"
#include "smp.h"
#include "string.h"
#include "timer.h"

#define BEYOND_RAM   0x100000UL /* how far behind the end of RAM */
#define LOOP_LOOK_US 200000
#define WALK_VA      0x7fc0000000UL /* the last GiB of the map */

static u64 target_address(void) {
    const char *text = platform_bootarg("addr=");

    return text ? string_number(text) : platform_ram_end() + BEYOND_RAM;
}

static bool report(struct regs *regs, u32 vector) {
    printf("bad: caught %s%s (%s) esr=0x%lx far=0x%lx elr=0x%lx spsr=0x%lx\n",
           esr_class_name(regs->esr), esr_fault_name(regs->esr), vector_name(vector), regs->esr,
           regs->far, regs->elr, regs->spsr);
    psci_system_off();
}

static void jump(void) {
    u64 address = target_address();

    /* Executable by the guest's own tables, so that it is not they who object. */
    mmu_map_normal(address);
    printf("bad: jump to 0x%lx\n", address);
    ((void (*)(void))address)();
}

static void write_outside(void) {
    printf("bad: write to 0x%lx\n", target_address());
    mmio_write32(target_address(), 0xbadbad);
    dsb(sy);
}

static void read_outside(void) {
    printf("bad: read from 0x%lx\n", target_address());
    printf("bad: read 0x%x\n", mmio_read32(target_address()));
}

/* The walk itself goes to nothing: a level 1 entry names a table where no RAM is. */
static void walk_outside(void) {
    u64 table = target_address() & ~0xfffUL;

    mmu_map_table(WALK_VA, table);
    printf("bad: read from 0x%lx, whose level 2 table is at 0x%lx\n", WALK_VA, table);
    printf("bad: read 0x%x\n", mmio_read32(WALK_VA));
}

static void cpu_on_absent(void) {
    u64 mpidr = platform_absent_mpidr();
    s32 result = psci_cpu_on(mpidr, (u64)secondary_entry, 0);

    printf("bad: CPU_ON of MPIDR 0x%lx -> %d (%s)\n", mpidr, result, psci_result_name(result));
}

/* On another CPU, which must not suffer from the first one's loop. */
static void end_the_loop(void *unused) {
    (void)unused;
    (void)wait_until(false, LOOP_LOOK_US);
    printf("bad: CPU%u still runs; CPU0 has not come back from its loop\n", cpu_id());
    psci_system_off();
}

static void crash_loop(void) {
    u64 vbar = target_address() & ~0x7ffUL;

    mmu_map_normal(vbar);
    if (platform.nr_cpus > 1 && cpu_up(1) == PSCI_SUCCESS && cpu_wait_online(1))
        smp_work_start(1, end_the_loop, NULL);
    printf("bad: VBAR_EL1 = 0x%lx, then an undefined instruction: faults for ever%s\n", vbar,
           platform.nr_cpus > 1 ? ", ended by CPU1" : "");
    pl011_flush();
    irq_mask();
    write_sysreg(vbar, vbar_el1);
    asm volatile("isb\n\tudf #0" ::: "memory");
}

/* In a DEBUG build of the hypervisor: makes it break rule n, which must be the end of it. */
static void break_rule(u64 n) {
    printf("bad: asks the hypervisor to break its rule %lu\n", n);
    printf("bad: and was answered %ld\n", (s64)smccc_hvc(MUSTER_CALL_BREAK_RULE, n, 0, 0));
}

static void el2_read_guest(void) { break_rule(MUSTER_BREAK_READ_GUEST); }

static void el2_write_text(void) { break_rule(MUSTER_BREAK_WRITE_TEXT); }

static void el2_write_const(void) { break_rule(MUSTER_BREAK_WRITE_CONST); }

static void el2_run_data(void) { break_rule(MUSTER_BREAK_RUN_DATA); }

static void el2_stack(void) { break_rule(MUSTER_BREAK_STACK); }

static const struct {
    const char *name;
    void (*act)(void);
} acts[] = {
    {"jump", jump},
    {"write-outside", write_outside},
    {"read-outside", read_outside},
    {"walk-outside", walk_outside},
    {"cpu-on-absent", cpu_on_absent},
    {"crash-loop", crash_loop},
    {"el2-read-guest", el2_read_guest},
    {"el2-write-text", el2_write_text},
    {"el2-write-const", el2_write_const},
    {"el2-run-data", el2_run_data},
    {"el2-stack", el2_stack},
};

static bool word_is(const char *text, const char *word) {
    size_t length = strlen(word);

    for (size_t i = 0; i < length; i++) {
        if (text[i] != word[i]) return false;
    }
    return text[length] == '\0' || text[length] == ' ';
}

void guest_main(void) {
    const char *wanted = platform_bootarg("bad=");

    exception_set_hook(report);
    for (u32 i = 0; wanted && i < ARRAY_SIZE(acts); i++) {
        if (!word_is(wanted, acts[i].name)) continue;
        acts[i].act();
        printf("bad: went on as if nothing had happened\n");
        return;
    }
    printf("bad: bootargs must say bad= and one of:");
    for (u32 i = 0; i < ARRAY_SIZE(acts); i++) printf(" %s", acts[i].name);
    printf("\n");
}
