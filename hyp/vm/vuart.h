/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's UART: a PL011 whose line is the machine's console. */
#pragma once

#include "vm/trap.h"

void vuart_reset(struct vm *vm);
mmio_access vuart_access;

/* A character that was typed, for the VM that g is part of. Any core. */
void vuart_receive(struct console_guest *g, u8 c);
