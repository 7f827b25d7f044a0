/* SPDX-License-Identifier: Apache-2.0 */
#include <libfdt.h>
#include "arch/cache.h"
#include "core/pgtable.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/mm.h"

/* Memory attributes, by index into MAIR_EL2 (DDI 0487, "MAIR_EL2"). */
enum { ATTR_DEVICE, ATTR_NORMAL };
#define MAIR (PUT(0x04, 7, 0) /* Device-nGnRE */ | PUT(0xff, 15, 8) /* write-back cacheable */)

/* Stage 1 leaf attributes at EL2 (DDI 0487, "Stage 1 VMSAv8-64 Block and Page descriptors"). */
#define S1_ATTR(i)  PUT(i, 4, 2)
#define S1_AP_RES1  BIT(6)
#define S1_READONLY BIT(7)
#define S1_INNER    PUT(3, 9, 8)
#define S1_AF       BIT(10)
#define S1_XN       BIT(54)

#define S1_NORMAL (S1_ATTR(ATTR_NORMAL) | S1_AP_RES1 | S1_INNER | S1_AF)
#define S1_TEXT   (S1_NORMAL | S1_READONLY)
#define S1_RODATA (S1_NORMAL | S1_READONLY | S1_XN)
#define S1_DATA   (S1_NORMAL | S1_XN)
#define S1_DEVICE (S1_ATTR(ATTR_DEVICE) | S1_AP_RES1 | S1_AF | S1_XN)

#define VA_BITS      48
#define EARLY_TABLES 12

/*
 * Written while the MMU is off, so in .early: invalidated to the point of coherency first, and
 * never part of what is zeroed later.
 */
#define early __attribute__((section(".early")))
static early u64 early_tables[EARLY_TABLES][512] __attribute__((aligned(4096)));
static early unsigned int early_used;
static early struct boot_regs boot_regs;
extern char boot_guard[], boot_stack_top[], vectors[];

static u64 alloc_early(void *ctx) {
    (void)ctx;
    if (early_used == EARLY_TABLES) return 0;
    memset(early_tables[early_used], 0, PAGE_SIZE);
    return (u64)early_tables[early_used++];
}

static u64 alloc_table(void *ctx) {
    u64 t = alloc_early(ctx);

    if (!t) t = (u64)page_alloc(1);
    /* Zeroes before the link: another core's walker may follow it as soon as it is written. */
    dsb_ishst();
    return t;
}

static u64 *table(void *ctx, u64 at) {
    (void)ctx;
    return (u64 *)at;
}

static void flush(void *ctx, u64 va) {
    (void)ctx;
    /* The cleared entry is visible to every walker (DSB) before the old translation is dropped.
     */
    dsb_ishst();
    asm volatile("tlbi vae2is, %0" ::"r"(va >> PAGE_SHIFT));
    dsb_ish();
    isb();
}

static const struct pgtable_ops early_ops = {alloc_early, table, flush};
static const struct pgtable_ops ops = {alloc_table, table, flush};

/* A value, so that nothing of it needs relocating or zeroing before the MMU is on. */
static struct pgtable el2_table(const struct pgtable_ops *with) {
    return (struct pgtable){
        .ops = with,
        .root = (u64)early_tables[0],
        .start_level = 0,
        .in_bits = VA_BITS,
    };
}

static enum pgtable_result map(u64 at, u64 size, u64 attrs) {
    struct pgtable t = el2_table(&ops);
    enum pgtable_result r = pgtable_map(&t, at, at, size, attrs, PGTABLE_4K);

    /* New entries are visible to the walker before they are used; invalid ones are not cached.
     */
    dsb_ishst();
    isb();
    return r;
}

static void map_early(const char *from, const char *to, u64 attrs) {
    struct pgtable t = el2_table(&early_ops);
    u64 base = align_down((u64)from, PAGE_SIZE);

    (void)pgtable_map(&t, base, base, align_up((u64)to, PAGE_SIZE) - base, attrs, PGTABLE_4K);
}

