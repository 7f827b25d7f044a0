# SPDX-License-Identifier: Apache-2.0
"""The timeline in the Trace Event Format, which Perfetto (ui.perfetto.dev) and chrome://tracing open."""
import json

from timelines.story import STATE_WORDS

MACHINE_PID = 1  # a VM's is its number + 2


def _ids(lane):
    return {"pid": MACHINE_PID if lane[0] == "cpu" else lane[0] + 2, "tid": lane[1]}


def _us(ns):
    return ns / 1000


def events(story, title):
    lanes = list(story.home)
    rows = [{"ph": "M", "name": "process_name", "pid": MACHINE_PID, "tid": 0, "args": {"name": title}}]
    rows += [{"ph": "M", "name": "process_name", "pid": vm + 2, "tid": 0, "args": {"name": name}}
             for vm, name in story.trace.vms.items()]
    rows += [{"ph": "M", "name": "thread_name", **_ids(lane), "args": {"name": story.name(lane)}}
             for lane in lanes]
    rows += [{"ph": "X", "cat": "state", "name": STATE_WORDS[bar.state], **_ids(bar.lane),
              "ts": _us(bar.start), "dur": _us(bar.end - bar.start), "args": {}} for bar in story.bars]
    rows += [{"ph": "i", "s": "t", "cat": e.kind, "name": story.words[id(e)], **_ids(e.lane()),
              "ts": _us(e.ns), "args": {"kind": e.kind, "core": e.core, "a": hex(e.a), "b": hex(e.b)}}
             for e in story.events]
    for n, arrow in enumerate(story.arrows):
        name = "CPU_ON" if arrow.kind == "on" else "SGI"
        same = {"cat": arrow.kind, "name": name, "id": n}
        rows.append({"ph": "s", **same, **_ids(arrow.source), "ts": _us(arrow.start)})
        rows.append({"ph": "f", "bp": "e", **same, **_ids(arrow.target), "ts": _us(arrow.end)})
    return rows


def write(story, title):
    return json.dumps({"displayTimeUnit": "ns", "traceEvents": events(story, title)},
                      separators=(",", ":")).replace('},{"ph"', '},\n{"ph"') + "\n"
