# SPDX-License-Identifier: Apache-2.0
"""Configured guests: who is wrong is left out, with the reason, and the others run."""
import re
import struct

from lib import muster, report, tree
from lib.case import BUILD, check, test
from lib.machine import Machine
from system.test_demo import check_tap

DEMO, BAD = BUILD / "guest/demo.img", BUILD / "guest/bad.img"
GICS = [{"gic": 2}, {"gic": 3}]
PARTIAL = "/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; memory@40000000 { }; };"
FIRST = 0x50000000  # where files are put: behind Muster and QEMU's tree


class Files:
    """What lies in the machine's memory, each at a multiple of 2 MiB."""

    def __init__(self, t):
        self.t = t
        self.options = []
        self.at = FIRST

    def reg(self, content, size=None):
        """Puts the content there and returns its reg; `size` is what is said to be there."""
        path = self.t.file(f"{self.at:x}.bin")
        path.write_bytes(content)
        if content:
            self.options += ["-device", f"loader,file={path},addr={self.at:#x},force-raw=on"]
        text = f"reg = <0 {self.at:#x} 0 {size or len(content):#x}>;"
        self.at += 0x200000
        return text


def module(name, kind, properties):
    kind = f'"multiboot,{kind}", ' if kind else ""
    return f'{name} {{ compatible = {kind}"multiboot,module"; {properties} }};'


def guest(name, *children, kib=32768, cpus=1, more=""):
    return (f'{name} {{ compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; '
            f'memory = <0 {kib}>; cpus = <{cpus}>; {more} {" ".join(children)} }};')


def elf(image, physical, virtual=0xFFFF000000000000):
    """A guest's image as an ELF file of one segment, with a hole before it, and room for zeros."""
    offset, size = 0x1000, struct.unpack_from("<Q", image, 16)[0]
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 183, 1, virtual, 64, 0, 0, 64, 56,
                         1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 7, offset, virtual, physical, len(image), size, 0x1000)
    return (header + segment).ljust(offset, b"\0") + image


def start(t, chosen, files, gic=3, cpus=4, limit=90):
    source = tree.edited(tree.dump(t, gic, cpus), r"\n(\s*)chosen {\n", rf"\n\1chosen {{\n{chosen}\n")
    # dtc wants properties first.
    source = tree.edited(source, r"(?m)^(\s*stdout-path = .*|\s*(?:rng|kaslr)-seed = .*)\n", "")
    source = tree.edited(source, r"chosen {\n", 'chosen {\nstdout-path = "/pl011@9000000";\n')
    blob = tree.compile(t, source)
    return Machine(t, ["qemu-system-aarch64", "-nographic", "-nic", "none",
                       "-M", f"virt,virtualization=on,gic-version={gic}", "-cpu", "cortex-a76",
                       "-smp", str(cpus), "-m", "1G", "-kernel", str(BUILD / "muster.img"),
                       "-dtb", str(blob), *files.options], limit)


def check_tap_of(machine, name):
    """As check_tap() of the demo, of one guest of several: a line that another guest's breaks is
    shown again from its beginning."""
    lines = [line.split("| ", 1)[1] for line in machine.lines() if line.startswith(f"{name}| ")]
    results, plan = report.parse("\n".join(lines))
    check(plan and {number for _, number, *_ in results} >= set(range(1, plan + 1)),
          f"{name}: its plan is {plan}, and not all of its results are there")
    check(all(good for good, *_ in results), f"{name}: says not ok")


@test("bad-config-others")
def bad_guests_do_not_stop_good_ones(t):
    files, demo = Files(t), DEMO.read_bytes()
    image = module("kernel", "kernel", files.reg(demo))
    raw = module("kernel", "kernel", files.reg(demo) + "muster,load-address = <0 0x40400000>;")
    is_elf = module("kernel", "kernel", files.reg(elf(demo, 0x40000000)))
    cut = module("kernel", "kernel", files.reg(elf(demo, 0x40000000)[:-1]))
    missing = module("kernel", "kernel", files.reg(b"", 0x100000))
    partial = tree.compile(t, PARTIAL, "partial.dtb").read_bytes()
    partial = module("tree", "device-tree", files.reg(partial))
    far = module("kernel", "kernel", "reg = <0x1000 0 0 0x1000>;")
    everything = module("kernel", "kernel", "reg = <0 0x40000000 0 0x40000000>;")
    extra = module("more", "", files.reg(b"more") + "muster,load-address = <0 0x40200000>;")
    machine = start(t, "\n".join([
        guest("nokernel"), guest("missing", missing), guest("cut", cut),
        guest("raw", raw), guest("far", far), guest("big", image, kib=1 << 22),
        guest("cpus", image, cpus=99), guest("cores", image, cpus=9), guest("tree", image, partial),
        guest("everything", everything), guest("twice", image, extra), guest("elf", is_elf),
        image,
    ]), files, cpus=6)
    machine.expect("no VM is left: switching the machine off", 60, never=muster.PANIC)
    machine.expect_end()
    for line in [
            "/chosen: nokernel: no kernel: a child with compatible",
            r"missing: kernel at 0x\w+, 1048576 bytes: neither an arm64 Image",
            r"cut: kernel at 0x\w+, \d+ bytes: an ELF file that is cut off",
            "/chosen: far: kernel: reg <0x100000000000 0x1000> is not in RAM",
            "/chosen: big: memory <4194304> KiB: the largest free block has",
            "/chosen/cpus: cpus <99>: 1 to 64 would be right",
            "/chosen: cores: cpus <9>: no core of its own for vCPU",
            "partial device tree: /memory@40000000: is in every guest's tree",
            r"/chosen: everything: kernel: reg <0x40000000 0x40000000> overlaps",
            r"twice: its more at 0x40200000, 0x4 bytes: overlaps what else is loaded"]:
        check(machine.count(muster.ERROR + line) == 1, f"not said, or more than once: {line}")
    check(machine.count(muster.LINE + "warning: /chosen: kernel: ignored, since there are guests"),
          "a kernel of no guest is not told of")
    left_out = machine.count(muster.ERROR + r"\S+: left out")
    check(left_out == 10, f"{left_out} guests are left out instead of 10")
    for name in "raw", "elf":
        check_tap_of(machine, name)


