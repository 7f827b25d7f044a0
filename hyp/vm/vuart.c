/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/vuart.h"
#include <muster/guest_map.h>
#include "core/pl011_regs.h"
#include "drivers/console.h"
#include "vm/vgic.h"

void vuart_reset(struct vm *vm) {
    pl011_reset(&vm->uart.dev);
    vm->uart.backlog_count = 0;
    vgic_set_line(vm, GUEST_UART_INTID, false);
}

static void refill(struct vuart *u) {
    while (u->backlog_count && pl011_receive(&u->dev, u->backlog[u->backlog_head])) {
        u->backlog_head = (u->backlog_head + 1) % VUART_BACKLOG;
        u->backlog_count--;
    }
}

/* The line follows the device under the device's lock, so that no older level comes in last. */
static void update_line(struct vm *vm) {
    vgic_set_line(vm, GUEST_UART_INTID, pl011_interrupt(&vm->uart.dev));
}

u64 vuart_read(struct vcpu *v, u32 offset, unsigned int size) {
    struct vuart *u = &v->vm->uart;
    u32 value, reg = offset & ~3U;

    (void)size;
    spin_lock(&u->lock);
    value = pl011_read(&u->dev, reg);
    if (reg == PL011_DR) { /* the only register that changes by being read */
        refill(u);
        update_line(v->vm);
    }
    spin_unlock(&u->lock);
    return value >> (8 * (offset & 3));
}

void vuart_write(struct vcpu *v, u32 offset, unsigned int size, u64 value) {
    struct vuart *u = &v->vm->uart;
    u8 out = 0;

    (void)size;
    if (offset & 3) /* registers are written at their own address, in any width */
        return;
    spin_lock(&u->lock);
    if (pl011_write(&u->dev, offset, (u32)value, &out)) console_guest_putc(out);
    update_line(v->vm);
    spin_unlock(&u->lock);
}

void vuart_receive(struct vm *vm, u8 c) {
    struct vuart *u = &vm->uart;

    spin_lock(&u->lock);
    if (u->backlog_count < VUART_BACKLOG)
        u->backlog[(u->backlog_head + u->backlog_count++) % VUART_BACKLOG] = c;
    refill(u);
    update_line(vm);
    spin_unlock(&u->lock);
}
