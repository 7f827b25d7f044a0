# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's own memory: what it may not touch faults, and the panic says where and why.

The image is built with DEBUG=1: a guest asks it to break one of its rules (include/muster/
hypercall.h), and it must not get away with it."""
import os

from lib import muster
from lib.case import BUILD, check, test
from lib.machine import run_qemu

BAD = os.path.relpath(BUILD / "guest/bad.img")
IMAGE = os.path.relpath(BUILD / "debug/muster.img")

RULES = {
    "el2-read-guest": r"data abort from the same EL at 0x[0-9a-f]+: translation fault level \d, read",
    "el2-write-text": r"data abort from the same EL at 0x[0-9a-f]+: permission fault level 3, write",
    "el2-write-const": r"data abort from the same EL at 0x[0-9a-f]+: permission fault level 3, write",
    "el2-run-data": r"instruction abort from the same EL at 0x[0-9a-f]+: permission fault level 3",
    "el2-stack": r"data abort from the same EL at 0x[0-9a-f]+: translation fault level 3, write",
}


@test("protection-{what}", [{"what": what} for what in RULES])
def a_rule_that_holds(t, what):
    machine = run_qemu(t, IMAGE=IMAGE, GUEST=BAD, APPEND=f"bad={what}", CPUS=2)
    machine.expect("bad: asks the hypervisor to break its rule")
    machine.expect(muster.PANIC)
    machine.expect(RULES[what])
    if what == "el2-stack":
        machine.expect("the stack has overflowed into its guard page")
    machine.expect(muster.STOPPED)
    machine.end_or_stop()
    text = machine.text()
    check("x0  " in text and "x30 " in text, "the panic shows no registers")
    check("hypercall+0x" in text or "recurse+0x" in text, "the backtrace names no function")
    check("is not kept" not in text and "was answered" not in text, "the rule is not kept")


@test("protection-release-build")
def not_in_an_ordinary_build(t):
    machine = run_qemu(t, GUEST=BAD, APPEND="bad=el2-read-guest", CPUS=1)
    machine.expect("bad: and was answered -1", never=muster.PANIC)
    machine.expect_end()
