# SPDX-License-Identifier: Apache-2.0
"""The trees of all boards that Debian's kernels know, on the host; no board, no QEMU."""
import os
import pathlib
import re

from lib import dtb
from lib.case import BUILD, ROOT, Skip, check, test


def trees():
    """Debian's, which scripts/fetch trees has brought; where CI says so they have to be there."""
    if not list((BUILD / "trees").glob("*/version")) and os.environ.get("CI") != "true":
        raise Skip("no device trees: scripts/fetch trees")
    return sorted((BUILD / "trees").rglob("*.dtb"))


def machines(lines):
    """{path: what dtb.machine() answers} by what Muster itself says about each."""
    said, found = {}, {}
    for line in lines:
        path, kind, what, _ = line.split("\t")
        if kind == "info" and what.startswith("machine: "):
            said.setdefault(path, []).append(what)
    for path, (first, second) in said.items():
        cores, mib, gic, conduit = re.match(
            r"machine: (\d+) cores, (\d+) MiB RAM, GICv(\d), PSCI by (\w+), ", first).groups()
        frames = [int(at, 16) for at in re.findall(r"GIC\w ((?:0x)?[0-9a-f]+)", second)]
        found[path] = {
            "cores": int(cores), "MiB": int(mib), "conduit": conduit, "GICv": int(gic),
            "frames": frames if int(gic) else [],
            "intids": [int(n) for n in re.search(r"INTIDs (\d+), (\d+), (\d+)", second).groups()]}
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
        wanted = dtb.machine(pathlib.Path(path))
        check(machine == wanted, f"{path}: found {machine}\nis {wanted}")
