# SPDX-License-Identifier: Apache-2.0
"""Xen boots what Muster boots: the same configuration, the same images, the same device tree."""
from lib.case import BUILD, Skip, check, test
from lib.machine import run_qemu

XEN = BUILD / "xen/xen"
# credit2: the scheduler of Debian's build; without scrubbing, which takes long under emulation.
XEN_OPTIONS = "console=dtuart dtuart=/pl011@9000000 bootscrub=0 sched=credit2"
BOOT = 150


@test("xen-two-linux-gic{gic}", [{"gic": 3}], limit=BOOT + 50)
def xen_boots_our_configuration(t, gic):
    """configs/two-linux.dts under Debian's Xen 4.17; under Muster: config-two-linux."""
    if not XEN.is_file():
        raise Skip(f"{XEN} is not there: scripts/fetch xen")
    machine = run_qemu(t, "-append", XEN_OPTIONS, limit=BOOT + 20, GIC=gic, CONFIG="two-linux",
                       IMAGE=XEN)
    machine.expect(r"Xen version 4\.17")
    machine.expect(r"\*\*\* LOADING DOMU cpus=2 memory=40000KB \*\*\*", BOOT)
    shells = 0
    while shells < 2:
        machine.expect(r"muster-guest: init, 2 CPUs online", BOOT, never="not ok|Oops|BUG:")
        shells += 1
    for domain in "DOM1", "DOM2":
        check(machine.count(rf"{domain}: .*2 CPUs online"), f"{domain} did not come up")
