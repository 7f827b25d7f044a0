# SPDX-License-Identifier: Apache-2.0
"""The timeline as a page that stands alone: all events, to zoom into and to point at."""
import json
import pathlib

from timelines import layout, svg
from timelines.capture import MACHINE
from timelines.story import ARROW_WORDS, STATE_WORDS

TEMPLATE = pathlib.Path(__file__).with_name("page.html")


def data(story, title, kinds):
    lanes = list(story.home)
    number = {lane: i for i, lane in enumerate(lanes)}
    stretches = layout.cut([e.ns for e in story.events], story.phases)
    counts = [max(sum(s.start <= e.ns <= s.end and story.home[e.lane()] == c for e in story.events)
                  for c in range(len(story.columns))) for s in stretches]
    axis = layout.Axis(stretches, counts, 30)
    return {
        "title": title,
        "lanes": [{"name": story.name(lane), "column": story.home[lane],
                   "place": story.columns[story.home[lane]].index(lane),
                   "kind": "core" if lane[0] == "cpu" else "vcpu"} for lane in lanes],
        "columns": [len(column) for column in story.columns],
        "axis": [[s.start, s.end, s.top, s.bottom, story.caption(
            [e for e in story.events if s.start <= e.ns <= s.end])] for s in stretches],
        "bars": [[number[b.lane], b.start, b.end, b.state] for b in story.bars],
        "arrows": [[a.kind, number[a.source], a.start, number[a.target], a.end] for a in story.arrows],
        "events": [{"lane": number[e.lane()], "ns": e.ns, "kind": e.kind, "core": e.core,
                    "style": svg.style_of(e), "words": story.words[id(e)],
                    "a": hex(e.a), "b": hex(e.b), "machine": e.vcpu is MACHINE}
                   for e in story.events],
        "kinds": kinds, "states": STATE_WORDS, "arrowWords": ARROW_WORDS,
        "slack": max(story.trace.slack.values(), default=0),
    }


def write(story, title, kinds):
    text = json.dumps(data(story, title, kinds), separators=(",", ":")).replace("</", "<\\/")
    page = TEMPLATE.read_text(encoding="utf-8")
    for mark, value in (("LIGHT", svg.variables(svg.LIGHT)), ("DARK", svg.variables(svg.DARK)),
                        ("DATA", text)):
        page = page.replace(f"/*{mark}*/", value)
    return page
