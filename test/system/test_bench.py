# SPDX-License-Identifier: Apache-2.0
"""The benchmark itself: every operation has its figures on Muster, and two runs print the same."""
import re

from lib.case import BUILD, Skip, check, test

# Of the 34 operations; GICv2 has no redistributor.
ROWS = {2: 33, 3: 34}


@test("bench-gic{gic}", [{"gic": 3}, {"gic": 2}], limit=130)
def all_rows_and_the_same_twice(t, gic):
    if not (BUILD / "qemu10/qemu-system-aarch64").exists():
        raise Skip("QEMU 10 is not there (scripts/fetch qemu10)")
    first, second = (t.must_run("scripts/bench", "--rows", "--gic", gic, "muster") for _ in range(2))
    rows = re.findall(r"^\w+ +\d+ +\d+ +\d+$", first, re.M)
    check(len(rows) == ROWS[gic], f"{len(rows)} operations have figures instead of {ROWS[gic]}")
    check(first == second, "the second run prints other figures")
    # Three instructions for each of Cortex-A76's 24 rounds, nine around them.
    more = re.findall(r"^hvc_psci_version: \d+ \+ (\d+) = ", first, re.M)
    check(more == (["81"] if gic == 3 else []), f"mitigations cost an HVC {more} instructions more")
