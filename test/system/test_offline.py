# SPDX-License-Identifier: Apache-2.0
"""Once built and fetched, nothing needs the network."""
import os
import subprocess

from lib import muster
from lib.case import BUILD, ROOT, Skip, check, test
from lib.machine import CTRL_A, Machine

LIMIT = 150


def without_network():
    """The command before a command that takes its network away."""
    for prefix in ["unshare", "-n"], ["unshare", "-rn"]:
        if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0:
            return prefix
    raise Skip("unshare -n is not permitted here")


@test("offline-{guest}", [{"guest": "demo"}, {"guest": "linux"}], limit=LIMIT + 20)
def make_run_qemu_twice(t, guest):
    """The first run may fetch; the second finds everything there, and so do we."""
    prefix = without_network()
    for _ in range(2):
        machine = Machine(t, [*prefix, "make", "--no-print-directory", "run-qemu"], LIMIT,
                          B=os.path.relpath(BUILD, ROOT), GUEST=guest, CPUS=2)
        if guest == "demo":
            machine.expect("2 of 2 CPUs online", 60, never=muster.GIVES_UP)
        else:
            machine.expect("muster# ", 90, never=muster.GIVES_UP)
            machine.press(CTRL_A + "x")
        machine.expect_end()
        check(not machine.count("^(fetch|packages): "), "something was fetched")
