/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vuart.h"
#include "core/pl011_regs.h"
#include "drivers/console.h"
#include "vm/vgic.h"

/* Under the lock: what is typed meanwhile comes before it or after it. */
void vuart_reset(struct vm *vm) {
    spin_lock(&vm->uart.lock);
    pl011_reset(&vm->uart.dev);
    vm->uart.backlog_count = 0;
    vm->uart.line = false;
    vgic_set_line(vm, GUEST_UART_INTID, false);
    spin_unlock(&vm->uart.lock);
}

static void refill(struct vuart *u) {
    while (u->backlog_count && pl011_receive(&u->dev, u->backlog[u->backlog_head])) {
        u->backlog_head = (u->backlog_head + 1) % VUART_BACKLOG;
        u->backlog_count--;
    }
}

/* The line follows the device under the device's lock, so that no older level comes in last. */
static void update_line(struct vm *vm) {
    bool line = pl011_interrupt(&vm->uart.dev);

    if (line == vm->uart.line) return;
    vm->uart.line = line;
    vgic_set_line(vm, GUEST_UART_INTID, line);
}

static apart u32 access_locked(struct vcpu *v, u32 at, bool write, u32 value, u32 mask) {
    struct vuart *u = &v->vm->uart;
    u8 out = 0;

    spin_lock(&u->lock);
    if (!write)
        value = pl011_read(&u->dev, at);
    else if ((mask & 0xff) && pl011_write(&u->dev, at, value, &out))
        console_guest_putc(&v->vm->console, out);
    refill(u);
    update_line(v->vm);
    spin_unlock(&u->lock);
    return value;
}

/*
 * Registers are written at their own address, in any width. Reading any but the data is reading one
 * field, and changes nothing.
 */
u32 vuart_access(struct vcpu *v, u32 at, bool write, u32 value, u32 mask) {
    return likely(!write && at != PL011_DR) ? pl011_read(&v->vm->uart.dev, at)
                                            : access_locked(v, at, write, value, mask);
}

void vuart_receive(struct console_guest *g, u8 c) {
    struct vm *vm = (struct vm *)((u8 *)g - offsetof(struct vm, console));
    struct vuart *u = &vm->uart;

    spin_lock(&u->lock);
    if (u->backlog_count < VUART_BACKLOG)
        u->backlog[(u->backlog_head + u->backlog_count++) % VUART_BACKLOG] = c;
    refill(u);
    update_line(vm);
    spin_unlock(&u->lock);
}
