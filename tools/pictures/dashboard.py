"""The stack's dashboard, drawn from its body in template.yaml as the CloudWatch console lays it out."""

import html
import json
import re
import statistics
from itertools import pairwise

import queries
from browser import pictures
from harness.templates import Stack
from plot import Series, single_values, time_series
from recording import NAMESPACE, record

WIDTH, COLUMNS, ROW, GAP = 1280, 24, 40, 8
TITLE = "Illustration: the dashboard of template.yaml, with what the function wrote for the events in events/"
STATS = {"Sum": sum, "Maximum": max, "SampleCount": len, "Average": statistics.mean, "p50": statistics.median}


def draw(folder):
    recording = record()
    stack = Stack(Mode="enforce", SelfAlarmTopicArn="arn:aws:sns:eu-west-1:111122223333:pager")
    (dashboard,) = stack.of_type("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    rows = max(widget["y"] + widget["height"] for widget in widgets)
    body = f'<h1>{TITLE}</h1><main style="height:{rows * ROW}px">'
    body += "".join(placed(widget, recording, stack) for widget in widgets) + "</main>"
    return pictures(folder, "dashboard", WIDTH + 16, body)


def placed(widget, recording, stack):
    unit = WIDTH / COLUMNS
    x, y, width, height = widget["x"] * unit, widget["y"] * ROW, widget["width"] * unit, widget["height"] * ROW
    properties = widget["properties"]
    inside = width - GAP - 24, height - GAP - 44
    match widget["type"]:
        case "text":
            content = f"<p>{marked(properties['markdown'])}</p>"
        case "alarm":
            content = alarms(properties, stack)
        case "log":
            content = log(properties, recording, inside)
        case _:
            content = metric(properties, recording, inside)
    title = f"<h2>{html.escape(properties['title'])}</h2>" if "title" in properties else ""
    place = f"left:{x}px;top:{y}px;width:{width - GAP}px;height:{height - GAP}px"
    return f'<section style="{place}">{title}{content}</section>'


def marked(markdown):
    text = html.escape(markdown, quote=False)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"\[(.+?)\]\((.+?)\)", r"<u>\1</u>", text)
    return text.replace("\n", "<br>")


def alarms(properties, stack):
    made = stack.of_type("AWS::CloudWatch::Alarm")
    names = [arn.removesuffix(".Arn") for arn in properties["alarms"]]
    return "".join(f"<span class=alarm>{html.escape(str(made[n].get('AlarmName', n)))}</span>" for n in names)


def log(properties, recording, size):
    lines = [line | {"@timestamp": clock(place, recording)} for place, line in recording.lines]
    columns, rows = queries.answer(properties["query"], lines)
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    shown = rows[: int(size[1] // 20) - 1]
    cells = ("".join(f"<td>{html.escape(str(cell or ''))}</td>" for cell in row) for row in shown)
    return f"<table><tr>{head}</tr>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def clock(place, recording):
    minutes = 9 * 60 + place * 180 // recording.length
    return f"{minutes // 60:02}:{minutes % 60:02}"


def metric(properties, recording, size):
    series = [each for entry in whole(properties["metrics"]) for each in series_of(entry, properties, recording)]
    if properties.get("view") == "singleValue":
        return single_values(series, recording.length)
    stacked = properties.get("stacked", False)
    return time_series(series, recording.length, size, lambda place: clock(place, recording), stacked)


def whole(entries):
    """The entries of a widget's metrics, in which "." stands for what the one before has at this place."""
    entries = [[[each for each in entry if isinstance(each, str)], *options_of(entry)] for entry in entries]
    for (before, *_), (names, *_) in pairwise(entries):
        names[:] = [old if new == "." else new for new, old in zip(names, before + names[len(before) :], strict=False)]
    return entries


def options_of(entry):
    return [each for each in entry if isinstance(each, dict)] or [{}]


def series_of(entry, properties, recording):
    """The series that an entry of a widget's metrics stands for."""
    names, options = entry
    axis = options.get("yAxis", "left")
    if "expression" in options:
        return [Series(label, values, axis=axis) for label, values in searched(options["expression"], recording)]
    namespace, name, *pairs = names
    # The recording has one function, whose name is not the stack's.
    dimensions = dict(zip(pairs[::2], pairs[1::2], strict=True)) if namespace == NAMESPACE else {}
    values = recording.metrics.get((namespace, name, frozenset(dimensions.items())), [])
    stat = options.get("stat", properties.get("stat", "Average"))
    return [Series(options.get("label", name), points(values, stat), options.get("color"), axis)]


def searched(expression, recording):
    """Label and points of what SEARCH finds: the series with exactly these dimensions, of one metric or of all."""
    found = re.match(r"SEARCH\('\{(.+?)\}(.*)', *'(\w+)'", expression)
    _, *dimensions = found[1].replace('"', "").split(",")
    wanted = re.search(r'MetricName="(\w+)"', found[2])
    series = []
    for (namespace, name, pairs), values in recording.metrics.items():
        named = dict(pairs)
        if namespace == NAMESPACE and named.keys() == set(dimensions) and (not wanted or wanted[1] == name):
            label = " ".join(named[each] for each in dimensions if each != "service") or name
            series.append((label, points(values, found[3])))
    return sorted(series, key=lambda each: -sum(each[1].values()))


def points(values, stat):
    """The statistic of the values at each place."""
    places = {}
    for place, value in values:
        places.setdefault(place, []).append(value)
    return {place: STATS[stat](each) for place, each in places.items()}
