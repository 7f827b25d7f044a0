# SPDX-License-Identifier: Apache-2.0
"""scripts/run-qemu's own settings: what it makes of them, and of wrong ones."""
from lib import muster
from lib.case import BUILD, check, test
from lib.machine import run_qemu


@test("run-qemu-wrong-values")
def wrong_values_are_named(t):
    for name, value in [("GIC", "4"), ("GIC", "x"), ("CPUS", "0"), ("CPUS", "65"),
                        ("CPUS", "two"), ("VCPUS", "600"), ("VCPUS", "0"), ("VCPUS", "-1"),
                        ("CPU", "z80"), ("MEM", "1M"), ("MEM", "lots"), ("GUESTMEM", "none"),
                        ("GUEST", "/nonexistent"), ("TRACE", "maybe"), ("QEMU", "/nonexistent"),
                        ("INITRD", "/nonexistent"), ("IMAGE", "/nonexistent"), ("DRYRUN", "yes"),
                        ("CONFIG", "none"), ("CONFIG", "/nonexistent")]:
        done = t.run("scripts/run-qemu", **{"DRYRUN": "1", name: value})
        check(done.returncode == 2, f"{name}={value}: ends with {done.returncode} instead of 2")
        check(done.stdout.startswith(f"run-qemu: {name}={value}"),
              f"{name}={value}: says {done.stdout!r}")
    done = t.run("scripts/run-qemu", DRYRUN="1", GIC="2", CPUS="9")
    check(done.returncode == 2 and "CPUS=9" in done.stdout, "GICv2 takes no 9 cores")
    done = t.run("scripts/run-qemu", DRYRUN="1", CONFIG="linux", VCPUS="2")
    check(done.returncode == 2 and "VCPUS=2" in done.stdout, "VCPUS= does not go with CONFIG=")


@test("run-qemu-command")
def the_command_is_printed(t):
    bad = BUILD / "guest/bad.img"
    done = t.must_run("scripts/run-qemu", "-no-reboot", DRYRUN="1", GIC="2", CPUS="3", VCPUS="2",
                      CPU="cortex-a72", MEM="1G", GUEST=bad, GUESTMEM="128M", APPEND="a,b c",
                      TRACE="on")
    for part in ["virtualization=on,gic-version=2", "-smp 3", "-cpu cortex-a72", "-m 1024M",
                 "vcpus=2 mem=128M trace=on", "bootargs=a,,b c", "kernel=", "-no-reboot"]:
        check(part in done, f"no {part!r} in the command")


@test("run-qemu-trace")
def trace_shows_the_steps_in_their_order(t):
    """Of the machine's core 1 and of the guest's vCPU 1, from CPU_ON to the first interrupt."""
    machine = run_qemu(t, CPUS=2, TRACE="on")
    machine.expect("SYSTEM_OFF", 60, never=muster.GIVES_UP)
    machine.expect_end()
    for step in ["CPU_ON", "CPU_ENTRY", "CPU_MMU", "CPU_GIC", "CPU_ONLINE", "VM_START",
                 "VCPU_ON_CALL", "VCPU_CLAIM", "VCPU_KICK", "VCPU_RESET", "VCPU_ENTER",
                 "VCPU_FIRST_EXIT", "VCPU_SGI_OUT", "VCPU_FIRST_SGI", "VCPU_FIRST_TICK",
                 "VCPU_OFF", "VM_STOP"]:
        check(machine.count(rf"^trace: .*\b{step}\b"), f"no event {step}")
