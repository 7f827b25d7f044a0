# SPDX-License-Identifier: Apache-2.0
"""Core models: what each has can be used by a guest, what is hidden cannot, and Linux agrees.

Model, GIC, QEMU's version and guest in pairs: every two values of two of them occur together. What
is on QEMU 10 is skipped where that could not be fetched."""
import re

from lib import muster, report
from lib.case import BUILD, Skip, check, test
from lib.machine import Machine, run_qemu
from system.test_demo import run_demo
from system.test_linux import LIMIT, boot, power_off

IMAGE = BUILD / "guest/cores.img"
INSTALLED, TEN = "qemu-system-aarch64", BUILD / "qemu10/qemu-system-aarch64"
QEMUS = {"installed": INSTALLED, "10": TEN}
PAIRS = [
    {"cpu": "cortex-a53", "gic": 2, "qemu": "10"},
    {"cpu": "cortex-a53", "gic": 3, "qemu": "installed"},
    {"cpu": "cortex-a72", "gic": 2, "qemu": "installed"},
    {"cpu": "cortex-a72", "gic": 3, "qemu": "10"},
    {"cpu": "cortex-a76", "gic": 2, "qemu": "10"},
    {"cpu": "cortex-a76", "gic": 3, "qemu": "installed"},
    {"cpu": "neoverse-n1", "gic": 2, "qemu": "installed"},
    {"cpu": "neoverse-n1", "gic": 3, "qemu": "10"},
    {"cpu": "max", "gic": 2, "qemu": "installed"},
    {"cpu": "max", "gic": 3, "qemu": "10"},
]
# test_linux.py has Cortex-A76.
LINUX_PAIRS = [
    {"cpu": "cortex-a53", "gic": 2, "qemu": "10"},
    {"cpu": "cortex-a72", "gic": 3, "qemu": "installed"},
    {"cpu": "neoverse-n1", "gic": 2, "qemu": "installed"},
    {"cpu": "max", "gic": 3, "qemu": "10"},
]

ARMV8_0 = {"FP", "AdvSIMD", "AES", "PMULL", "SHA1", "SHA256", "CRC32"}
ARMV8_2 = ARMV8_0 | {"FP16", "LSE", "RDM", "DotProd", "DPB", "LRCPC", "PAN", "PAN2"}
MAX = ARMV8_2 | {"DIT", "SHA512", "SHA3", "SM3", "SM4", "FHM", "FlagM", "FlagM2", "TLBIOS",
                 "TLBIRANGE", "RNG", "DPB2", "JSCVT", "FCMA", "LRCPC2", "FRINTTS", "SB", "SPECRES",
                 "BF16", "I8MM", "UAO"}
USABLE = {"cortex-a53": ARMV8_0, "cortex-a72": ARMV8_0, "cortex-a76": ARMV8_2,
          "neoverse-n1": ARMV8_2, "max": MAX}
HIDDEN = {"SVE", "SME", "MTE", "PMU", "RAS", "LOR", "CSV2_2"}  # of what QEMU's max has
# QEMU 7.2 has neither the fine-grained traps that an SME has by architecture nor HCR_EL2.TIDCP.
NOT_IN_OLD_QEMU = {"SME: SMPRI_EL1", "SME: TPIDR2_EL0", "implementation defined: L2CTLR_EL1",
                   "implementation defined: CPUECTLR_EL1"}
# What is done for the branch predictor. Of its max QEMU 7.2 says that it needs something, not what.
MITIGATION = {"cortex-a53": "none", "cortex-a72": "branch history loop (8), not complete: firmware offers none",
              "cortex-a76": "branch history loop (24)", "neoverse-n1": "branch history loop (24)", "max": "none"}
FEATURE = re.compile(r"(?:shown|hidden): (.*): it .*")


def program(qemu):
    if qemu == "10" and not TEN.exists():
        raise Skip("QEMU 10 is not there (scripts/fetch qemu10)")
    return QEMUS[qemu]


def machine_options(cpu):
    """QEMU has no memory for tags, and then no MTE, unless it is asked for it."""
    return ["-machine", "mte=on"] if cpu == "max" else []


def results(machine):
    """{feature: good}, {feature that can be used}, [any other sentence that is not ok]"""
    machine.expect(r"\n1\.\.\d+\r*\n", 60, never=muster.GIVES_UP)
    machine.expect_end()
    found, plan = report.parse(machine.text())
    check(plan == len(found), f"the guest's plan is {plan}, and it has {len(found)} results")
    good, usable, others = {}, set(), []
    for passed, _, sentence, _ in found:
        feature = FEATURE.fullmatch(sentence)
        if feature:
            good[feature[1]] = passed
            usable |= {feature[1]} if sentence.endswith("it can be used") else set()
        elif not passed:
            others.append(sentence)
    return good, usable, others


