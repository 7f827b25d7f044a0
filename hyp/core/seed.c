/* SPDX-License-Identifier: Apache-2.0 */
#include "core/seed.h"
#include "lib/string.h"

#define KEY_SIZE 32

static u32 rotate_left(u32 v, unsigned int n) { return v << n | v >> (32 - n); }

static void quarter_round(u32 *s, unsigned int a, unsigned int b, unsigned int c, unsigned int d) {
    s[a] += s[b];
    s[d] = rotate_left(s[d] ^ s[a], 16);
    s[c] += s[d];
    s[b] = rotate_left(s[b] ^ s[c], 12);
    s[a] += s[b];
    s[d] = rotate_left(s[d] ^ s[a], 8);
    s[c] += s[d];
    s[b] = rotate_left(s[b] ^ s[c], 7);
}

void chacha20_block(const u32 key[8], u32 counter, const u32 nonce[3], u32 out[16]) {
    static const u32 constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    u32 state[16];

    memcpy(state, constants, sizeof(constants));
    memcpy(state + 4, key, 8 * sizeof(u32));
    state[12] = counter;
    memcpy(state + 13, nonce, 3 * sizeof(u32));
    memcpy(out, state, sizeof(state));
    for (unsigned int round = 0; round < 10; round++) {
        for (unsigned int i = 0; i < 4; i++) /* columns */
            quarter_round(out, i, 4 + i, 8 + i, 12 + i);
        for (unsigned int i = 0; i < 4; i++) /* diagonals */
            quarter_round(out, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (unsigned int i = 0; i < 16; i++) out[i] += state[i];
}

void seed_derive(const u8 *machine, u32 machine_size, u32 vm, u32 start, u64 ticks,
                 u8 out[SEED_SIZE]) {
    u32 key[8] = {0}, block[16];
    u32 nonce[3] = {vm, (u32)ticks, (u32)(ticks >> 32)};

    /* A seed longer than a key is absorbed piece by piece, each under the key so far. */
    while (machine_size) {
        u32 n = machine_size < KEY_SIZE ? machine_size : KEY_SIZE;

        for (u32 i = 0; i < n; i++) key[i / 4] ^= (u32)machine[i] << (8 * (i % 4));
        machine += n;
        machine_size -= n;
        if (machine_size) {
            chacha20_block(key, ~0U, nonce, block);
            memcpy(key, block, sizeof(key));
        }
    }
    chacha20_block(key, start, nonce, block);
    memcpy(out, block, SEED_SIZE);
}
