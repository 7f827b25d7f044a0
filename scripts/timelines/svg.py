# SPDX-License-Identifier: Apache-2.0
"""The timeline as an SVG: time runs downwards, a column for each core with the vCPUs that run on it."""
from xml.sax.saxutils import escape

from timelines import layout
from timelines.capture import MACHINE
from timelines.story import ARROW_WORDS, STATE_WORDS

FONT = 12
AXIS, LANE, BAR = 76, 26, 12  # px: the axis' column, a lane, the bar in it
TOP = 96
MARGIN = 14
WIDEST = 196  # px of joined texts
NEAR = 3  # px within which events of a lane share a line of text

LIGHT = {"back": "#ffffff", "panel": "#f4f6f9", "text": "#1c2430", "dim": "#667085", "line": "#c9d0da",
         "asked": "#c3cad6", "starting": "#f0b43c", "online": "#6d9be0", "on": "#4bab7b",
         "core": "#1f5fbf", "vcpu": "#1b7a4b", "says": "#9a3fa0", "arrow": "#1c2430", "sgi": "#d4572a"}
DARK = {"back": "#0f141b", "panel": "#18202a", "text": "#e4e9f0", "dim": "#93a0b4", "line": "#344050",
        "asked": "#4b5768", "starting": "#d99a1c", "online": "#3f74c4", "on": "#2f9463",
        "core": "#8db7f5", "vcpu": "#72d3a2", "says": "#dd9be2", "arrow": "#e4e9f0", "sgi": "#ff8f63"}


def variables(colours):
    return "".join(f"--{name}:{value};" for name, value in colours.items())


STYLE = f""":root{{{variables(LIGHT)}}}
@media (prefers-color-scheme:dark){{:root{{{variables(DARK)}}}}}
text{{font:{FONT}px Helvetica,Arial,"DejaVu Sans",sans-serif;fill:var(--text)}}
.b{{font-weight:bold}} .h{{font-size:17px;font-weight:bold}} .dim{{fill:var(--dim)}}
.core{{fill:var(--core)}} .vcpu{{fill:var(--vcpu)}} .says{{fill:var(--says);font-style:italic}}
.r{{text-anchor:end}} .m{{text-anchor:middle}}
.lead{{stroke:var(--dim);stroke-width:.7;fill:none}} .grid{{stroke:var(--line);stroke-width:1}}
.on,.sgi{{fill:none;stroke-width:1.4}} .on{{stroke:var(--arrow)}} .sgi{{stroke:var(--sgi);stroke-dasharray:4 2}}
"""


def style_of(event):
    return "says" if event.kind == "SAYS" else "core" if event.vcpu is MACHINE else "vcpu"


