# SPDX-License-Identifier: Apache-2.0
"""The specifications, a row a rule: no row of guest/conformance may fail."""
import sys

from lib import muster, report
from lib.case import BUILD, ROOT, check, test
from lib.machine import run_qemu
from system.test_cores import program

sys.path.append(str(ROOT / "scripts"))
from common import QEMU_GAPS  # noqa: E402

IMAGE = BUILD / "guest/conformance.img"
VCPUS = 4
LIMIT = 90  # on a machine that has other things to do; alone it takes some seconds
ROWS = {2: 1370, 3: 1450}  # no topic may go missing
VARIANTS = [
    {"gic": 2, "cpu": "cortex-a76", "qemu": "installed"},
    {"gic": 3, "cpu": "cortex-a76", "qemu": "installed"},
    # The most that there is to hide.
    {"gic": 3, "cpu": "max", "qemu": "10"},
]


@test("conformance-gic{gic}-{cpu}-qemu-{qemu}", VARIANTS, limit=LIMIT + 20)
def every_row(t, gic, cpu, qemu):
    machine = run_qemu(t, limit=LIMIT, GIC=gic, CPU=cpu, CPUS=VCPUS, GUEST=IMAGE,
                       QEMU=program(qemu))
    machine.expect(r"\n1\.\.\d+\r*\n", LIMIT, never=muster.GIVES_UP)
    machine.expect_end()
    results, plan = report.parse(machine.text())
    check(plan == len(results), f"the guest's plan is {plan}, and it has {len(results)} rows")
    bad = [sentence for good, _, sentence, _ in results
           if not good and not any(gap in sentence for gap in QEMU_GAPS[gic])]
    check(not bad, f"{len(bad)} rows failed:\n" + "\n".join(bad))
    check(len(results) >= ROWS[gic], f"{len(results)} rows, of {ROWS[gic]} or more")
    check(not machine.count(muster.ERROR), "Muster printed an error")
