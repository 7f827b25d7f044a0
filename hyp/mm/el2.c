/* SPDX-License-Identifier: Apache-2.0 */
#include <libfdt.h>
#include "arch/cache.h"
#include "core/pgtable.h"
#include "lib/log.h"
#include "lib/string.h"
#include "mm/mm.h"

/* MAIR_EL2 (DDI 0487, "MAIR_EL2"): Attr0 Device-nGnRE, Attr1 write-back cacheable. */
#define MAIR (PUT(0x04, 7, 0) | PUT(0xff, 15, 8))

/*
 * Stage 1 leaf attributes at EL2 (DDI 0487, "Stage 1 VMSAv8-64 Block and Page descriptors"):
 * AttrIndx 4:2, RES1 6, read-only 7, inner shareable 9:8, AF 10, XN 54.
 */
#define S1_DEVICE (PUT(0, 4, 2) | BIT(6) | BIT(10) | BIT(54))
#define S1_TEXT   (PUT(1, 4, 2) | BIT(6) | BIT(7) | PUT(3, 9, 8) | BIT(10))
#define S1_RODATA (S1_TEXT | BIT(54))
#define S1_DATA   (S1_RODATA & ~BIT(7))

#define VA_BITS      48
#define EARLY_TABLES 16

/*
 * Written while the MMU is off, so in .early: invalidated to the point of coherency first, and
 * never part of what is zeroed later.
 */
#define early __attribute__((section(".early")))
static early u64 early_tables[EARLY_TABLES][512] __attribute__((aligned(4096)));
static early unsigned int early_used;
static early struct boot_regs boot_regs;
extern char boot_guard[], boot_stack_top[], vectors[], _early[], _eearly[];

/*
 * From the pool until the MMU is on: it holds the root, three levels for the image and twice three
 * for the device tree, each of at most 2 MiB.
 */
static u64 alloc_table(void *ctx) {
    u64 *t = early_used < EARLY_TABLES ? memset(early_tables[early_used++], 0, PAGE_SIZE)
                                       : page_alloc(1);

    /* Zeroes before the link: another core's walker may follow it as soon as it is written. */
    dsb_ishst();
    return (u64)t;
}

static u64 *table(void *ctx, u64 at) { return (u64 *)at; }

static void flush(void *ctx, u64 va) {
    /* The cleared entry is visible to every walker (DSB) before the old translation is dropped.
     */
    dsb_ishst();
    asm volatile("tlbi vae2is, %0" ::"r"(va >> PAGE_SHIFT));
    dsb_ish();
    isb();
}

static const struct pgtable_ops ops = {alloc_table, table, flush};
static const struct pgtable el2_table = {
    .ops = &ops,
    .root = (u64)early_tables[0],
    .in_bits = VA_BITS,
};

static enum pgtable_result map(u64 va, u64 at, u64 size, u64 attrs, unsigned int coarsest) {
    enum pgtable_result r = pgtable_map(&el2_table, va, at, size, attrs, coarsest);

    /* New entries are visible to the walker before they are used; invalid ones are not cached. */
    dsb_ishst();
    isb();
    return r;
}

