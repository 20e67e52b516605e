"""Series of numbers over time, drawn as the CloudWatch console does."""

import html
from dataclasses import dataclass

COLOURS = ["#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf", "#aec7e8",
           "#ffbb78", "#98df8a", "#c5b0d5", "#c49c94", "#f7b6d2"]  # fmt: skip
# Room for the numbers of an axis, and for the times below.
SIDE, FOOT, TOP = 44, 16, 8


@dataclass
class Series:
    """Its values by place, which is a number from 0."""

    label: str
    values: dict
    colour: str | None = None
    axis: str = "left"


def coloured(series):
    """Each series with its colour."""
    return [(each, each.colour or COLOURS[nth % len(COLOURS)]) for nth, each in enumerate(series)]


def single_values(series, length):
    cells = []
    for each, colour in coloured(series):
        total = f"{sum(each.values.values()):,.0f}" if each.values else "–"
        line = sparkline(each.values, length, colour)
        cells.append(f"<div class=value><b>{total}</b><span>{html.escape(each.label)}</span>{line}</div>")
    return f"<div class=values>{''.join(cells)}</div>"


def sparkline(values, length, colour):
    most = max(values.values(), default=0) or 1
    tall = {place: 18 * value / most for place, value in values.items()}
    bars = "".join(bar(100 * place / length, 20 - each, 1.6, each, colour) for place, each in tall.items())
    return f'<svg viewBox="0 0 100 20" height="28" width="100%" preserveAspectRatio="none">{bars}</svg>'


def time_series(series, length, size, clock, stacked):
    series = [(each, colour) for each, colour in coloured(series) if each.values]
    if not series:
        return "<p class=dim>No data in this illustration.</p>"
    width, height = size[0], size[1] - 24
    bottom = height - FOOT
    step = (width - 2 * SIDE) / length
    parts = []
    for axis in ("left", "right"):
        mine = [each for each in series if each[0].axis == axis]
        most = highest([each for each, _ in mine], stacked)
        for share in (0, 0.5, 1) if mine else ():
            y = bottom - share * (bottom - TOP)
            x, anchor = (SIDE - 6, "end") if axis == "left" else (width - SIDE + 6, "start")
            parts.append(f'<line x1="{SIDE}" x2="{width - SIDE}" y1="{y:.1f}" y2="{y:.1f}" class=grid />')
            parts.append(f'<text x="{x}" y="{y + 4:.1f}" text-anchor="{anchor}">{number(share * most)}</text>')
        base = {}
        for each, colour in mine:
            for place, value in sorted(each.values.items()):
                below = base.get(place, 0)
                tall = value / most * (bottom - TOP)
                x, y = SIDE + place * step, bottom - below - tall
                if stacked:
                    parts.append(bar(x, y, 0.7 * step, tall, colour))
                    base[place] = below + tall
                else:
                    parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
    for mark in range(4):
        place = length * mark // 4
        parts.append(f'<text x="{SIDE + place * step:.1f}" y="{height}">{clock(place)}</text>')
    keys = (
        f'<span class=key><i style="background:{colour}"></i>{html.escape(each.label)}</span>'
        for each, colour in series
    )
    return f'<svg width="{width}" height="{height}">{"".join(parts)}</svg><div class=legend>{"".join(keys)}</div>'


def highest(series, stacked):
    totals = {}
    for each in series:
        for place, value in each.values.items():
            totals[place] = totals.get(place, 0) + value if stacked else max(totals.get(place, 0), value)
    return max(totals.values(), default=0) or 1


def number(value):
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def bar(x, y, width, height, fill):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'
