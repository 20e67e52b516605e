"""docs/performance.md, from what was measured."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from competitors import ONE_ROOT, roots

FLOOR, OURS, BARE = "hello", "this function", "bare SDK"


@dataclass
class Run:
    """How the measuring went."""

    processes: int
    warm_events: int
    # Of the last minute before it began.
    load: float
    seconds: float
    # What could not be measured, and why.
    missing: list


class Samples:
    """What was measured of one competitor, metric by metric, in milliseconds, MiB and KiB."""

    def __init__(self, competitor, processes):
        first, warm = [each["first"] for each in processes], [event for each in processes for event in each["warm"]]
        self.without_sdk = competitor.without_sdk
        self.metrics = {
            "init": [each["init"] / 1e6 for each in processes],
            "first event": [each["took"] / 1e6 for each in first],
            "warm event": [each["took"] / 1e6 for each in warm],
            "processor time": [each["processor_time"] / 1e6 for each in processes],
            "peak memory": [each["peak_memory"] / 2**20 for each in processes],
            "zip": [competitor.size / 2**10],
        }
        self.cold = median(each["init"] + each["first"]["took"] for each in processes) / 1e6
        self.first, self.warm = parts(first), parts(warm)
        self.connections = median(each["connections"] for each in first)
        self.calls = median(each["calls"] for each in first)

    def median(self, metric):
        return median(self.metrics[metric])


def parts(events):
    """The medians of the stretches of an event, in milliseconds; None for one that calls nobody."""
    if any(each["last_answer"] is None for each in events):
        return None
    stretches = [[], [], [], []]
    for each in events:
        connected = each["connected"] or 0
        marks = [0, connected, each["first_call"], each["last_answer"], each["took"]]
        for stretch, (begin, end) in zip(stretches, zip(marks, marks[1:])):
            stretch.append((end - begin) / 1e6)
    return [median(stretch) for stretch in stretches]


def number(value):
    """Two or three digits that say something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.3f}"


def spread(samples):
    if len(samples) < 2:
        return number(samples[0])
    low, _, high = quantiles(samples, n=4)
    return f"**{number(median(samples))}** ({number(low)}–{number(high)})"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


METRICS = {
    "init": "init, ms",
    "first event": "first event, ms",
    "warm event": "warm event, ms",
    "processor time": "processor until then, ms",
    "peak memory": "peak memory, MiB",
    "zip": "zip, KiB",
}


def performance(run, field, measured, points):
    every = {each.name: Samples(each, measured[each.name]) for each in field}
    samples = {name: each for name, each in every.items() if name != ONE_ROOT}
    sections = [
        INTRODUCTION,
        *(f"**Not measured.** {text}" for text in run.missing),
        "## Side by side",
        side_by_side(samples),
        MEANING,
        "## Ratios",
        "How many times what this function takes:",
        ratios(samples, OURS),
        f"How many times what the floor takes (`{FLOOR}`):",
        ratios(samples, FLOOR),
        "## What the rest is spent on",
        spent(samples, every[ONE_ROOT]),
        "## How it is measured",
        how(run, field),
        "## A storm as a curve",
        storm(points),
    ]
    return "\n\n".join(sections) + "\n"


INTRODUCTION = """# Performance

Written by `make bench`, wholly: every figure comes from one run of that command. Do not edit it. Times depend on the
machine, ratios much less; to compare two versions, run both on one machine."""

MEANING = """Each figure is a median, with the quartiles in brackets.

- **init**: from the start of the process until it asks Lambda for its first event.
- **first event**, **warm event**: from the moment that Lambda hands the event out until the answer has arrived there.
  TLS is in it: the first event opens the connections.
- **processor until then**: what all threads of the process have used of a processor until it asked for its second event. Lambda
  gives a processor by the memory that is configured, so on a small one this is what a cold start waits for.
- **peak memory**: what the kernel counts (`VmHWM`), at the end of all events.
- **zip**: what is deployed, compressed by `deflate`.

This function runs with `ROLLBACK_MEMORY_SECONDS=0`, so that it looks at ECS for every event, as the others do. Notices, look-ups
and figures are off."""