static void map_early(const char *from, const char *to, u64 attrs) {
    u64 base = align_down((u64)from, PAGE_SIZE);

    (void)map(base, base, align_up((u64)to, PAGE_SIZE) - base, attrs, PGTABLE_4K);
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

/*
 * A bit for each word from _relro on, set where it is a pointer: to where the image at 0 has what
 * it points at (scripts/relocs).
 */
extern const u64 relocs[], relocs_end[];
extern u64 _relro[];

static void relocate(u64 base) {
    u64 *words = _relro;

    for (const u64 *r = relocs; r < relocs_end; r++, words += 64)
        for (u64 bits = *r; bits; bits &= bits - 1) words[lowest_bit(bits)] += base;
}

/*
 * Memory that is written with the MMU off must not be shadowed by cache lines: dirty ones that an
 * earlier stage left could be written back over ours (so .early is invalidated before), clean ones
 * would be read once the MMU is on (so everything written is invalidated after). The image itself
 * was cleaned to memory by the loader: the boot protocol demands it.
 *
 * Strictly aligned, no .bss, and nothing that needs relocation before that is done.
 */
const struct boot_regs *mm_early(const void *fdt) {
    u64 size;

    dcache_invalidate(_early, (u64)(_eearly - _early));
    relocate((u64)_text);
    if (FIELD(read_sysreg(CurrentEL), 3, 2) != 2) return NULL;

    early_used = 0;
    (void)alloc_table(NULL);
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
    dsb_sy(); /* our stores first: they and the maintenance are not ordered by address alone */
    dcache_invalidate(_rodata, (u64)(_eearly - _rodata));
    return &boot_regs;
}

void mm_guard(void *va) { pgtable_unmap(&el2_table, (u64)va, PAGE_SIZE); }

bool mm_map_heap(struct range r) {
    bool mapped = map(r.base, r.base, r.size, S1_DATA, PGTABLE_4K) == PGTABLE_OK;

    early_used = EARLY_TABLES; /* from now on the heap has tables, zeroed faster */
    return mapped;
}

void *mm_map_device(struct range regs, const char *what) {
    u64 at = align_down(regs.base, PAGE_SIZE), end = align_up(regs.base + regs.size, PAGE_SIZE);
    bool fits = end > at && end <= MM_WINDOW_BASE;

    if (fits && map(at, at, end - at, S1_DEVICE, PGTABLE_2M) == PGTABLE_OK) at = end;
    for (; fits && at < end; at += PAGE_SIZE) {
        enum pgtable_result r = map(at, at, PAGE_SIZE, S1_DEVICE, PGTABLE_4K);

        /* Two devices may share a page: what is mapped stays mapped. */
        fits = r == PGTABLE_OK || r == PGTABLE_ALREADY;
    }
    if (fits) return (void *)regs.base;
    log_error("%s: registers at %#lx, size %#lx, cannot be mapped", what, regs.base, regs.size);
    return NULL;
}

/*
 * Each slot has two places: for pages, in tables that four cores share, and for a whole block, so
 * that what was once a table stays one.
 */
#define WINDOW_PIECE  KIB(256)
#define WINDOW_BLOCK  MIB(2)
#define WINDOW_BLOCKS MIB(256) /* from MM_WINDOW_BASE: behind all cores' pieces */

/* What each core's slots show now. */
static struct range window[MAX_CPUS][2];

bool window_prepare(unsigned int core) {
    u64 piece = core * 2 * WINDOW_PIECE;

    return piece % WINDOW_BLOCK || pgtable_prepare(&el2_table, MM_WINDOW_BASE + piece);
}

u64 window_room(u64 at, u64 size) {
    u64 rest = WINDOW_PIECE - at % WINDOW_PIECE;

    if (is_aligned(at, WINDOW_BLOCK) && size >= WINDOW_BLOCK) return WINDOW_BLOCK;
    return rest < size ? rest : size;
}

void window_close(unsigned int slot) {
    struct range *w = &window[this_cpu()->index][slot];

    pgtable_unmap(&el2_table, w->base, w->size);
    w->size = 0;
}

void *window_open(unsigned int slot, pa_t at, u64 size, bool writable) {
    u64 number = this_cpu()->index * 2 + slot, va = MM_WINDOW_BASE;
    u64 first = align_down(at.v, PAGE_SIZE), end = align_up(at.v + size, PAGE_SIZE);

    window_close(slot);
    if (window_room(at.v, size) < size) return NULL;
    va += size == WINDOW_BLOCK ? WINDOW_BLOCKS + number * WINDOW_BLOCK
                               : number * WINDOW_PIECE + first % WINDOW_PIECE;
    window[this_cpu()->index][slot] = (struct range){va, end - first};
    if (map(va, first, end - first, writable ? S1_DATA : S1_RODATA, PGTABLE_2M) != PGTABLE_OK)
        return NULL;
    return (void *)(va + (at.v - first));
}
