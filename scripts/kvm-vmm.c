/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest machine that KVM makes of a guest: pinned vCPUs, the kernel's vGIC and PSCI, and a
 * PL011 that prints. It is the /init of a Linux at EL2: `make bench` and `make bench-linux` measure
 * KVM with it. The machine is QEMU's virt board as far as it goes, so its device tree is QEMU's
 * own.
 *
 * Files: /guest.img (arm64 Image), /guest.dtb, and /guest.initrd if there is one, which the tree is
 * to place. The number of vCPUs is `vcpus=N` on the kernel's command line, 2 without it.
 */
#define _GNU_SOURCE /* CPU_SET */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_VCPUS 8
#define RAM_BASE  0x40000000UL
#define RAM_SIZE  (512UL << 20)
#define RAM_ALIGN (2UL << 20)
#define IMAGE_AT  0x200000UL
#define TREE_AT   0x8000000UL
#define INITRD_AT 0x8200000UL

#define GICD_BASE 0x08000000UL
#define GICC_BASE 0x08010000UL
#define GICR_BASE 0x080a0000UL

#define UART_BASE    0x09000000UL
#define UART_SIZE    0x1000UL
#define UART_DR      0x000
#define UART_FR      0x018
#define UART_FR_IDLE 0x90 /* both FIFOs empty */
#define UART_ID      0xfe0

#define CORE_REG(field) \
    (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(field))

struct vcpu {
    int fd;
    unsigned number;
    struct kvm_run *run;
};

static int kvm, vm;
static unsigned char *ram;

/* What KVM counted of all vCPUs' exits: files with a number each. */
static void print_exits(void) {
    static const char *const counters[] = {"exits",         "hvc_exit_stat",    "wfi_exit_stat",
                                           "wfe_exit_stat", "mmio_exit_kernel", "mmio_exit_user"};
    char path[64], number[32];

    mkdir("/debug", 0755);
    if (mount("none", "/debug", "debugfs", 0, NULL)) return;
    printf("vmm:");
    for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
        int fd, length;

        snprintf(path, sizeof(path), "/debug/kvm/%s", counters[i]);
        fd = open(path, O_RDONLY);
        length = fd < 0 ? 0 : (int)read(fd, number, sizeof(number));
        if (length > 1) printf(" %s %.*s", counters[i], length - 1, number);
        close(fd);
    }
    printf("\n");
}

static void end(void) {
    print_exits();
    fflush(stdout);
    sync();
    reboot(RB_POWER_OFF);
    exit(1);
}

static void die(const char *what) {
    printf("vmm: %s: %s\n", what, strerror(errno));
    end();
}

static int checked(int result, const char *what) {
    if (result < 0) die(what);
    return result;
}

#define must(call) checked(call, #call)

static void load(const char *name, unsigned long at) {
    int fd = must(open(name, O_RDONLY));
    ssize_t got;

    while ((got = read(fd, ram + at, RAM_SIZE - at)) > 0) at += (unsigned long)got;
    must((int)got);
    close(fd);
}

static void make_ram(void) {
    struct kvm_userspace_memory_region region = {
        .guest_phys_addr = RAM_BASE,
        .memory_size = RAM_SIZE,
    };
    unsigned long at;

    /* Aligned as stage 2's blocks are, so that the kernel may use huge pages as it sees fit. */
    at = (unsigned long)mmap(NULL, RAM_SIZE + RAM_ALIGN, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if ((void *)at == MAP_FAILED) die("memory for the guest");
    ram = (unsigned char *)((at + RAM_ALIGN - 1) & ~(RAM_ALIGN - 1));
    region.userspace_addr = (unsigned long)ram;
    must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region));
    load("/guest.img", IMAGE_AT);
    load("/guest.dtb", TREE_AT);
    if (!access("/guest.initrd", R_OK)) load("/guest.initrd", INITRD_AT);
}

static void set_attribute(int device, unsigned group, unsigned long attribute,
                          unsigned long *value) {
    struct kvm_device_attr attr = {
        .group = group,
        .attr = attribute,
        .addr = (unsigned long)value,
    };

    must(ioctl(device, KVM_SET_DEVICE_ATTR, &attr));
}

/* GICv3 where KVM has it, else GICv2: that is what the machine below has. */
static int make_gic(void) {
    struct kvm_create_device device = {.type = KVM_DEV_TYPE_ARM_VGIC_V3};
    unsigned long gicd = GICD_BASE, gicr = GICR_BASE, gicc = GICC_BASE;

    if (!ioctl(vm, KVM_CREATE_DEVICE, &device)) {
        set_attribute((int)device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &gicd);
        set_attribute((int)device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
                      &gicr);
        return (int)device.fd;
    }
    device.type = KVM_DEV_TYPE_ARM_VGIC_V2;
    must(ioctl(vm, KVM_CREATE_DEVICE, &device));
    set_attribute((int)device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_DIST, &gicd);
    set_attribute((int)device.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V2_ADDR_TYPE_CPU, &gicc);
    return (int)device.fd;
}

