# SPDX-License-Identifier: Apache-2.0
"""What Muster prints, in one place, and what must be true of it."""
import re

from lib.case import check

LINE = r"\[ *\d+\.\d{6}\] muster: "
ERROR = LINE + r"error: "
# A fault of Muster's own: registers, syndrome and backtrace follow.
PANIC = r"\*\*\* muster panic"
# Of a vCPU that does not come up.
POST_MORTEM = "Post-mortem:"
# What must not come while a guest is to run.
GIVES_UP = rf"{PANIC}|{ERROR}[^\r\n]*: stopped|{POST_MORTEM}"
# What Muster says last when it cannot go on: a whole line.
STOPPED = rf"(?:{ERROR}[^\r\n]*: stopped|\nstopped: [^\r\n]*)\r*\n"
CORE = re.compile(LINE + r" *cpu(\d+) +(0x[0-9a-f]+|0) +(online|failed|timed out|late)\b *(.*)")


def mpidr(core, gic):
    """Of QEMU's virt machine: as many cores to a cluster as an SGI can be sent to at once."""
    cluster = 8 if gic == 2 else 16
    return core // cluster << 8 | core % cluster


def expect_stop(machine, *said, within=30):
    """Muster says each of these in an error's line, then that it stops, once, and is silent."""
    machine.expect(STOPPED, within)
    for pattern in said:
        check(machine.count(rf"{ERROR}.*{pattern}"), f"no error that says {pattern!r}")
    machine.end_or_stop()
    check(len(re.findall(STOPPED, machine.text())) == 1, "Muster was started again")


def cores(machine):
    """{MPIDR: (number, state, the rest of the line)} from the table of the machine's cores."""
    found = {}
    for line in machine.lines():
        match = CORE.fullmatch(line.rstrip())
        if match:
            found[int(match[2], 16)] = (int(match[1]), match[3], match[4])
    return found


def expect_cores(machine, count, gic):
    """Every core of the machine comes online, and the table names it by its MPIDR."""
    machine.expect(rf"{count} of {count} cores online", never=GIVES_UP)
    table = cores(machine)
    wanted = {mpidr(core, gic) for core in range(count)}
    check(set(table) == wanted, "the table of cores has the MPIDRs "
          f"{sorted(map(hex, table))} instead of {sorted(map(hex, wanted))}")
    for number, state, rest in table.values():
        check(state == "online", f"cpu{number} is {state}")
        check(re.fullmatch(r"boot core" if number == 0 else r"\d+ us", rest),
              f"cpu{number}: {rest!r} instead of the time it took")


# A vCPU's CPU_ON call, as TRACE=on shows it when the VM ends.
CPU_ON_CALL = r"^trace: .*\bVCPU_ON_CALL\b"
COUNTERS = re.compile(LINE + r"\S+ vcpu(\d+) on cpu\d+: exits: .*; off (\d+) times, "
                      r"slept (\d+) times in EL2")
LEDGER = re.compile(LINE + r"\S+ vcpu(\d+) SGIs: sent to it (\d+) = delivered (\d+) \+ "
                    r"coalesced (\d+) \+ cancelled (\d+) \+ pending (-?\d+)")


def parks(machine):
    """{vCPU: (times it went off, times its core slept in EL2)}, told when the VM ends."""
    return {int(m[1]): (int(m[2]), int(m[3]))
            for m in map(COUNTERS.match, machine.lines()) if m}


def check_ledger(machine, vcpus, most_pending=0):
    """No SGI was lost. "pending" is what no other column accounts for: what the VM's end caught on
    its way, and every one that went astray."""
    rows = {int(m[1]): [int(n) for n in m.groups()[1:]]
            for m in map(LEDGER.match, machine.lines()) if m}
    check(set(rows) == set(range(vcpus)), f"the ledger of SGIs has the vCPUs {sorted(rows)}")
    for vcpu, (sent, *parts) in rows.items():
        check(sent == sum(parts) and 0 <= parts[-1] <= most_pending,
              f"vCPU {vcpu}: {sent} SGIs sent, {parts} delivered, coalesced, cancelled, pending")
