# SPDX-License-Identifier: Apache-2.0
"""What a core does for its branch predictor, by its model and by what firmware offers. What it costs is
in test_bench.py; which model does what, in test_cores.py too."""
import re

from lib import firmware, muster
from lib.case import check, test
from lib.firmware import NOT_SUPPORTED, Core
from lib.machine import run_qemu
from system.test_demo import check_tap

EXITS = re.compile(muster.LINE + r"\S+ vcpu\d+ on cpu(\d+): exits:((?: [A-Z0-9]+ \d+)+); off \d+ times, "
                   r"slept (\d+) times")


def expect_said(machine, *said):
    """One line for all cores, which are alike, or none."""
    lines = re.findall(rf"^{muster.LINE}(.*mitigations.*)$", machine.text(), re.M)
    check(lines == [*said], f"Muster says {lines} instead of {said!r}")


@test("mitigation-off")
def switched_off(t):
    machine = run_qemu(t, "-append", "mitigations=off", GIC=3, CPUS=2)
    machine.expect("# demo: .* 0 failed", never=muster.GIVES_UP)
    expect_said(machine)


OFFERS = [
    {"offer": "3", "cpu": "cortex-a72", "answers": (0, 0), "said": "firmware call 0x80003fff"},
    {"offer": "1", "cpu": "cortex-a72", "answers": (0, NOT_SUPPORTED), "said": "firmware call 0x80008000"},
    {"offer": "unneeded", "cpu": "cortex-a76", "answers": (0, 0), "said": "branch history loop (24)"},
]


@test("mitigation-firmware-{offer}", OFFERS)
def calls_of_firmware(t, cpu, answers, said, **_):
    """Firmware counts the calls and clobbers what it may; it is called for each exit, or for none."""
    machine = firmware.start(t, [Core()] * 2, cpu=cpu, workarounds=answers, limit=90)
    machine.expect("# demo: .* 0 failed, .* 2 of 2 CPUs", 80, never=muster.GIVES_UP)
    machine.expect_end()
    check_tap(machine, 2)
    expect_said(machine, f"mitigations from cpu0 on: {said}")
    # The exits that EL2 counts include wake-ups in EL2, which are no entries from the guest.
    exits = {int(m[1]): (sum(map(int, m[2].split()[1::2])), int(m[3]))
             for m in map(EXITS.match, machine.lines()) if m}
    check(set(exits) == {0, 1}, "EL2 does not say what it counted")
    for core, times in enumerate(firmware.calls(machine, "WORKAROUND")):
        count, wakes = exits[core]
        most = count if said.startswith("firmware") else 0
        check(most - 2 * wakes <= times <= most, f"cpu{core}: {times} calls for {count} exits, {wakes} wake-ups")
