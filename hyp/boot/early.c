/* SPDX-License-Identifier: Apache-2.0 */
/* What runs before the MMU is on: strictly aligned, no .bss, nothing that needs relocation. */
#include "arch/cache.h"
#include "mm/mm.h"

const struct boot_regs *boot_prepare(const void *fdt);

/* ELF for the Arm 64-bit Architecture (IHI 0056), "Dynamic relocations": *offset = base + addend.
 */
struct rela {
    u64 offset, info, addend;
};
#define R_AARCH64_RELATIVE 1027

extern struct rela _rela[], _erela[];
extern char _early[], _eearly[];

static void relocate(void) {
    u64 base = (u64)_text;

    for (const struct rela *r = _rela; r < _erela; r++)
        if (r->info == R_AARCH64_RELATIVE) *(u64 *)(base + r->offset) = base + r->addend;
}

/*
 * The device tree at fdt. Returns what to load to turn the MMU on; NULL when this is not EL2.
 *
 * Memory that is written with the MMU off must not be shadowed by cache lines: dirty ones that an
 * earlier stage left could be written back over ours (so .early is invalidated before), clean ones
 * would be read once the MMU is on (so everything written is invalidated after). The image itself
 * was cleaned to memory by the loader: the boot protocol demands it.
 */
const struct boot_regs *boot_prepare(const void *fdt) {
    const struct boot_regs *regs;

    if (FIELD(read_sysreg(CurrentEL), 3, 2) != 2) {
        relocate();
        return NULL;
    }
    dcache_invalidate(_early, (u64)(_eearly - _early));
    relocate();
    regs = mm_early(fdt);
    dcache_invalidate(_rodata, (u64)(_eearly - _rodata));
    return regs;
}
