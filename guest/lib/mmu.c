/* SPDX-License-Identifier: Apache-2.0 */
#include "mmu.h"
#include "cpu.h"
#include "layout.h"
#include "platform.h"

#define VA_BITS     39
#define GIB_SHIFT   30
#define NR_ENTRIES  (1 << (VA_BITS - GIB_SHIFT))
#define MAIR_DEVICE 0x04UL /* nGnRE */
#define MAIR_NORMAL 0xffUL /* write-back, read and write allocate */

/* Arm ARM DDI 0487, VMSAv8-64 block descriptor */
#define DESC_TABLE           3UL
#define DESC_BLOCK           1UL
#define DESC_ATTR(index)     ((u64)(index) << 2)
#define DESC_INNER_SHAREABLE (3UL << 8)
#define DESC_AF              (1UL << 10)
#define DESC_GP              (1UL << 50) /* guarded page, with BTI; else RES0 */
#define DESC_PXN             (1UL << 53)
#define DESC_UXN             (1UL << 54)
#define DESC_DEVICE          (DESC_BLOCK | DESC_ATTR(0) | DESC_AF | DESC_PXN | DESC_UXN)
#define DESC_NORMAL          (DESC_BLOCK | DESC_ATTR(1) | DESC_INNER_SHAREABLE | DESC_AF | DESC_UXN)

/* T0SZ, walks cacheable write-back and inner shareable, 4 KiB granule, no TTBR1 */
#define TCR_T0SZ (64UL - VA_BITS)
#define TCR_WALK (1UL << 8 | 1UL << 10 | 3UL << 12)
#define TCR_EPD1 (1UL << 23)
#define TCR_IPS  32

/* RES1 bits of Armv8.0 (SPAN among them), then M, C, I */
#define SCTLR_RES1  0x30d00800UL
#define SCTLR_MMU   (1UL << 0)
#define SCTLR_CACHE (1UL << 2 | 1UL << 12)

static u64 level1[NR_ENTRIES] __attribute__((aligned(4096)));
struct boot_regs boot_regs;

_Static_assert(offsetof(struct boot_regs, ttbr0) == BR_TTBR0, "start.S");
_Static_assert(offsetof(struct boot_regs, tcr) == BR_TCR, "start.S");
_Static_assert(offsetof(struct boot_regs, mair) == BR_MAIR, "start.S");
_Static_assert(offsetof(struct boot_regs, sctlr) == BR_SCTLR, "start.S");

static u64 cache_line(void) { return 4UL << (read_sysreg(ctr_el0) >> 16 & 15); }

void cache_clean_to_poc(const void *start, size_t size) {
    u64 line = cache_line();
    u64 end = (u64)start + size;

    for (u64 p = (u64)start & ~(line - 1); p < end; p += line)
        asm volatile("dc cvac, %0" ::"r"(p) : "memory");
    dsb(sy);
}

/*
 * The boot CPU has written data, bss and stack with the MMU off, past the caches. A stale line
 * there would hide these writes as soon as the MMU is on. No line can be dirty: the loader
 * cleaned the image (Linux' arm64 boot protocol) and nobody has written through a cache since.
 */
static void discard_stale_lines(void) {
    u64 line = cache_line();

    dsb(sy);
    for (u64 p = (u64)image_start & ~(line - 1); p < (u64)image_end; p += line)
        asm volatile("dc ivac, %0" ::"r"(p) : "memory");
    dsb(sy);
}

static u64 tcr_value(void) {
    u64 pa_range = read_sysreg(id_aa64mmfr0_el1) & 15;

    if (pa_range > 5) pa_range = 5; /* 48 bits, the most a 4 KiB granule has without LPA2 */
    return TCR_T0SZ | TCR_WALK | TCR_EPD1 | pa_range << TCR_IPS;
}

void mmu_init(void) {
    for (u64 i = 0; i < NR_ENTRIES; i++) level1[i] = i << GIB_SHIFT | DESC_DEVICE;
    for (u32 i = 0; i < platform.nr_memory; i++) {
        u64 first = platform.memory[i].base >> GIB_SHIFT;
        u64 last = (platform.memory[i].base + platform.memory[i].size - 1) >> GIB_SHIFT;

        for (u64 g = first; g <= last && g < NR_ENTRIES; g++)
            level1[g] = g << GIB_SHIFT | DESC_NORMAL;
    }

    boot_regs.ttbr0 = (u64)level1;
    boot_regs.tcr = tcr_value();
    boot_regs.mair = MAIR_NORMAL << 8 | MAIR_DEVICE;
    boot_regs.sctlr = SCTLR_RES1 | SCTLR_CACHE | SCTLR_MMU;

    discard_stale_lines();
    write_sysreg(boot_regs.ttbr0, ttbr0_el1);
    write_sysreg(boot_regs.tcr, tcr_el1);
    write_sysreg(boot_regs.mair, mair_el1);
    isb();
    asm volatile("tlbi vmalle1\n\tdsb nsh\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");
    write_sysreg(boot_regs.sctlr, sctlr_el1);
    isb();
}

static void set_entry(u64 index, u64 value) {
    *(volatile u64 *)&level1[index] = value;
    dsb(ishst);
    asm volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
}

void mmu_map_normal(u64 address) {
    u64 index = address >> GIB_SHIFT;

    if (index >= NR_ENTRIES || level1[index] == (index << GIB_SHIFT | DESC_NORMAL)) return;
    /* A changed memory type needs break-before-make (Arm ARM DDI 0487, D8.16). */
    set_entry(index, 0);
    set_entry(index, index << GIB_SHIFT | DESC_NORMAL);
}

void mmu_map_table(u64 address, u64 table) {
    u64 index = address >> GIB_SHIFT;

    if (index >= NR_ENTRIES) return;
    set_entry(index, 0);
    set_entry(index, table | DESC_TABLE);
}

void mmu_map_guarded(u64 alias, u64 address) {
    u64 index = alias >> GIB_SHIFT;

    if (index >= NR_ENTRIES) return;
    set_entry(index, 0);
    set_entry(index, (address >> GIB_SHIFT) << GIB_SHIFT | DESC_NORMAL | DESC_GP);
}
