# SPDX-License-Identifier: Apache-2.0
"""A CPU that is powered on and does not come up: Muster says so by itself, and the likely cause.
That healthy guests get no post-mortem is in muster.GIVES_UP, for all tests."""
import re

from lib import muster
from lib.case import BUILD, ROOT, check, test
from lib.machine import run_qemu

TITLE = muster.LINE + r"warning: vm0 vcpu1 makes no progress\. " + muster.POST_MORTEM
CAUSES = {
    "entry": r"wrong entry point\? .*: undefined instruction, from 0x",
    "mmu": r"the MMU is on and its code is not mapped: .*translation fault",
    "stack": r"it has no stack: data abort",
    "wfe": r"it waits in WFE",
    "self": r"it stands on a branch to itself",
    "gic": r"its interrupt controller is not enabled",
    "masked": r"SGI 3 waits for it, and interrupts are masked \(PSTATE\.I\)",
    "pmr": r"SGI 3 waits for it, and the priority mask",
}
# What must be seen besides the cause.
PARTS = [r"PSCI ON; last CPU_ON at \d+ ms, entry 0x", r"  PC 0x[0-9a-f]+, PSTATE ", r"  ESR_EL1 ",
         r"  SCTLR_EL1 .*: MMU o", r"  INTIDs 0-31: enabled .*CPU interface: ",
         r"vcpu1 on cpu1: exits: ", r"vcpu1 SGIs: sent to it "]


def run_stuck(t, how, gic=3, ms=1000, deadline=200, **settings):
    options = f"vcpus=2 deadline={deadline}" + (" trace=on" if settings.pop("trace", 0) else "")
    return run_qemu(t, "-append", options, GIC=gic, CPUS=2, GUEST=BUILD / "guest/stuck.img",
                    APPEND=f"stuck={how} ms={ms}", **settings)


@test("postmortem-{how}-gic{gic}", [{"how": how, "gic": 3} for how in CAUSES] +
      [{"how": how, "gic": 2} for how in ("gic", "masked", "pmr")])
def a_cpu_that_does_not_come_up(t, how, gic):
    machine = run_stuck(t, how, gic, ms=1500 if how == "wfe" else 20000, trace=how == "masked")
    machine.expect(TITLE)
    machine.expect(rf"vm0 vcpu1, most likely: {CAUSES[how]}", never="muster panic")
    if how in ("wfe", "entry"):
        machine.expect("vm0: switched off by its guest|vm0: stopped because it crashed")
        machine.expect_end()
        check(machine.count(TITLE) == 1, "it is told more than once")
    for part in PARTS:
        check(machine.count(muster.LINE + ".*" + part) >= 1, f"the post-mortem has no {part!r}")
    if how in ("wfe", "stack"):
        names = t.must_run("sh", "-c", f"scripts/guest-symbols {BUILD}/guest/stuck.elf < {t.case.log}")
        name = "stuck_wfe" if how == "wfe" else "vectors"
        check(f"({name}+0x" in names, f"scripts/guest-symbols does not name {name}")
    if how == "entry":
        check(machine.count(r"exit at .* 1000 times"), "the faults are not among the last exits")
    if how == "masked":
        check(machine.count(r"  exit at \d+ ms, PC 0x[0-9a-f]+: data abort"),
              "with trace=on the access to the GIC is not among the last exits")


@test("postmortem-none-{number}", [{"number": 1, "how": "busy", "deadline": 200},
                                   {"number": 2, "how": "wfe", "deadline": 0}])
def no_post_mortem(t, how, deadline, **_):
    """Of one that computes; and of none with deadline=0."""
    machine = run_stuck(t, how, deadline=deadline)
    machine.expect("vm0: switched off by its guest", never=muster.GIVES_UP)
    machine.expect_end()


@test("postmortem-counters")
def what_a_guest_sees_of_its_counters(t):
    machine = run_stuck(t, "busy", ms=300)
    seen = machine.expect(r"stuck: of CPU 0 were counted (\d+) HVCs, (\d+) MMIO accesses; CPU 1 ran for "
                          r"(\d+) us, (\d+) off; unknown: -1, -1")
    machine.expect_end()
    hvcs, accesses, ran, _ = map(int, seen.groups())
    check(hvcs == 2 and accesses > 100 and 300000 < ran < 10000000, f"strange: {seen.group()!r}")


@test("postmortem-state-page-gic{gic}", [{"gic": 2}, {"gic": 3}])
def the_state_page(t, gic):
    """Of a guest that hangs, with one vCPU that is off."""
    machine = run_qemu(t, "-append", "vcpus=3 deadline=0", GIC=gic, CPUS=3,
                       GUEST=BUILD / "guest/stuck.img", APPEND="stuck=masked ms=60000")
    machine.expect("stuck: waits for 60000 ms")
    machine.read_on(0.5)  # until CPU 1 was sent an SGI
    machine.press("\x1d?")
    machine.expect(muster.LINE + r"console: Ctrl-\] and .* s: all vCPUs")
    machine.press("\x1ds")
    machine.expect("vm0 vcpu0 on cpu0: PSCI ON; ")
    machine.expect("  PC 0x4020")
    machine.expect("vm0 vcpu1 on cpu1: PSCI ON; ")
    machine.expect("  PC 0x4020")
    machine.expect("  list register 0: INTID 3 pending, ")
    machine.expect("vm0 vcpu2 on cpu2: PSCI OFF; ")
    machine.expect("vm0 vcpu2 on cpu2: exits: ")
    check(not machine.count("does not answer"), "a core does not answer")


@test("postmortem-gdb")
def what_gdb_shows(t):
    """The commands of make gdb, on a machine that it has stopped."""
    socket = t.file("gdb")
    socket.unlink(missing_ok=True)
    machine = run_qemu(t, "-append", "vcpus=3 deadline=0 trace=on", "-gdb",
                       f"unix:{socket.relative_to(ROOT)},server,nowait", CPUS=3,
                       GUEST=BUILD / "guest/stuck.img", APPEND="stuck=masked ms=60000")
    machine.expect("stuck: waits for 60000 ms")
    machine.read_on(0.5)
    words = [word for command in (f"target remote {socket.relative_to(ROOT)}", "muster-vcpus",
                                  "muster-trace 50", "muster-vgic 0 1", "detach")
             for word in ("-ex", command)]
    in_guest = r"^vm0 vm0 vcpu1 on cpu1: ON; EL1, PC 0x4020"
    for _ in range(5):  # gdb may stop it in the middle of an exit
        shown = t.must_run("gdb-multiarch", "-q", "-nx", "-batch", BUILD / "muster.elf", "-x",
                           "scripts/gdb/muster.py", *words)
        if re.search(in_guest, shown, re.M):
            break
    for pattern in (in_guest,
                    r"^vm0 vm0 vcpu2 on cpu2: OFF; EL2, PC 0x402.*main_loop",
                    r"^\d+\.\d{6} cpu0 vm0 vcpu0 VCPU_ON_CALL 0x1 0x4020",
                    r"^\d+\.\d{6} cpu1 vm0 vcpu1 VCPU_ENTER 0x4020",
                    r"^vm0 vm0 vcpu1: enabled: 0, 1, .*, 15; posted: ",
                    r"^    list registers last held: INTID 3 in 0$"):
        check(re.search(pattern, shown, re.M), f"gdb does not show {pattern!r}")
    check("vcpu0: enabled" not in shown, "muster-vgic 0 1 shows more than one vCPU")
