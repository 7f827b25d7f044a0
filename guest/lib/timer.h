/* SPDX-License-Identifier: Apache-2.0 */
/* The generic timer (Arm ARM DDI 0487, chapter D12): time, deadlines, and the two EL1 timers. */
#pragma once

#include "cpu.h"
#include "types.h"

enum timer { TIMER_VIRT, TIMER_PHYS };

#define TIMER_CTL_ENABLE  (1UL << 0)
#define TIMER_CTL_IMASK   (1UL << 1)
#define TIMER_CTL_ISTATUS (1UL << 2)

/* The ISB keeps the counter from being read early (it may otherwise be, speculatively). */
static inline u64 timer_now(void) {
    isb();
    return read_sysreg(cntvct_el0);
}

u64 timer_us_to_ticks(u64 us);
u64 timer_ticks_to_us(u64 ticks);
/* Since the guest's entry. */
u64 timer_now_us(void);
u64 timer_stamp_us(u64 ticks);
void timer_init(void);

u32 timer_intid(enum timer timer);
const char *timer_name(enum timer timer);
u64 timer_count(enum timer timer);
void timer_arm(enum timer timer, u64 compare_value);
void timer_stop(enum timer timer);
bool timer_fired(enum timer timer);

/* Waits for `condition`, which should load with acquire, for at most `us`; true if it came. */
#define wait_until(condition, us)                           \
    ({                                                      \
        u64 start_ = timer_now();                           \
        u64 patience_ = timer_us_to_ticks(us);              \
        bool met_ = (condition);                            \
        while (!met_ && timer_now() - start_ < patience_) { \
            cpu_relax();                                    \
            met_ = (condition);                             \
        }                                                   \
        met_;                                               \
    })
