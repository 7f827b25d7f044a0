/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "core/esr.h"
#include "tap.h"

/* ISS of a data abort from a lower level with a valid syndrome. */
static u64 dabt(unsigned int sas, bool sse, unsigned int rt, bool sf, u64 rest) {
    return ESR_MAKE(ESR_EC_DABT_LOW, ESR_ISV | PUT(sas, 23, 22) | (sse ? BIT(21) : 0) |
                                         PUT(rt, 20, 16) | (sf ? BIT(15) : 0) | rest);
}

static u64 sysreg(u32 id, unsigned int rt, bool read) {
    return ESR_MAKE(ESR_EC_SYSREG, id | PUT(rt, 9, 5) | (read ? 1 : 0));
}

static void test_make(void) {
    ok(ESR_MAKE(ESR_EC_UNKNOWN, 0) == 0x02000000, "an undefined instruction is 0x02000000");
    ok(ESR_MAKE(ESR_EC_DABT_LOW, 0x10) == 0x92000010,
       "an external abort on data from EL0 is 0x92000010");
    ok(esr_ec(0x5a000000) == ESR_EC_HVC64, "0x5a000000 is HVC");
    ok(esr_ec(0xffffffff00000000ULL | 0x62000000) == ESR_EC_SYSREG,
       "bits above 31 are not part of the class");
    ok(esr_imm(0x5a00abcd) == 0xabcd, "the immediate of HVC is bits 15:0");
}

static void test_dabt(void) {
    struct esr_dabt d = esr_dabt(0x93830046);

    ok(d.write && !d.sign_extend && !d.sixty_four && d.size_bytes == 4 && d.rt == 3,
       "0x93830046 is a store of 4 bytes from w3");
    d = esr_dabt(dabt(3, false, 31, true, 7));
    ok(d.size_bytes == 8 && d.rt == 31 && d.sixty_four && !d.write, "a load of 8 bytes to xzr");
    d = esr_dabt(dabt(0, true, 0, false, 0));
    ok(d.size_bytes == 1 && d.sign_extend, "a load of a byte with its sign");
}