@test("cores-features-{cpu}-gic{gic}-qemu-{qemu}", PAIRS)
def shown_is_usable_and_hidden_is_undefined(t, cpu, gic, qemu):
    machine = run_qemu(t, *machine_options(cpu), GIC=gic, CPU=cpu, CPUS=2, GUEST=IMAGE,
                       QEMU=program(qemu))
    good, usable, others = results(machine)
    check(not others, "the guest says not ok: " + "; ".join(others))
    bad = {feature for feature in good if not good[feature]}
    bad -= NOT_IN_OLD_QEMU if qemu == "installed" else set()
    check(not bad, f"not as the ID registers say: {', '.join(sorted(bad))}")
    check(USABLE[cpu] <= usable, f"cannot be used: {', '.join(sorted(USABLE[cpu] - usable))}")
    check(not machine.count(muster.ERROR), "Muster printed an error")
    said = MITIGATION[cpu] + (", not complete: firmware offers none" if (cpu, qemu) == ("max", "installed") else "")
    check(machine.count(rf"mitigations from cpu0 on: {re.escape(said)}$"), f"it does not say {said!r}")


@test("cores-hidden-qemu-{qemu}", [{"qemu": "installed"}, {"qemu": "10"}])
def max_has_what_is_hidden(t, qemu):
    """The same guest without a hypervisor: else "hidden" may only mean that it is not there."""
    machine = Machine(t, [str(program(qemu)), "-nographic", "-nic", "none", "-M",
                          "virt,gic-version=3,mte=on", "-cpu", "max,pauth-impdef=on", "-smp", "2",
                          "-m", "1G", "-kernel", str(IMAGE)])
    _, usable, others = results(machine)
    check(not others, "the guest says not ok: " + "; ".join(others))
    families = {feature.split(":")[0] for feature in usable}
    wanted = HIDDEN | MAX | ({"MOPS", "NMI"} if qemu == "10" else set())
    check(wanted <= families, f"QEMU's max lacks {', '.join(sorted(wanted - families))}")


@test("cores-demo-{cpu}-gic{gic}-qemu-{qemu}", PAIRS)
def demo_guest(t, cpu, gic, qemu):
    run_demo(t, gic, 4, CPU=cpu, QEMU=program(qemu), limit=90)


# What /proc/cpuinfo says of a core, and what it must not.
CPUINFO = {"cortex-a53": {"asimd", "crc32"}, "cortex-a72": {"asimd", "crc32"},
           "neoverse-n1": {"asimd", "crc32", "atomics", "asimddp"},
           "max": {"asimd", "crc32", "atomics", "asimddp", "paca", "pacg", "bti"}}
NOT_IN_CPUINFO = {"sve", "sve2", "sme", "mte", "mte3", "wfxt", "mops"}


@test("cores-linux-{cpu}-gic{gic}-qemu-{qemu}", LINUX_PAIRS, limit=LIMIT + 20)
def linux(t, cpu, gic, qemu):
    """32-bit programs, hardware breakpoints after CPUs were off, and the features by name."""
    machine, shell = boot(t, gic, CPU=cpu, QEMU=program(qemu))
    shell.log_in()
    check("cpucheck: online 4 (0-3)" in shell.run("cpucheck"), "the kernel does not count 4 CPUs")
    check("1 rounds, 0 failures" in shell.run("hotplug 1", 60), "hotplug fails")
    said = shell.run("hwbreak", 60)
    check(re.search(r"[1-9] breakpoints, [1-9] watchpoints", said), "no debug registers")
    check("4 CPUs, 0 failures" in said, "hardware breakpoints fail")
    check("on armv8l, 0 failures" in shell.run("arm32", 90), "32-bit programs fail")
    features = set(shell.run("sort -u /proc/cpuinfo | grep Features").split())
    check(CPUINFO[cpu] <= features, f"not in /proc/cpuinfo: {CPUINFO[cpu] - features}")
    check(not features & NOT_IN_CPUINFO, f"in /proc/cpuinfo: {features & NOT_IN_CPUINFO}")
    power_off(machine, shell)
    muster.check_ledger(machine, 4, most_pending=1)
