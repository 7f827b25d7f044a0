/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /init of the Linux guest of scripts/bench-linux: says when it began, how long a CPU takes to go
 * off and on again, and a byte to another CPU and back. All by the kernel's monotonic clock.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 500
#define CYCLES 20
#define WARM   20

static long long now_ns(void) {
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void move_to(int cpu) {
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0) perror("bench: sched_setaffinity");
}

/* A byte to a process on CPU `other` and back. */
static void pipes(const char *name, int other) {
    int there[2], back[2];
    long long start = 0;
    char c = 0;

    if (pipe(there) != 0 || pipe(back) != 0) return;
    if (fork() == 0) {
        move_to(other);
        for (int i = 0; i < WARM + ROUNDS; i++)
            if (read(there[0], &c, 1) != 1 || write(back[1], &c, 1) != 1) break;
        _exit(0);
    }
    for (int i = 0; i < WARM + ROUNDS; i++) {
        if (i == WARM) start = now_ns();
        if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1) return;
    }
    printf("bench: %s %lld\n", name, (now_ns() - start) / ROUNDS);
    wait(NULL);
}

static void hotplug(void) {
    int online = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY);
    long long start = 0;

    if (online < 0) return;
    for (int i = -1; i < CYCLES; i++) {
        if (i == 0) start = now_ns();
        if (write(online, "0", 1) != 1 || write(online, "1", 1) != 1) perror("bench: cycle");
    }
    printf("bench: cycle %lld\n", (now_ns() - start) / CYCLES);
    close(online);
}

int main(void) {
    long long init = now_ns();
    int quiet;

    printf("\nbench: init %lld\n", init);
    fflush(stdout);
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    quiet = open("/proc/sys/kernel/printk", O_WRONLY);
    if (quiet < 0 || write(quiet, "1", 1) != 1) perror("bench: printk");
    move_to(0);
    pipes("pipe-same-cpu", 0);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1) pipes("pipe-other-cpu", 1);
    hotplug();
    printf("bench: cpus %ld\nbench: end 0\n", sysconf(_SC_NPROCESSORS_ONLN));
    fflush(stdout);
    sleep(1);
    reboot(RB_POWER_OFF);
    return 0;
}
