# SPDX-License-Identifier: Apache-2.0
"""The trees of all boards that Debian's kernels know, and that tools say what Muster says."""
import os
import pathlib
import re

from lib import dtb, muster, tree
from lib.case import BUILD, ROOT, Skip, check, test
from lib.machine import run_qemu
from system.test_bad_config import CONFIG, DEMO, guest, module


def trees():
    """Debian's, which scripts/fetch trees has brought; where CI says so they have to be there."""
    if not list((BUILD / "trees").glob("*/version")) and os.environ.get("CI") != "true":
        raise Skip("no device trees: scripts/fetch trees")
    return sorted((BUILD / "trees").rglob("*.dtb"))


def numbers(text):
    """Ranges "base,size" as pairs, and what else there is."""
    words = [tuple(int(n, 16) for n in word.split(",")) for word in text.split()]
    return [word if len(word) == 2 else word[0] for word in words]


def machines(lines):
    """{path: what dtb.machine() answers} by what Muster's discovery found in each."""
    found = {}
    for line in lines:
        path, kind, what, _ = line.split("\t")
        machine = found.setdefault(path, {})
        if kind in ("mpidrs", "ram", "reserved", "redistributors"):
            machine[kind] = numbers(what)
        elif kind == "info" and " cores, " in what:
            gic, machine["conduit"] = re.search(r"GICv(\d), PSCI by (\w+), ", what).groups()
            machine["GICv"] = int(gic)
        elif kind == "info" and "; INTIDs " in what:
            frames = [int(at, 16) for at in re.findall(r"GIC\w ((?:0x)?[0-9a-f]+)", what)]
            machine["frames"] = frames if machine["GICv"] else []
            machine["intids"] = [int(n) for n in re.findall(r"\d+", what.split("; ")[1])]
    return found


@test("boards-all", limit=120)
def each_has_a_reason(t):
    """No tree is refused without a finding that says why; docs/boards.md has the counts."""
    paths = trees()
    listed = t.must_run("scripts/board-report", "--list", within=100).splitlines()
    check(len(paths) > 1000 and len(listed) == len(paths), f"{len(listed)} of {len(paths)} trees")
    check(all(re.fullmatch(r"\S+\.dtb: .+", line) for line in listed), "a line without a reason")
    check(any(line.endswith("bcm2712-rpi-5-b.dtb: complete") for line in listed),
          "the Raspberry Pi 5 is not complete")
    # Nor does a tree that was broken on purpose break the report.
    done = t.run("sh", "-c", f"{BUILD}/boards test/fuzz/corpus/machine/* >/dev/null 2>&1")
    check(done.returncode == 2, f"with broken trees it ends with {done.returncode} instead of 2")
    document = (ROOT / "docs/boards.md").read_text(encoding="utf-8")
    summary = t.must_run("scripts/board-report", within=100)
    # Of other kernels than the document's there are other numbers.
    if summary.splitlines()[0] in document:
        check(summary in document, "docs/boards.md is out of date: scripts/board-report --write")


@test("boards-second-opinion")
def other_code_finds_the_same(t):
    paths = [path for i, path in enumerate(trees())
             if i % 4 == 0 or path.name.startswith(("bcm", "juno"))]
    t.must_run("make", "-s", f"B={os.path.relpath(BUILD, ROOT)}",
               f"{os.path.relpath(BUILD, ROOT)}/boards")
    found = machines(t.must_run(BUILD / "boards", *paths).splitlines())
    check(len(found) == len(paths), "not all of them were read")
    for path, machine in found.items():
        wanted = dtb.machine(pathlib.Path(path).read_bytes())
        check(machine == wanted, f"{path}: found {machine}\nis {wanted}")


@test("preflight-board")
def what_helps(t):
    """A Raspberry Pi 5 whose GIC has lost its virtual half, and which has no PSCI."""
    source = (ROOT / "test/data/pi5.dts").read_text(encoding="utf-8")
    source = tree.edited(source, r"<0xc000 0x2000>,\s*<0xe000 0x2000>", "<0xc000 0x2000>")
    board = t.file("board.dts")
    board.write_text(source.replace("arm,psci-", "other,psci-"), encoding="utf-8")
    done = t.run("scripts/preflight", board)
    check(done.returncode == 1, "a board that Muster cannot run on is taken")
    for line in [r"  cpu3 +0x300 +PSCI\n",
                 r"cannot run: a GICv2 without GICH and GICV \(arm,gic-400, reg of 24 bytes\)\n +"
                 r"what helps: .*manual", r"will not work: no PSCI\n +what helps: .*U-Boot"]:
        check(re.search(line, done.stdout), f"not said: {line!r}")


@test("preflight-same-gic{gic}", [{"gic": 2}, {"gic": 3}])
def it_says_what_the_machine_says(t, gic):
    """Each figure of the board and its guests, before and in QEMU."""
    kernel = module("kernel", "kernel", f'muster,file = "{DEMO}";')
    config = t.file("config.dts")
    config.write_text(CONFIG % (guest("a", kernel, cpus=3, more='muster,mpidr = "aff1";') +
                                guest("b", kernel, kib=65536)), encoding="utf-8")
    machine = run_qemu(t, limit=90, CONFIG=config, GIC=gic, MEM="1G", TRACE="on")
    machine.expect("b: switched off by its guest", 60, never=muster.GIVES_UP)
    text = machine.text()
    image, tree_at = re.search(r"image at (\w+), device tree at (\w+)", text).groups()
    tree.dump(t, gic)
    before = t.must_run("scripts/preflight", t.file("qemu.dtb"), config, "--muster", image, "--tree",
                        tree_at, "--first", re.search(r"addr=(\w+)", text)[1])
    lines = re.findall(r"^(?:machine: .*|  cpu\d+ +\w+|[ab]: (?:\d+ vCPUs|cores).*)", before, re.M)
    check(len(lines) == 10, f"{len(lines)} lines instead of 10")
    text = text.replace(" with 4 list registers", "")
    for line in lines:
        check(f"muster: {line}" in text, f"Muster does not say: {line}")
