/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 8439, 2.3.2 "Test Vector for the ChaCha20 Block Function", and what seeds must be. */
#include "core/seed.h"
#include "tap.h"
#include <string.h>

static void block_function(void) {
    static const u32 expected[16] = {
        0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
        0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
        0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
    };
    static const u32 nonce[3] = {0x09000000, 0x4a000000, 0x00000000};
    u32 key[8], out[16];

    for (u32 i = 0; i < 8; i++)
        key[i] = 4 * i | (4 * i + 1) << 8 | (4 * i + 2) << 16 | (4 * i + 3) << 24;
    chacha20_block(key, 1, nonce, out);
    ok(!memcmp(out, expected, sizeof(out)), "the block function gives the RFC's test vector");
}

static void seeds(void) {
    u8 machine[40], a[SEED_SIZE], b[SEED_SIZE];

    memset(machine, 0x5a, sizeof(machine));
    seed_derive(machine, 32, 0, 0, 1, a);
    seed_derive(machine, 32, 0, 0, 1, b);
    ok(!memcmp(a, b, SEED_SIZE), "the same machine, VM, start and time: the same seed");
    seed_derive(machine, 32, 1, 0, 1, b);
    ok(memcmp(a, b, SEED_SIZE) != 0, "another VM gets another seed");
    seed_derive(machine, 32, 0, 1, 1, b);
    ok(memcmp(a, b, SEED_SIZE) != 0, "another start gets another seed");
    seed_derive(machine, 32, 0, 0, 2, b);
    ok(memcmp(a, b, SEED_SIZE) != 0, "another time gives another seed");
    ok(memcmp(a, machine, SEED_SIZE) != 0, "the machine's own seed is not handed out");
    seed_derive(machine, 40, 0, 0, 1, a);
    machine[39] ^= 1;
    seed_derive(machine, 40, 0, 0, 1, b);
    ok(memcmp(a, b, SEED_SIZE) != 0, "the last byte of a long seed counts");
    machine[0] ^= 1;
    seed_derive(machine, 40, 0, 0, 1, a);
    ok(memcmp(a, b, SEED_SIZE) != 0, "and so does the first");
}

int main(void) {
    block_function();
    seeds();
    return tap_done();
}
