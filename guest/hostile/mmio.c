/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every offset of the interrupt controller's frames, with every width and every register, random
 * values written; the same where nothing is; and instructions that no syndrome describes.
 */
#include "cpu.h"
#include "hostile.h"
#include "platform.h"
#include "psci.h"

#define FRAME      0x10000UL
#define GRANULES   (FRAME / 8)
#define POSITIONS  15U /* in 8 bytes: 8 bytes, 4 halfwords, 2 words, 1 doubleword */
#define RN(rt)     ((rt) == 1 ? 2U : 1U)
#define NR_RT      32U
#define GICC_PAGES 0x2000UL
#define FIRST_HOLE 0x10000000UL
#define CPACR_FP   (3UL << 20)
#define ABORT      (CAUGHT | (u64)EC_DABT << 26)

/* Load and store register, unsigned immediate 0: the widths' loads, then the stores. */
static const struct kind {
    u32 instruction;
    u32 width;  /* bits that are loaded or stored */
    u32 extend; /* a load with sign: bits that are filled; else 0 */
    bool load;
} kinds[] = {
    {0x39400000, 8, 0, true},   /* LDRB */
    {0x39800000, 8, 64, true},  /* LDRSB X */
    {0x39c00000, 8, 32, true},  /* LDRSB W */
    {0x79400000, 16, 0, true},  /* LDRH */
    {0x79800000, 16, 64, true}, /* LDRSH X */
    {0x79c00000, 16, 32, true}, /* LDRSH W */
    {0xb9400000, 32, 0, true},  /* LDR W */
    {0xb9800000, 32, 64, true}, /* LDRSW */
    {0xf9400000, 64, 0, true},  /* LDR X */
    {0x39000000, 8, 0, false},  /* STRB */
    {0x79000000, 16, 0, false}, /* STRH */
    {0xb9000000, 32, 0, false}, /* STR W */
    {0xf9000000, 64, 0, false}, /* STR X */
};
/* Of each width: its first load, how many, its store. */
static const u8 loads[] = {0, 3, 6, 8}, nr_loads[] = {3, 3, 2, 1}, stores[] = {9, 10, 11, 12};

_Static_assert(ARRAY_SIZE(kinds) * NR_RT <= NR_SLOTS, "a slot for each");

static void begin(void) {
    for (u32 kind = 0; kind < ARRAY_SIZE(kinds); kind++)
        for (u32 rt = 0; rt < NR_RT; rt++)
            code_put(kind * NR_RT + rt, kinds[kind].instruction | RN(rt) << 5 | rt);
    code_ready();
}

/* What a load of this kind cannot leave in a register. */
static bool is_extended(const struct kind *k, u64 value) {
    u32 shift = 64 - k->width;
    u64 wanted = value << shift >> shift;

    if (k->extend) wanted = (u64)((s64)(value << shift) >> shift);
    if (k->extend == 32) wanted &= ~0U;
    return value == wanted;
}

static u64 access(u32 kind, u32 rt, u64 address) {
    const struct kind *k = &kinds[kind];
    struct registers before, after;
    u64 caught;

    fill(&before);
    before.x[RN(rt)] = address;
    after = before;
    caught = code_run(kind * NR_RT + rt, &after);
    count(caught ? OUTCOME_ABORT : OUTCOME_DONE);
    if (caught && esr_class(caught) != EC_DABT)
        complain("an access is answered with another exception than an abort", address, caught);
    check_kept(&before, &after, k->load && !caught ? rt : 31, address);
    if (k->load && !caught && rt != 31 && !is_extended(k, after.x[rt]))
        complain("a load leaves more than its width", address, after.x[rt]);
    return caught;
}

/* A frame of the interrupt controller; the hardware's own has an answer of its own to each width.
 */
static u64 frame_base(u64 frame, bool *own) {
    *own = platform.gic_version == 2 && frame == 1;
    if (frame == 0) return platform.gicd.base;
    if (platform.gic_version == 2) return platform.gicc.base;
    return platform.gicr[0].base + (frame - 1) * FRAME;
}

static u64 nr_frames(void) { return platform.gic_version == 2 ? 2 : 1 + 2 * platform.nr_cpus; }

static u64 frames_steps(u64 n) { return (1 + n / 8) * nr_frames() * GRANULES; }

/*
 * One granule, in every way, with a register that changes from access to access and from pass to
 * pass: in 32 passes, each of them.
 */
