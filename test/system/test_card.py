# SPDX-License-Identifier: Apache-2.0
"""SD cards as for a Raspberry Pi, in QEMU 10's raspi4b machine: firmware, U-Boot, boot.scr, Muster."""
import os
import re
import struct

from lib import muster
from lib.case import BUILD, ROOT, Skip, check, test
from lib.machine import Machine, run_qemu
from system.test_linux import BOOT, TROUBLE, Shell
from system.test_uboot import NOT_STARTED, STARTED, make_disk, uboot

LIMIT = 170
LOAD = 90  # seconds from QEMU's start to Muster's: its SD card gives about a MiB a second


def need(**files):
    """What scripts/fetch brings, by its argument: it may not have reached its network."""
    for what, name in files.items():
        if not (BUILD / name).is_file():
            check(not os.environ.get("CI"), f"{BUILD / name} is not there: scripts/fetch {what}")
            raise Skip(f"{BUILD / name} is not there: scripts/fetch {what}")


def need_board():
    need(qemu10="qemu10/qemu-system-aarch64", rpi="rpi/version")


def pi(t, **settings):
    need_board()
    return Machine(t, ["scripts/run-raspi4b"], LIMIT, **settings)


def card(t, config, board="rpi4-tfa"):
    need_board()
    disk = t.file("card.img")
    t.must_run("scripts/mkdisk", config, "--board", board, "-o", disk)
    return disk


@test("card-linux-tfa", limit=LIMIT + 30)
def linux_comes_up_goes_and_comes_again(t):
    """The whole chain of a Raspberry Pi 5: EL3 firmware with PSCI by SMC, U-Boot, the card."""
    machine = pi(t, DISK=card(t, "linux"))
    machine.expect(STARTED, LOAD, never=NOT_STARTED)
    machine.expect("4 of 4 cores online", never=muster.GIVES_UP)
    check(machine.count(r"machine: 4 cores, 960 MiB RAM, GICv2 .* PSCI by SMC, serial@7e201000"),
          "Muster does not see the machine")
    shell = Shell(machine)
    shell.log_in()
    check("online 4 (0-3)" in shell.run("cpucheck"), "the kernel does not count 4 CPUs")
    check("3 rounds, 0 failures" in shell.run("hotplug 3", within=60), "hotplug fails")
    machine.type("reboot -f")
    machine.expect("SMP: Total of 4 processors activated", BOOT, never=TROUBLE)
    shell.log_in()
    check("online 4 (0-3)" in shell.run("cpucheck"), "not all CPUs are online again")
    check("1 rounds, 0 failures" in shell.run("hotplug 1"), "hotplug fails after the reboot")
    machine.type("poweroff -f")
    machine.expect("no VM is left: switching the machine off")
    machine.expect_end()


@test("card-firmware-cpu-on", limit=60)
def this_firmware_cannot_switch_a_core_on_twice(t):
    """As on a Raspberry Pi 5: what the guests above do does not rest on firmware."""
    program, image = t.file("cpu-on-twice.o"), t.file("cpu-on-twice.bin")
    cross = os.environ.get("CROSS", "aarch64-linux-gnu-")
    t.must_run(f"{cross}gcc", "-c", "-o", program, "test/data/cpu-on-twice.S")
    t.must_run(f"{cross}objcopy", "-O", "binary", program, image)
    machine = pi(t, KERNEL=image)
    machine.expect("CPU_ON: came: yes")
    machine.expect("CPU_ON after CPU_OFF: came: no")


@test("card-xen", limit=120)
def the_same_script_boots_xen(t):
    """In the virt machine: Xen does not get along with the GIC of raspi4b."""
    need(xen="xen/xen")
    disk = make_disk(t, "--image", "build/xen/xen", config="two-linux")
    machine = uboot(t, DISK=disk, GIC=2)
    machine.expect(STARTED, never=NOT_STARTED)
    machine.expect(r"Xen version 4\.17")
    for _ in range(2):
        machine.expect(r"\*\*\* LOADING DOMU cpus=2 memory=40000KB \*\*\*", 60)
    seen = {machine.expect(r"DOM([12]): \[[^\n]*Linux version", 60).group(1) for _ in range(2)}
    check(seen == {"1", "2"}, "not both guests start")


