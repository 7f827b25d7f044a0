# SPDX-License-Identifier: Apache-2.0
"""The source itself: layers, formatting, size of files."""
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
