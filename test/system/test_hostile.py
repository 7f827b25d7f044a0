# SPDX-License-Identifier: Apache-2.0
"""A guest that asks for everything there is, and beside it one that must not notice."""
from lib import muster, report
from lib.case import check, test
from lib.machine import run_qemu
from system.test_cores import program

CORES = 4
LIMIT = 120  # on a machine that has other things to do; alone it takes half a minute
TOPICS = 7
VCPUS = 2  # of each guest
MOST_SLEEPS = 50000  # of a core whose vCPU goes off and on some 400 times
VARIANTS = [
    {"gic": 2, "cpu": "cortex-a76", "qemu": "installed"},
    # The most that there is to hide.
    {"gic": 3, "cpu": "max", "qemu": "10"},
]


def lines_of(machine, guest):
    """What a guest printed, without what Muster puts before it."""
    prefix = f"{guest}| "
    return [line[len(prefix):] for line in machine.lines() if line.startswith(prefix)]


@test("hostile-gic{gic}-{cpu}-qemu-{qemu}", VARIANTS, limit=LIMIT + 20)
def everything_is_answered(t, gic, cpu, qemu):
    machine = run_qemu(t, limit=LIMIT, GIC=gic, CPU=cpu, CPUS=CORES, CONFIG="hostile",
                       QEMU=program(qemu))
    machine.expect(r"hostile\| # hostile: ", LIMIT, never=muster.GIVES_UP)
    machine.expect_end(LIMIT)
    results, plan = report.parse("\n".join(lines_of(machine, "hostile")))
    bad = [sentence for good, _, sentence, _ in results if not good]
    check(not bad, f"{len(bad)} topics failed:\n" + "\n".join(bad))
    check(plan == len(results) == TOPICS, f"{len(results)} topics, a plan of {plan}")
    check(machine.count(r"^storm\| # storm: 3 passed, 0 failed"), "the other guest noticed")
    check_storm(machine)
    check(not machine.count(muster.ERROR), "Muster printed an error")
    check(machine.count(muster.LINE + "warning: ") <= 8 * VCPUS, "the faults flood the console")
    sleeps = [count for _, count in muster.parks(machine).values()]
    check(max(sleeps) < MOST_SLEEPS, f"a core without a vCPU does not sleep: {sleeps}")


def check_storm(machine):
    """Its ledger balances to the last SGI; the hostile guest's is its own affair."""
    rows = [list(map(int, found.groups()[1:])) for found in map(muster.LEDGER.match, machine.lines())
            if found and " storm vcpu" in found[0]]
    check(len(rows) == VCPUS, f"{len(rows)} rows in the storm's ledger")
    for sent, *parts in rows:
        check(sent == sum(parts) and parts[-1] == 0, f"{sent} SGIs sent, {parts} accounted for")