def side_by_side(samples):
    rows = [[name, *(spread(each.metrics[metric]) for metric in METRICS)] for name, each in samples.items()]
    notes = [f"- The zip of {name} has the code only: {each.without_sdk}." for name, each in samples.items() if each.without_sdk]
    return table(["", *METRICS.values()], rows) + "\n\n" + "\n".join(notes)


def ratios(samples, base):
    rows = []
    for name, each in samples.items():
        if name != base:
            rows.append([name, *(ratio(each, samples[base], metric) for metric in METRICS)])
    return table(["", *METRICS], rows)


def ratio(one, base, metric):
    if metric == "zip" and one.without_sdk:
        return "–"
    return number(one.median(metric) / base.median(metric))


def spent(samples, one_root):
    stretches = ["until it connects", "until its first call is read", "until its last call is answered", "until it answers"]
    head = ["", "first event: ", *stretches[1:], "connections", "calls", "warm event: until its first call is read", *stretches[2:]]
    head[1] += stretches[0]
    rows = []
    for name, each in samples.items():
        if each.first:
            warm = [each.warm[0] + each.warm[1], *each.warm[2:]]
            cells = [number(part) for part in each.first]
            rows.append([name, *cells, f"{each.connections:g}", f"{each.calls:g}", *map(number, warm)])
    text = """Stretches of an event, in milliseconds, as Lambda and ECS see them. Until the first call is read, a first event opens its
connections: TCP, and TLS with the check of the certificate. Then the calls go one after another, but for those that the function
makes side by side. Medians of each stretch, which need not add up."""
    ours, bare, floor = samples[OURS], samples[BARE], samples[FLOOR]
    lines = [["", "init", "first event", "warm event", "processor time", "peak memory"]]
    for title, parts_of in [
        ("the runtime (`hello`)", lambda metric: floor.median(metric)),
        ("the SDK, TLS and the four calls (`bare SDK` − `hello`)", lambda metric: bare.median(metric) - floor.median(metric)),
        ("this function's own (`this function` − `bare SDK`)", lambda metric: ours.median(metric) - bare.median(metric)),
        ("**together**", lambda metric: ours.median(metric)),
        (f"of which {certificates()} root certificates (against one)", lambda metric: ours.median(metric) - one_root.median(metric)),
    ]:
        lines.append([title, *(signed(parts_of(metric)) for metric in lines[0][1:])])
    layers = table(lines[0], lines[1:])
    return f"""{text}

{table(head, rows)}

The same by layers, from the three programs in Rust, in milliseconds and MiB. The function's own has a second connection in
it, with its TLS: two of its calls are made side by side, which here costs a handshake and with a network saves a round trip. A figure
below nothing is saved, or lost in the spread.

{layers}"""


def certificates():
    return Path(roots()).read_text().count("BEGIN CERTIFICATE")


def signed(value):
    return number(value) if value >= 0 else f"−{number(-value)}"


