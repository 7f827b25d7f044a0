# SPDX-License-Identifier: Apache-2.0
"""Where things go in a picture whose time runs downwards: stretches in which something happens, each
with a scale of its own, and the gaps between them cut out."""
import dataclasses

ROW = 15  # px from one line of text to the next
GAP = 56  # px of a gap that is cut out
STRETCHES = 9  # at most
LONG = 0.25  # of what is shown: a gap that is cut out
LEAST, MOST = 30, 440  # px of a stretch

# Widths in em/100 of DejaVu Sans, the widest of the fonts that are usual.
NARROW = {c: w for w, cs in {32: "il|", 34: "j.,:;'", 40: " ft()[]/r-", 52: "I“”"}.items() for c in cs}


def text_width(text, size):
    return sum(NARROW.get(c, 80 if c in "mwMW" else 68 if c.isupper() else 63)
               for c in text) * size / 100


@dataclasses.dataclass
class Stretch:
    start: int
    end: int
    top: float = 0
    bottom: float = 0

    def y(self, ns):
        span = self.end - self.start
        return self.top + (self.bottom - self.top) * (ns - self.start) / span if span else self.top


def cut(times, phases=()):
    """Stretches of time: cut where the longest gaps are, while a gap is long beside the rest, and
    before each of phases."""
    times = sorted(set(times))
    gaps = sorted(((b - a, a, b) for a, b in zip(times, times[1:])), reverse=True)
    cuts = [(a, b) for _, a, b in gaps if b in phases]
    rest = times[-1] - times[0] - sum(b - a for a, b in cuts)
    for length, a, b in gaps:
        if (a, b) not in cuts and length >= rest * LONG and len(cuts) < STRETCHES - 1:
            cuts.append((a, b))
            rest -= length
    edges = [times[0]] + [t for pair in sorted(cuts) for t in pair] + [times[-1]]
    return [Stretch(a, b) for a, b in zip(edges[::2], edges[1::2])]


class Axis:
    """Times to pixels, over all stretches."""

    def __init__(self, stretches, lines, top):
        """lines: for each stretch, how many lines of text its fullest column has."""
        self.stretches = stretches
        for stretch, count in zip(stretches, lines):
            stretch.top = top
            stretch.bottom = top + min(MOST, max(LEAST, ROW * count * 1.35))
            stretch.bottom = max(stretch.bottom, top + ROW * (count - 1))
            top = stretch.bottom + GAP
        self.bottom = top - GAP

    def y(self, ns):
        before = None
        for stretch in self.stretches:
            if ns < stretch.start:
                if before is None:
                    return stretch.top
                part = (ns - before.end) / (stretch.start - before.end)
                return before.bottom + (stretch.top - before.bottom) * part
            if ns <= stretch.end:
                return stretch.y(ns)
            before = stretch
        return self.bottom

    def points(self):
        """What y() goes through, for whoever draws it elsewhere."""
        return [p for s in self.stretches for p in ((s.start, s.top), (s.end, s.bottom))]


def spread(wanted, top, bottom):
    """Places for lines of text, none above another, each as near to where it is wanted as may be:
    within top and bottom, as far as they have the room."""
    places, last = [], top - ROW
    for y in wanted:
        last = max(y, last + ROW)
        places.append(last)
    limit = max(bottom, top + ROW * (len(places) - 1))
    for i in range(len(places) - 1, -1, -1):
        places[i] = min(places[i], limit)
        limit = places[i] - ROW
    return places


def tick_step(span):
    """A round step, so that 2 to 5 of them are in a span."""
    step = 1
    while step * 5 < span:
        step *= 10
    return next(step // 10 * k for k in (2, 5, 10) if step // 10 * k * 5 >= span) if step > 9 else step


def duration(ns):
    for unit, name in ((10**9, "s"), (10**6, "ms"), (10**3, "us")):
        if ns >= unit:
            return f"{ns / unit:.3g} {name}" if ns < 1000 * unit else f"{ns / unit:.0f} {name}"
    return f"{ns} ns"


def moment(ns, step=10**3):
    """A time in ms, with as many places as a step needs."""
    places = 0 if step >= 10**6 else 1 if step >= 10**5 else 2 if step >= 10**4 else 3
    return f"{ns / 10**6:.{places}f}"
