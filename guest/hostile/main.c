/* SPDX-License-Identifier: Apache-2.0 */
/* CPU 0: starts the expendable CPU, watches it, starts it again. In /chosen bootargs: n=, seed=,
 * topic=. */
#include "hostile.h"
#include "cpu.h"
#include "guest.h"
#include "psci.h"
#include "smp.h"
#include "string.h"
#include "tap.h"
#include "timer.h"

#define POLL_US   500
#define NUDGE_US  20000    /* without progress: an SGI, in case it waits for an interrupt */
#define STUCK_US  10000000 /* without progress, whatever was tried */
#define NUDGE_ID  1U
#define MOST_TOLD 8U

/* What a hypervisor can be hurt by most comes while the other guest is sure to run still. */
static const struct topic *const topics[] = {
    &sysregs_topic, &frames_topic,       &holes_topic,        &odd_accesses_topic,
    &calls_topic,   &other_owners_topic, &random_calls_topic,
};

static const struct topic *topic;
static u64 next, end, random_state;
u64 seed;
static u32 outcomes[NR_OUTCOMES], complaints;
static struct {
    const char *what;
    u64 of, value, step;
} told[MOST_TOLD];

void count(enum outcome outcome) { store_relaxed(&outcomes[outcome], outcomes[outcome] + 1); }

void complain(const char *what, u64 of, u64 value) {
    u32 n = complaints;

    if (n < MOST_TOLD) {
        told[n].what = what;
        told[n].of = of;
        told[n].value = value;
        told[n].step = next - 1;
    }
    store_release(&complaints, n + 1);
}

/* SplitMix64. */
u64 random64(void) {
    u64 z = random_state += 0x9e3779b97f4a7c15UL;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9UL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebUL;
    return z ^ z >> 31;
}

u64 random_argument(void) {
    u64 random = random64();
    const u64 values[] = {0,
                          1,
                          2,
                          0x10000,
                          ~0UL,
                          0x80000000,
                          0x84000000 | (random >> 16 & 0x1f),
                          platform.mpidr[0],
                          platform.mpidr[1],
                          (u64)off_entry,
                          (u64)off_entry + 1,
                          platform.memory[0].base - 4};

    return random >> 63 ? random64() : values[random % ARRAY_SIZE(values)];
}

/* On the expendable CPU. The step that is being done is behind it already when it is not survived.
 */
static void expendable(void *unused) {
    u64 i;

    (void)unused;
    irq_mask();
    if (topic->begin) topic->begin();
    while ((i = next) < end) {
        store_release(&next, i + 1);
        random_state = seed + (i << 16);
        topic->step(i);
    }
    for (;;) (void)psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

/* The interrupt controller as it was, whatever has been written into it. */
static void recover(void) {
    if (platform.gic_version == 2)
        for (u32 i = 0; i < gic_nr_intids() / 8; i += 4)
            mmio_write32(platform.gicd.base + GICD_IGROUPR + i, 0);
    gic_init();
    (void)gic_cpu_init();
    gic_enable(timer_intid(TIMER_VIRT));
}

static void tick(u32 intid, u32 source, const struct regs *regs) {
    (void)intid, (void)source, (void)regs;
    timer_stop(TIMER_VIRT);
}

/* Interrupts are taken here only. */
static void nap(void) {
    if (!topic->spares_gic) {
        (void)wait_until(false, POLL_US);
        return;
    }
    timer_arm(TIMER_VIRT, timer_count(TIMER_VIRT) + timer_us_to_ticks(POLL_US));
    wfi();
    irq_unmask();
    irq_mask();
}

/* Until it is off; false: it neither goes on nor off. */
static bool watch(u32 cpu, u32 *nudges) {
    u64 seen = ~0UL, since = 0, nudged = 0;

    while (psci_affinity_info(cpus[cpu].mpidr) != PSCI_STATE_OFF) {
        u64 now = timer_now_us(), at = load_acquire(&next);

        if (at != seen) {
            seen = at;
            since = nudged = now;
        } else if (now - since > STUCK_US) {
            return false;
        } else if (now - nudged > NUDGE_US) {
            nudged = now;
            ++*nudges;
            gic_send(gic_sgi_to(cpu, NUDGE_ID));
        }
        nap();
    }
    return true;
}

static void tell_complaints(void) {
    for (u32 i = 0; i < complaints && i < MOST_TOLD; i++)
        printf("# step %lu: %s: 0x%lx: 0x%lx\n", told[i].step, told[i].what, told[i].of,
               told[i].value);
}

/* The CPU that is left for the next topic: the same, or the next one where it is stuck. */
static u32 run_topic(u32 cpu, u64 n) {
    u32 starts = 0, nudges = 0, stuck = 0;
    u64 start = timer_now_us();

    memset(outcomes, 0, sizeof(outcomes));
    complaints = 0;
    next = 0;
    end = topic->steps(n);
    for (; load_acquire(&next) < end && cpu < platform.nr_cpus; starts++) {
        recover();
        if (cpu_up(cpu) == PSCI_SUCCESS && cpu_wait_online(cpu) &&
            smp_work_start(cpu, expendable, NULL) && watch(cpu, &nudges))
            continue;
        printf("# CPU%u is stuck in step %lu\n", cpu, load_acquire(&next) - 1);
        stuck++;
        cpu++;
    }
    tap_ok(!stuck && !complaints && next == end, "%s: %lu steps", topic->name, next);
    tell_complaints();
    printf("# %u done, %u undefined, %u trapped, %u aborts; %u complaints, %u starts, %u nudges; "
           "%lu ms\n",
           outcomes[OUTCOME_DONE], outcomes[OUTCOME_UNDEFINED], outcomes[OUTCOME_TRAPPED],
           outcomes[OUTCOME_ABORT], complaints, starts, nudges, (timer_now_us() - start) / 1000);
    return cpu;
}

static u64 number(const char *key, u64 otherwise) {
    const char *text = platform_bootarg(key);

    return text ? string_number(text) : otherwise;
}

void guest_main(void) {
    u64 n = number("n=", 1), only = number("topic=", 0) % (ARRAY_SIZE(topics) + 1);
    u32 cpu = 1;

    tap_start();
    seed = number("seed=", 1);
    printf("# hostile: n=%lu seed=%lu\n", n, seed);
    irq_mask();
    exception_set_hook(code_catch);
    irq_set_handler(timer_intid(TIMER_VIRT), tick);
    for (u64 i = only ? only - 1 : 0; i < (only ? only : ARRAY_SIZE(topics)); i++) {
        topic = topics[i];
        cpu = run_topic(cpu, n ? n : 1);
    }
    tap_end("hostile");
    psci_system_off();
}
