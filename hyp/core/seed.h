/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random seeds for guests out of the machine's one: each guest, at each start, gets its own, and
 * none can compute the machine's or another's from it. ChaCha20 (RFC 8439) as the pseudorandom
 * function.
 */
#pragma once

#include "lib/types.h"

#define SEED_SIZE     40 /* bytes: */
#define SEED_RNG_SIZE 32 /* for rng-seed, then eight for kaslr-seed */

/* RFC 8439, 2.3 "The ChaCha20 Block Function": key 8 words, nonce 3 words, out 16 words. */
void chacha20_block(const u32 key[8], u32 counter, const u32 nonce[3], u32 out[16]);

/*
 * The seed for the start number `start` of VM `vm`. machine: the machine's seed, of any length; all
 * of it counts. ticks: a counter, so that two boots with the same seed differ.
 */
void seed_derive(const u8 *machine, u32 machine_size, u32 vm, u32 start, u64 ticks,
                 u8 out[SEED_SIZE]);
