/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers that the hypervisor does not use while it answers an exit, but has to keep: FP and
 * AdvSIMD, and the keys of pointer authentication.
 */
#include "atomic.h"
#include "cores.h"
#include "exception.h"
#include "gic.h"
#include "psci.h"
#include "smp.h"
#include "tap.h"
#include "timer.h"

#define ROUNDS 300

/* CPACR_EL1: FPEN, and what a core that hides SVE and SME has no bits for: ZEN, SMEN. */
#define CPACR_ALL (3UL << 20 | 3UL << 16 | 3UL << 24)

#define FADD_D0 0x1e602800U

static u32 bad_cpus;

static void bad(void) { (void)atomic_set(&bad_cpus, 1U << cpu_id()); }

/* Runs it on all CPUs at once, and tells. */
static void on_all(smp_function function, const char *sentence) {
    bool done = smp_work_all(function, NULL);
    u32 cpus_bad = atomic_swap(&bad_cpus, 0U);

    tap_ok(done && !cpus_bad, "%s", sentence);
    if (cpus_bad) printf("# not on these CPUs: 0x%x\n", cpus_bad);
}

/* A hypercall, a trapped register, an emulated device, and an interrupt from here or another CPU.
 */
static void leave(void) {
    u32 next = smp_next_online(cpu_id());

    (void)psci_call(PSCI_VERSION, 0, 0, 0);
    if (platform.muster) (void)smccc_smc(PSCI_VERSION, 0, 0, 0); /* UNDEFINED where no EL3 is */
    (void)id_field(4, 0, 0);
    (void)mmio_read32(platform.gicd.base + GICD_TYPER);
    gic_send(gic_sgi_to(next, IPI_CALL));
}

static void fp_off_then_on(void *unused) {
    struct probe p = {.esr = 0};

    (void)unused;
    probe(FADD_D0, &p);
    if (esr_class(p.esr) != EC_FP_ACCESS) bad();
    write_sysreg(CPACR_ALL, cpacr_el1);
    isb();
    probe(FADD_D0, &p);
    if (p.esr != PROBE_NO_EXCEPTION) bad();
}

/* 3 * 0.5 in FP, four sums of two in AdvSIMD. */
static void fp_computes(void *unused) {
    u64 product, sums;

    (void)unused;
    asm volatile("fmov d0, #3.0\n\tfmov d1, #0.5\n\tfmul d0, d0, d1\n\tfmov %0, d0\n\t"
                 "movi v0.4s, #40\n\tmovi v1.4s, #2\n\tadd v0.4s, v0.4s, v1.4s\n\tmov %1, v0.d[1]"
                 : "=r"(product), "=r"(sums));
    if (product != 0x3ff8000000000000UL || sums != 0x0000002a0000002aUL) bad();
}

