# SPDX-License-Identifier: Apache-2.0
"""The demo guest: every core and every vCPU comes up, and what the guest then tries is right."""
import os

from lib import muster, report
from lib.case import BUILD, check, test
from lib.machine import run_qemu

MATRIX = [{"gic": gic, "cpus": cpus} for gic in (2, 3) for cpus in (1, 2, 4, 8)]
MATRIX.append({"gic": 3, "cpus": 32})


def check_tap(machine, vcpus):
    """All of the guest's results are there and good; what it skips, it skips for want of CPUs."""
    results, plan = report.parse(machine.text())
    bad = [f"{number} - {sentence}" for good, number, sentence, _ in results if not good]
    check(not bad, "the guest says not ok: " + "; ".join(bad))
    check(plan and [number for _, number, *_ in results] == list(range(1, plan + 1)),
          f"the guest's plan is {plan}, and its results do not count from 1 to it")
    skipped = [sentence for *_, sentence, skip in results if skip]
    check(vcpus < 3 or not skipped, f"skipped under Muster: {'; '.join(skipped)}")


def run_demo(t, gic, cpus, vcpus=None, limit=60, **settings):
    if vcpus:
        settings["VCPUS"] = vcpus
    vcpus = vcpus or cpus
    machine = run_qemu(t, limit=limit, GIC=gic, CPUS=cpus, **settings)
    muster.expect_cores(machine, cpus, gic)
    # No \r in what the guest sees as one line: its UART is a model, the console is a terminal.
    machine.expect(rf"{vcpus} CPUs, GICv{gic}, PSCI by HVC, .*under Muster", never=muster.GIVES_UP)
    machine.expect(rf"{vcpus} of {vcpus} CPUs online", within=limit, never=muster.GIVES_UP)
    machine.expect("SYSTEM_OFF")
    machine.expect_end()
    check_tap(machine, vcpus)
    check(not machine.count(muster.ERROR), "Muster printed an error")
    muster.check_ledger(machine, vcpus)


@test("demo-gic{gic}-cpus{cpus}", MATRIX)
def every_core_and_vcpu(t, gic, cpus):
    run_demo(t, gic, cpus, limit=120 if cpus > 4 else 60)


@test("demo-gic3-cores64")
def more_cores_than_the_guest_takes(t):
    """As many as Muster takes; the demo guest brings 32 of its vCPUs up and leaves the others off."""
    machine = run_qemu(t, limit=120, GIC=3, CPUS=64)
    muster.expect_cores(machine, 64, 3)
    machine.expect("32 of 32 CPUs online", 100, never=muster.GIVES_UP)
    machine.expect_end()
    check_tap(machine, 32)
    # A broadcast stays pending at a vCPU that is off.
    muster.check_ledger(machine, 64, most_pending=1)


@test("clang-demo-gic{gic}", [{"gic": 2}, {"gic": 3}])
def built_by_clang(t, gic):
    run_demo(t, gic, 4, IMAGE=os.path.relpath(BUILD / "clang/muster.img"))


@test("demo-fewer-vcpus", [{}])
def fewer_vcpus_than_cores(t):
    run_demo(t, 3, 4, vcpus=2)


@test("demo-memory-{mem}", [{"mem": "64M"}, {"mem": "6G"}])
def little_and_much_memory(t, mem):
    run_demo(t, 3, 2, MEM=mem)
