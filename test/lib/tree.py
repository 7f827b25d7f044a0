# SPDX-License-Identifier: Apache-2.0
"""Device trees to be broken: QEMU's own, as source, edited, compiled again."""
import re

from lib.case import check


def dump(t, gic=3, cpus=4, mem="1G", options=""):
    """The source of the tree that QEMU makes for its virt machine."""
    blob = t.file("qemu.dtb")
    t.must_run("qemu-system-aarch64", "-M",
               f"virt,virtualization=on,gic-version={gic}{options},dumpdtb={blob}",
               "-cpu", "cortex-a76", "-smp", cpus, "-m", mem, "-display", "none", "-nic", "none")
    return t.must_run("dtc", "-q", "-I", "dtb", "-O", "dts", blob)


def compile(t, source, name="edited.dtb"):
    path, blob = t.file(name + ".dts"), t.file(name)
    path.write_text(source, encoding="utf-8")
    t.must_run("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", blob, path)
    return blob


def _node(source, name):
    """Where the node begins and ends; its name is at the start of a line."""
    start = re.search(rf"^[ \t]*{re.escape(name)} {{$", source, re.MULTILINE)
    check(start, f"QEMU's device tree has no node {name}")
    indent = re.match(r"[ \t]*", start[0])[0]
    end = re.compile(rf"^{indent}}};\n", re.MULTILINE).search(source, start.end())
    return start.start(), end.end()


def names(source, pattern):
    return re.findall(rf"^[ \t]*({pattern}) {{$", source, re.MULTILINE)


def without_node(source, pattern):
    """Takes out all nodes whose name matches."""
    for name in names(source, pattern):
        start, end = _node(source, name)
        source = source[:start] + source[end:]
    return source


def with_copy(source, name, copy, *changes):
    """Adds a copy of a node under another name, with (pattern, replacement) changes."""
    start, end = _node(source, name)
    text = source[start:end].replace(f"{name} {{", f"{copy} {{", 1)
    for pattern, replacement in (r"\n[ \t]*phandle = [^;]*;", ""), *changes:
        text = re.sub(pattern, replacement, text)
    return source[:end] + text + source[end:]


def edited(source, pattern, replacement):
    changed, count = re.subn(pattern, replacement, source)
    check(count, f"QEMU's device tree has nothing like {pattern!r}")
    return changed
