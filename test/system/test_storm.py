# SPDX-License-Identifier: Apache-2.0
"""SGIs from every vCPU to every other at once: none is lost, and the ledger says where each went."""
from lib import muster
from lib.case import BUILD, check, test
from lib.machine import run_qemu


@test("storm-gic{gic}-vcpus{vcpus}", [{"gic": gic, "vcpus": vcpus, "sends": 50000}
                                      for gic in (2, 3) for vcpus in (4, 8)])
def a_storm_of_sgis(t, gic, vcpus, sends):
    machine = run_qemu(t, GIC=gic, CPUS=vcpus, GUEST=BUILD / "guest/storm.img",
                       APPEND=f"n={sends // vcpus}")
    machine.expect(r"# storm: 3 passed, 0 failed", 100, never=muster.GIVES_UP + "|not ok|lost:")
    machine.expect_end()
    muster.check_ledger(machine, vcpus)
    rows = [muster.LEDGER.match(line) for line in machine.lines()]
    sent = sum(int(row[2]) for row in rows if row)
    check(sent >= sends, f"only {sent} SGIs were sent")
