/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that was never touched, and TLB maintenance. */
#include "bench.h"
#include "platform.h"

#define PAGE     4096UL
#define DISTANCE (64UL << 20) /* from the end of RAM: nobody has put anything there */

static void bench_first_touch(u64 page) {
    struct cost cost = {0};

    for (u32 i = 0; i < NR_ITERATIONS; i++, page += PAGE) {
        u64 from = stamp();

        *(volatile u64 *)page = 1;
        cost_add_stamps(&cost, from, stamp());
    }
    cost_report(&cost, "first_touch");
}

void bench_memory(void) {
    u64 end = platform_ram_end();
    u64 page = (end - DISTANCE) & ~((2UL << 20) - 1);

    if (end < DISTANCE || page <= (u64)image_end)
        cost_none("first_touch", "too little memory");
    else
        bench_first_touch(page);
    BENCH("tlbi", asm volatile("tlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory"));
}
