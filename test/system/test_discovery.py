# SPDX-License-Identifier: Apache-2.0
"""Device trees that describe no machine: a message that names the cause, and a stop."""
import fcntl
import os
import random

from lib import muster, tree
from lib.case import BUILD, OUT, ROOT, test
from lib.loader import enter

IMAGE_AT, TREE_AT = 0x40200000, 0x48000000


@test("discovery-no-{what}", [
    {"what": "gic", "node": "intc@[0-9a-f]+", "said": "no interrupt controller: looked for"},
    {"what": "cpus", "node": "cpu@[0-9a-f]+", "said": "no CPUs: looked for"},
    {"what": "memory", "node": "memory@[0-9a-f]+", "said": "no memory: looked for"},
    {"what": "timer", "node": "timer", "said": "no timer: looked for"},
])
def a_node_is_missing(t, what, node, said):
    source = tree.dump(t)
    assert tree.names(source, node), what
    source = tree.without_node(source, node)
    if what == "cpus":  # the map of CPUs refers to them
        source = tree.without_node(source, "cpu-map")
    machine = enter(t, IMAGE_AT, TREE_AT, tree.compile(t, source))
    muster.expect_stop(machine, said)


@test("discovery-empty-tree")
def nothing_but_a_console(t):
    source = ('/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; '
              'pl011@9000000 { compatible = "arm,pl011"; reg = <0 0x9000000 0 0x1000>; }; };')
    machine = enter(t, IMAGE_AT, TREE_AT, tree.compile(t, source))
    muster.expect_stop(machine, "no memory", "no CPUs", "no interrupt controller", "no timer")


# What needs the most of the boot stack: a message from deep down, with a path that is cut off.
DEEP = """
/ {
    %s { #address-cells = <2>; #size-cells = <2>; compatible = "simple-bus"; ranges = <0 0 0xff 0 0 0x1000>;
        uart@1 { compatible = "arm,pl011"; reg = <0xff 0 0 0x1000>; }; };
    chosen { m { compatible = "multiboot,module", "multiboot,kernel"; reg = <0xffffffff 0 0>; };
        %s { compatible = "xen,domain"; m { compatible = "multiboot,module"; reg = <0xff>; }; }; };
};
""" % ("b" * 30, "g" * 30)


@test("discovery-deep-{what}", [{"what": "gcc"}, {"what": "clang"}])
def the_stack_is_large_enough(t, what):
    """Below it is a page whose use is a panic."""
    source = tree.dump(t) + DEEP
    image = BUILD / ("clang/muster.img" if what == "clang" else "muster.img")
    machine = enter(t, IMAGE_AT, TREE_AT, tree.compile(t, source), image=image)
    machine.expect("g{30}/m: reg has 4 bytes: ", never=muster.PANIC)
    machine.expect("uart@1: reg <.*> cannot be reached: ", never=muster.PANIC)
    machine.expect("no guest can be started: stopped", never=muster.PANIC)
    machine.end_or_stop()


def early_image(t):
    """An image that talks to QEMU's PL011 before a tree names it; make test has made it."""
    image = BUILD / "earlycon/muster.img"
    with open(OUT / "earlycon.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        t.must_run("make", "--no-print-directory", f"B={os.path.relpath(BUILD, ROOT)}",
                   os.path.relpath(image, ROOT), within=120)
    return image


def enter_early(t, blob, tree_at=TREE_AT):
    return enter(t, IMAGE_AT, tree_at, blob, image=early_image(t), cpus=2)


@test("discovery-no-console", limit=240)
def without_a_console(t):
    """The machine runs; who listens at EARLYCON hears what is missing."""
    source = tree.without_node(tree.dump(t, cpus=2), "pl011@[0-9a-f]+")
    machine = enter_early(t, tree.compile(t, source))
    machine.expect("warning: no console: looked for")
    machine.expect("2 of 2 cores online")
    machine.end_or_stop()


@test("discovery-truncated-{part}", [{"part": part} for part in (
    "nothing", "magic", "header", "quarter", "half", "structure")], limit=240)
def a_tree_that_is_cut_off(t, part):
    blob = tree.compile(t, tree.dump(t, cpus=2))
    whole = blob.read_bytes()
    structure, size = (int.from_bytes(whole[at:at + 4], "big") for at in (8, 36))
    length = {"nothing": 0, "magic": 4, "header": 40, "quarter": len(whole) // 4,
              "half": len(whole) // 2, "structure": structure + size - 8}[part]
    cut = t.file("cut.dtb")
    cut.write_bytes(whole[:length].ljust(8, b"\0"))
    muster.expect_stop(enter_early(t, cut), "device tree: ")


@test("discovery-truncated-names", limit=240)
def a_tree_whose_last_names_are_cut_off(t):
    """Properties without a name are unknown ones: what is missing is told, nothing breaks."""
    whole = tree.compile(t, tree.dump(t, cpus=2)).read_bytes()
    cut = t.file("cut.dtb")
    cut.write_bytes(whole[:-100])
    machine = enter_early(t, cut)
    machine.expect("1 of 2 cores online", never=muster.GIVES_UP)
    machine.expect_end()


@test("discovery-garbage-{seed}", [{"seed": seed} for seed in (1, 2)], limit=240)
def what_is_no_tree_at_all(t, seed):
    noise = t.file("noise.dtb")
    content = random.Random(seed).randbytes(4096)
    # The second has a tree's magic number, and nothing else of it.
    noise.write_bytes(content if seed == 1 else b"\xd0\x0d\xfe\xed" + content)
    muster.expect_stop(enter_early(t, noise), "device tree: ")


@test("discovery-tree-at-{tree_at:x}", [{"tree_at": 0}, {"tree_at": 0x48000004}], limit=240)
def no_place_for_a_tree(t, tree_at):
    muster.expect_stop(enter_early(t, None, tree_at), f"device tree: at address (0x)?{tree_at:x}:")
