# SPDX-License-Identifier: Apache-2.0
"""Entered as the arm64 boot protocol says: at any 2 MiB-aligned address, the tree anywhere."""
from lib import muster, tree
from lib.case import BUILD, check, test
from lib.loader import enter
from lib.machine import run_qemu


@test("boot-at-{image_at:x}", [
    # As low as QEMU lets us, which has a tree of its own in the first MiB of RAM.
    {"image_at": 0x40200000, "tree_at": 0x4F000008, "gic": 2, "mem": "1G"},
    # The last 2 MiB of RAM, the tree low.
    {"image_at": 0x7FE00000, "tree_at": 0x40100040, "gic": 3, "mem": "1G"},
    # Above 4 GiB, and the tree across a 2 MiB boundary.
    {"image_at": 0x180000000, "tree_at": 0x1501FFC08, "gic": 3, "mem": "6G"},
])
def any_address(t, image_at, tree_at, gic, mem):
    blob = tree.compile(t, tree.dump(t, gic=gic, mem=mem))
    machine = enter(t, image_at, tree_at, blob, gic=gic, mem=mem)
    machine.expect(f"image at {image_at:#x}, device tree at {tree_at:#x}", never=muster.GIVES_UP)
    muster.expect_cores(machine, 4, gic)
    machine.expect("# demo: .* 0 failed", 60, never=muster.GIVES_UP)
    machine.expect_end()


@test("boot-el1-gic{gic}", [{"gic": 2}, {"gic": 3}])
def entered_at_el1(t, gic):
    machine = run_qemu(t, "-M", f"virt,virtualization=off,gic-version={gic}", GIC=gic, CPUS=2)
    muster.expect_stop(machine, r"entered at EL1: .*hand over at EL2")


@test("boot-el3")
def entered_at_el3(t):
    blob = tree.compile(t, tree.dump(t, options=",secure=on"))
    machine = enter(t, 0x40200000, 0x48000000, blob, machine="virtualization=on,secure=on")
    muster.expect_stop(machine, r"entered at EL3: .*hand over at EL2")


@test("boot-image-header")
def image_header(t):
    """What a boot loader reads: the 64 bytes of the arm64 Image header."""
    image = (BUILD / "muster.img").read_bytes()
    symbols = t.must_run("aarch64-linux-gnu-nm", BUILD / "muster.elf")
    end = [int(line.split()[0], 16) for line in symbols.splitlines() if line.endswith(" _end")]

    def word(offset):
        return int.from_bytes(image[offset:offset + 8], "little")
    check(image[56:60] == b"ARM\x64", f"the magic number is {image[56:60]!r}")
    check(word(8) == 0, f"text_offset is {word(8):#x} instead of 0")
    check([word(16)] == end, f"image_size is {word(16):#x}, _end is {[hex(e) for e in end]}")
    check(word(24) == 0xA, f"flags are {word(24):#x} instead of 0xa")
    check(len(image) <= word(16), "the file is longer than image_size")
    check(not any(image[32:56]), "res2 to res4 are not 0")
