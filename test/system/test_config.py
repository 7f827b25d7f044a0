# SPDX-License-Identifier: Apache-2.0
"""Configurations: what scripts/config makes of them, and of wrong ones; and the guests that run."""
import re

from lib import muster, tree
from lib.case import BUILD, ROOT, check, test
from lib.machine import Machine, run_qemu
from system.test_linux import TROUBLE, Shell, power_off

MIB = 1 << 20
CTRL_BRACKET = "\x1d"
BOARD = """/dts-v1/;
/memreserve/ 0x400000 0x1000;
/ {
	#address-cells = <2>;
	#size-cells = <1>;
	memory@0 {
		device_type = "memory";
		reg = <0x0 0x0 0x2c00000>, <0x1 0x0 0x40000000>;
	};
	reserved-memory {
		#address-cells = <2>;
		#size-cells = <1>;
		ranges;
		atf@0 { reg = <0x0 0x0 0x80000>; };
		somewhere { size = <0x1000>; };
	};
	chosen { stdout-path = "serial0"; };
};
"""
GUEST = """/dts-v1/;
/ { chosen { #address-cells = <2>; #size-cells = <2>;
	a { compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>;
		kernel { compatible = "multiboot,kernel", "multiboot,module"; %s };
	};
}; };
"""
FILE = 'muster,file = "build/muster.img";'


def merge(t, config, board, *options):
    return t.run("scripts/config", "merge", config, "--board", board, "-o", t.file("out.dtb"),
                 *options)


@test("config-wrong")
def what_is_wrong_is_named(t):
    """Each of these: (the configuration, what is said of it)."""
    board, config = tree.compile(t, BOARD, "board.dtb"), t.file("c.dts")
    for source, says in [
            ("/dts-v1/; / { chosen { a { }; };", r"c\.dts:1\.\d+-\d+ syntax error"),
            ("/dts-v1/; / { };", "/chosen: there is no such node"),
            ('/dts-v1/; / { chosen { a { compatible = "xen,domain"; }; }; };',
             "/chosen/a: no kernel"),
            (GUEST % "", "/chosen/a/kernel: a module needs either muster,file or reg"),
            (GUEST % f"{FILE} reg = <0 0 0 1>;", "/chosen/a/kernel: a module needs either"),
            (GUEST % 'muster,file = "build/none";',
             '/chosen/a/kernel: muster,file "build/none": no such file'),
            (GUEST % 'muster,file = "a b";', '/chosen/a/kernel: muster,file "a b": letters'),
            (GUEST.replace("#size-cells = <2>;", "#size-cells = <3>;") % FILE,
             "/chosen/a: #address-cells and #size-cells must be 1 or 2"),
            ((GUEST % FILE).replace('"multiboot,module"', '"module"'),
             "/chosen/a/kernel: has muster,file, but is not compatible with multiboot,module")]:
        config.write_text(source, encoding="utf-8")
        done = merge(t, config, board)
        check(done.returncode == 1 and re.search(says, done.stdout),
              f"status {done.returncode}, no {says!r}")

    config.write_text(GUEST % FILE, encoding="utf-8")
    done = merge(t, config, board, "--first", "0x13ff00000")
    check(done.returncode == 1 and "/chosen/a/kernel: build/muster.img, 1 MiB, does not fit into the "
          "machine's RAM from 0x13ff00000 on" in done.stdout, "does not say that it does not fit")
    config.write_text(GUEST % f'{FILE} bootargs = "{"x" * 1024}";', encoding="utf-8")
    done = t.run("scripts/config", "uboot", config, "-o", t.file("boot.cmd"))
    check(done.returncode == 1 and "bootargs has 1025 bytes: U-Boot can set 1024" in done.stdout,
          "does not refuse what makes U-Boot crash")
    empty = tree.compile(t, re.sub(r"reg = <0x0 0x0 0x2c.*;", "", BOARD), "empty.dtb")
    check("no RAM: no node has device_type" in merge(t, config, empty).stdout, "a board without RAM")
    check("not a device tree" in merge(t, config, config).stdout, "a board that is no tree")
    check("no such file" in merge(t, "/nonexistent", board).stdout, "a missing configuration")


