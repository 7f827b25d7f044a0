# SPDX-License-Identifier: Apache-2.0
"""The timeline for a terminal: a line for each step, a column for each lane.

    o  a step of this lane          >  what it causes begins on that lane
    |  in the guest, or core online :  asked for, or on its way
"""
from timelines import layout

SIGNS = {"asked": ":", "starting": ":", "online": "|", "on": "|"}


def _state(story, lane, ns):
    return next((SIGNS[bar.state] for bar in story.bars
                 if bar.lane == lane and bar.start <= ns < bar.end), " ")


def draw(story):
    events = story.shortened()
    lanes = [lane for column in story.columns for lane in column]
    width = max(len(str(lane[1])) for lane in lanes) + 2
    causes = {}
    for arrow in story.arrows:
        causes.setdefault((arrow.start, arrow.source), []).append(arrow.target)
    # c and a number: a core; v and a number: the vCPU beside it.
    heads = [("c" if lane[0] == "cpu" else "v") + str(lane[1]) for lane in lanes]
    lines = ["ms".rjust(15) + "  " + "".join(head.ljust(width + 1) for head in heads).rstrip()]
    stretches = layout.cut([e.ns for e in events], story.phases)
    cuts = {after.start: after.start - before.end for before, after in zip(stretches, stretches[1:])}
    for e in events:
        if e.ns in cuts:
            lines.append(f"{'':13} ⋮   {layout.duration(cuts.pop(e.ns))} cut out")
        targets = causes.get((e.ns, e.lane()), [])
        cells = ("o" if lane == e.lane() else ">" if lane in targets else _state(story, lane, e.ns)
                 for lane in lanes)
        row = "".join(cell.ljust(width + 1) for cell in cells)
        lines.append(f"{e.ns / 10**6:15.6f}  {row} {story.name(e.lane())}: {story.words[id(e)]}")
    return "\n".join(lines) + "\n"