/* The assembler's loop over Q0 to Q31, which lie at %0. */
#define ALL_Q(instruction)                                                                       \
    ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, " \
    "23, 24, 25, 26, 27, 28, 29, 30, 31\n\t" instruction " q\\n, [%0, #16 * \\n]\n\t.endr"

static void fp_is_kept(void *unused) {
    static u64 before[MAX_CPUS][64] __attribute__((aligned(16)));
    static u64 after[MAX_CPUS][64] __attribute__((aligned(16)));
    u32 me = cpu_id();
    u64 fpcr = me & 1 ? 1UL << 24 : 3UL << 22; /* flush to zero; round towards zero */

    (void)unused;
    for (u32 i = 0; i < 64; i++) before[me][i] = ~0UL / (me + 3) * (i + 1);
    write_sysreg(fpcr, fpcr);
    write_sysreg(me & 0x1f, fpsr);
    asm volatile(ALL_Q("ldr")::"r"(before[me]) : "memory");
    for (u32 i = 0; i < ROUNDS; i++) leave();
    asm volatile(ALL_Q("str")::"r"(after[me]) : "memory");
    for (u32 i = 0; i < 64; i++)
        if (after[me][i] != before[me][i]) bad();
    if (read_sysreg(fpcr) != fpcr || read_sysreg(fpsr) != (me & 0x1f)) bad();
    write_sysreg(0, fpcr);
}

void cores_fp(void) {
    on_all(fp_off_then_on, "FP and AdvSIMD trap to EL1 until CPACR_EL1 turns them on");
    on_all(fp_computes, "FP and AdvSIMD compute");
    on_all(fp_is_kept, "Q0-Q31, FPCR and FPSR of each CPU outlast its exits");
}

/* Armv8.1's own instructions, not the exclusives. */
static u64 counter;
__attribute__((target("arch=armv8.1-a"))) static void add_many(void *unused) {
    (void)unused;
    for (u32 i = 0; i < 100 * ROUNDS; i++) __atomic_fetch_add(&counter, 1UL, __ATOMIC_RELAXED);
}

void cores_atomics(void) {
    if (id_field(6, 0, 20) < 2) {
        tap_skip("the core has no LSE", "LSE: no addition is lost");
        return;
    }
    tap_ok(smp_work_all(add_many, NULL) && counter == 100UL * ROUNDS * smp_nr_online(),
           "LSE: no addition is lost between CPUs that add at once");
}

/* The keys IA, IB, DA, DB and GA: halves in S3_0_C2_C<1..3>_<0..7>. */
static const u32 keys[] = {
    MRS(3, 0, 2, 1, 0), MRS(3, 0, 2, 1, 1), MRS(3, 0, 2, 1, 2), MRS(3, 0, 2, 1, 3),
    MRS(3, 0, 2, 2, 0), MRS(3, 0, 2, 2, 1), MRS(3, 0, 2, 2, 2), MRS(3, 0, 2, 2, 3),
    MRS(3, 0, 2, 3, 0), MRS(3, 0, 2, 3, 1),
};

static u64 key_of(u32 i) { return ~0UL / 7 * (i + 1) ^ ~0UL / 11 * (cpu_id() + 1); }

#define SCTLR_PAC (1UL << 31 | 1UL << 30 | 1UL << 27 | 1UL << 13) /* EnIA, EnIB, EnDA, EnDB */
#define PAC_X3_X0 0xdac10003U /* PACIA X3, X0; | 0x400: PACIB, 0x800: PACDA, 0xc00: PACDB */
#define AUT_BIT   0x1000U     /* AUTIA X3, X0 and so on */
#define PACGA_X3  0x9ac03063U /* PACGA X3, X3, X0 */
#define MODIFIERS 8

static bool signs(u32 key) {
    u32 sign = PAC_X3_X0 | key << 10;
    u64 pointer = (u64)&counter;
    u32 marked = 0, found = 0;

    for (u64 modifier = 1; modifier <= MODIFIERS; modifier++) {
        struct probe p = {.x = {modifier, 0, 0, probe_x3(sign, pointer, modifier)}};
        struct probe wrong = {.x = {modifier + 1, 0, 0, p.x[3]}};

        marked += p.x[3] != pointer;
        leave();
        probe(sign | AUT_BIT, &p);
        if (p.esr != PROBE_NO_EXCEPTION || p.x[3] != pointer) return false;
        probe(sign | AUT_BIT, &wrong);
        found += wrong.x[3] != pointer || esr_class(wrong.esr) == EC_PAC_FAIL;
    }
    /* A code has few bits and may be that of another modifier once, not always. */
    return marked > MODIFIERS / 2 && found > MODIFIERS / 2;
}

static void pauth_works(void *unused) {
    u64 sctlr = read_sysreg(sctlr_el1);

    (void)unused;
    for (u32 i = 0; i < ARRAY_SIZE(keys); i++) (void)probe_x3(keys[i] & ~MSR_BIT, key_of(i), 0);
    write_sysreg(sctlr | SCTLR_PAC, sctlr_el1);
    isb();
    for (u32 key = 0; key < 4; key++)
        if (!signs(key)) bad();
    if (probe_x3(PACGA_X3, 1, 2) == probe_x3(PACGA_X3, 2, 1)) bad();
    for (u32 i = 0; i < ROUNDS; i++) leave();
    for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
        if (probe_x3(keys[i], 0, 0) != key_of(i)) bad();
    write_sysreg(sctlr, sctlr_el1);
    isb();
}

static void pauth_is_undefined(void *unused) {
    struct probe p = {.esr = 0};

    (void)unused;
    probe(PAC_X3_X0, &p);
    if (esr_class(p.esr) != EC_UNKNOWN || p.esr == PROBE_NO_EXCEPTION) bad();
    probe(keys[0], &p);
    if (esr_class(p.esr) != EC_UNKNOWN || p.esr == PROBE_NO_EXCEPTION) bad();
}

void cores_pauth(void) {
    /* ID_AA64ISAR1_EL1.APA and API, ID_AA64ISAR2_EL1.APA3: one of them, by the algorithm. */
    if (id_field(6, 1, 4) || id_field(6, 1, 8) || id_field(6, 2, 12))
        on_all(pauth_works, "PAC: each CPU signs, authenticates, and keeps its keys");
    else
        on_all(pauth_is_undefined, "PAC: without it, instructions and keys are UNDEFINED");
}