@test("config-places")
def files_get_places_of_their_own(t):
    """On a board with two banks, some of which is in use; the configuration's order is kept."""
    board, config = tree.compile(t, BOARD, "board.dtb"), t.file("c.dts")
    big, small = t.file("big"), t.file("small")
    big.write_bytes(bytes(31 * MIB))
    small.write_bytes(b"0123")
    config.write_text("/dts-v1/; / { chosen { #address-cells = <2>; #size-cells = <2>;" + "".join(
        f'{name} {{ compatible = "multiboot,kernel", "multiboot,module"; muster,file = "{file}"; }};'
        for name, file in [("a", big), ("b", small), ("c", big), ("d", small)]) + "}; };")
    done = merge(t, config, board)
    # The first big one fits into the first bank, above what the memreserve takes.
    check(done.stdout.splitlines() == [f"0x600000 {big}", f"0x200000 {small}",
                                       f"0x100000000 {big}", f"0x2600000 {small}"],
          "not at the places that are free")
    merged = t.must_run("dtc", "-q", "-I", "dtb", "-O", "dts", t.file("out.dtb"))
    for wanted in ['stdout-path = "serial0"', "reg = <0x01 0x00 0x00 0x1f00000>", "memreserve",
                   r"a \{[^@]*b \{[^@]*c \{"]:
        check(re.search(wanted, merged), f"no {wanted!r} in the merged tree")
    check("muster,file" not in merged, "muster,file is still there")


@test("config-fit-layout")
def what_a_fit_copies_does_not_overlap(t):
    """The tree, Muster with the memory that it clears, every file, and the FIT image itself."""
    script, source = t.file("boot.cmd"), t.file("muster.its")
    t.must_run("scripts/config", "uboot", "configs/four.dts", "-o", script, "--fit", source,
               "--first", "0x42000001")
    commands = script.read_text(encoding="utf-8")
    places = [(int(re.search(r"fdt move \S+ (\w+) 200000", commands)[1], 16), 2 * MIB),
              (int(re.search(r"; then bootm (\w+)#muster", commands)[1], 16), 1 << 30)]
    image_size = int.from_bytes((BUILD / "muster.img").read_bytes()[16:24], "little")
    for path, at in re.findall(r'incbin/\("(.*)"\);\n(?:.*\n){4}\t*load = <(0x\w+)>;',
                               source.read_text(encoding="utf-8")):
        length = image_size if path.endswith("muster.img") else (ROOT / path).stat().st_size
        places.append((int(at, 16), length))
    places.sort()
    check(len(places) == 8, f"{len(places)} places instead of 8")
    check(all(at % (2 * MIB) == 0 for at, _ in places), "not at multiples of 2 MiB")
    check(all(at + length <= following for (at, length), (following, _) in zip(places, places[1:])),
          f"they overlap: {[(hex(at), length) for at, length in places]}")


# ---- The guests of configs/ and dts/, running.

BOOT = 100
LIMIT = 240
PROMPT = "muster# "
DEMO_IS_DONE = r"# demo: \d+ passed, 0 failed"


class Guest:
    """A Linux guest among several. Its lines begin with its name, and what is typed is for it as
    long as it has the keyboard."""

    def __init__(self, machine, name, number):
        self.machine, self.name, self.number = machine, name, number

    def expect(self, pattern, within=30):
        """At the beginning of a line of this guest."""
        return self.machine.expect(rf"{self.name}\| {pattern}", within, never=TROUBLE)

    def focus(self):
        self.machine.press(f"{CTRL_BRACKET}{self.number}")
        self.machine.expect(f"console: input goes to {self.name}", never=TROUBLE)

    def log_in(self):
        """Waits for the prompt, and keeps the kernel from talking between what is typed."""
        self.expect(PROMPT, BOOT)
        self.type("echo 1 >/proc/sys/kernel/printk")
        self.expect(PROMPT)

    def type(self, command):
        """Types a command and sees it echoed. A line of somebody else may come in between: then
        what was there of this one is shown again behind it."""
        self.machine.type(command)
        self.machine.expect(re.escape(command) + r"\r*\n", never=TROUBLE)

    def run(self, command, answer):
        self.type(command)
        self.expect(answer)
        self.expect(PROMPT)

    def power_off(self):
        self.type("poweroff -f")
        self.machine.expect(rf"muster: {self.name}: switched off by its guest", never=TROUBLE)


def start(t, name, **settings):
    return run_qemu(t, limit=LIMIT, CONFIG=name, **settings)


@test("config-two-linux", limit=LIMIT + 20)
def what_one_guest_does_leaves_the_other_alone(t):
    """Reboot of one, power-off of one, while a shell variable of the other shows that it lives."""
    machine = start(t, "two-linux", GIC=2)
    red, blue = Guest(machine, "red", 1), Guest(machine, "blue", 2)
    red.log_in()
    red.run("life=$((40+2)); cpucheck", r"cpucheck: online 2 \(0-1\)")
    blue.focus()
    blue.log_in()
    blue.run("cpucheck", r"cpucheck: online 2 \(0-1\)")
    blue.type("reboot -f")
    blue.expect(r"\[ *0\.0+\] Booting Linux", BOOT)
    blue.log_in()
    red.focus()
    red.run("echo life $life", "life 42")
    blue.focus()
    blue.run("life=$((40+3)); cpucheck", r"cpucheck: online 2 \(0-1\)")
    red.focus()
    red.power_off()
    blue.focus()
    blue.run("echo life $life", "life 43")
    blue.power_off()
    machine.expect_end()
    check(machine.count("muster: blue: reset 1 by its guest") == 1, "Muster saw no reset of blue")
    check(not machine.count("muster: red: reset"), "red was reset")


