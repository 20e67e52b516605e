"""Draws docs/storm.svg: a storm's time and calls by its signals, with a line for each number of services."""

from html import escape
from math import ceil, floor, log10

COLOURS = ["#1b6ca8", "#c8553d", "#4f7942"]
WIDTH, HEIGHT = 960, 420
# The left edges of the panels, and their place in the picture.
LEFTS, TOP, PANEL_WIDTH, PANEL_HEIGHT = (70, 530), 50, 360, 270


class Panel:
    """One diagram with two logarithmic axes."""

    def __init__(self, left, title, xs, ys):
        self.left, self.title = left, title
        self.x_range = decades(xs)
        self.y_range = decades(ys)
        self.parts = []

    def at(self, x, y):
        return self.left + share(x, self.x_range) * PANEL_WIDTH, TOP + (1 - share(y, self.y_range)) * PANEL_HEIGHT

    def frame(self):
        low, high = self.x_range
        for power in range(low, high + 1):
            x, _ = self.at(10**power, 10 ** self.y_range[0])
            self.parts.append(line((x, TOP), (x, TOP + PANEL_HEIGHT), "#ddd"))
            self.parts.append(text(x, TOP + PANEL_HEIGHT + 18, f"{10**power:,}", "middle"))
        low, high = self.y_range
        for power in range(low, high + 1):
            _, y = self.at(10 ** self.x_range[0], 10**power)
            self.parts.append(line((self.left, y), (self.left + PANEL_WIDTH, y), "#ddd"))
            self.parts.append(text(self.left - 8, y + 4, f"{10.0**power:,.10g}", "end"))
        self.parts.append(text(self.left, TOP - 18, self.title, "start", "bold"))
        self.parts.append(text(self.left + PANEL_WIDTH / 2, TOP + PANEL_HEIGHT + 38, "signals", "middle"))

    def curve(self, points, colour, dashes=""):
        places = [self.at(x, y) for x, y in points if y > 0]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dashes}"/>'
        )
        self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]

    def limit(self, x_from, x_to, y, colour):
        self.parts.append(line(self.at(x_from, y), self.at(x_to, y), colour, "1 4"))


def decades(values):
    values = [value for value in values if value > 0]
    return floor(log10(min(values))), ceil(log10(max(values)))


def share(value, powers):
    low, high = powers
    return (log10(value) - low) / (high - low)


def line(begin, end, colour, dashes=""):
    (x1, y1), (x2, y2) = begin, end
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dashes}"/>'


def text(x, y, words, anchor, weight="normal"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'


def key(x, width, colour, words, dashes=""):
    """One entry of the legend."""
    return [
        line((x, HEIGHT - 28), (x + width, HEIGHT - 28), colour, dashes),
        text(x + width + 6, HEIGHT - 24, words, "start"),
    ]


def storm(points):
    """The picture of these points, as SVG."""
    times = [point[way]["took"] for point in points for way in ("withQueue", "withoutQueue")]
    times += [point["atBest"] for point in points]
    calls = [point[way]["calls"] / point["services"] for point in points for way in ("withQueue", "withoutQueue")]
    signals = [point["signals"] for point in points]
    time = Panel(LEFTS[0], "Time until the last signal is processed, s", signals, times)
    cost = Panel(LEFTS[1], "Calls to ECS for each service", signals, calls)
    time.frame()
    cost.frame()
    legend = []
    for index, services in enumerate(sorted({point["services"] for point in points})):
        own, colour = [point for point in points if point["services"] == services], COLOURS[index % len(COLOURS)]
        for way, dashes in (("withQueue", ""), ("withoutQueue", "7 5")):
            time.curve([(point["signals"], point[way]["took"]) for point in own], colour, dashes)
            cost.curve([(point["signals"], point[way]["calls"] / services) for point in own], colour, dashes)
        if own[0]["atBest"]:
            time.limit(own[0]["signals"], own[-1]["signals"], own[0]["atBest"], colour)
        x = LEFTS[0] + index * 130
        legend += key(x, 24, colour, f"{services:,} services")
    x = LEFTS[0] + 400
    for words, dashes in (("through the queue", ""), ("without it", "7 5"), ("least by ECS's limits", "1 4")):
        legend += key(x, 28, "#333", words, dashes)
        x += 160
    body = "\n".join(time.parts + cost.parts + legend)
    style = 'font-family="sans-serif" font-size="12" fill="#333"'
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {style}>
<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>
{body}
</svg>
"""
