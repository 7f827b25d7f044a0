# SPDX-License-Identifier: Apache-2.0
"""Guests that do wrong, images that are none, and settings that cannot be: who is told what."""
import os
import random

from lib import muster
from lib.case import BUILD, check, test
from lib.machine import run_qemu

BAD = os.path.relpath(BUILD / "guest/bad.img")
DEMO = os.path.relpath(BUILD / "guest/demo.img")
WARNING = muster.LINE + "warning: "
GICS = [{"gic": 2}, {"gic": 3}]

# What the guest must be told, as hardware would, and Muster's own words about it.
FAULTS = {
    "jump": (r"instruction abort, external abort \(.*far=({address})", "no memory to execute"),
    "write-outside": (r"data abort, external abort \(.*far=({address})", "no memory and no device"),
    "read-outside": (r"data abort, external abort \(.*far=({address})", "no memory and no device"),
    "walk-outside": (r"data abort, external abort on a translation table walk",
                     "translation table walk: no memory"),
}


def run_bad(t, what, gic=3, **settings):
    settings.setdefault("CPUS", 2)
    machine = run_qemu(t, GIC=gic, GUEST=BAD, APPEND=f"bad={what}", **settings)
    muster.expect_cores(machine, settings["CPUS"], gic)
    return machine


@test("bad-{what}-gic{gic}", [{"what": what, "gic": gic} for what in FAULTS for gic in (2, 3)])
def faults_as_on_hardware(t, what, gic):
    machine = run_bad(t, what, gic)
    caught, told = FAULTS[what]
    address = machine.expect(r"bad: (?:jump to|write to|read from) .*?(0x[0-9a-f]+)\r*\n")[1]
    machine.expect(r"bad: caught " + caught.format(address=address), never=muster.GIVES_UP)
    machine.expect_end()
    check(machine.count(rf"{WARNING}vm0 vcpu0: {told} at address {address}"),
          f"Muster does not tell of it: {told!r} at {address}")


@test("bad-cpu-on-absent-gic{gic}", GICS)
def cpu_on_of_a_cpu_that_is_not_there(t, gic):
    machine = run_bad(t, "cpu-on-absent", gic)
    machine.expect(r"bad: CPU_ON of MPIDR .* -> -2 \(INVALID_PARAMETERS\)", never=muster.GIVES_UP)
    machine.expect_end()


@test("bad-crash-loop-cpus{cpus}", [{"cpus": 1}, {"cpus": 2}])
def a_vector_that_leads_nowhere(t, cpus):
    """One CPU alone makes no progress any more: the VM is stopped and says why. Of two CPUs the
    other one may end it first."""
    machine = run_bad(t, "crash-loop", CPUS=cpus)
    machine.expect("bad: VBAR_EL1 = ", never=muster.GIVES_UP)
    machine.expect(rf"{muster.ERROR}vm0 vcpu0: .*exception vector|bad: CPU1 still runs")
    machine.expect_end()
    check(machine.count("no memory to execute") <= 4, "the faults flood the console")


def noise(t, length):
    path = t.file("noise.img")
    path.write_bytes(random.Random(length).randbytes(length))
    return path


@test("bad-image-{length}-bytes", [{"length": 10}, {"length": 64}, {"length": 300000}])
def no_image(t, length):
    machine = run_qemu(t, GUEST=noise(t, length), CPUS=2)
    muster.expect_stop(machine, f"vm0: kernel at .*, {length} bytes: ")


@test("bad-fit-{name}", [{"name": "demo", "guest": DEMO, "size": "2M"},
                         {"name": "linux", "guest": "linux", "size": "16M"}])
def a_guest_larger_than_its_ram(t, guest, size, **_):
    machine = run_qemu(t, GUEST=guest, GUESTMEM=size, CPUS=2)
    muster.expect_stop(machine, rf"vm0: .*kernel does not fit into {size[:-1]} MiB")


@test("bad-memory")
def more_ram_than_the_machine_has(t):
    machine = run_qemu(t, CPUS=2, MEM="256M", GUESTMEM="1G")
    muster.expect_stop(machine, r"vm0: memory <1048576> KiB: the largest free block has")


@test("bad-vcpus-{vcpus}-gic{gic}", [{"vcpus": 5, "gic": 2}, {"vcpus": 5, "gic": 3},
                                     {"vcpus": 9, "gic": 2}, {"vcpus": 512, "gic": 3}])
def more_vcpus_than_can_be(t, vcpus, gic):
    machine = run_qemu(t, GIC=gic, CPUS=4, VCPUS=vcpus)
    muster.expect_stop(machine, f"vm0: cpus <{vcpus}>: ")


@test("bad-option-{number}", [
    {"number": 1, "options": "vcpus=many", "said": "vcpus=many"},
    {"number": 2, "options": "vcpus=600", "said": "cpus <600>: 1 to 64"},
    {"number": 3, "options": "vcpus=2 mem=much", "said": "mem=much"},
    {"number": 4, "options": "trace=maybe", "said": "trace=maybe"},
    {"number": 7, "options": "vcpus=0", "said": "vcpus=0"},
    {"number": 8, "options": "mem=99999999999999999999G", "said": "mem=9+G"},
])
def mistaken_options(t, options, said, **_):
    machine = run_qemu(t, "-append", options, CPUS=2)
    muster.expect_stop(machine, said)


@test("bad-option-unknown")
def words_that_are_not_ours(t):
    machine = run_qemu(t, "-append", "console=ttyAMA0 vcpus quiet", CPUS=2)
    machine.expect("# demo: .* 0 failed", never=muster.GIVES_UP)
    machine.expect_end()
    check(machine.count(r"warning: option .* is unknown, ignored") == 3, "not all are told")