static void set_register(const struct vcpu *vcpu, unsigned long id, unsigned long value) {
    struct kvm_one_reg reg = {.id = id, .addr = (unsigned long)&value};

    must(ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg));
}

static void make_vcpu(struct vcpu *vcpu, unsigned number) {
    int size = must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
    struct kvm_vcpu_init init;

    vcpu->number = number;
    vcpu->fd = must(ioctl(vm, KVM_CREATE_VCPU, number));
    vcpu->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
    if (vcpu->run == MAP_FAILED) die("a vCPU's page");
    must(ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init));
    init.features[0] |= 1U << KVM_ARM_VCPU_PSCI_0_2;
    if (number) init.features[0] |= 1U << KVM_ARM_VCPU_POWER_OFF;
    must(ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init));
}

static unsigned uart_read(unsigned long offset) {
    /* By these Linux finds its driver (DDI 0183, "UARTPeriphID0-3", "UARTPCellID0-3"). */
    static const unsigned char id[] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    if (offset >= UART_ID) return id[(offset - UART_ID) / 4];
    return offset == UART_FR ? UART_FR_IDLE : 0;
}

static void mmio(struct kvm_run *run) {
    unsigned long offset = run->mmio.phys_addr - UART_BASE;
    unsigned value;

    if (offset >= UART_SIZE) {
        printf("vmm: nothing at 0x%lx\n", (unsigned long)run->mmio.phys_addr);
        end();
    }
    if (!run->mmio.is_write) {
        value = uart_read(offset);
        memcpy(run->mmio.data, &value, sizeof(value));
    } else if (offset == UART_DR) {
        putchar(run->mmio.data[0]);
    }
}

static void *run(void *argument) {
    struct vcpu *vcpu = argument;
    cpu_set_t cpus;

    CPU_ZERO(&cpus);
    CPU_SET(vcpu->number, &cpus);
    must(sched_setaffinity(0, sizeof(cpus), &cpus));
    do {
        if (ioctl(vcpu->fd, KVM_RUN, 0) < 0 && errno != EINTR && errno != EAGAIN) die("KVM_RUN");
        if (vcpu->run->exit_reason == KVM_EXIT_MMIO) mmio(vcpu->run);
    } while (vcpu->run->exit_reason == KVM_EXIT_MMIO || vcpu->run->exit_reason == KVM_EXIT_INTR);
    if (vcpu->run->exit_reason != KVM_EXIT_SYSTEM_EVENT)
        printf("vmm: exit for reason %u\n", vcpu->run->exit_reason);
    end();
    return NULL;
}

/* Nobody else opens them for the first process of an initramfs without /dev/console. */
static void open_console(void) {
    mkdir("/dev", 0755);
    if (mount("none", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY) end();
    for (int fd = 0; fd < 3; fd++) {
        close(fd);
        if (open("/dev/console", O_RDWR) != fd) end();
    }
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}

/* What Linux does not know of its command line is in the environment of its first process. */
static unsigned number_of_vcpus(void) {
    const char *wanted = getenv("vcpus");
    unsigned count = wanted ? (unsigned)strtoul(wanted, NULL, 10) : 2;

    if (count < 1 || count > MAX_VCPUS) {
        printf("vmm: vcpus=%s: must be 1 to %u\n", wanted, MAX_VCPUS);
        end();
    }
    return count;
}

int main(void) {
    struct vcpu vcpus[MAX_VCPUS];
    unsigned count;
    pthread_t thread;
    int gic;

    open_console();
    count = number_of_vcpus();
    kvm = must(open("/dev/kvm", O_RDWR));
    vm = must(ioctl(kvm, KVM_CREATE_VM, 0));
    make_ram();
    gic = make_gic();
    for (unsigned i = 0; i < count; i++) make_vcpu(&vcpus[i], i);
    set_attribute(gic, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
    set_register(&vcpus[0], CORE_REG(regs.pc), RAM_BASE + IMAGE_AT);
    set_register(&vcpus[0], CORE_REG(regs.regs[0]), RAM_BASE + TREE_AT);
    for (unsigned i = 1; i < count; i++)
        if (pthread_create(&thread, NULL, run, &vcpus[i])) die("a thread");
    run(&vcpus[0]);
}
