# SPDX-License-Identifier: Apache-2.0
"""Puts a Linux guest's own lines on the trace's clock.

Its clock starts somewhere in its boot, so the offset is looked for: some lines are printed after a
step that is in the trace, some before one. All of them together leave an interval for the offset,
whose middle is taken.
"""
import re

from timelines.capture import Event

SECONDARY = r"(?:Detected \w+ I-cache on|.*: CPU\d+: found redistributor|CPU\d+: Booted secondary)"
CPU = re.compile(r"CPU(\d+)")
# Lines worth a mark: pattern, and what of it is shown. Group 1, where there is one, is the CPU.
WORDS = [(re.compile(pattern), words) for pattern, words in [
    (r"smp: Bringing up secondary CPUs", "Bringing up secondary CPUs"),
    (r"GICv3: CPU([1-9]\d*): found redistributor", "found redistributor"),
    (r"CPU(\d+): Booted secondary processor", "Booted secondary processor"),
    (r"smp: (Brought up .*)", None),
    (r"psci: (CPU\d+ killed)", None),
    (r"reboot: (.*)", None),
]]


def _lives(events, kind, vcpu):
    return [e.ns for e in events if e.kind == kind and e.vcpu == vcpu]


def _bounds(events, lines):
    """(lower, upper) bounds of trace time minus guest time."""
    lower, upper = [], []
    calls = [e.ns for e in events if e.kind == "VCPU_CLAIM"]
    stops = [e.ns for e in events if e.kind == "VM_STOP"]
    lives = {}
    for ns, line in lines:
        cpu = CPU.search(line)
        if cpu and re.match(SECONDARY, line) and int(cpu[1]):
            vcpu = int(cpu[1])
            if line.startswith("Detected"):  # the first line of each life
                lives[vcpu] = lives.get(vcpu, -1) + 1
            entries = _lives(events, "VCPU_ENTER", vcpu)
            life = lives.get(vcpu, 0)
            if life < len(entries):
                lower.append(entries[life] - ns)
                later = [call for call in calls if call > entries[life]]
                # The kernel brings them up one by one: the next call comes after this line.
                upper += [later[0] - ns] if later else []
                # It says so before it is online, and only CPUs that are online get SGIs.
                sgis = [t for t in _lives(events, "VCPU_FIRST_SGI", vcpu) if t > entries[life]]
                upper += [sgis[0] - ns] if sgis else []
        elif cpu and "psci:" in line and "killed" in line:
            offs = _lives(events, "VCPU_OFF", int(cpu[1]))
            life = lives.get(int(cpu[1]), 0)
            lower += [offs[life] - ns] if life < len(offs) else []
        elif "smp: Bringing up secondary CPUs" in line and calls:
            upper.append(calls[0] - ns)
        elif line.startswith("reboot: ") and stops:
            upper.append(stops[0] - ns)
    return lower, upper


def _boots(trace, vm):
    """The VM's events and lines, boot by boot."""
    events = [e for e in trace.events if e.vm == vm]
    starts = [e.ns for e in events if e.kind == "VM_START"] + [float("inf")]
    lines, boots = trace.said[vm], []
    begins = [i for i, (_, line) in enumerate(lines) if line.startswith("Booting Linux")]
    for n, (first, last) in enumerate(zip(starts, starts[1:])):
        if n < len(begins):
            end = begins[n + 1] if n + 1 < len(begins) else len(lines)
            boots.append(([e for e in events if first <= e.ns < last], lines[begins[n]:end]))
    return boots


def add_words(trace):
    """Adds SAYS events for the lines that tell of CPUs, where their time can be told."""
    for vm in trace.vms:
        for events, lines in _boots(trace, vm):
            lower, upper = _bounds(events, lines)
            if not lower or not upper or max(lower) > min(upper):
                continue
            offset = (max(lower) + min(upper)) // 2
            trace.slack[vm] = max(trace.slack.get(vm, 0), (min(upper) - max(lower)) // 2)
            cores = {e.vcpu: e.core for e in events}
            for ns, line in lines:
                found = next(((m, words) for pattern, words in WORDS
                              if (m := pattern.match(line))), None)
                if not found:
                    continue
                match, words = found
                vcpu = int(match[1]) if words and match.re.groups else 0
                trace.events.append(Event(ns + offset, cores.get(vcpu, 0), vm, vcpu, "SAYS",
                                          name=words or match[1]))
    trace.events.sort(key=lambda e: e.ns)
