/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses to nothing, and what is UNDEFINED: the syndrome, the addresses, the vector, PSTATE. */
#include "conformance.h"
#include "faults.h"
#include "gicx.h"
#include "mmu.h"

#define DEVICE_HOLE   0x0b000000UL /* of QEMU's virt board, between its devices */
#define ALIAS_BASE    0x7f80000000UL
#define WALK2_BASE    0x7fc0000000UL
#define BLOCK_SHIFT   21
#define BLOCK_SIZE    (1UL << BLOCK_SHIFT)
#define BLOCK_NOTHING 2UL /* entries of the alias' table; 0 and 1 are the image */
#define BLOCK_WALK3   3UL
#define BLOCK_INVALID 4UL
#define DESC_BLOCK    1UL
#define DESC_TABLE    3UL
#define DESC_NORMAL   (1UL << 2 | 3UL << 8 | 1UL << 10) /* as mmu.c's: index 1, inner, AF */
#define DESC_EL0      (1UL << 6)
#define DESC_PXN      (1UL << 53)

#define MODE_EL1H    0x3c5UL
#define MODE_EL1T    0x3c4UL
#define MODE_EL0     0x3c0UL
#define NZCV_C       (2UL << 28)
#define NZCV_NV      (9UL << 28)
#define SPSR_A       (1UL << 8)
#define SPSR_COMPARE 0xf00003dfUL /* NZCV, DAIF, M */
#define ESR_EA       (1UL << 9)   /* IMPLEMENTATION DEFINED */
#define ESR_IL       (1UL << 25)
#define ESR_WNR      (1UL << 6)
#define EC(n)        ((u64)(n) << 26 | ESR_IL)
#define EC_DATA      EC(0x25)
#define EC_DATA_EL0  EC(0x24)
#define EC_INSN      EC(0x21)
#define EC_INSN_EL0  EC(0x20)
#define EC_SVC       (EC(0x15) | 0x77)
#define FSC_EXTERNAL 0x10UL
#define FSC_WALK(n)  (0x14UL + (n))
#define FSC_TRANS(n) (0x04UL + (n))
#define CURRENT_SP0  0x000UL
#define CURRENT_SPX  0x200UL
#define LOWER_EL     0x400UL
#define SECTION      "DDI 0487, "

struct fault fault;
static u64 alias_table[512] __attribute__((aligned(4096)));

static u64 nothing(void) { return (platform_ram_end() + 2 * BLOCK_SIZE) & ~(BLOCK_SIZE - 1); }

static u64 alias(u64 block) { return ALIAS_BASE + block * BLOCK_SIZE; }

/* Where EL0 sees a stub. */
static u64 at_el0(const u8 *stub) {
    return ALIAS_BASE + ((u64)stub - ((u64)stub_load & ~(BLOCK_SIZE - 1)));
}

static void make_alias(void) {
    u64 image = (u64)stub_load & ~(BLOCK_SIZE - 1);
    u64 el0 = DESC_BLOCK | DESC_NORMAL | DESC_EL0 | DESC_PXN;

    alias_table[0] = image | el0;
    alias_table[1] = (image + BLOCK_SIZE) | el0;
    alias_table[BLOCK_NOTHING] = nothing() | DESC_BLOCK | DESC_NORMAL | DESC_EL0;
    alias_table[BLOCK_WALK3] = nothing() | DESC_TABLE;
    dsb(ishst);
    mmu_map_table(ALIAS_BASE, (u64)alias_table);
    mmu_map_table(WALK2_BASE, nothing());
    mmu_map_normal(nothing());
    fault.has_pan = read_sysreg(id_aa64mmfr1_el1) >> 20 & 15;
}

struct expected {
    u64 esr;
    u64 far;
    u64 elr;
    u64 vector;
};

