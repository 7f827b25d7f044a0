# SPDX-License-Identifier: Apache-2.0
"""Reads a console's text: the trace that Muster prints at the end, and what guests say of themselves."""
import dataclasses
import re

VERSION = 2
MACHINE = None  # whose event it is, where it is no vCPU's

HEADER = re.compile(r"trace: version (\d+), (\d+) Hz$")
NAME = re.compile(r"trace: vm(\d+) is (\S+)$")
RING = re.compile(r"trace: cpu(\d+) wrote (\d+), lost (\d+); its guests wrote (\d+), lost (\d+)$")
EVENT = re.compile(r"trace: (\d+)\.(\d{9}) cpu(\d+)(?: vm(\d+) vcpu(\d+))? ([A-Z_]+) (\S+) (\S+)$")
# A Linux kernel's line, with seconds since its clock started.
DMESG = re.compile(r"\[ *(\d+)\.(\d{6})\] (?!muster: )(.*)")
PREFIX = re.compile(r"(\S+)\| ")


class Wrong(Exception):
    """What a capture lacks, in a sentence."""


@dataclasses.dataclass
class Event:
    ns: int  # since Muster's first instruction
    core: int
    vm: int | None
    vcpu: int | None
    kind: str  # of include/muster/trace.h, or SAYS: a line of the guest's
    a: int = 0
    b: int = 0
    name: str = ""  # GUEST: its name; SAYS: the line

    def lane(self):
        return ("cpu", self.core) if self.vcpu is MACHINE else (self.vm, self.vcpu)


@dataclasses.dataclass
class Trace:
    hz: int
    vms: dict  # number: name
    rings: dict  # core: (written, lost, guests' written, guests' lost)
    events: list  # by time
    said: dict  # VM's number: [(ns by the guest's clock, line)]
    slack: dict = dataclasses.field(default_factory=dict)  # VM: ns that a SAYS may be off


def _event(match):
    seconds, fraction, core, vm, vcpu, kind, a, b = match.groups()
    guests = kind == "GUEST"
    return Event(int(seconds) * 10**9 + int(fraction), int(core), int(vm) if vm else None,
                 int(vcpu) if vcpu else MACHINE, kind, int(b if guests else a, 16),
                 0 if guests else int(b, 16), a if guests else "")


def _said(lines, vms):
    """Each guest's lines with the times that it prints. With several guests a line begins with its
    guest's name; with one, with nothing."""
    said = {vm: [] for vm in vms}
    numbers = {name: vm for vm, name in vms.items()}
    for line in lines:
        prefix = PREFIX.match(line)
        vm = numbers.get(prefix[1]) if prefix else min(vms, default=None)
        found = DMESG.match(line, prefix.end() if prefix else 0)
        if vm is not None and found and (prefix or len(vms) == 1):
            said[vm].append((int(found[1]) * 10**9 + int(found[2]) * 1000, found[3].strip()))
    return said


def read(text):
    """The last trace in a console's text. Raises Wrong."""
    lines = [line.rstrip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
    starts = [i for i, line in enumerate(lines) if HEADER.search(line)]
    if not starts:
        raise Wrong("has no trace; Muster prints one, with trace=on, when the last guest is off")
    version, hz = map(int, HEADER.search(lines[starts[-1]]).groups())
    if version != VERSION:
        raise Wrong(f"has a trace of version {version}; this script reads version {VERSION}")
    trace = Trace(hz, {}, {}, [], {})
    for line in lines[starts[-1] + 1:]:
        if found := NAME.search(line):
            trace.vms[int(found[1])] = found[2]
        elif found := RING.search(line):
            trace.rings[int(found[1])] = tuple(map(int, found.groups()[1:]))
        elif found := EVENT.search(line):
            trace.events.append(_event(found))
    if not trace.events:
        raise Wrong("has a trace without an event")
    trace.events.sort(key=lambda e: e.ns)
    trace.said = _said(lines[:starts[-1]], trace.vms)
    return trace
