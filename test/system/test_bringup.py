# SPDX-License-Identifier: Apache-2.0
"""The machine's own cores, where not all of them come: each is reported, the rest goes on."""
from lib import muster, tree
from lib.case import check, test
from lib.loader import enter
from lib.machine import run_qemu


def last_core(source):
    return sorted(tree.names(source, "cpu@[0-9a-f]+"))[-1]


def boot(t, source, gic=3):
    return run_qemu(t, "-dtb", tree.compile(t, source), GIC=gic, CPUS=4, VCPUS=2)


def expect_demo(machine):
    machine.expect("2 of 2 CPUs online", 60, never=muster.GIVES_UP)
    machine.expect_end()


@test("bringup-absent-core-gic{gic}", [{"gic": 2}, {"gic": 3}])
def a_core_that_does_not_exist(t, gic):
    source = tree.dump(t, gic=gic)
    source = tree.with_copy(source, last_core(source), "cpu@7", (r"reg = <[^>]*>", "reg = <0x07>"))
    machine = boot(t, source, gic)
    machine.expect("4 of 5 cores online", never=muster.GIVES_UP)
    table = muster.cores(machine)
    number, state, rest = table.get(7, (None, "not in the table", ""))
    check(state == "failed" and "-2" in rest and "INVALID_PARAMETERS" in rest,
          f"the core with MPIDR 7, cpu{number}: {state} {rest}")
    for core in range(4):
        check(table[core][1] == "online", f"the core with MPIDR {core}: {table[core][1]}")
    expect_demo(machine)


@test("bringup-disabled-core")
def a_core_that_the_tree_disables(t):
    source = tree.dump(t)
    core = last_core(source)
    source = tree.edited(source, f"({core} {{\n)", r'\1 status = "disabled";')
    machine = boot(t, source)
    machine.expect("3 of 3 cores online", never=muster.GIVES_UP)
    check(machine.count(f"{core}: not used, it is disabled"), "nothing says why")
    expect_demo(machine)


@test("bringup-unknown-method")
def a_core_that_nobody_can_start(t):
    source = tree.dump(t)
    core = last_core(source)
    source = tree.edited(source, rf'({core} {{[^}}]*enable-method = )"psci"', r'\1"magic"')
    machine = boot(t, source)
    machine.expect("3 of 4 cores online", never=muster.GIVES_UP)
    check(machine.count(f"{core}: enable-method magic"), "nothing names the method")
    expect_demo(machine)


@test("bringup-no-secondary")
def psci_that_starts_nobody(t):
    """PSCI 0.1 with a function id that QEMU does not know: every CPU_ON fails, one core stays."""
    source = tree.dump(t)
    source = tree.edited(source, r'(psci {[^}]*compatible = )"[^;]*;', r'\1"arm,psci";')
    source = tree.edited(source, r"(psci {[^}]*cpu_on = )<[^>]*>", r"\1<0x95c1ba7f>")
    # Not by -dtb: QEMU would put its own PSCI node in place of this one.
    machine = enter(t, 0x40200000, 0x48000000, tree.compile(t, source))
    machine.expect("1 of 4 cores online", never=muster.GIVES_UP)
    for number, state, rest in muster.cores(machine).values():
        check(number == 0 or (state == "failed" and "NOT_SUPPORTED" in rest),
              f"cpu{number}: {state} {rest}")
    machine.expect("1 of 1 CPUs online", 60, never=muster.GIVES_UP)
    # PSCI 0.1 has no SYSTEM_OFF.
    machine.expect("firmware cannot switch it off: stopped")
    machine.end_or_stop()


@test("bringup-empty-region")
def a_region_without_redistributors(t):
    """Beside the one with all of them."""
    source = tree.edited(tree.dump(t), "#redistributor-regions = <[^>]*>",
                         "#redistributor-regions = <2>")
    source = tree.edited(source, r'(intc@[0-9a-f]+ {[^}]*?\breg = <[^>]*)>', r"\1 0 0 0 0>")
    machine = boot(t, source)
    machine.expect("4 of 4 cores online", never=muster.GIVES_UP)
    expect_demo(machine)