@test("config-linux-and-demo", limit=LIMIT + 20)
def a_guest_that_ends_leaves_the_other_alone(t):
    machine = start(t, "linux-and-demo", GIC=3)
    linux = Guest(machine, "linux", 1)
    linux.log_in()
    if not machine.count(r"muster: demo: switched off by its guest"):
        machine.expect("muster: demo: switched off by its guest", BOOT, never=TROUBLE)
    check(machine.count(r"^demo\| " + DEMO_IS_DONE), "the demo guest does not say it is well")
    linux.run("cpucheck", r"cpucheck: online 3 \(0-2\)")
    linux.power_off()
    machine.expect_end()


@test("config-four-gic{gic}", [{"gic": 2}, {"gic": 3}], limit=LIMIT + 20)
def four_guests(t, gic):
    """On GICv2 too: the one vCPU of each has nobody who would wake it if its timer were forgotten."""
    machine = start(t, "four", GIC=gic)
    linux = Guest(machine, "linux", 1)
    linux.log_in()
    linux.run("cpucheck", r"cpucheck: online 1 \(0\)")
    linux.power_off()
    machine.expect_end(BOOT)
    for number in 1, 2, 3:
        check(machine.count(rf"^demo{number}\| " + DEMO_IS_DONE),
              f"demo{number} does not say it is well")


@test("config-aff1-gic{gic}", [{"gic": 2}, {"gic": 3}], limit=LIMIT + 20)
def linux_with_the_mpidrs_of_a_raspberry_pi_5(t, gic):
    """CPU numbers in Aff1: by them the kernel starts its CPUs, sends IPIs, and asks if one is off."""
    config = t.file("aff1.dts")
    source = (ROOT / "configs/linux.dts").read_text(encoding="utf-8")
    config.write_text(tree.edited(source, "cpus = <4>;", 'cpus = <4>; muster,mpidr = "aff1";'),
                      encoding="utf-8")
    machine = start(t, config, GIC=gic)
    shell = Shell(machine)
    for n in 1, 2, 3:
        machine.expect(rf"CPU{n}: Booted secondary processor 0x0+{n}00 ", BOOT, never=TROUBLE)
    shell.log_in()
    check("online 4 (0-3)" in shell.run("cpucheck"), "not all CPUs are online")
    check("3 rounds, 0 failures" in shell.run("hotplug 3", within=60), "hotplug fails")
    check(all(count for kind, count in shell.ipis().items() if kind.startswith("Resch")),
          "no IPIs arrive")
    power_off(machine, shell)
    muster.check_ledger(machine, 4, most_pending=1)


@test("config-uboot-guest", limit=LIMIT + 20)
def uboot_is_a_guest_and_boots_linux(t):
    """As configs/uboot-guest.dts tells a person to. One guest alone has no prefix."""
    machine = start(t, "uboot-guest", GIC=3, CPUS=2)
    machine.expect("Hit any key to stop autoboot", never=muster.GIVES_UP)
    machine.press(" ")
    machine.expect("\n=> ")
    source = (ROOT / "configs/uboot-guest.dts").read_text(encoding="utf-8")
    machine.type(re.search(r"booti .*", source)[0])
    shell = Shell(machine)
    shell.log_in()
    check("online 2 (0-1)" in shell.run("cpucheck"), "Linux does not count 2 CPUs")
    power_off(machine, shell)


@test("dts-{name}", [{"name": "qemu-one-guest"}, {"name": "qemu-two-guests"}])
def the_examples_run_as_they_say(t, name):
    source = ROOT / f"dts/{name}.dts"
    machine = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3", "-cpu",
               "cortex-a76", "-smp", "4", "-m", "1G", "-nographic", "-nic", "none"]
    board, merged = t.file("virt.dtb"), t.file("mine.dtb")
    t.must_run(*machine, "-M", f"dumpdtb={board}")
    t.must_run("scripts/config", "merge", source, "--board", board, "-o", merged)
    for path, at in ("guest/demo.img", 0x50000000), ("uboot/u-boot.bin", 0x50200000):
        machine += ["-device", f"loader,file={BUILD / path},addr={at:#x},force-raw=on"]
    machine = Machine(t, [*machine, "-kernel", str(BUILD / "muster.img"), "-dtb", str(merged)])
    machine.expect(DEMO_IS_DONE, 60, never=muster.GIVES_UP)
    if name == "qemu-one-guest":
        machine.expect_end()
    else:
        machine.press(f"{CTRL_BRACKET}2")
        machine.expect(r"uboot\| => ", 60, never=muster.GIVES_UP)