@test("bad-config-all")
def nothing_but_bad_guests(t):
    machine = start(t, guest("one") + guest("two", more="sve;"), Files(t), cpus=2)
    muster.expect_stop(machine, "one: left out", "two: left out", "no guest can be started")


@test("guests-mpidr-gic{gic}", GICS)
def affinity_in_the_second_level(t, gic):
    """As on a Raspberry Pi 5, whose cores are 0.0, 1.0, 2.0 and 3.0: SGIs find them."""
    files = Files(t)
    kernel = module("kernel", "kernel", files.reg(DEMO.read_bytes()))
    machine = start(t, guest("pi", kernel, cpus=4, more='muster,mpidr = "aff1";'), files, gic)
    machine.expect("4 of 4 CPUs online", 60, never=muster.GIVES_UP)
    machine.expect_end(60)
    check_tap(machine, 4)
    check(not machine.count(muster.ERROR), "Muster printed an error")
    muster.check_ledger(machine, 4)


@test("guests-on-crash-gic{gic}", GICS)
def a_crash_is_a_reset_of_one(t, gic):
    """One guest crashes and is reset again and again, one crashes and stops, and one works."""
    files = Files(t)
    bad = module("kernel", "kernel", files.reg(BAD.read_bytes()) + 'bootargs = "bad=crash-loop";')
    good = module("kernel", "kernel", files.reg(DEMO.read_bytes()))
    machine = start(t, guest("again", bad, more='muster,on-crash = "reset";') + guest("once", bad) +
                    guest("good", good, cpus=2), files, gic)
    machine.expect(r"good\| # demo: .* 0 failed", 60, never=muster.PANIC)
    machine.expect("good: switched off by its guest")
    machine.expect(r"again: reset \d+ because it crashed")
    check_tap_of(machine, "good")
    check(machine.count("once: stopped because it crashed") == 1, "the second guest has not stopped")
    check(not machine.count("once: reset|switching the machine off"), "the machine went on or off")


@test("guests-keep")
def the_machine_stays_on(t):
    files = Files(t)
    kernel = module("kernel", "kernel", files.reg(DEMO.read_bytes()))
    machine = start(t, "muster,keep;" + guest("last", kernel), files, cpus=2)
    machine.expect("last: switched off by its guest", 60, never=muster.GIVES_UP)
    machine.expect("muster,keep: the machine stays on")
    check(machine.read_on(1), "QEMU has ended")


CONFIG = '/dts-v1/; / { chosen { bootargs = ""; #address-cells = <2>; #size-cells = <2>; %s }; };'


def preflight(t, guests, *options):
    config = t.file("config.dts")
    config.write_text(CONFIG % guests, encoding="utf-8")
    return t.run("scripts/preflight", "test/data/pi5.dts", config, "--first", "0x2000000", *options)


@test("preflight")
def before_the_board_does(t):
    """A Raspberry Pi 5: the same words as on the target."""
    kernel = module("kernel", "kernel", f'muster,file = "{DEMO}";')
    t.file("cut.elf").write_bytes(elf(DEMO.read_bytes(), 0x40000000)[:-1])
    cut = module("kernel", "kernel", f'muster,file = "{t.file("cut.elf")}";')
    done = preflight(t, guest("one", kernel, cpus=2) + guest("two", kernel, cpus=2),
                     "--muster", "0x200000", "--tree", "0x2efec900")
    check(done.returncode == 0, "a good configuration is refused")
    for line in [r"one: 2 vCPUs, 32 MiB RAM, GICv2\n", r"one: cores 0-1, RAM at 0x\w+, kernel "
                 r"0x40200000, tree 0x40000000\n", r"two: cores 2-3, RAM at 0x"]:
        check(re.search(line, done.stdout), f"no line like {line!r}")
    done = preflight(t, guest("one", kernel, cpus=5) + guest("two", cut) + guest("three", kernel))
    check(done.returncode == 1, "a bad configuration is taken")
    for line in ["error: /chosen: one: cpus <5>: no core of its own for vCPU 4; free are 0-3",
                 r"error: two: kernel at 0x\w+, \d+ bytes: an ELF file that is cut off",
                 "error: one: left out", "error: two: left out", "three: 1 vCPUs, 32 MiB RAM"]:
        check(re.search(line, done.stdout), f"not said: {line!r}")
    done = preflight(t, guest("one", kernel), "--muster", "0x2000000")
    check(done.returncode == 1 and "overlaps Muster itself, at <0x2000000" in done.stdout,
          "a file on Muster is taken")
