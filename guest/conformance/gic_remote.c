/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts that wait at another CPU, changed from this one: all of it must be seen there. */
#include "gicx.h"

#define THERE 1U
#define ELSE  2U
#define MANY  12U

static const char *section(void) {
    return v3() ? "IHI 0069, Interrupt handling state machine"
                : "IHI 0048, Interrupt handling state machine";
}

static u64 see(u64 intid) { return shows((u32)intid); }

static u64 take(u64 unused) {
    (void)unused;
    return acknowledge();
}

static u64 finish(u64 iar) {
    end((u32)iar);
    return 0;
}

static u64 finish_twice(u64 iar) {
    deactivate((u32)iar);
    return 0;
}

static u64 split(u64 on) {
    set_eoi_mode(on);
    return 0;
}

/* An SPI that is pending at CPU THERE, which has its interrupts masked. */
static u32 waiting(u32 n, u32 priority) {
    u32 spi = spare(n);

    spi_ready(spi, priority);
    route(spi, THERE);
    bit_write(GICD_ISPENDR, spi);
    return spi;
}

static void seen_row(u32 cpu, u32 intid, const char *what) {
    row_is(agent_call(cpu, see, intid), 1, "%s", what);
}

static void pending_rows(void) {
    u32 spi = waiting(0, 0x80);

    seen_row(THERE, spi, "pending SPI: seen by the CPU it is routed to");
    row_is(highest_pending(), SPURIOUS, "pending SPI: not seen by this CPU");
    row_is(bit_read(GICD_ISPENDR, spi), 1, "pending SPI: reads pending here");
    bit_write(GICD_ICENABLER, spi);
    seen_row(THERE, SPURIOUS, "disabled from here: no longer seen there");
    row_is(bit_read(GICD_ISPENDR, spi), 1, "disabled from here: still pending");
    bit_write(GICD_ISENABLER, spi);
    seen_row(THERE, spi, "enabled from here: seen there again");
    bit_write(GICD_ICPENDR, spi);
    seen_row(THERE, SPURIOUS, "pending bit cleared from here: no longer seen there");
    row_is(bit_read(GICD_ISPENDR, spi), 0, "pending bit cleared from here: reads 0");
    bit_write(GICD_ISPENDR, spi);
    seen_row(THERE, spi, "pending bit set from here: seen there again");
    spi_idle(spi);
    seen_row(THERE, SPURIOUS, "disabled and cleared: no longer seen there");
}

static void route_rows(void) {
    u32 spi = waiting(1, 0x80);

    seen_row(THERE, spi, "pending SPI at one CPU");
    route(spi, ELSE);
    seen_row(THERE, SPURIOUS, "routed elsewhere: no longer seen there");
    seen_row(ELSE, spi, "routed elsewhere: seen by the new CPU");
    route(spi, 0);
    seen_row(ELSE, SPURIOUS, "routed to this CPU: no longer seen by the former");
    row_is(shows(spi), 1, "routed to this CPU: seen here");
    end(acknowledge());
    row_is(shows(SPURIOUS), 1, "taken here");
    seen_row(THERE, SPURIOUS, "taken here: not seen at the first CPU");
    spi_idle(spi);
}

static void active_rows(void) {
    u32 spi = waiting(2, 0x80);
    u64 iar = agent_call(THERE, see, spi) == 1 ? agent_call(THERE, take, 0) : SPURIOUS;

    row_is(iar, spi, "acknowledged there");
    row_is(bit_read(GICD_ISACTIVER, spi), 1, "acknowledged there: reads active here");
    row_is(bit_read(GICD_ISPENDR, spi), 0, "acknowledged there: does not read pending here");
    bit_write(GICD_ISPENDR, spi);
    row_is(bit_read(GICD_ISPENDR, spi), 1, "active there, set pending here: reads pending");
    route(spi, ELSE);
    pause_us(200);
    seen_row(ELSE, SPURIOUS, "active there, pending, routed elsewhere: not seen while active");
    (void)agent_call(THERE, finish, iar);
    row_is(bit_read(GICD_ISACTIVER, spi), 0, "ended there: does not read active here");
    seen_row(ELSE, spi, "ended there: seen by the new CPU");
    seen_row(THERE, SPURIOUS, "ended there: no longer seen by the first CPU");
    spi_idle(spi);
}

