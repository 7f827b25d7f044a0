# SPDX-License-Identifier: Apache-2.0
"""Debian's U-Boot as firmware: it finds the boot script on a disk by itself, and starts Muster."""
from lib import muster
from lib.case import BUILD, ROOT, check, test
from lib.machine import Machine
from system.test_linux import Shell, power_off

BOOT = 60
LIMIT = 150
NOT_STARTED = r"boot\.scr: Muster is not started"
STARTED = r"Starting kernel"
PROMPT = r"\n=> "  # U-Boot's, when it has tried everything


def uboot(t, limit=LIMIT, **settings):
    return Machine(t, ["scripts/run-uboot"], limit, **settings)


def make_disk(t, *options, config="linux"):
    """A disk of this test's own."""
    disk = t.file("disk.img")
    t.must_run("scripts/mkdisk", config, "-o", disk, *options)
    return disk


@test("uboot-{how}-gic{gic}", [
    {"how": "booti", "gic": 2}, {"how": "booti", "gic": 3},
    {"how": "fit", "gic": 2}, {"how": "fit", "gic": 3},
], limit=LIMIT + 20)
def linux_comes_up_from_a_disk(t, how, gic):
    disk = make_disk(t, *(["--fit"] if how == "fit" else []))
    machine = uboot(t, GIC=gic, DISK=disk)
    machine.expect(r"Found U-Boot script /boot\.scr", never=PROMPT)
    if how == "fit":
        for _ in "muster", "linux-kernel", "linux-ramdisk":
            machine.expect(r"Verifying Hash Integrity \.\.\. sha256\+ OK", never=NOT_STARTED)
    machine.expect(STARTED, never=NOT_STARTED)
    muster.expect_cores(machine, 4, gic)
    shell = Shell(machine)
    shell.log_in()
    check("cpucheck: online 4 (0-3), present 0-3, possible 0-3, cpuinfo 4" in shell.run("cpucheck"),
          "the kernel does not count 4 CPUs")
    power_off(machine, shell)


@test("uboot-four-{how}", [{"how": "booti"}, {"how": "fit"}], limit=LIMIT + 20)
def four_guests_in_their_order(t, how):
    disk = make_disk(t, *(["--fit"] if how == "fit" else []), config="four")
    machine = uboot(t, DISK=disk)
    machine.expect(": 1 linux 2 demo1 3 demo2 4 demo3; now linux", never=NOT_STARTED)
    machine.expect(r"linux\| muster# ", BOOT, never=muster.GIVES_UP)
    machine.type("poweroff -f")
    machine.expect_end()
    for number in 1, 2, 3:
        check(machine.count(rf"^demo{number}\| # demo: \d+ passed, 0 failed"),
              f"demo{number} does not say it is well")


def expect_not_started(machine, *said):
    for pattern in said:
        machine.expect(pattern, BOOT, never=STARTED)
    machine.expect(NOT_STARTED, never=STARTED)
    machine.expect(PROMPT, never=STARTED)
    check(machine.count("muster: ") == 0, "Muster runs")


@test("uboot-missing-file")
def a_missing_file_is_named(t):
    disk = make_disk(t)
    t.must_run("mdel", "-i", f"{disk}@@1M", "::build/linux/Image")
    expect_not_started(uboot(t, DISK=disk), r"boot\.scr: cannot load: build/linux/Image\r*\n")


@test("uboot-damaged-{name}", [{"name": "kernel"}, {"name": "muster"}])
def a_damaged_file_is_not_booted(t, name):
    """One bit, in the middle of the guest's kernel or of Muster."""
    disk = make_disk(t, "--fit")
    file = BUILD / "muster.img" if name == "muster" else BUILD / "linux/Image"
    content, image = file.read_bytes(), bytearray(disk.read_bytes())
    middle = content[len(content) // 2:][:4096]
    check(image.count(middle) == 1, "the file is not to be found on the disk")
    image[image.find(middle)] ^= 1
    disk.write_bytes(image)
    part = "linux-kernel" if name == "kernel" else "muster"
    expect_not_started(uboot(t, DISK=disk), r"Verifying Hash Integrity \.\.\. sha256 error!",
                       rf"Bad hash value for 'hash-1' hash node in '{part}' image node")


@test("uboot-wrong-image")
def what_is_no_image_is_not_booted(t):
    disk = make_disk(t)
    t.must_run("mcopy", "-o", "-i", f"{disk}@@1M", "configs/linux.dts", "::build/muster.img")
    expect_not_started(uboot(t, DISK=disk), r"Bad Linux ARM64 Image magic!")


@test("dts-uboot-by-hand", limit=LIMIT + 20)
def what_a_person_types(t):
    machine = uboot(t, DISK=make_disk(t), CPUS=2)
    machine.expect("Hit any key to stop autoboot")
    machine.press(" ")
    for line in (ROOT / "dts/uboot-by-hand.cmd").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            machine.expect(PROMPT)
            machine.type(line)
    machine.expect(STARTED)
    shell = Shell(machine)
    shell.log_in()
    check("online 2 (0-1)" in shell.run("cpucheck"), "Linux does not count 2 CPUs")
    power_off(machine, shell)
