/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's physical address space: stage 2 tables in the hypervisor's heap. */
#include "lib/log.h"
#include "mm/mm.h"
#include "vm/vm.h"

/* DDI 0487, "Stage 2 VMSAv8-64 Block and Page descriptors". */
#define S2_NORMAL (PUT(0xf, 5, 2) /* write-back */ | PUT(3, 9, 8) /* inner shareable */)
#define S2_DEVICE (PUT(0x1, 5, 2) /* nGnRE */ | BIT(54) /* XN */)
#define S2_RW     PUT(3, 7, 6)
#define S2_AF     BIT(10)

#define MAX_IPA_BITS 40

static u64 alloc_table(void *ctx) {
    u64 t = (u64)page_alloc(1);

    /* Zeroes before the link: a walker may follow it as soon as it is written. */
    dsb_ishst();
    return t;
}

static u64 *table(void *ctx, u64 at) { return (u64 *)at; }

/*
 * By IPA, then everything of stage 1 and 2 combined for this VMID, since a combined entry is not
 * found by IPA (DDI 0487, "TLB maintenance instructions", TLBI IPAS2E1IS).
 */
static void flush(void *ctx, u64 guest) {
    struct vm *vm = ctx;
    u64 vttbr = read_sysreg(vttbr_el2);

    dsb_ishst();
    write_sysreg(vttbr_el2, vm->vttbr);
    isb();
    asm volatile("tlbi ipas2e1is, %0" ::"r"(guest >> PAGE_SHIFT));
    dsb_ish();
    asm volatile("tlbi vmalle1is");
    dsb_ish();
    write_sysreg(vttbr_el2, vttbr);
    isb();
}

static const struct pgtable_ops ops = {alloc_table, table, flush};

/* "ID_AA64MMFR0_EL1", PARange; above 48 bits needs tables that we do not make. */
static unsigned int pa_bits(u64 parange) {
    static const u8 bits[] = {32, 36, 40, 42, 44, 48};

    return parange < ARRAY_SIZE(bits) ? bits[parange] : 48;
}

bool stage2_init(struct vm *vm) {
    u64 parange = FIELD(read_sysreg(id_aa64mmfr0_el1), 3, 0);
    bool vmid16 = FIELD(read_sysreg(id_aa64mmfr1_el1), 7, 4) == 2;
    unsigned int bits = pa_bits(parange), pages;
    u64 root;

    if (bits > MAX_IPA_BITS) bits = MAX_IPA_BITS;
    /* Walks start at level 1; what is above 39 bits makes concatenated tables, aligned as one.
     */
    pages = bits > 39 ? 1U << (bits - 39) : 1;
    root = (u64)page_alloc(2 * pages - 1);
    if (!root) return log_error("%s: no memory for stage 2 tables", vm->config->name);
    vm->stage2 = (struct pgtable){
        .ops = &ops,
        .ctx = vm,
        .root = align_up(root, pages * PAGE_SIZE),
        .start_level = 1,
        .in_bits = bits,
    };
    vm->vttbr = vm->stage2.root | PUT(vm->id + 1, 63, 48);
    /*
     * DDI 0487 "VTCR_EL2": VS 19, PS 18:16, 4 KiB granule, SH0 13:12, ORGN0 11:10, IRGN0 9:8,
     * SL0 7:6 = 1 for level 1, T0SZ 5:0; bit 31 RES1.
     */
    vm->vtcr = BIT(31) | (vmid16 ? BIT(19) : 0) | PUT(parange < 5 ? parange : 5, 18, 16) |
               PUT(3, 13, 12) | PUT(1, 11, 10) | PUT(1, 9, 8) | PUT(1, 7, 6) | (64 - bits);
    return true;
}

bool stage2_map(struct vm *vm, u64 guest, pa_t host, u64 size, bool device) {
    u64 attrs = (device ? S2_DEVICE : S2_NORMAL) | S2_RW | S2_AF;
    enum pgtable_result r = pgtable_map(&vm->stage2, guest, host.v, size, attrs, PGTABLE_1G);

    dsb_ishst();
    if (r != PGTABLE_OK)
        log_error("%s: stage 2 mapping of %#lx to %#lx, size %#lx, fails: %s", vm->config->name,
                  guest, host.v, size,
                  r == PGTABLE_NO_MEMORY ? "no memory for tables"
                  : r == PGTABLE_ALREADY ? "something is mapped there"
                                         : "not whole pages, or beyond the address space");
    return r == PGTABLE_OK;
}
