/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one vCPU reaches another without a lock: bits are ORed into the target's word, and whoever
 * sets the first one kicks the target's core. The kick is an interrupt, so it waits until it is
 * taken; the taker empties the whole word after it has acknowledged the kick. So no bit is ever
 * left without a kick on its way, and no second kick is sent while one is.
 *
 * On GICv2 each source of an SGI is an interrupt of its own: the source goes in first, so that
 * whoever takes the SGI's bit finds it. A taker may find a source before its bit; then the bit that
 * comes later finds none.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/bits.h"

#define NR_SGIS 16

/* 0-15 are SGIs. */
#define POST_SGIS   0xffffU
#define POST_SPI    BIT(16) /* an SPI routed here became pending */
#define POST_CALL   BIT(17) /* vcpu->call wants an answer */
#define POST_STOP   BIT(18) /* the VM stops */
#define POST_REPORT BIT(19) /* somebody wants to know its state */

struct post_box {
    u32 bits;
    u8 sources[NR_SGIS]; /* GICv2: senders of each SGI, a bit each */
};

/* What was posted before; 0: the caller kicks. Release: what the bits announce is visible first. */
static inline u32 post(struct post_box *b, u32 bits) { return fetch_or_release(&b->bits, bits); }

/* GICv2, before the post() of that SGI. True: this source had posted it already. */
static inline bool post_source(struct post_box *b, unsigned int sgi, unsigned int source) {
    return fetch_or_release(&b->sources[sgi], (u8)BIT(source)) & BIT(source);
}

/* The target's own core, after the kick: takes all that was posted. */
static inline u32 post_take(struct post_box *b) { return exchange_acquire(&b->bits, 0U); }

static inline u8 post_take_sources(struct post_box *b, unsigned int sgi) {
    return exchange_acquire(&b->sources[sgi], (u8)0);
}