static void frames_step(u64 i) {
    u64 pass = i / GRANULES / nr_frames(), offset = i * 2654435761UL % GRANULES * 8;
    bool hardware, own;
    u64 address = frame_base(i / GRANULES % nr_frames(), &own) + offset, random = random64();

    hardware = own && offset < GICC_PAGES;
    if (own && offset >= platform.gicc.size) return;
    for (u32 p = 0; p < POSITIONS; p++) {
        u32 width = p < 8 ? 0 : p < 12 ? 1 : p < 14 ? 2 : 3;
        u64 at = address + (u64)((p - (16U - (16U >> width))) << width);
        u32 rt = (u32)(seed + pass + i * 7 + p * 5) % NR_RT;
        u64 caught = access(loads[width] + (u32)(random >> 4 * width) % nr_loads[width], rt, at);

        caught |= access(stores[width], (rt + 1) % NR_RT, at);
        if (caught && !hardware) complain("a frame is answered with an exception", at, caught);
    }
}

/* Behind the devices, and below 512 GiB, which is what our own tables map. */
static u64 hole(void) {
    u64 address;

    do {
        address = random64() >> (25 + random64() % 8) & ~7UL;
    } while (address < FIRST_HOLE || platform_is_ram(address));
    return address;
}

static u64 holes_steps(u64 n) { return 50000 * n; }

static void holes_step(u64 i) {
    u64 address = hole(), caught;

    caught = access((u32)(i % ARRAY_SIZE(kinds)), (u32)(i / ARRAY_SIZE(kinds)) % NR_RT, address);
    if ((caught & (CAUGHT | 0xfc00003fUL)) != (ABORT | 0x10))
        complain("nothing is there, and it is not an external abort", address, caught);
}

/* Base X1; none writes to a register that cannot be told from the others' results. */
static const u32 odd[] = {
    0xa9400823, /* LDP X3, X2, [X1] */
    0xa9000823, /* STP X3, X2, [X1] */
    0x29400823, /* LDP W3, W2, [X1] */
    0xb8404423, /* LDR W3, [X1], #4 */
    0xb8004c23, /* STR W3, [X1, #4]! */
    0xf8008423, /* STR X3, [X1], #8 */
    0x885f7c23, /* LDXR W3, [X1] */
    0x88027c23, /* STXR W2, W3, [X1] */
    0xc87f0823, /* LDXP X3, X2, [X1] */
    0x88dffc23, /* LDAR W3, [X1] */
    0x889ffc23, /* STLR W3, [X1] */
    0xb8220023, /* LDADD W2, W3, [X1] */
    0xf8e38022, /* SWPAL X3, X2, [X1] */
    0x88a37c22, /* CAS W3, W2, [X1] */
    0x3dc00023, /* LDR Q3, [X1] */
    0x3d800023, /* STR Q3, [X1] */
    0x0c407823, /* LD1 {V3.2S}, [X1] */
    0xb8400823, /* LDTR W3, [X1] */
    0xb8000823, /* STTR W3, [X1] */
    0xb8401023, /* LDUR W3, [X1, #1] */
    0xf9800020, /* PRFM PLDL1KEEP, [X1] */
    0xd50b7421, /* DC ZVA, X1 */
    0xd50b7a21, /* DC CVAC, X1 */
    0xd50b7e21, /* DC CIVAC, X1 */
    0xd5087621, /* DC IVAC, X1 */
    0xd50b7521, /* IC IVAU, X1 */
    0xd5087801, /* AT S1E1R, X1 */
};

static void odd_begin(void) {
    write_sysreg(CPACR_FP, cpacr_el1);
    isb();
    for (u32 i = 0; i < ARRAY_SIZE(odd); i++) code_put(i, odd[i]);
    code_ready();
}

static u64 odd_steps(u64 n) { return 50000 * n; }

/* On a device or on nothing; in one of two at an odd place. Loads go where they want. */
static void odd_step(u64 i) {
    struct registers registers;
    u64 place = random64(), address = frame_base(place % nr_frames(), &(bool){false});
    u64 caught;

    if (place >> 8 & 1) address = hole();
    fill(&registers);
    registers.x[1] = address + (place >> 16 & 0xff8) + (place >> 9 & 1 ? place >> 32 & 7 : 0);
    caught = code_run((u32)(i % ARRAY_SIZE(odd)), &registers);
    switch (caught ? esr_class(caught) : EC_DABT) {
    case EC_UNKNOWN: count(OUTCOME_UNDEFINED); break;
    case EC_DABT: count(caught ? OUTCOME_ABORT : OUTCOME_DONE); break;
    default: complain("an exception that does not fit", odd[i % ARRAY_SIZE(odd)], caught);
    }
}

const struct topic frames_topic = {"the interrupt controller's frames, each offset and width",
                                   frames_steps, begin, frames_step, false};
const struct topic holes_topic = {"accesses to nothing", holes_steps, begin, holes_step, true};
const struct topic odd_accesses_topic = {"accesses that no syndrome describes", odd_steps,
                                         odd_begin, odd_step, false};
