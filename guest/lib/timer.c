/* SPDX-License-Identifier: Apache-2.0 */
#include "timer.h"
#include "platform.h"

static u64 start_ticks;

void timer_init(void) { start_ticks = timer_now(); }

u64 timer_us_to_ticks(u64 us) { return us * read_sysreg(cntfrq_el0) / 1000000; }

u64 timer_ticks_to_us(u64 ticks) {
    u64 frequency = read_sysreg(cntfrq_el0);

    return frequency ? ticks * 1000000 / frequency : 0;
}

u64 timer_now_us(void) { return timer_stamp_us(timer_now()); }

u64 timer_stamp_us(u64 ticks) { return timer_ticks_to_us(ticks - start_ticks); }

u32 timer_intid(enum timer timer) {
    return timer == TIMER_VIRT ? platform.timer_virt_intid : platform.timer_phys_intid;
}

const char *timer_name(enum timer timer) { return timer == TIMER_VIRT ? "virtual" : "physical"; }

u64 timer_count(enum timer timer) {
    isb();
    return timer == TIMER_VIRT ? read_sysreg(cntvct_el0) : read_sysreg(cntpct_el0);
}

void timer_arm(enum timer timer, u64 compare_value) {
    if (timer == TIMER_VIRT) {
        write_sysreg(compare_value, cntv_cval_el0);
        write_sysreg(TIMER_CTL_ENABLE, cntv_ctl_el0);
    } else {
        write_sysreg(compare_value, cntp_cval_el0);
        write_sysreg(TIMER_CTL_ENABLE, cntp_ctl_el0);
    }
    isb();
}

void timer_stop(enum timer timer) {
    if (timer == TIMER_VIRT)
        write_sysreg(0, cntv_ctl_el0);
    else
        write_sysreg(0, cntp_ctl_el0);
    isb();
}

bool timer_fired(enum timer timer) {
    u64 control = timer == TIMER_VIRT ? read_sysreg(cntv_ctl_el0) : read_sysreg(cntp_ctl_el0);

    return control & TIMER_CTL_ISTATUS;
}