def guest(name, properties, more=""):
    return f"""{name} {{ compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>;
        {properties} kernel {{ compatible = "multiboot,kernel", "multiboot,module";
        muster,file = "build/guest/demo.img"; }}; {more} }};\n"""


def file(name, at):
    return f"""{name} {{ compatible = "multiboot,module"; reg = <0x0 {at:#x} 0x0 0x200000>;
        muster,load-address = <0x0 0x41000000>; }};"""


ONE = "memory = <0x0 0x8000>; cpus = <1>;"
RAMDISK = """ramdisk { compatible = "multiboot,ramdisk", "multiboot,module";
    muster,file = "build/linux/initramfs.cpio.gz"; };"""
BAD = "/dts-v1/; / { chosen { #address-cells = <2>; #size-cells = <2>;\n" + guest("good", ONE) \
    + guest("large", "memory = <0x0 0x1000>; cpus = <1>;", RAMDISK) \
    + guest("over", ONE, file("one", 0x20000000) + file("two", 0x20100000)) \
    + guest("empty", ONE) + guest("long", ONE) + guest("next", ONE) + "}; };\n"
SAID = [
    'warning: the first UART is the console: looked for stdout-path ""',
    "error: large: its ramdisk does not fit into 4 MiB of guest RAM; \\d+ MiB would do",
    r"error: /chosen: over: one: reg <0x20000000 0x200000> overlaps another module, at "
    r"<0x20100000 0x200000>",
    "error: /chosen/empty/kernel: reg <0x[0-9a-f]+ 0x0>: address and size of the file",
    "error: /chosen: long: kernel: reg <0x[0-9a-f]+ 0x400000> overlaps another module",
    "error: /chosen: next: kernel: reg .* overlaps another module",
    *(f"error: {name}: left out" for name in ("large", "over", "empty", "long", "next")),
]


def rewrite(t, disk, change):
    """Another boot.scr on a card that is there: what a person's editor may do to it."""
    script = disk.with_suffix(".d") / "boot.cmd"
    text = script.read_text(encoding="utf-8")
    changed = change(text)
    check(changed != text, "boot.cmd is not what this test changes")
    script.write_text(changed, encoding="utf-8")
    t.must_run("mkimage", "-A", "arm64", "-T", "script", "-C", "none", "-d", script,
               disk.with_suffix(".scr"))
    t.must_run("mcopy", "-o", "-i", f"{disk}@@1M", disk.with_suffix(".scr"), "::boot.scr")


def wrong_sizes(text):
    for node, size in ("empty", "0x0"), ("long", "0x400000"):
        text = re.sub(rf"(fdt set /chosen/{node}/kernel reg .*)0x\$\{{filesize\}}", rf"\g<1>{size}",
                      text)
    return text


@test("card-bad-guests", limit=90)
def what_is_wrong_is_named_and_the_rest_runs(t):
    """And firmware's tree has no /chosen: the console is then the first UART."""
    config, tree = t.file("bad.dts"), t.file("no-chosen.dtb")
    config.write_text(BAD, encoding="utf-8")
    disk = card(t, config, "rpi4")
    rewrite(t, disk, wrong_sizes)
    t.must_run("scripts/run-raspi4b", DRYRUN=1)
    t.must_run("cp", BUILD / "rpi/run/uart0.dtb", tree)
    t.must_run("fdtput", "-r", tree, "/chosen")
    machine = pi(t, DISK=disk, FIRMWARE="stock", TREE=tree)
    machine.expect(STARTED, 60, never=NOT_STARTED)
    machine.expect("no VM is left", within=60, never=muster.PANIC)
    for said in SAID:
        check(machine.count(said), f"this is not said: {said}")
    check(machine.count(r"# demo: \d+ passed, 0 failed"),
          "the good guest does not run")


