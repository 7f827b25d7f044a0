/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's UART: a PL011 whose line is the machine's console. */
#ifndef VM_VUART_H
#define VM_VUART_H

#include "vm/vm.h"

void vuart_reset(struct vm *vm);
u64 vuart_read(struct vcpu *v, u32 offset, unsigned int size);
void vuart_write(struct vcpu *v, u32 offset, unsigned int size, u64 value);

/* A character that was typed, for this VM. Any core. */
void vuart_receive(struct vm *vm, u8 c);

#endif
