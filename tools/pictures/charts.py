"""Charts of the tables in docs/evidence, as SVG that follows the reader's light or dark theme."""

import html
import math

from harness import ROOT
from harness.programs import Failed

STYLE = """<style>
  .page { fill: #ffffff } .text { fill: #1f2328 } .dim { fill: #59636e } .grid { stroke: #d1d9e0 }
  .c0 { fill: #1a7f37 } .c1 { fill: #0969da } .c2 { fill: #bf8700 } .c3 { fill: #cf222e } .c4 { fill: #8250df }
  .s1 { stroke: #0969da } .s2 { stroke: #bf8700 } .s3 { stroke: #cf222e } .s0 { stroke: #1a7f37 }
  text { font: 13px "Noto Sans", "DejaVu Sans", sans-serif } .title { font-weight: bold; font-size: 15px }
  .on { fill: #ffffff; font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .text { fill: #e6edf3 } .dim { fill: #9198a1 } .grid { stroke: #3d444d }
    .c0 { fill: #3fb950 } .c1 { fill: #4493f8 } .c2 { fill: #d29922 } .c3 { fill: #f85149 } .c4 { fill: #ab7df8 }
    .s1 { stroke: #4493f8 } .s2 { stroke: #d29922 } .s3 { stroke: #f85149 } .s0 { stroke: #3fb950 }
    .on { fill: #0d1117 }
  }
</style>"""


def rows_of(page, *columns):
    """The rows of the first table of a page that has these columns, each as a dictionary."""
    lines = iter((ROOT / "docs" / "evidence" / page).read_text().splitlines())
    header = next((cells(line) for line in lines if line.startswith("|") and set(columns) <= set(cells(line))), None)
    if header is None:
        raise Failed(f"docs/evidence/{page} has no table with the columns {', '.join(columns)}")
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(header, cells(line), strict=True)))
    return rows


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def number(text):
    return float(text.replace(",", ""))


class Svg:
    """A picture of this size, made of rectangles, lines and texts."""

    def __init__(self, width, height, title):
        self.size = (width, height)
        self.title = title
        self.parts = [f'<rect class="page" width="{width}" height="{height}" rx="6"/>']
        self.text(16, 26, title, "text title")

    def text(self, x, y, text, kind="text", anchor="start"):
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        self.parts.append(f'<text class="{kind}" {place}>{html.escape(text)}</text>')

    def bar(self, x, y, width, height, kind):
        self.parts.append(f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>')

    def line(self, points, kind, width=1):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline class="{kind}" points="{path}" fill="none" stroke-width="{width}"/>')

    def dot(self, x, y, kind):
        self.parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')

    def write(self, path):
        width, height = self.size
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        )
        path.write_text(
            "\n".join([head, f"<title>{html.escape(self.title)}</title>", STYLE, *self.parts, "</svg>", ""])
        )
        return [path]


# Of the deployments in incidents, what became of them with each competitor.
ENDS = [
    ("right", "rolled back, and bad", "c0"),
    ("could not be told", "rolled back and good, but no data clear it", "c2"),
    ("wrong", "should have been left alone", "c3"),
    ("missed", "bad, reported in time, and not rolled back", "c4"),
    ("afterwards", "bad, and undone after it had ended", "c1"),
]


def incidents(folder):
    rows = rows_of("incidents.md", "competitor", *(name for name, *_ in ENDS))
    left, right, top, step = 190, 40, 116, 46
    scale = (900 - left - right) / max(sum(number(row[name]) for name, *_ in ENDS) for row in rows)
    svg = Svg(900, top + step * len(rows) + 44, "Deployments in 100,000 simulated incidents, on one scale")
    for place, (_, meaning, kind) in enumerate(ENDS):
        x, y = 16 + 430 * (place % 2), 40 + 20 * (place // 2)
        svg.bar(x, y, 11, 11, kind)
        svg.text(x + 17, y + 10, meaning)
    bottom = top + step * len(rows)
    for mark in range(0, 175_000, 25_000):
        if (x := left + mark * scale) <= 900 - right:
            svg.line([(x, top - 6), (x, bottom)], "grid")
            svg.text(x, bottom + 18, f"{mark:,}", "dim", "middle")
    for place, row in enumerate(rows):
        x, y = left, top + step * place
        svg.text(left - 10, y + 21, row["competitor"], "text", "end")
        for name, _, kind in ENDS:
            width = number(row[name]) * scale
            if width:
                svg.bar(x, y, width, 30, kind)
            if width > 44:
                svg.text(x + width / 2, y + 20, row[name], "on", "middle")
            x += width
    return svg.write(folder / "incidents.svg")


def storm(folder):
    rows = rows_of("performance.md", "services", "signals", "none: signals lost")
    width, height, left, top, bottom = 900, 380, 70, 60, 330
    svg = Svg(width, height, "Signals lost in a storm, with and without the queue")
    least, most = (math.log10(end(number(row["signals"]) for row in rows)) for end in (min, max))

    def place(signals, share):
        x = left + (math.log10(signals) - least) / (most - least) * (width - left - 210)
        return x, bottom - share * (bottom - top)

    for share in (0, 0.25, 0.5, 0.75, 1):
        y = place(10**least, share)[1]
        svg.line([(left, y), (width - 200, y)], "grid")
        svg.text(left - 8, y + 4, f"{share:.0%}", "dim", "end")
    for signals in sorted({number(row["signals"]) for row in rows}):
        svg.text(place(signals, 0)[0], bottom + 20, f"{signals:,.0f}", "dim", "middle")
    svg.text((left + width - 200) / 2, bottom + 40, "signals sent", "dim", "middle")
    services = sorted({number(row["services"]) for row in rows})
    ends = []
    for kind, count in zip(("1", "2", "3"), services, strict=True):
        points = [
            place(number(row["signals"]), number(row["none: signals lost"]) / number(row["signals"]))
            for row in rows
            if number(row["services"]) == count
        ]
        svg.line(points, f"s{kind}", 2)
        for point in points:
            svg.dot(*point, f"c{kind}")
        ends.append((points[-1], f"without: {count:,.0f} services", f"c{kind}"))
    for nth, ((x, y), label, kind) in enumerate(sorted(ends, key=lambda each: each[0][1])):
        # The ends are close to each other.
        svg.text(x + 12, min(y, 110) + 18 * nth, label, kind)
    # A run with the queue that loses a signal fails, so the page has no number for it.
    svg.line([place(10**least, 0), place(10**most, 0)], "s0", 3)
    x, y = place(10**most, 0)
    svg.text(x + 12, y + 4, "with the queue: none", "c0")
    return svg.write(folder / "storm.svg")
