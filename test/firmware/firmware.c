/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware at EL3 for QEMU's virt machine with secure=on, to rehearse what firmware does wrong.
 *
 * It puts every interrupt into the non-secure group, enters the image at EL2 on core 0, and answers
 * PSCI (Arm DEN 0022) by SMC as struct config says, for each core in its own way. When the machine
 * is switched off it tells how often CPU_ON was called for each core. One core calls at a time:
 * nothing here is made for more. scripts/bench-boot uses it where it does nothing wrong.
 */
#include <stdbool.h>
#include <stdint.h>

typedef uint32_t u32;
typedef uint64_t u64;

#define MAX_CORES 64

enum behaviour {
    GOOD,       /* CPU_ON answers `result`; if that is SUCCESS, the core comes after its delay */
    NEVER,      /* CPU_ON answers SUCCESS, and nothing follows */
    AT_EL1,     /* the core comes at EL1 */
    RENDEZVOUS, /* the core comes when all cores have been asked for */
    SPIN_TABLE, /* waits at its mailbox, in EL2, from the beginning */
};

/* test/system/test_firmware.py writes this. */
struct config {
    u32 cluster, gic, nr_cores, smc_undefined;
    int32_t workaround_1, workaround_3; /* what SMCCC_ARCH_FEATURES answers for them */
    u64 image, tree, pen;
    struct {
        u32 behaviour, delay_us;
        int32_t result;
    } core[MAX_CORES];
};

extern const struct config config;
extern const char pen[], pen_end[];

void core_main(u32 self);
u64 smc(u32 function, u64 a1, u64 a2, u64 a3, u32 self);
_Noreturn void enter(u64 pc, u64 x0, u64 spsr, u64 scr);
void gicv3_sre(void);

/* In secure RAM, which is zero at reset. */
static volatile struct {
    u64 entry, context, asked_ticks;
    u32 asked, go, gone, worked_around;
} cores[MAX_CORES];
static volatile u32 ready, nr_asked;

#define SPSR_EL1H 0x3c5 /* interrupts masked */
#define SPSR_EL2H 0x3c9
/* NS, RES1, SMD, HCE, RW; APK and API, where there is pointer authentication. */
#define SCR(smd) (0x1 | 0x30 | (smd) << 7 | 1 << 8 | 1 << 10 | 3 << 16)

#define UART      0x09000000UL
#define GPIO      0x090b0000UL /* PL061 (Arm DDI 0190) in the secure world: line 0 is power-off */
#define GICD      0x08000000UL
#define GICC      0x08010000UL
#define GICR(cpu) (0x080a0000UL + (cpu)*0x20000UL)

static volatile u32 *reg(u64 address) { return (volatile u32 *)address; }

static u64 counter(void) {
    u64 ticks;

    asm volatile("isb; mrs %0, cntpct_el0" : "=r"(ticks));
    return ticks;
}

static void sev(void) { asm volatile("dsb sy; sev" ::: "memory"); }
static void wfe(void) { asm volatile("wfe" ::: "memory"); }

/* QEMU 7.2 does not sleep in WFE: who waits for ever must not take time from the others. */
static _Noreturn void sleep(void) {
    for (;;) asm volatile("wfi");
}

static void delay_until(u64 ticks) {
    while (counter() < ticks) asm volatile("yield");
}

/* The distributor, for all: every SPI is non-secure (Arm IHI 0048, IHI 0069: GICD_IGROUPRn). */
static void gic_init(void) {
    for (u32 i = 1; i < 10; i++) *reg(GICD + 0x80 + 4 * i) = ~0U;
    if (config.gic == 3) *reg(GICD) = 0x30; /* ARE_S, ARE_NS */
}

/* A core's own SGIs and PPIs. A priority mask of 0 would keep the non-secure world from its own. */
static void gic_init_core(u32 self) {
    if (config.gic == 2) {
        *reg(GICD + 0x80) = ~0U;
        *reg(GICC + 4) = 0xff;
        return;
    }
    *reg(GICR(self) + 0x14) = 0; /* GICR_WAKER */
    while (*reg(GICR(self) + 0x14) & 4)
        ;
    *reg(GICR(self) + 0x10080) = ~0U; /* GICR_IGROUPR0 */
    gicv3_sre();
}

static void copy_pen(void) {
    const volatile u32 *from = (const volatile u32 *)pen;

    for (u64 i = 0; i < (u64)(pen_end - pen) / 4; i++) reg(config.pen)[i] = from[i];
    for (u32 i = 0; i < MAX_CORES; i++) *(volatile u64 *)(config.pen + 256 + 8 * i) = 0;
}