/* ESR, FAR, ELR, SPSR and vector of one exception, and PSTATE in its handler. */
static void exception_row(const char *what, u64 code, u64 x0, u64 spsr, struct expected e) {
    fault_run(code, x0, spsr);
    row_is(fault.esr & ~ESR_EA, e.esr, "%s: ESR_EL1", what);
    if (e.far != ~0UL) row_is(fault.far, e.far, "%s: FAR_EL1", what);
    row_is(fault.elr, e.elr, "%s: ELR_EL1", what);
    row_is(fault.spsr & SPSR_COMPARE, spsr & SPSR_COMPARE, "%s: SPSR_EL1 (NZCV, DAIF, M)", what);
    row_is(fault.vector, e.vector, "%s: vector offset", what);
    row_is(fault.daif | fault.spsel << 1 | fault.el, 0x3c0 | 1 << 1 | 4,
           "%s: handler has DAIF masked, SP_ELx, EL1", what);
}

static void data_rows(void) {
    u64 hole = DEVICE_HOLE;
    u64 ram = nothing();

    subject("external data abort", SECTION "ISS encoding for an exception from a Data Abort");
    exception_row("load, device memory", (u64)stub_load, hole, MODE_EL1H | NZCV_C,
                  (struct expected){EC_DATA | FSC_EXTERNAL, hole, (u64)stub_load, CURRENT_SPX});
    exception_row("store, device memory", (u64)stub_store, hole + 4,
                  (MODE_EL1H & ~SPSR_A) | NZCV_NV,
                  (struct expected){EC_DATA | ESR_WNR | FSC_EXTERNAL, hole + 4, (u64)stub_store,
                                    CURRENT_SPX});
    exception_row("load, normal memory", (u64)stub_load, ram + 8, MODE_EL1H,
                  (struct expected){EC_DATA | FSC_EXTERNAL, ram + 8, (u64)stub_load, CURRENT_SPX});
    exception_row("load, from SP_EL0 mode", (u64)stub_load, hole, MODE_EL1T,
                  (struct expected){EC_DATA | FSC_EXTERNAL, hole, (u64)stub_load, CURRENT_SP0});
    exception_row("store, from SP_EL0 mode", (u64)stub_store, ram, MODE_EL1T | NZCV_C,
                  (struct expected){EC_DATA | ESR_WNR | FSC_EXTERNAL, ram, (u64)stub_store,
                                    CURRENT_SP0});
    exception_row("load at EL0", at_el0(stub_load), alias(BLOCK_NOTHING), MODE_EL0 | NZCV_C,
                  (struct expected){EC_DATA_EL0 | FSC_EXTERNAL, alias(BLOCK_NOTHING),
                                    at_el0(stub_load), LOWER_EL});
    exception_row("store at EL0", at_el0(stub_store), alias(BLOCK_NOTHING), MODE_EL0,
                  (struct expected){EC_DATA_EL0 | ESR_WNR | FSC_EXTERNAL, alias(BLOCK_NOTHING),
                                    at_el0(stub_store), LOWER_EL});
}

/* Every kind of access, with a syndrome for a hypervisor or without. */
static void access_rows(void) {
    static const struct {
        const char *name;
        const u8 *code;
        u64 offset; /* of the address that faults */
        bool write;
    } accesses[] = {
        {"LDRSB X", stub_load_byte, 1, false},
        {"LDR X", stub_load_double, 0, false},
        {"LDP", stub_load_pair, 0, false},
        {"LDXR", stub_load_exclusive, 0, false},
        {"LDR, post-indexed", stub_load_post, 0, false},
        {"LDAR", stub_load_acquire, 0, false},
        {"STRB, post-indexed", stub_store_post, 0, true},
        {"STP, pre-indexed", stub_store_pair, -16UL, true},
        {"DC ZVA", stub_zero, 0, true},
    };

    for (u32 i = 0; i < ARRAY_SIZE(accesses); i++) {
        u64 address = nothing() + 0x1000;
        u64 esr = EC_DATA | FSC_EXTERNAL | (accesses[i].write ? ESR_WNR : 0);

        fault_run((u64)accesses[i].code, address, MODE_EL1H);
        row_is(fault.esr & ~ESR_EA, esr, "%s, normal memory: ESR_EL1", accesses[i].name);
        row_is(fault.far, address + accesses[i].offset, "%s, normal memory: FAR_EL1",
               accesses[i].name);
        row_is(fault.elr, (u64)accesses[i].code, "%s, normal memory: ELR_EL1", accesses[i].name);
    }
}