static void test_extend(void) {
    static const struct {
        unsigned int sas;
        bool sse, sf;
        u64 device, rt;
        const char *insn;
    } cases[] = {
        {0, false, false, 0xffffffffffffff80, 0x80, "LDRB w"},
        {0, true, false, 0x80, 0xffffff80, "LDRSB w"},
        {0, true, true, 0x80, 0xffffffffffffff80, "LDRSB x"},
        {0, true, true, 0x7f, 0x7f, "LDRSB x of a positive byte"},
        {1, false, false, 0x12348000, 0x8000, "LDRH w"},
        {1, true, false, 0x8000, 0xffff8000, "LDRSH w"},
        {1, true, true, 0x8000, 0xffffffffffff8000, "LDRSH x"},
        {2, false, false, 0x180000000, 0x80000000, "LDR w"},
        {2, true, true, 0x80000000, 0xffffffff80000000, "LDRSW x"},
        {3, false, true, 0x8000000000000001, 0x8000000000000001, "LDR x"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct esr_dabt d = esr_dabt(dabt(cases[i].sas, cases[i].sse, 1, cases[i].sf, 7));

        ok(esr_dabt_extend(d, cases[i].device) == cases[i].rt, "%s leaves %#llx", cases[i].insn,
           (unsigned long long)cases[i].rt);
    }
}

static void test_sysreg(void) {
    /* MSR ICC_SGI1R_EL1, x5: S3_0_C12_C11_5. */
    u32 id = ESR_SYSREG(3, 0, 12, 11, 5);
    struct esr_sysreg r = esr_sysreg(sysreg(id, 5, false));

    ok(sysreg(id, 5, false) == 0x623a30b6, "MSR ICC_SGI1R_EL1, x5 traps with 0x623a30b6");
    ok(r.op0 == 3 && r.op1 == 0 && r.crn == 12 && r.crm == 11 && r.op2 == 5 && r.rt == 5 && !r.read,
       "its fields come out as they went in");
    ok(esr_sysreg(sysreg(id, 31, true)).read, "bit 0 is an MRS");
    for (unsigned int rt = 0; rt < 32; rt++) {
        if (esr_sysreg_id(sysreg(id, rt, rt & 1)) != id ||
            esr_sysreg(sysreg(id, rt, true)).rt != rt)
            id = 0;
    }
    ok(id != 0, "neither Rt nor the direction is part of the register");
    r = esr_sysreg(sysreg(ESR_SYSREG(2, 7, 15, 15, 7), 0, false));
    ok(r.op0 == 2 && r.op1 == 7 && r.crn == 15 && r.crm == 15 && r.op2 == 7,
       "the highest encoding keeps its fields apart");
}

static void test_describe(void) {
    const struct {
        u64 esr;
        const char *words;
    } cases[] = {
        {0x93830046, "data abort from a lower EL at 0x9000018: translation fault level 2, "
                     "write, 4 bytes, Rt w3"},
        {dabt(0, true, 31, true, 0x0f),
         "data abort from a lower EL at 0x9000018: permission fault level 3, read, "
         "1 byte sign-extended, Rt xzr"},
        {ESR_MAKE(ESR_EC_DABT_LOW, ESR_WNR | ESR_S1PTW | 5),
         "data abort from a lower EL at 0x9000018: translation fault level 1, on a stage 1 "
         "table walk, write"},
        {ESR_MAKE(ESR_EC_DABT_LOW, ESR_CM | ESR_WNR | 6),
         "data abort from a lower EL at 0x9000018: translation fault level 2, "
         "cache maintenance or address translation"},
        {ESR_MAKE(ESR_EC_DABT_CUR, 0x21),
         "data abort from the same EL at 0x9000018: alignment fault, read"},
        {ESR_MAKE(ESR_EC_DABT_CUR, ESR_FNV | 0x10),
         "data abort from the same EL at an unknown address: external abort, read"},
        {ESR_MAKE(ESR_EC_DABT_CUR, 0x3f),
         "data abort from the same EL at 0x9000018: fault status 0x3f, read"},
        {ESR_MAKE(ESR_EC_IABT_LOW, 0x17),
         "instruction abort from a lower EL at 0x9000018: external abort on table walk "
         "level 3"},
        {ESR_MAKE(ESR_EC_PC_ALIGNMENT, 0), "PC alignment fault at 0x9000018"},
        {ESR_MAKE(ESR_EC_IABT_LOW, 0x10),
         "instruction abort from a lower EL at 0x9000018: external abort"},
        {ESR_MAKE(ESR_EC_IABT_CUR, 0x03),
         "instruction abort from the same EL at 0x9000018: address size fault level 3"},
        {ESR_MAKE(ESR_EC_IABT_CUR, 0x08),
         "instruction abort from the same EL at 0x9000018: access flag fault level 0"},
        {ESR_MAKE(ESR_EC_IABT_CUR, 0x1e),
         "instruction abort from the same EL at 0x9000018: parity or ECC error on table walk "
         "level 2"},
        {0x5a000000, "HVC, immediate 0x0"},
        {0xf2000800, "BRK, immediate 0x800"},
        {0xbe000011, "SError, ISS 0x11"},
        {0x02000000, "undefined instruction"},
        {0x9a000000, "SP alignment fault"},
        {0x3a000000, "illegal execution state"},
        {0x623a30b6, "exception class 0x18, ISS 0x3a30b6"},
    };
    char buf[160];

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        esr_describe(cases[i].esr, 0x9000018, buf, sizeof(buf));
        ok(!strcmp(buf, cases[i].words), "%#llx is '%s'", (unsigned long long)cases[i].esr, buf);
    }
    memset(buf, 'x', sizeof(buf));
    esr_describe(0x93830046, 0, buf, 11);
    ok(!strcmp(buf, "data abort") && buf[11] == 'x', "a short buffer cuts the text");
    esr_describe(0x93830046, 0, buf, 0);
    ok(buf[0] == 'd', "a buffer of no bytes is not touched");
}

int main(void) {
    test_make();
    test_dabt();
    test_extend();
    test_sysreg();
    test_describe();
    return tap_done();
}
