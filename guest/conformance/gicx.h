/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller by its registers, one way for both versions; interrupts are masked. */
#pragma once

#include "conformance.h"
#include "gic.h"
#include "smp.h"
#include "timer.h"

#define GICD_IIDR       0x008
#define GICD_ISPENDR    0x200
#define GICD_ISACTIVER  0x300
#define GICD_ICFGR      0xc00
#define GICD_IGRPMODR   0xd00
#define GICD_NSACR      0xe00
#define GICD_SPENDSGIR  0xf20
#define GICC_PMR        0x04
#define GICC_BPR        0x08
#define GICC_CTLR       0x00
#define GICC_IAR        0x0c
#define GICC_EOIR       0x10
#define GICC_RPR        0x14
#define GICC_HPPIR      0x18
#define GICC_DIR        0x1000
#define GICC_IIDR       0xfc
#define GICR_CTLR       0x00
#define GICR_IIDR       0x04
#define GICR_TYPER      0x08
#define GICR_WAKER      0x14
#define WAKER_SLEEP     (1U << 1)
#define WAKER_ASLEEP    (1U << 2)
#define GICR_SGI        0x10000UL
#define GIC_PIDR2_V3    0xffe8
#define GIC_PIDR2_V2    0xfe8
#define SPURIOUS        1023U
#define IDLE_PRIORITY   0xffU
#define PRIORITY_LOWEST 0xf0U
#define PMR_OPEN        0xffU

static inline bool v3(void) { return platform.gic_version == 3; }

static inline u64 gicd(u32 offset) { return platform.gicd.base + offset; }

static inline u64 gicc(u32 offset) { return platform.gicc.base + offset; }

static inline u8 mmio_read8(u64 address) {
    u32 value;

    asm volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return (u8)value;
}

static inline void mmio_write8(u64 address, u8 value) {
    asm volatile("strb %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

/* A shared interrupt with no device behind it; there are NR_SPARE of them. */
#define NR_SPARE 32U
u32 spare(u32 n);
bool spare_init(void);

/* The word of register array `reg` (one bit each) that has this interrupt, and the bit in it. */
u64 bit_word(u32 reg, u32 intid);
bool bit_read(u32 reg, u32 intid);
void bit_write(u32 reg, u32 intid); /* writes a 1 to the bit and 0 to the others of its word */
/* A byte of an array of bytes. */
u64 byte_address(u32 reg, u32 intid);
void set_priority(u32 intid, u32 priority);
/* cpus[cpu] is to get this shared interrupt. */
void route(u32 intid, u32 cpu);

u32 acknowledge(void); /* the whole of IAR */
u32 intid_of(u32 iar);
void end(u32 iar);
void deactivate(u32 iar);
u32 highest_pending(void);
u32 running_priority(void);
void set_mask(u32 priority);
u32 get_mask(void);
void set_binary_point(u32 value);
u32 get_binary_point(void);
/* Whether EOIR only drops the priority. */
void set_eoi_mode(bool split);
void enable_group(bool on);
/* Whether this CPU is signalled an interrupt (ISR_EL1.I). */
bool signalled(void);
/* Waits until HPPIR shows the interrupt (or SPURIOUS), for at most SOON_US. */
bool shows(u32 intid);
/* After powering down: the CPU interface as at the start. */
void interface_on(void);
/* An edge-triggered, enabled, idle SPI of the priority, at this CPU. */
void spi_ready(u32 intid, u32 priority);
void spi_idle(u32 intid);
