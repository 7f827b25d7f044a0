/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every encoding of the system instruction class (Arm ARM DDI 0487, "System instruction class
 * encoding overview"): read; written with what was read; written with a random value.
 *
 * Not written with random values is what the CPU then could not go on with, here or anywhere: the
 * list below. What else changes is restored after each instruction, or by the next CPU_ON.
 */
#include "cpu.h"
#include "hostile.h"

#define NR_ENCODINGS  0x10000U
#define FORMS         3U /* instructions to an encoding */
#define BATCH         128U
#define RT            3U
#define CPACR_ALL     (3UL << 16 | 3UL << 20 | 3UL << 24) /* SVE, FP, SME */
#define SYS(enc, rt)  (0xd5000000U | (u32)(enc) << 5 | (rt))
#define SYSL(enc, rt) (SYS(enc, rt) | 1U << 21)
#define ENCODING(op0, op1, crn, crm, op2) \
    ((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

static const struct {
    u32 encoding;
    const char *name, *why;
} spared[] = {
    {ENCODING(3, 0, 1, 0, 0), "SCTLR_EL1", "MMU, byte order and alignment of its own code"},
    {ENCODING(3, 0, 2, 0, 0), "TTBR0_EL1", "its translation tables"},
    {ENCODING(3, 0, 2, 0, 2), "TCR_EL1", "the form of its translation tables"},
    {ENCODING(3, 0, 10, 2, 0), "MAIR_EL1", "the memory type of its own code"},
    {ENCODING(3, 0, 12, 0, 0), "VBAR_EL1", "where it sees its faults"},
};

_Static_assert(BATCH *FORMS <= NR_SLOTS, "a batch fits");

static u8 scratch[4096] __attribute__((aligned(4096)));
static u64 batch;

/* EL1 itself traps nothing: what is hidden is for the hypervisor to refuse. */
static void restore(u64 cpu) {
    write_sysreg(cpu, tpidr_el1);
    write_sysreg(0, mdscr_el1);
    write_sysreg(CPACR_ALL, cpacr_el1);
    isb();
}

static void begin(void) {
    batch = ~0UL;
    restore(read_sysreg(tpidr_el1));
}

static void make_batch(u64 number) {
    batch = number;
    for (u32 i = 0; i < BATCH; i++) {
        u64 encoding = number * BATCH + i;

        code_put(FORMS * i, SYSL(encoding, RT));
        code_put(FORMS * i + 1, SYS(encoding, RT));
        code_put(FORMS * i + 2, SYS(encoding, 31));
    }
    code_ready();
}

static bool is_spared(u64 encoding) {
    for (u32 i = 0; i < ARRAY_SIZE(spared); i++)
        if (spared[i].encoding == encoding) return true;
    return false;
}

/*
 * An exception has to be one of these: UNDEFINED, the trap of an ID register that is not there
 * (FEAT_IDST), or the abort of an operation on an address.
 */
static void judge(u64 encoding, u64 caught) {
    switch (caught ? esr_class(caught) : ~0U) {
    case ~0U: count(OUTCOME_DONE); break;
    case EC_UNKNOWN: count(OUTCOME_UNDEFINED); break;
    case EC_SYSREG: count(OUTCOME_TRAPPED); break;
    case EC_DABT: count(OUTCOME_ABORT); break;
    default: complain("an exception that does not fit, by encoding", encoding, caught);
    }
}

static u64 run(u64 encoding, u32 form, u64 value) {
    struct registers before, after;
    u64 cpu = read_sysreg(tpidr_el1), caught;
    u32 rt = form == 0 ? RT : 31;

    fill(&before);
    before.x[RT] = value;
    after = before;
    caught = code_run((u32)(encoding % BATCH) * FORMS + form, &after);
    restore(cpu);
    judge(encoding, caught);
    check_kept(&before, &after, caught ? 31 : rt, encoding);
    return after.x[RT];
}

static void step(u64 encoding) {
    u64 value, random = random64();
    static const u64 extremes[] = {0, ~0UL};

    if (encoding / BATCH != batch) make_batch(encoding / BATCH);
    /* op0 is 0 or 1: operations, on an address if any. */
    value = run(encoding, 0, (u64)scratch);
    (void)run(encoding, 1, encoding >> 15 ? value : (u64)scratch);
    if (encoding >> 14 == 0) (void)run(encoding, 2, 0);
    if (is_spared(encoding)) return;
    (void)run(encoding, 1, random % 4 < 2 ? extremes[random % 4] : random64());
}

static u64 steps(u64 n) { return (1 + n / 8) * NR_ENCODINGS; }

static void any_step(u64 i) { step(i % NR_ENCODINGS); }

const struct topic sysregs_topic = {"system instructions, each encoding", steps, begin, any_step,
                                    true};