/* Active without a running priority: a register write ends it. */
static void deactivate_rows(void) {
    u32 spi = waiting(3, 0x80);
    u64 iar;

    (void)agent_call(THERE, split, 1);
    (void)agent_call(THERE, see, spi);
    iar = agent_call(THERE, take, 0);
    (void)agent_call(THERE, finish, iar);
    row_is(bit_read(GICD_ISACTIVER, spi), 1, "priority dropped there: active");
    bit_write(GICD_ICACTIVER, spi);
    row_is(bit_read(GICD_ISACTIVER, spi), 0, "active bit cleared from here: reads 0");
    bit_write(GICD_ISPENDR, spi);
    seen_row(THERE, spi, "active bit cleared from here, pending again: seen there");
    iar = agent_call(THERE, take, 0);
    (void)agent_call(THERE, finish, iar);
    bit_write(GICD_ICENABLER, spi);
    row_is(bit_read(GICD_ISACTIVER, spi), 1, "disabled while active: still active");
    (void)agent_call(THERE, finish_twice, iar);
    row_is(bit_read(GICD_ISACTIVER, spi), 0, "disabled while active, deactivated there: inactive");
    (void)agent_call(THERE, split, 0);
    spi_idle(spi);
}

/* More than there are list registers anywhere, all taken away again from here. */
static void many_rows(void) {
    u32 left = 0;

    for (u32 i = 0; i < MANY; i++) (void)waiting(i, 0x80 - i * 8);
    seen_row(THERE, spare(MANY - 1), "12 SPIs pending there: the most urgent one is seen");
    bit_write(GICD_ICENABLER, spare(MANY - 1));
    bit_write(GICD_ICPENDR, spare(MANY - 2));
    route(spare(MANY - 3), ELSE);
    seen_row(THERE, spare(MANY - 4),
             "the three most urgent disabled, cleared and routed elsewhere: the fourth is seen");
    seen_row(ELSE, spare(MANY - 3), "the one routed elsewhere is seen there");
    for (u32 i = 0; i < MANY; i++) bit_write(GICD_ICPENDR, spare(i));
    seen_row(THERE, SPURIOUS, "all cleared from here: none is seen");
    for (u32 i = 0; i < MANY; i++) left += bit_read(GICD_ISPENDR, spare(i));
    row_is(left, 0, "all cleared from here: pending bits left");
    for (u32 i = 0; i < MANY; i++) spi_idle(spare(i));
}

static void gate_rows(void) {
    u32 control = mmio_read32(gicd(GICD_CTLR));
    u32 spi = waiting(4, 0x80);

    seen_row(THERE, spi, "pending SPI");
    mmio_write32(gicd(GICD_CTLR), control & ~3U);
    seen_row(THERE, SPURIOUS, "distributor disabled from here: no longer seen there");
    mmio_write32(gicd(GICD_CTLR), control);
    seen_row(THERE, spi, "distributor enabled from here: seen there again");
    spi_idle(spi);
    seen_row(THERE, SPURIOUS, "cleared: no longer seen there");
}

void gic_remote_rows(void) {
    u64 daif = irq_save();

    subject("GIC interrupts at another CPU", section());
    if (platform.nr_cpus <= ELSE || !spare_init()) {
        row_skip("fewer than 3 CPUs, or no spare interrupts", "all conditions");
    } else if (row_is(bring_up(THERE) && bring_up(ELSE) && agent_start(THERE) && agent_start(ELSE),
                      1, "the CPUs are there")) {
        pending_rows();
        route_rows();
        active_rows();
        deactivate_rows();
        many_rows();
        gate_rows();
    }
    for (u32 i = 1; i < platform.nr_cpus; i++) agent_stop(i);
    irq_restore(daif);
}
