/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a core model has, and whether it can be used: each CPU tries it. On bare QEMU the same
 * image tells what the core has when nobody hides anything.
 */
#include "cores.h"
#include "guest.h"
#include "psci.h"
#include "smp.h"
#include "tap.h"

void guest_main(void) {
    bool online = true;

    tap_start();
    probe_init();
    for (u32 i = 1; i < platform.nr_cpus; i++)
        online &= cpu_up(i) == PSCI_SUCCESS && cpu_wait_online(i);
    tap_ok(online, "every CPU is online (%u of %u)", smp_nr_online(), platform.nr_cpus);
    cores_fp();
    cores_atomics();
    cores_pauth();
    cores_bti();
    cores_features();
    tap_end("cores");
}
