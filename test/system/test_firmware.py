# SPDX-License-Identifier: Apache-2.0
"""Firmware that does its part badly: each core is reported in words, and the others go on."""
import re

from lib import firmware, muster, tree
from lib.case import check, test
from lib.firmware import AT_EL1, NEVER, RENDEZVOUS, SPIN_TABLE, Core

ERRORS = ["NOT_SUPPORTED", "INVALID_PARAMETERS", "DENIED", "ALREADY_ON", "ON_PENDING",
          "INTERNAL_FAILURE", "NOT_PRESENT", "DISABLED", "INVALID_ADDRESS", "unknown error"]
IN_TIME = r"\d+ us"


def refuses(code):
    return Core(result=code)


def answered(code):
    return "failed", rf"CPU_ON answered {code}, {ERRORS[min(-code, 10) - 1]}"


# A core, what the report says of it, and how often firmware is asked for it.
MISBEHAVIOUR = [
    (Core(), ("online", "boot core"), 0),
    *((refuses(-code), answered(-code), 1) for code in range(1, 10)),
    (refuses(-77), answered(-77), 1),
    (Core(NEVER), ("timed out", "firmware said SUCCESS, not seen within 1000 ms"), 1),
    (Core(AT_EL1), ("failed", "came at EL1: firmware has to start it at EL2"), 1),
    (Core(delay_us=1300000), ("timed out", "firmware said SUCCESS, not seen within 1000 ms"), 1),
    (Core(NEVER, method="spin-table"),
     ("timed out", "released through its spin-table, not seen within 1000 ms"), 0),
    (Core(SPIN_TABLE, method="spin-table"), ("online", IN_TIME), 0),
    (Core(delay_us=10000), ("online", IN_TIME), 1),
    (Core(), ("online", IN_TIME), 1),
]
LATE = 13
LIKELY = {
    2: "firmware has no core with its MPIDR",  # INVALID_PARAMETERS
    4: "an earlier stage has switched it on and keeps it",  # ALREADY_ON
    11: "its MPIDR is not the core that firmware switched on, or firmware is late",
    LATE: "its MPIDR is not the core that firmware switched on, or firmware is late",
    14: "nobody polls its cpu-release-addr, or an earlier stage has the core",
}


def check_table(machine, rows, gic):
    table = muster.cores(machine)
    for core, (state, why) in enumerate(rows):
        found = table.get(muster.mpidr(core, gic), (None, "not in the table", ""))
        check(found[1] == state and re.fullmatch(why, found[2].strip()),
              f"cpu{core} is {found[1]}, {found[2]!r}, instead of {state}, {why!r}")


@test("firmware-misbehaves")
def every_core_another_way(t):
    machine = firmware.start(t, [core for core, *_ in MISBEHAVIOUR])
    machine.expect("4 of 18 cores online", never=muster.GIVES_UP)
    check_table(machine, [said for _, said, _ in MISBEHAVIOUR], 3)
    machine.expect("# demo: .* 0 failed, .* 4 of 4 CPUs", 60, never=muster.GIVES_UP)
    machine.expect_end()
    check(machine.count(rf"warning: cpu{LATE} came \d+ us after CPU_ON, past its deadline: parked"),
          "nothing is said of the late core")
    for core, cause in LIKELY.items():
        check(machine.count(f"warning: cpu{core}, most likely: {cause}") == 1,
              f"nothing is said of the likely cause of cpu{core}")
    check(machine.count("most likely: ") == len(LIKELY), "a cause is guessed that is known")
    # None was asked for twice, the late one neither.
    asked = [times for *_, times in MISBEHAVIOUR]
    check(firmware.calls(machine) == asked, f"CPU_ON calls {firmware.calls(machine)}, not {asked}")


@test("firmware-rendezvous")
def all_are_asked_before_one_comes(t):
    """Firmware lets no core go before it was asked for each: one after the other would be none."""
    machine = firmware.start(t, [Core(RENDEZVOUS)] * 8)
    muster.expect_cores(machine, 8, 3)
    machine.expect("8 of 8 CPUs online", never=muster.GIVES_UP)
    machine.expect_end()


@test("firmware-delay")
def their_delays_do_not_add_up(t):
    """Each core takes 10 ms to come: seven take 10 ms. Under icount, whose clock no load disturbs."""
    machine = firmware.start(t, [Core(delay_us=10000)] * 8,
                             options=["-icount", "shift=4,sleep=off"])
    muster.expect_cores(machine, 8, 3)
    # The lines just before the first request and just after the last core.
    times = re.findall(r"^\[ *(\d+\.\d+)\] muster: (?:machine:|  core )", machine.text(), re.M)
    took = round((float(times[1]) - float(times[0])) * 1e6)
    check(10000 <= took < 13000, f"seven cores that take 10 ms each took {took} us")


@test("firmware-spin-table")
def a_spin_table_and_no_psci(t):
    """As a Raspberry Pi 4 starts: GICv2, cores that wait in EL2, and SMC is UNDEFINED."""
    cores = [Core()] + [Core(SPIN_TABLE, method="spin-table")] * 3
    source = tree.without_node(firmware.source(t, cores, 2), "psci")
    machine = firmware.start(t, cores, source, gic=2, smc_undefined=True)
    muster.expect_cores(machine, 4, 2)
    machine.expect("# demo: .* 0 failed", 60, never=muster.GIVES_UP)
    machine.expect("firmware cannot switch it off: stopped")


@test("firmware-no-conduit-{conduit}", [{"conduit": "hvc"}, {"conduit": "none"}, {"conduit": "undefined"}])
def nobody_to_ask(t, conduit):
    """PSCI by HVC, which does not leave EL2, or none at all, or by an SMC that is UNDEFINED, which the
    tree does not know: the boot core is all there is."""
    cores = [Core()] * 3
    source = firmware.source(t, cores, 3)
    if conduit == "none":
        source = tree.without_node(source, "psci")
    elif conduit == "hvc":
        source = tree.edited(source, 'method = "smc"', 'method = "hvc"')
    said = "psci: method smc: SMC is UNDEFINED" if conduit == "undefined" else "no PSCI by SMC: looked for"
    machine = firmware.start(t, cores, source, smc_undefined=True)
    machine.expect("1 of 3 cores online", never=muster.GIVES_UP)
    check(machine.count(f"warning: {said}"), "nothing says what is missing")
    why = "nobody to ask: no PSCI by SMC and no spin-table"
    check_table(machine, [("online", "boot core"), *[("failed", why)] * 2], 3)
    machine.expect("# demo: .* 0 failed", 60, never=muster.GIVES_UP)
    machine.expect("firmware cannot switch it off: stopped")