class Picture:
    def __init__(self, story, title):
        self.story, self.title = story, title
        self.events = story.shortened()
        self.stretches = layout.cut([e.ns for e in self.events], story.phases)
        self.out = []
        self._measure()

    def _lane_x(self, lane):
        column = self.story.home[lane]
        return self.left[column] + LANE * (self.story.columns[column].index(lane) + .5)

    def _flags(self, stretch, column, y):
        """Lines of text: [(y wanted, [events])], what is near joined."""
        flags = []
        for e in self.events:
            if self.story.home[e.lane()] != column or not stretch.start <= e.ns <= stretch.end:
                continue
            at = y(e.ns)
            if flags and at - flags[-1][0] <= NEAR and self._join(flags[-1][1], e):
                flags[-1][1].append(e)
            else:
                flags.append((at, [e]))
        return flags

    def _join(self, events, e):
        last = events[-1]
        return (last.lane() == e.lane() and style_of(last) == style_of(e) and
                e.kind not in ("VCPU_ON_CALL", "SAYS") and
                layout.text_width(self.text_of(events + [e]), FONT) <= WIDEST)

    def text_of(self, events):
        return " · ".join(self.story.words[id(e)] for e in events)

    def _measure(self):
        """Heights of stretches, widths of columns."""
        columns = range(len(self.story.columns))
        lines = [max(sum(self.story.home[e.lane()] == c and s.start <= e.ns <= s.end
                         for e in self.events) for c in columns) for s in self.stretches]
        self.axis = layout.Axis(self.stretches, lines, TOP + 14)
        self.flags = [[self._flags(s, c, self.axis.y) for c in columns] for s in self.stretches]
        self.left, x = [], AXIS + MARGIN
        for c in columns:
            widest = max([layout.text_width(self.text_of(events), FONT)
                          for row in self.flags for _, events in row[c]] + [70])
            self.left.append(x)
            x += LANE * len(self.story.columns[c]) + 16 + widest + 10
        self.width = max(x + MARGIN, 860)
        self.height = self.axis.bottom + 96

    def add(self, text):
        self.out.append(text)

    def text(self, x, y, words, classes):
        self.add(f'<text x="{x:.1f}" y="{y:.1f}" class="{classes}">{escape(words)}</text>')

    def plate(self, x, y, words, classes, ground):
        """Text that hides what it stands upon."""
        self.add(f'<rect x="{x - 2:.1f}" y="{y - FONT + 1:.1f}" height="{FONT + 2}" rx="2" '
                 f'width="{layout.text_width(words, FONT) + 4:.1f}" fill="var(--{ground})"/>')
        self.text(x, y, words, classes)

    def _stretches(self):
        for s in self.stretches:
            self.add(f'<rect x="{MARGIN}" y="{s.top - 14:.1f}" width="{self.width - 2 * MARGIN:.1f}" '
                     f'height="{s.bottom - s.top + 28:.1f}" rx="6" fill="var(--panel)"/>')
            step = layout.tick_step(max(1, s.end - s.start))
            marks = range(-(-s.start // step) * step, s.end + 1, step)
            last = None
            for ns in [s.start, *marks]:
                if last is not None and s.y(ns) - last < ROOM:
                    continue
                last = s.y(ns)
                self.add(f'<path class="grid" d="M{AXIS + 4} {s.y(ns):.1f}H{AXIS + MARGIN}"/>')
                self.text(AXIS, s.y(ns) + 4, layout.moment(ns, step), "r dim")

    def _heads(self):
        self.text(MARGIN, 26, self.title, "h")
        self.text(AXIS, TOP - 34, "ms", "r dim")
        for c, lanes in enumerate(self.story.columns):
            x = self.left[c]
            names = [self.story.name(lane) for lane in lanes]
            self.add(f'<text x="{x + 4:.1f}" y="{TOP - 34}"><tspan class="b core">{escape(names[0])}'
                     "</tspan>" + "".join(f'<tspan class="b vcpu" dx="8">{escape(n)}</tspan>'
                                          for n in names[1:]) + "</text>")
            for lane in lanes:
                at = self._lane_x(lane)
                self.add(f'<path class="grid" d="M{at:.1f} {TOP}V{self.axis.bottom + 14:.1f}"/>')

    def _bars(self):
        for bar in self.story.bars:
            x, top, bottom = self._lane_x(bar.lane), self.axis.y(bar.start), self.axis.y(bar.end)
            words = f"{self.story.name(bar.lane)}: {STATE_WORDS['on' if bar.state == 'on' else bar.state]}"
            self.add(f'<rect x="{x - BAR / 2:.1f}" y="{top:.1f}" width="{BAR}" '
                     f'height="{max(1.5, bottom - top):.1f}" fill="var(--{bar.state})">'
                     f"<title>{escape(words)}, {layout.duration(bar.end - bar.start)}</title></rect>")

    def _gaps(self):
        """Over the bars: what goes on through a gap is shown faint."""
        before, x = None, self.left[0] + LANE * len(self.story.columns[0]) + 13
        for s in self.stretches:
            top, bottom = before.bottom + 14 if before else 0, s.top - 14
            if before:
                self.add(f'<rect x="0" y="{top:.1f}" width="100%" height="{bottom - top:.1f}" '
                         'fill="var(--back)" opacity=".7"/>')
                words = f"⋮ {layout.duration(s.start - before.end)} cut out"
                self.plate(x, bottom - 9, words, "dim", "back")
            inside = [e for e in self.events if s.start <= e.ns <= s.end]
            if caption := self.story.caption(inside):
                beside = layout.text_width(words, FONT) + 18 if before else 0
                self.plate(x + beside, bottom - 9, caption, "b", "back")
            before = s

    def _arrows(self):
        shown = {(e.ns, e.lane()) for e in self.events}
        for a in self.story.arrows:
            if (a.start, a.source) not in shown or (a.end, a.target) not in shown:
                continue
            x1, x2 = self._lane_x(a.source), self._lane_x(a.target)
            side = 1 if x2 > x1 else -1
            self.add(f'<path class="{a.kind}" marker-end="url(#{a.kind})" d="M{x1 + side * BAR / 2:.1f} '
                     f'{self.axis.y(a.start):.1f}L{x2 - side * (BAR / 2 + 2):.1f} '
                     f'{self.axis.y(a.end):.1f}"/>')

    def _texts(self):
        for s, row in zip(self.stretches, self.flags):
            for c, flags in enumerate(row):
                places = layout.spread([y for y, _ in flags], s.top, s.bottom)
                edge = self.left[c] + LANE * len(self.story.columns[c])
                for (y, events), place in zip(flags, places):
                    x, kind = self._lane_x(events[0].lane()), style_of(events[0])
                    mark = "var(--panel)" if kind == "says" else f"var(--{kind})"
                    self.add(f'<path class="lead" d="M{x + 3:.1f} {y:.1f}L{edge + 4:.1f} '
                             f'{place:.1f}h6"/><circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" '
                             f'fill="{mark}" stroke="var(--{kind if kind == "says" else "panel"})"/>')
                    self.plate(edge + 13, place + 4, self.text_of(events), kind, "panel")

    def _legend(self):
        x, y = MARGIN, self.axis.bottom + 44
        for state, words in STATE_WORDS.items():
            self.add(f'<rect x="{x}" y="{y - 10}" width="12" height="12" fill="var(--{state})"/>')
            self.text(x + 18, y, words, "")
            x += 18 + layout.text_width(words, FONT) + 20
        x, y = MARGIN, y + 22
        for kind, words in ARROW_WORDS.items():
            self.add(f'<path class="{kind}" marker-end="url(#{kind})" d="M{x} {y - 4}h26"/>')
            self.text(x + 36, y, words, "")
            x += 36 + layout.text_width(words, FONT) + 20
        slack = max(self.story.trace.slack.values(), default=0)
        if slack:
            words = f"the guest's own words, placed within ±{layout.duration(slack)}"
            self.text(x, y, f"“…” {words}", "says")
        left_out = len(self.story.events) - len(self.events)
        note = "Times in ms since Muster's first instruction; every stretch has a scale of its own."
        if left_out:
            note += f" {left_out} later events are left out; timeline.html has them."
        self.text(MARGIN, y + 22, note, "dim")

    def draw(self):
        for part in (self._stretches, self._heads, self._bars, self._gaps, self._arrows, self._texts, self._legend):
            part()
        marker = "".join(f'<marker id="{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
                         f'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8Z" '
                         f'fill="var(--{colour})"/></marker>'
                         for kind, colour in (("on", "arrow"), ("sgi", "sgi")))
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:.0f}" '
                f'height="{self.height:.0f}" viewBox="0 0 {self.width:.0f} {self.height:.0f}" '
                f'role="img"><title>{escape(self.title)}</title><style>{STYLE}</style>'
                f'<defs>{marker}</defs><rect width="100%" height="100%" fill="var(--back)"/>\n'
                + "\n".join(self.out) + "\n</svg>\n")


ROOM = 16  # px between two times on the axis


def draw(story, title):
    return Picture(story, title).draw()
