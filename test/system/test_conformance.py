# SPDX-License-Identifier: Apache-2.0
"""The specifications, a row a rule: no row of guest/conformance may fail."""
from lib import muster, report
from lib.case import BUILD, check, test
from lib.machine import run_qemu

IMAGE = BUILD / "guest/conformance.img"
VCPUS = 4
LIMIT = 90  # on a machine that has other things to do; alone it takes some seconds
ROWS = {2: 1200, 3: 1200}  # no topic may go missing


@test("conformance-gic{gic}", [{"gic": 2}, {"gic": 3}], limit=LIMIT + 20)
def every_row(t, gic):
    machine = run_qemu(t, limit=LIMIT, GIC=gic, CPUS=VCPUS, GUEST=IMAGE)
    machine.expect(r"\n1\.\.\d+\r*\n", LIMIT, never=muster.GIVES_UP)
    machine.expect_end()
    results, plan = report.parse(machine.text())
    check(plan == len(results), f"the guest's plan is {plan}, and it has {len(results)} rows")
    bad = [sentence for good, _, sentence, _ in results if not good]
    check(not bad, f"{len(bad)} rows failed:\n" + "\n".join(bad))
    check(len(results) >= ROWS[gic], f"{len(results)} rows, of {ROWS[gic]} or more")
    check(not machine.count(muster.ERROR), "Muster printed an error")
