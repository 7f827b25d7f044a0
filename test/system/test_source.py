# SPDX-License-Identifier: Apache-2.0
"""The source itself: layers, formatting, size of files, and what documents repeat of it."""
import re

from lib.case import ROOT, check, test

FOLDERS = ["hyp", "guest", "include", "scripts", "test"]
MOST_LINES = 500


def sources(*suffixes):
    return sorted(path.relative_to(ROOT) for folder in FOLDERS
                  for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)


@test("source-layers")
def includes_go_down(t):
    check(t.run("scripts/check-layers").returncode == 0, "scripts/check-layers finds a fault")


@test("source-format")
def clang_format_changes_nothing(t):
    done = t.run("clang-format", "--dry-run", "-Werror", *sources(".c", ".h"), within=120)
    check(done.returncode == 0, "make format would change something")


@test("source-length")
def no_file_is_long(t):
    for path in sources(".c", ".h", ".S", ".py"):
        lines = (ROOT / path).read_text(encoding="utf-8").count("\n")
        check(lines <= MOST_LINES, f"{path} has {lines} lines, more than {MOST_LINES}")


def documented():
    """{property: (nodes, value)} of the table in docs/configuration.md."""
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8").split("## Properties")[1]
    rows = re.findall(r"^\| `([^`]+)` \| ([a-z, ]+) \|([^|]*)\|", text.split("\n## ")[0], re.M)
    return {name: (nodes, value.strip()) for name, nodes, value in rows}


def implemented():
    """The same of hyp/core/config.c; the value of what is neither number nor refused is ""."""
    limits = {"GIB(1)": 1 << 30, "MAX_VCPUS": 64, "MAX_VCPUS - 1": 63, "NO_ADDRESS - 1": 2**64 - 2}
    text = (ROOT / "hyp/core/config.c").read_text(encoding="utf-8")
    rows = re.findall(r'^ +\{"([^"]+)", ([A-Z |]+), [A-Z]+,\s+(\{\{.*?\}\}|TAKE\(.*?\)|\{\})\},', text,
                      re.M | re.S)
    found = {}
    for name, nodes, value in rows:
        numbers = re.fullmatch(r"\{\{(\d+), (.*)\}\}", value)
        found[name] = (nodes.lower().replace(" | ", ", "),
                       f"{numbers[1]} to {limits.get(numbers[2], numbers[2])}" if numbers
                       else "refused" if "NULL" in value else "")
    return found


@test("source-configuration")
def properties_are_documented(t):
    documents, code = documented(), implemented()
    check(len(code) > 20, "hyp/core/config.c is not understood")
    check(set(documents) == set(code),
          f"in one place only: {', '.join(sorted(set(documents) ^ set(code)))}")
    for name, (nodes, value) in code.items():
        said_nodes, said = documents[name]
        check(nodes == said_nodes, f"{name}: in {nodes}, not in {said_nodes}")
        check(said == value if value else said != "refused", f"{name}: {value}, not {said}")


@test("source-cpu-up")
def cpu_up_names_what_there_is(t):
    """docs/cpu-up.md: all trace events and no other, and no function that Muster does not have."""
    text = (ROOT / "docs/cpu-up.md").read_text(encoding="utf-8")
    header = (ROOT / "include/muster/trace.h").read_text(encoding="utf-8")
    events = set(re.findall(r"^ +X\(([A-Z_]+),", header, re.M))
    named = set(re.findall(r"`([A-Z_]+)`", text))
    others = {name for name in named - events if re.match("V?CPU_|VM_", name)}
    check(len(events) > 10, "include/muster/trace.h is not understood")
    check(events <= named, f"does not name {', '.join(sorted(events - named))}")
    check(not others, f"no trace event: {', '.join(sorted(others))}")
    code = "\n".join((ROOT / path).read_text(encoding="utf-8") for path in sources(".c", ".h", ".S")
                     if path.parts[0] == "hyp")
    for name in sorted(set(re.findall(r"`(\w+)\(\)`", text))):
        check(re.search(rf"^(\w.*\b|#define ){name}\(|^{name}:|^\w+\({name},", code, re.M),
              f"there is no {name}()")