static void secondary(u32 self) {
    u32 behaviour = config.core[self].behaviour;
    u64 delay_ticks = config.core[self].delay_us * 625UL / 10; /* 62.5 MHz */
    u64 spsr = behaviour == AT_EL1 ? SPSR_EL1H : SPSR_EL2H;

    while (!ready) wfe();
    if (behaviour == SPIN_TABLE)
        enter(config.pen, config.pen + 256 + 8 * self, spsr, SCR(config.smc_undefined));
    if (behaviour == NEVER || config.core[self].result) sleep();
    while (!cores[self].go) wfe();
    if (behaviour == RENDEZVOUS)
        while (nr_asked < config.nr_cores - 1) wfe();
    delay_until(cores[self].asked_ticks + delay_ticks);
    cores[self].gone = 1;
    enter(cores[self].entry, cores[self].context, spsr, SCR(config.smc_undefined));
}

void core_main(u32 self) {
    if (self) {
        while (!ready) wfe();
        gic_init_core(self);
        secondary(self);
    }
    gic_init();
    gic_init_core(0);
    copy_pen();
    ready = 1;
    sev();
    enter(config.image, config.tree, SPSR_EL2H, SCR(config.smc_undefined));
}

static int32_t cpu_on(u64 mpidr, u64 entry, u64 context) {
    u32 core = (u32)(mpidr >> 8 & 0xff) * config.cluster + (u32)(mpidr & 0xff);

    if (mpidr >> 16 || core >= config.nr_cores) return -2;
    cores[core].asked++;
    nr_asked++;
    cores[core].asked_ticks = counter();
    cores[core].entry = entry;
    cores[core].context = context;
    cores[core].go = config.core[core].behaviour != NEVER && config.core[core].result == 0;
    sev();
    return config.core[core].result;
}

static void print(const char *text) {
    while (*text) *reg(UART) = (u32)*text++;
}

static void print_number(u32 n) {
    char text[12], *p = &text[sizeof(text) - 1];

    *p = '\0';
    do *--p = (char)('0' + n % 10);
    while (n /= 10);
    *--p = ' ';
    print(p);
}

/* Not before each core that is to come has come, and has had the time to say so. */
static _Noreturn void system_off(void) {
    for (u32 i = 1; i < config.nr_cores; i++)
        while (cores[i].go && !cores[i].gone) asm volatile("yield");
    delay_until(counter() + 62500 * 50);
    print("firmware: CPU_ON calls");
    for (u32 i = 0; i < config.nr_cores; i++) print_number(cores[i].asked);
    print("\r\nfirmware: WORKAROUND calls");
    for (u32 i = 0; i < config.nr_cores; i++) print_number(cores[i].worked_around);
    print("\r\n");
    *reg(GPIO + 0x400) = 1; /* GPIODIR: an output */
    *reg(GPIO + 4) = 1;     /* GPIODATA, line 0 */
    sleep();
}

#define SMCCC_VERSION 0x80000000
#define ARCH_FEATURES 0x80000001
#define WORKAROUND_1  0x80008000
#define WORKAROUND_3  0x80003fff

/* SMCCC 1.1, where there is a work-around to ask for. */
static int32_t arch_call(u32 function, u32 a1, u32 self) {
    if (config.workaround_1 < 0 && config.workaround_3 < 0) return -1;
    if (function == SMCCC_VERSION) return 0x10001;
    if (function == ARCH_FEATURES && a1 == WORKAROUND_1) return config.workaround_1;
    if (function == ARCH_FEATURES && a1 == WORKAROUND_3) return config.workaround_3;
    /* A caller that has been told of none must not call. */
    if ((function == WORKAROUND_1 && config.workaround_1 == 0) ||
        (function == WORKAROUND_3 && config.workaround_3 == 0))
        cores[self].worked_around++;
    else
        return -1;
    return 0;
}

/* Of PSCI 1.1 what a small firmware has. x0 of the answer is 32 bits, sign-extended. */
u64 smc(u32 function, u64 a1, u64 a2, u64 a3, u32 self) {
    switch (function) {
    case 0x84000000: return 0x10001;
    case 0x84000008: system_off();
    case 0x8400000a:
        if (a1 == SMCCC_VERSION) return arch_call(SMCCC_VERSION, 0, self) < 0 ? (u64)-1L : 0;
        return a1 == 0xc4000003 || a1 == 0x84000008 ? 0 : (u64)-1L;
    case 0xc4000003: return (u64)cpu_on(a1, a2, a3);
    default: return (u64)arch_call(function, (u32)a1, self);
    }
}
