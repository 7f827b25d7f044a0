# SPDX-License-Identifier: Apache-2.0
"""A guest that has its core for itself and computes causes no exit; with a timer tick, one a tick.

The guest (guest/bench with steady=) runs for two lengths under icount, and the difference counts that
EL2 itself counted: what booting and printing cost is in both. deadline=0: nobody looks in the first
seconds whether the vCPU is stuck, which takes an exit each time."""
import re

from lib.case import BUILD, Skip, check, test
from lib.machine import run_qemu

IMAGE, QEMU = BUILD / "guest/bench.img", BUILD / "qemu10/qemu-system-aarch64"
ICOUNT = ["-icount", "shift=4,sleep=off", "-rtc", "base=2026-01-01T00:00:00,clock=vm"]
COUNTER_HZ = 62_500_000  # a tick is an instruction
SHORT, LONG = 10, 510  # millions of loops of two instructions
BETWEEN = (LONG - SHORT) * 2_000_000


def run(t, gic, hz, millions):
    """What vCPU 0 did: ticks of the counter, timer interrupts it took, {reason: exits}."""
    machine = run_qemu(t, "-append", "vcpus=2 deadline=0", *ICOUNT, limit=90, GIC=gic, CPUS=2, GUEST=IMAGE, QEMU=QEMU,
                       APPEND=f"steady={millions:03d} hz={hz}")
    seen = machine.expect(r"steady: ([0-9a-f]{16}) counter ticks, ([0-9a-f]{8}) timer ticks", 80)
    machine.expect_end()
    exits = re.search(r"vcpu0\b.*exits: ([A-Z0-9 ]+)", machine.text())
    check(exits, "EL2 does not say what it counted")
    words = exits[1].split()
    return int(seen[1], 16), int(seen[2], 16), dict(zip(words[::2], map(int, words[1::2])))


@test("steady-{hz}hz-gic{gic}", [{"hz": 0, "gic": 3}, {"hz": 0, "gic": 2}, {"hz": 100, "gic": 3}],
      limit=200)
def computing_exits_only_for_the_timer(t, hz, gic):
    if not QEMU.exists():
        raise Skip("QEMU 10 is not there (scripts/fetch qemu10)")
    short, long = run(t, gic, hz, SHORT), run(t, gic, hz, LONG)
    length, ticks = long[0] - short[0], long[1] - short[1]
    check(hz or length == BETWEEN, f"{BETWEEN} instructions of the guest took {length}")
    due = length * hz // COUNTER_HZ
    check(abs(ticks - due) <= 1, f"the guest took {ticks} timer interrupts instead of {due}")
    reasons = short[2].keys() | long[2].keys()
    more = {name: long[2].get(name, 0) - short[2].get(name, 0) for name in reasons}
    more = {name: count for name, count in more.items() if count}
    wanted = {"TIMER": ticks} if ticks else {}
    check(more == wanted, f"exits for {length} instructions more: {more} instead of {wanted}")