static void instruction_rows(void) {
    u64 ram = nothing();

    subject("external instruction abort",
            SECTION "ISS encoding for an exception from an Instruction Abort");
    exception_row("jump, EL1", (u64)stub_jump, ram, MODE_EL1H | NZCV_C,
                  (struct expected){EC_INSN | FSC_EXTERNAL, ram, ram, CURRENT_SPX});
    exception_row("jump, from SP_EL0 mode", (u64)stub_jump, ram + 0x100, MODE_EL1T,
                  (struct expected){EC_INSN | FSC_EXTERNAL, ram + 0x100, ram + 0x100, CURRENT_SP0});
    exception_row("jump, EL0", at_el0(stub_jump), alias(BLOCK_NOTHING), MODE_EL0,
                  (struct expected){EC_INSN_EL0 | FSC_EXTERNAL, alias(BLOCK_NOTHING),
                                    alias(BLOCK_NOTHING), LOWER_EL});
}

static void walk_rows(void) {
    u64 walk3 = alias(BLOCK_WALK3);

    subject("external abort on a table walk", SECTION "External aborts on translation table walk");
    exception_row("load, level 2 table", (u64)stub_load, WALK2_BASE, MODE_EL1H,
                  (struct expected){EC_DATA | FSC_WALK(2), WALK2_BASE, (u64)stub_load,
                                    CURRENT_SPX});
    exception_row("store, level 2 table", (u64)stub_store, WALK2_BASE + 0x2345678, MODE_EL1H,
                  (struct expected){EC_DATA | ESR_WNR | FSC_WALK(2), WALK2_BASE + 0x2345678,
                                    (u64)stub_store, CURRENT_SPX});
    exception_row("load, level 3 table", (u64)stub_load, walk3 + 0x1234, MODE_EL1H,
                  (struct expected){EC_DATA | FSC_WALK(3), walk3 + 0x1234, (u64)stub_load,
                                    CURRENT_SPX});
    exception_row("load at EL0, level 3 table", at_el0(stub_load), walk3, MODE_EL0,
                  (struct expected){EC_DATA_EL0 | FSC_WALK(3), walk3, at_el0(stub_load), LOWER_EL});
    exception_row("jump, level 2 table", (u64)stub_jump, WALK2_BASE + 0x100, MODE_EL1H,
                  (struct expected){EC_INSN | FSC_WALK(2), WALK2_BASE + 0x100, WALK2_BASE + 0x100,
                                    CURRENT_SPX});
    exception_row("jump at EL0, level 3 table", at_el0(stub_jump), walk3 + 0x10, MODE_EL0,
                  (struct expected){EC_INSN_EL0 | FSC_WALK(3), walk3 + 0x10, walk3 + 0x10,
                                    LOWER_EL});
    subject("translation fault", SECTION "ISS encoding for an exception from a Data Abort");
    exception_row("the guest's own table says invalid", (u64)stub_load, alias(BLOCK_INVALID),
                  MODE_EL1H,
                  (struct expected){EC_DATA | FSC_TRANS(2), alias(BLOCK_INVALID), (u64)stub_load,
                                    CURRENT_SPX});
}

static void undefined_rows(void) {
    u64 anything = ~0UL;

    subject("UNDEFINED instruction", SECTION "Exceptions with an unknown reason");
    exception_row("UDF, EL1", (u64)stub_undefined, 0, MODE_EL1H | NZCV_NV,
                  (struct expected){EC(0), anything, (u64)stub_undefined, CURRENT_SPX});
    exception_row("UDF, EL0", at_el0(stub_undefined), 0, MODE_EL0,
                  (struct expected){EC(0), anything, at_el0(stub_undefined), LOWER_EL});
    exception_row("HVC, EL0", at_el0(stub_hvc), PSCI_VERSION, MODE_EL0,
                  (struct expected){EC(0), anything, at_el0(stub_hvc), LOWER_EL});
    exception_row("SMC, EL0", at_el0(stub_smc), PSCI_VERSION, MODE_EL0,
                  (struct expected){EC(0), anything, at_el0(stub_smc), LOWER_EL});
    exception_row("SCTLR_EL1 read, EL0", at_el0(stub_sysreg), 0, MODE_EL0,
                  (struct expected){EC(0), anything, at_el0(stub_sysreg), LOWER_EL});
}