@test("card-missing-file", limit=60)
def a_card_without_a_file_says_which(t):
    """Nor is a file taken that is longer than it was when the card was made."""
    disk = card(t, "demo", "rpi4")
    t.must_run("mdel", "-i", f"{disk}@@1M", "::build/guest/demo.img")
    rewrite(t, disk, lambda text: text.replace("setenv limit 2e000000", "setenv limit 4210000"))
    machine = pi(t, DISK=disk, FIRMWARE="stock")
    machine.expect(r"boot\.scr: build/muster\.img ends at 4400000, beyond 4210000", never=STARTED)
    machine.expect(r"boot\.scr: cannot load: build/guest/demo\.img build/muster\.img\r*\n",
                   never=STARTED)
    machine.expect(r"not started: put what is missing onto the disk, or make it anew")


@test("card-image")
def what_a_raspberry_pi_5_reads(t):
    """One FAT32 partition at 1 MiB that can be booted from, with all that is asked for."""
    disk = card(t, "demo", "rpi5")
    size, start = disk.stat().st_size, disk.read_bytes()[:512]
    check(size & size - 1 == 0, f"{size} bytes are no power of two")
    check(start[510:] == b"\x55\xaa" and start[446] == 0x80 and start[450] == 0x0c,
          "the MBR does not name one bootable FAT32 partition")
    check(struct.unpack_from("<II", start, 454) == (2048, size // 512 - 2048), "its place")
    for name in ("config.txt", "u-boot.bin", "bcm2712-rpi-5-b.dtb", "overlays/bcm2712d0.dtbo",
                 "boot.scr", "build/muster.img", "build/guest/demo.img"):
        t.must_run("mdir", "-b", "-i", f"{disk}@@1M", f"::{name}")
    tree = t.file("d0.dtb")
    t.must_run("fdtoverlay", "-i", BUILD / "rpi/bcm2712-rpi-5-b.dtb", "-o", tree,
               BUILD / "rpi/bcm2712d0.dtbo")
    uart = t.must_run("fdtget", tree, "serial10", "interrupts")
    check(uart.split() == ["0", "120", "4"], "the overlay does not fit the tree")


@test("card-layout")
def what_does_not_fit_is_refused(t):
    """Before anything is written: too much, and two things at one place."""
    need_board()
    large, config, disk = t.file("large"), t.file("wrong.dts"), t.file("card.img")
    with open(large, "wb") as file_of_zeros:
        file_of_zeros.truncate(700 << 20)
    frame = "/dts-v1/; / { chosen { #address-cells = <2>; #size-cells = <2>;\n"
    ramdisk = RAMDISK.replace("build/linux/initramfs.cpio.gz", str(large))
    for guests, said in (
            (guest("vm", ONE, ramdisk), "large: would end at 0x2fffffff, and U-Boot may use what is "
             "below 0x2e000000"),
            (guest("vm", ONE, file("one", 0x4200000)), "/chosen/vm/one: reg 0x4200000-0x43fffff is "
             "where build/guest/demo.img is loaded")):
        config.write_text(frame + guests + "}; };\n", encoding="utf-8")
        done = t.run("scripts/mkdisk", config, "--board", "rpi5", "-o", disk)
        check(done.returncode and said in done.stdout, f"this is not said: {said}")
    large.unlink()


# U-Boot as a guest, whose prompt answers what is typed. {} is for the machine's own nodes.
PROMPT_GUEST = """\
/dts-v1/;
/ {{
	{}
	chosen {{
		#address-cells = <2>;
		#size-cells = <2>;
		uboot {{
			compatible = "xen,domain";
			#address-cells = <2>;
			#size-cells = <2>;
			memory = <0x0 0x20000>;
			cpus = <4>;
			kernel {{
				compatible = "multiboot,kernel", "multiboot,module";
				muster,file = "build/uboot/u-boot.bin";
				muster,load-address = <0x0 0x40200000>;
			}};
		}};
	}};
}};
"""


@test("transcript-{name}", [{"name": "qemu-gicv2"}, {"name": "qemu-gicv3"}, {"name": "raspi4b"}],
      limit=90)
def transcripts_are_what_one_sees(t, name):
    """docs/transcripts/ is kept as it is now, and scripts/compare-transcript knows it."""
    if name == "raspi4b":
        machine = pi(t, DISK=card(t, "demo"))
    else:
        machine = run_qemu(t, GIC=name[-1], CONFIG="demo")
    machine.expect("no VM is left: switching the machine off", 60, never=muster.GIVES_UP)
    machine.expect_end()
    capture, now = t.file("capture.log"), t.file(f"{name}.txt")
    capture.write_text(machine.text(), encoding="utf-8")
    now.write_text(t.must_run("scripts/compare-transcript", "--normalise", capture),
                   encoding="utf-8")
    check(now.read_bytes() == (ROOT / f"docs/transcripts/{name}.txt").read_bytes(),
          f"docs/transcripts/{name}.txt is another; if this is meant: cp {now} docs/transcripts/")
    said = t.must_run("scripts/compare-transcript", capture)
    check(re.match(rf"as in {name}: all \d+ steps$", said), "the capture is not recognized")


@test("transcript-parts")
def where_a_capture_parts_from_its_transcript(t):
    """Captures that go wrong, made of a real one."""
    machine = run_qemu(t, GIC=2, CONFIG="demo")
    machine.expect_end()
    good, capture = machine.text(), t.file("capture.log")
    line = good[:good.index("4 of 4 cores")].count("\n")  # the last of the table of cores
    for name, text, *said in (
            ("empty", "", "nothing is as in raspi4b\nthen it should say: U-Boot: starts",
             "wires of the debug UART"),
            ("silent", good[:good.index("[ ")], "should say: muster: Muster, image", "stdout-path"),
            ("cut off", good[:good.index("ok 45")], "should say: guest: ok 45 - IPI",
             "the capture ends here", "GIC's virtual interface"),
            ("a core", good.replace("4 of 4 cores", "3 of 4 cores"),
             f"up to line {line}, ", "says instead: muster: 3 of 4 cores online", "A core did not"),
            ("a panic", good[:good.index("TAP")] + "*** muster panic on cpu0\n",
             "should say: guest: starts", "Send the whole capture"),
            ("another line", good.replace("TAP", "[    9.000000] muster: by the way\nTAP"),
             "not as in qemu-gicv2: muster: by the way\nas in qemu-gicv2: all")):
        capture.write_text(text, encoding="utf-8")
        done = t.run("scripts/compare-transcript", capture,
                     *(["qemu-gicv2"] if name == "silent" else []))
        check(done.returncode == (0 if name == "another line" else 1), f"{name}: status")
        for words in said:
            check(words in done.stdout, f"{name}: this is not said: {words}")


@test("card-stock-{name}", [
    {"name": "mini-uart", "node": ""},
    # The same registers, described as others are, and accessed byte by byte.
    {"name": "16550", "node": """soc { serial@7e215040 {
        compatible = "ns16550a"; reg-shift = <2>; reg-io-width = <1>; }; };"""},
], limit=90)
def without_psci_and_on_the_second_uart(t, name, node):
    """A Raspberry Pi 4's own firmware. An SMC would be lost there: QEMU has nothing at EL3."""
    config = t.file("prompt.dts")
    config.write_text(PROMPT_GUEST.format(node), encoding="utf-8")
    machine = pi(t, DISK=card(t, config, "rpi4"), FIRMWARE="stock", UART=1)
    machine.expect(STARTED, 60, never=NOT_STARTED)
    machine.expect("4 of 4 cores online", never=muster.GIVES_UP)
    check(machine.count("PSCI by nothing, serial@7e215040"), "it is not the machine it should be")
    machine.expect("U-Boot 2023")
    machine.expect("Hit any key to stop autoboot")
    machine.press(" ")
    machine.expect("=> ")
    # More than any FIFO holds, and back.
    machine.type("echo muster $arch abcdefghijklmnopqrstuvwxyz")
    machine.expect("\nmuster arm abcdefghijklmnopqrstuvwxyz")
    machine.type("poweroff")
    machine.expect("no VM is left: switching the machine off")
    machine.expect("firmware cannot switch it off: stopped")
