# SPDX-License-Identifier: Apache-2.0
"""Debian's own kernel, unmodified, with somebody at its shell."""
import re

from lib import muster
from lib.case import check, test
from lib.machine import CTRL_A, CTRL_C, run_qemu

GICS = [{"gic": 2}, {"gic": 3}]
PROMPT = r"muster# "
BOOT = 90  # seconds from QEMU's start to the shell, with another QEMU beside it
LIMIT = 200
# What no kernel says that is well.
TROUBLE = r"BUG:|Oops|Kernel panic|rcu: INFO|WARNING: CPU|soft lockup|" + muster.GIVES_UP
IPI_ROW = re.compile(r"^ipis: (IPI\d+): (\d+) (.*)$", re.MULTILINE)


class Shell:
    """The guest's shell on a machine's console."""

    def __init__(self, machine):
        self.machine = machine

    def wait_for_prompt(self, within=BOOT):
        self.machine.expect(PROMPT, within, never=TROUBLE)

    def log_in(self):
        """Waits for the first prompt. From then on the kernel's notes are kept for power_off(), so
        that they do not fall between what is typed."""
        self.wait_for_prompt()
        self.machine.type("echo 1 >/proc/sys/kernel/printk")
        self.wait_for_prompt()

    def run(self, command, within=30):
        """Types a command, sees it echoed, and returns what it prints."""
        before = len(self.machine.text())
        self.machine.type(command)
        self.machine.expect(re.escape(command) + r"\r*\n", never=TROUBLE)
        self.wait_for_prompt(within)
        return self.machine.text()[before:]

    def ipis(self):
        """{kind: count over all CPUs} from /proc/interrupts."""
        return {row[2]: int(row[1]) for row in IPI_ROW.findall(self.run("ipis"))}


def boot(t, gic, **settings):
    settings.setdefault("CPUS", 4)
    machine = run_qemu(t, limit=LIMIT, GIC=gic, GUEST="linux", **settings)
    muster.expect_cores(machine, settings["CPUS"], gic)
    shell = Shell(machine)
    return machine, shell


def power_off(machine, shell):
    # Bracketed, so that the echo of this is not what TROUBLE looks for.
    shell.run("dmesg | grep -E '[B]UG:|[O]ops|[r]cu: INFO|[W]ARNING|[l]ockup'")
    machine.type("poweroff -f")
    machine.expect("Power down", never=TROUBLE)
    machine.expect_end()


@test("linux-gic{gic}-smp", GICS, limit=LIMIT + 20)
def all_cpus_come_go_and_talk(t, gic):
    """The bring-up, IPIs, the UART's receive interrupt, hotplug of every CPU, and the end."""
    machine, shell = boot(t, gic)
    machine.expect("SMP: Total of 4 processors activated", BOOT, never=TROUBLE)
    shell.log_in()
    check("cpucheck: online 4 (0-3), present 0-3, possible 0-3, cpuinfo 4" in shell.run("cpucheck"),
          "the kernel does not count 4 CPUs")
    check("\n42\n" in shell.run("echo $((40 + 2))"), "the shell does not answer")
    machine.type("sleep 1000")
    machine.expect(r"sleep 1000\r*\n")
    machine.read_on(1)  # the shell first gives the terminal to its child
    machine.press(CTRL_C)
    shell.wait_for_prompt(10)

    before = shell.ipis()
    check(before["Rescheduling interrupts"] and before["Function call interrupts"],
          f"no IPIs in /proc/interrupts: {before}")
    check("20 rounds, 0 failures" in shell.run("hotplug 20", within=120), "hotplug fails")
    after = shell.ipis()
    for kind in "Rescheduling interrupts", "Function call interrupts":
        check(after[kind] > before[kind], f"{kind} do not grow: {before[kind]}, {after[kind]}")
    check("online 4 (0-3)" in shell.run("cpucheck"), "not all CPUs are online again")
    power_off(machine, shell)
    # A vCPU that only looped in the guest would pass all of the above.
    parks = muster.parks(machine)
    check(set(parks) == {0, 1, 2, 3} and all(off >= 20 and slept >= 20
                                             for off, slept in parks.values()),
          f"(times off, times slept in EL2) by vCPU: {parks}: 20 or more would be right")
    muster.check_ledger(machine, 4, most_pending=1)


@test("linux-gic{gic}-reboot", GICS, limit=LIMIT + 20)
def reboot_brings_it_up_again(t, gic):
    machine, shell = boot(t, gic)
    for _ in range(2):
        machine.expect("Booting Linux on physical CPU 0x0+ ", BOOT, never=TROUBLE)
        machine.expect("SMP: Total of 4 processors activated", BOOT, never=TROUBLE)
        shell.log_in()
        check("online 4 (0-3)" in shell.run("cpucheck"), "not all CPUs are online")
        if machine.count("Booting Linux") == 1:
            machine.type("reboot -f")
    power_off(machine, shell)
    check(machine.count("Booting Linux") == 2, "the guest was started more than twice")
    check(machine.count(r"cores online") == 1, "Muster itself was started again")


@test("linux-{append}", [
    {"append": "maxcpus=2", "says": "online 2 (0-1), present 0-3, possible 0-3", "calls": 1},
    {"append": "nr_cpus=2", "says": "online 2 (0-1), present 0-1, possible 0-1", "calls": 1},
    {"append": "nosmp", "says": "online 1 (0), present 0, possible 0-3", "calls": 0},
], limit=LIMIT + 20)
def fewer_cpus_by_the_command_line(t, append, says, calls):
    """The kernel's counts, and the CPU_ON calls that Muster saw."""
    machine, shell = boot(t, 3, APPEND=append, TRACE="on")
    shell.log_in()
    check(says in shell.run("cpucheck"), f"cpucheck does not say: {says}")
    power_off(machine, shell)
    seen = machine.count(muster.CPU_ON_CALL)
    check(seen == calls, f"Muster saw {seen} CPU_ON calls instead of {calls}")


@test("linux-leave", limit=LIMIT + 20)
def ctrl_a_x_leaves(t):
    """The guest runs while QEMU's own key sequence ends it."""
    machine, shell = boot(t, 3, CPUS=2)
    shell.wait_for_prompt()
    machine.press(CTRL_A + "x")
    machine.expect("QEMU: Terminated")
    machine.expect_end()


@test("linux-gic2-timer", limit=LIMIT + 20)
def a_lone_cpu_is_woken_by_its_timer(t):
    """QEMU's GICv2 forgets a timer that expires again before its end: Muster knows it. Without a
    second vCPU nothing else would wake the first."""
    machine, shell = boot(t, 2, CPUS=1)
    shell.log_in()
    shell.run("for i in $(seq 300); do sleep 0.01; done", 60)
    power_off(machine, shell)