/* SCTLR_EL1.SPAN decides about PSTATE.PAN on entry. */
static void pan_rows(void) {
    u64 sctlr = read_sysreg(sctlr_el1);

    subject("PSTATE.PAN", SECTION "SCTLR_EL1.SPAN");
    if (!fault.has_pan) {
        row_skip("no FEAT_PAN", "on exception entry");
        return;
    }
    fault_run((u64)stub_load, nothing(), MODE_EL1H);
    row_is(fault.pan, 0, "external abort, SPAN 1: PAN unchanged (0)");
    write_sysreg(sctlr & ~(1UL << 23), sctlr_el1);
    isb();
    fault_run((u64)stub_load, nothing(), MODE_EL1H);
    row_is(fault.pan, 1UL << 22, "external abort, SPAN 0: PAN is 1");
    write_sysreg(sctlr, sctlr_el1);
    isb();
}

#define SPIN_TURNS 100000000UL
#define SPSR_I     (1UL << 7)
#define OFFSET_IRQ 0x80UL
#define WAITING    7U

/* An SGI that is pending is taken as soon as PSTATE lets it. */
static void interrupt_row(const char *what, u64 from, u64 spsr, u64 vector) {
    gic_send(gic_sgi_to_self(WAITING));
    (void)shows(WAITING);
    fault_run(from, SPIN_TURNS, spsr);
    row_is(fault.vector, vector, "%s: vector offset", what);
    row_true(fault.elr - from < 8, "in the loop it interrupts", fault.elr - from, "%s: ELR_EL1",
             what);
    row_is(fault.spsr & 0x3df, spsr & 0x3df, "%s: SPSR_EL1 (DAIF, M)", what);
    row_is(fault.daif | fault.spsel << 1 | fault.el, 0x3c0 | 1 << 1 | 4,
           "%s: handler has DAIF masked, SP_ELx, EL1", what);
    end(acknowledge());
}

static void interrupt_rows(void) {
    u64 here = (u64)stub_spin;

    subject("IRQ", SECTION "Exception vectors");
    interrupt_row("EL1 with SP_EL1", here, MODE_EL1H & ~SPSR_I, CURRENT_SPX + OFFSET_IRQ);
    interrupt_row("EL1 with SP_EL0", here, MODE_EL1T & ~SPSR_I, CURRENT_SP0 + OFFSET_IRQ);
    interrupt_row("EL0", at_el0(stub_spin), MODE_EL0 & ~SPSR_I, LOWER_EL + OFFSET_IRQ);
    gic_send(gic_sgi_to_self(WAITING));
    (void)shows(WAITING);
    fault_run((u64)stub_load, (u64)alias_table, MODE_EL1H);
    row_is(fault.esr, EC_SVC, "pending and masked: not taken");
    end(acknowledge());
}

/* Nothing above may have disturbed what is allowed. */
static void good_rows(void) {
    subject("no exception", SECTION "Data Abort");
    fault_run((u64)stub_load, (u64)alias_table, MODE_EL1H);
    row_is(fault.esr, EC_SVC, "load from RAM: goes on to the SVC behind it");
    fault_run(at_el0(stub_load), at_el0((const u8 *)stub_load), MODE_EL0);
    row_is(fault.esr, EC_SVC, "load from RAM at EL0: goes on to the SVC behind it");
    row_is(fault.vector, LOWER_EL, "SVC at EL0: vector offset");
}

void exception_rows(void) {
    u64 daif = irq_save();

    make_alias();
    data_rows();
    access_rows();
    instruction_rows();
    walk_rows();
    undefined_rows();
    pan_rows();
    interrupt_rows();
    good_rows();
    irq_restore(daif);
}
