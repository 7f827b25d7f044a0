/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, barriers, interrupt masking. */
#pragma once

#include "types.h"

#define read_sysreg(reg)                                        \
    ({                                                          \
        u64 value_;                                             \
        asm volatile("mrs %0, " #reg : "=r"(value_)::"memory"); \
        value_;                                                 \
    })
#define write_sysreg(value, reg) asm volatile("msr " #reg ", %x0" ::"rZ"((u64)(value)) : "memory")

#define isb()       asm volatile("isb" ::: "memory")
#define dsb(domain) asm volatile("dsb " #domain ::: "memory")

#define MPIDR_AFFINITY 0xff00ffffffUL

static inline void cpu_relax(void) { asm volatile("yield" ::: "memory"); }

static inline void wfi(void) { asm volatile("wfi" ::: "memory"); }

static inline void irq_mask(void) { asm volatile("msr daifset, #2" ::: "memory"); }

static inline void irq_unmask(void) { asm volatile("msr daifclr, #2\n\tisb" ::: "memory"); }

static inline u64 irq_save(void) {
    u64 daif = read_sysreg(daif);

    irq_mask();
    return daif;
}

static inline void irq_restore(u64 daif) { write_sysreg(daif, daif); }

/*
 * MMIO with a plain base register: a hypervisor gets no syndrome for a load or store with
 * write-back (Arm ARM DDI 0487, ISS encoding for a Data Abort, field ISV).
 */
static inline u32 mmio_read32(u64 address) {
    u32 value;

    asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void mmio_write32(u64 address, u32 value) {
    asm volatile("str %w0, [%1]" ::"rZ"(value), "r"(address) : "memory");
}

static inline u64 mmio_read64(u64 address) {
    u64 value;

    asm volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void mmio_write64(u64 address, u64 value) {
    asm volatile("str %x0, [%1]" ::"rZ"(value), "r"(address) : "memory");
}