def how(run, field):
    machine = f"{os.cpu_count()} × {processor()}, {platform.system()} {platform.machine()}"
    competitors = "\n".join(f"- **{each.name}**: {each.what}." for each in field)
    return f"""    make bench

{competitors}

One program (`bench/src`) is both Lambda, by its Runtime API, and Amazon ECS, by the [simulator](../simulator/README.md) behind
TLS 1.3 with a certificate from an authority that lives for one run. Each competitor trusts that authority in the way of its
SDK: `SSL_CERT_FILE` (Rust) and `AWS_CA_BUNDLE` (boto3) hold certifi's roots and the authority, `NODE_EXTRA_CA_CERTS` (Node)
the authority beside Node's own roots. The event is [`alarm-action-metric.json`](../events/alarm-action-metric.json) with its times
moved to the present, and before each event the simulator is as new: `prod/web`, with a deployment in flight. The event counts
only if exactly one rollback began.

The competitors take turns, a process of each in every round: {run.processes} rounds, {run.warm_events} warm events for each
process, after a round that is not counted. It took {run.seconds:.0f} s on {machine}. The load average was {run.load:.2f} when it
began; above {os.cpu_count()} others were at work, and the spread shows it.

What this favours or leaves out:

- The network takes no time here, and no name is looked up. With a network every call in sequence costs the same to
  everybody, so differences stay and ratios shrink.
- Lambda's own work before a process starts (the download and unpacking of the zip, the sandbox) is not there. It grows with
  the zip.
- Python runs under the runtime client that Lambda uses. Node's is not on npm without a native build, so `bench/node/runtime.mjs`
  stands for it, and does less.
- Python and Node read their SDK from this machine's disk, from a warm cache. They judge less: no paging, no look at who rolls
  back already, no memory, no metrics.
- What they log goes to a file."""


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown processor"


def storm(points):
    times, calls = [], []
    for point in points:
        size = [f"{point['services']:,}", f"{point['signals']:,}"]
        queued, plain = point["withQueue"], point["withoutQueue"]
        times.append([*size, number(point["atBest"]), *how_long(point, queued), *how_long(point, plain)])
        lost = [f"{plain['rolledBack']} of {point['inFlight']}", f"{plain['lost']:,}"]
        calls.append([*size, *(number(toll["calls"] / point["services"]) for toll in (queued, plain)), *lost])
    size, took = ["services", "signals"], ["took, s", "× least", "last rollback, s"]
    head = [*size, "least, s", *(f"{way}: {each}" for way in ("queue", "none") for each in took)]
    lost = ["none: rolled back", "none: signals lost"]
    return f"""Signals from EventBridge over services of which one in five has a deployment in flight, while ECS throttles as documented and
takes 20 ms for a call. *queue*: through the stack's queue, with the template's defaults. *none*: each signal is an asynchronous
invocation of its own, a hundred at a time in waves, tried again after one minute and after two more as Lambda does, without the
queue and without memory. With the queue every deployment in flight was rolled back and no signal was lost: the run fails
otherwise. *least* is the shortest time in which ECS's documented limits let each service be looked at once; where it is 0, the
limits do not bind. Each of the queue's two execution environments remembers for itself, so a service is looked at once or twice.

The clock is simulated, so no figure depends on the machine. Those without the queue differ from run to run: the SDK waits for a
random time before it tries again, and that decides who is throttled.

![Time and calls of a storm, against its signals and services](storm.svg)

{table(head, times)}

Calls to ECS for each service, and what was lost without the queue:

{table([*size, "queue: calls", "none: calls", *lost], calls)}

The storm is in `tests/flows/storm/`; `make test` holds two of its points to bounds."""


def how_long(point, toll):
    times_least = number(toll["took"] / point["atBest"]) if point["atBest"] else "–"
    return [number(toll["took"]), times_least, number(toll["rolledBackIn"])]


def line(field, measured):
    """What the README says in one line."""
    samples = {each.name: Samples(each, measured[each.name]) for each in field}
    ours = samples[OURS]
    others = [name for name in ("Python", "Node, bundled") if name in samples]

    def beside(of):
        return ", ".join(f"{name.partition(',')[0]} {number(of(samples[name]) / of(ours))} ×" for name in others)

    cold, warm, memory = lambda each: each.cold, lambda each: each.median("warm event"), lambda each: each.median("peak memory")
    return (
        f"Process start to first rollback **{number(cold(ours))} ms** ({beside(cold)}), warm event **{number(warm(ours))} ms** "
        f"({beside(warm)}), peak memory **{number(memory(ours))} MiB** ({beside(memory)}): `make bench`, "
        "[performance](docs/performance.md)."
    )