void mm_boot_regs(struct boot_regs *r, u64 stack_top) {
    u64 parange = FIELD(read_sysreg(id_aa64mmfr0_el1), 3, 0);

    r->mair = MAIR;
    /*
     * DDI 0487 "TCR_EL2" with E2H = 0: T0SZ 7:0 for VA_BITS, walks inner shareable and
     * write-back (13:8), 4 KiB granule, PS 18:16 at most 48 bits, RES1 bits 31 and 23.
     */
    r->tcr = BIT(31) | BIT(23) | PUT(parange < 5 ? parange : 5, 18, 16) | PUT(3, 13, 12) |
             PUT(1, 11, 10) | PUT(1, 9, 8) | (64 - VA_BITS);
    r->ttbr = (u64)early_tables[0];
    /* "SCTLR_EL2": RES1 bits, WXN 19, I 12, SA 3, C 2, M 0. */
    r->sctlr = 0x30c50830 | BIT(19) | BIT(12) | BIT(3) | BIT(2) | BIT(0);
    r->vbar = (u64)vectors;
    r->stack_top = stack_top;
}

const struct boot_regs *mm_early(const void *fdt) {
    u64 size;

    early_used = 0;
    (void)alloc_early(NULL);
    map_early(_text, _etext, S1_TEXT);
    map_early(_rodata, _erodata, S1_RODATA);
    map_early(_data, boot_guard, S1_DATA);
    map_early(boot_guard + PAGE_SIZE, _end, S1_DATA);
    /*
     * The device tree, as long as it claims, up to what the protocol allows. Its first page in
     * any case: whatever lies there is looked at, and refused by name.
     */
    size = is_aligned((u64)fdt, 8) && fdt_magic(fdt) == FDT_MAGIC ? fdt_totalsize(fdt) : 0;
    if (size > MACHINE_FDT_MAX) size = MACHINE_FDT_MAX;
    map_early(fdt, (const char *)fdt + (size ? size : 1), S1_RODATA);
    mm_boot_regs(&boot_regs, (u64)boot_stack_top);
    return &boot_regs;
}

void mm_guard(void *va) {
    struct pgtable t = el2_table(&ops);

    pgtable_unmap(&t, (u64)va, PAGE_SIZE);
}

bool mm_map_heap(struct range r);
bool mm_map_heap(struct range r) { return map(r.base, r.size, S1_DATA) == PGTABLE_OK; }

void *mm_map_device(struct range regs, const char *what) {
    u64 base = align_down(regs.base, PAGE_SIZE);
    u64 end = align_up(regs.base + regs.size, PAGE_SIZE);
    enum pgtable_result r = PGTABLE_MISALIGNED;

    if (end > base && end <= MM_WINDOW_BASE) {
        /* Two devices may share a page: what is mapped stays mapped. */
        for (r = PGTABLE_OK; base < end; base += PAGE_SIZE) {
            r = map(base, PAGE_SIZE, S1_DEVICE);
            if (r != PGTABLE_OK && r != PGTABLE_ALREADY) break;
        }
    }
    if (base < end || r == PGTABLE_MISALIGNED) {
        log_error("%s: registers at %#lx, size %#lx, cannot be mapped", what, regs.base, regs.size);
        return NULL;
    }
    return (void *)regs.base;
}

/*
 * Each slot has two places: a 2 MiB block, and pages for what is less than a block, because a table
 * that was once linked into the tree stays there.
 */
static u64 window_va(unsigned int slot, bool whole) {
    return MM_WINDOW_BASE + (this_cpu()->index * 4 + slot * 2 + whole) * WINDOW_SIZE;
}

/* What each core's slots show now. */
static struct range window[MAX_CPUS][2];

void window_close(unsigned int slot) {
    struct pgtable t = el2_table(&ops);
    struct range *w = &window[this_cpu()->index][slot];

    pgtable_unmap(&t, w->base, w->size);
    w->size = 0;
}

void *window_open(unsigned int slot, pa_t at, u64 size, bool writable) {
    struct pgtable t = el2_table(&ops);
    u64 block = align_down(at.v, WINDOW_SIZE);
    u64 first = align_down(at.v, PAGE_SIZE), end = align_up(at.v + size, PAGE_SIZE);
    bool whole = first == block && end - first == WINDOW_SIZE;
    u64 va = window_va(slot, whole);

    window_close(slot);
    if (end > block + WINDOW_SIZE) return NULL;
    window[this_cpu()->index][slot] = (struct range){va + (first - block), end - first};
    if (pgtable_map(&t, va + (first - block), first, end - first, writable ? S1_DATA : S1_RODATA,
                    PGTABLE_2M) != PGTABLE_OK)
        return NULL;
    dsb_ishst();
    isb();
    return (void *)(va + (at.v - block));
}
