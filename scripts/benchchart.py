# SPDX-License-Identifier: Apache-2.0
"""The chart of docs/benchmark.md: bars on a logarithmic scale, an SVG for light and dark pages."""
import math
from xml.sax.saxutils import escape

# What exits on most systems; the rest is the same few instructions everywhere.
CHARTED = ["hvc_psci_version", "affinity_info", "id_aa64pfr0_read", "gicd_typer_read",
           "gicd_isenabler_read", "gicd_isenabler_write", "gicr_isenabler_read", "uart_fr_read",
           "vtimer_busy", "vtimer_wfi", "ptimer_busy", "sgi_self", "sgi_busy_send", "sgi_busy",
           "sgi_wfi", "cpu_on_call", "cpu_on_first", "cpu_off"]
SYSTEMS = ["muster", "xen", "vhe", "nvhe"]

WIDTH, LEFT, RIGHT, TOP = 900, 318, 70, 76
BAR, GAP = 11, 14
LOWEST, HIGHEST = 10, 100_000

STYLE = """
    text { font: 12px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 15px; font-weight: 600 }
    .value { font-size: 10px; fill: #57606a }
    .own { font-weight: 600; fill: #1f2328 }
    .page { fill: #ffffff }
    .grid { stroke: #d0d7de }
    .muster { fill: #0969da } .xen { fill: #d4850b } .vhe { fill: #2f9e77 } .nvhe { fill: #8f86b5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .value { fill: #9198a1 }
      .own { fill: #e6edf3 }
      .page { fill: #0d1117 }
      .grid { stroke: #30363d }
      .muster { fill: #58a6ff } .xen { fill: #e3a13a } .vhe { fill: #4cc49a } .nvhe { fill: #aaa2d0 }
    }
"""


def place(value):
    """Where on the axis a number of instructions is."""
    share = math.log10(max(value, LOWEST) / LOWEST) / math.log10(HIGHEST / LOWEST)
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def text(x, y, words, kind="", anchor="start"):
    return f'<text x="{x:.0f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def axis(bottom):
    for power in range(int(math.log10(LOWEST)), int(math.log10(HIGHEST)) + 1):
        x = place(10 ** power)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom}" class="grid"/>'
        yield text(x, TOP - 11, f"{10 ** power:,}", "value", "middle")


def legend(systems, titles):
    x = 16
    for system in systems:
        yield f'<rect x="{x}" y="36" width="12" height="12" class="{system}"/>'
        yield text(x + 17, 46, titles[system])
        x += 40 + 8 * len(titles[system])


def group(top, name, title, results):
    yield text(LEFT - 10, top + len(results) * BAR / 2 + 4, title, anchor="end")
    for i, (system, result) in enumerate(results.items()):
        row, y = result.rows.get(name), top + i * BAR
        if row:
            width = place(row[1]) - LEFT
            yield f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 1}" class="{system}"/>'
        kind = "value own" if system == "muster" else "value"
        yield text(LEFT + (width if row else 0) + 4, y + BAR - 2, f"{row[1]:,}" if row else "-", kind)


def draw(results, operations, titles):
    shown = {system: results[system] for system in SYSTEMS if not results[system].error}
    height = len(shown) * BAR + GAP
    bottom = TOP + len(CHARTED) * height
    parts = [*axis(bottom), *legend(shown, titles)]
    for i, name in enumerate(CHARTED):
        parts += group(TOP + i * height + GAP / 2, name, operations[name], shown)
    head = "Instructions per operation, GICv3 (logarithmic, shorter is better)"
    body = "\n  ".join([text(16, 22, head, "title"), *parts])
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 10}" '
            f'width="{WIDTH}" height="{bottom + 10}" role="img">\n  <title>{head}</title>\n'
            f'  <style>{STYLE}  </style>\n  <rect width="100%" height="100%" class="page"/>\n'
            f'  {body}\n</svg>\n')
