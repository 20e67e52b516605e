"""Metrics and log lines for the illustration of the dashboard: what the function writes for the events in events/.

Each event meets a fresh shop in the simulator, at noon, and so do ECS's own events about what follows. The
illustration spreads them over a few hours.
"""

import datetime
import json
import re
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from harness import ROOT
from harness.cargo import cargo
from harness.lambda_runtime import Failed, function
from harness.simulator import simulator

SCENARIO = ROOT / "crates" / "simulator" / "scenarios" / "shop.toml"
NAMESPACE = "ecs-auto-rollback"
# In the scenario, and in every event.
NOON = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
STAMP = re.compile(r"2026-0(?:6-01|5-31)T[\d:]{8}")
# In seconds of the simulation: a rollback takes six.
UNTIL_IT_ENDS = 8
# For everything, in seconds.
AT_MOST = 900


@dataclass
class Recording:
    """What was written, each with its place in time: a number from 0."""

    # Namespace, name and dimensions of a metric to its values, each with its place.
    metrics: dict = field(default_factory=dict)
    lines: list = field(default_factory=list)
    length: int = 0

    def add(self, namespace, name, dimensions, value):
        values = self.metrics.setdefault((namespace, name, frozenset(dimensions.items())), [])
        values.append((self.length, value))

    def read(self, line):
        """Takes a line of the function's output."""
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = {name: line[name] for name in names}
                for metric in directive["Metrics"]:
                    self.add(directive["Namespace"], metric["Name"], dimensions, line[metric["Name"]])
        if "message" in line:
            self.lines.append((self.length, line))


def record():
    """Sends every event, and what ECS reports afterwards."""
    cargo(
        "the build of the programs",
        "build",
        "--locked",
        "-p",
        "simulator",
        "-p",
        "ecs-auto-rollback",
        "-p",
        "local-lambda",
    )
    # As if noon were now, so that times from the beginning of a signal are those of the scenario.
    to_now = datetime.datetime.now(datetime.UTC).replace(microsecond=0) - NOON
    recording = Recording()
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        folder = Path(name)
        scenario = folder / "shop.toml"
        scenario.write_text(moved(SCENARIO.read_text(), to_now))
        with (
            simulator(scenario, folder / "simulator.log", ("--speed", "0", "--max-seconds", str(AT_MOST))) as ecs,
            function(folder, ecs.url, ecs.url, settings(), AT_MOST) as ours,
        ):
            for file in sorted((ROOT / "events").glob("*.json")):
                ecs.reset()
                seen = len(ecs.events())
                send(recording, ours, folder, json.loads(moved(file.read_text(), to_now)))
                ecs.advance(UNTIL_IT_ENDS)
                for event in ecs.events()[seen:]:
                    if event["detail-type"] == "ECS Deployment State Change":
                        send(recording, ours, folder, event)
                recording.length += 1
    return recording


def settings():
    return {
        "ROLLBACK_MODE": "enforce",
        "ROLLBACK_MAX_SIGNAL_AGE_SECONDS": "0",
        "ROLLBACK_MEMORY_SECONDS": "0",
        "ROLLBACK_LOOK_UPS": "none",
        "ROLLBACK_ECS_EVENTS": "deployment-failed task-start-impaired task-configuration-failure",
        "POWERTOOLS_METRICS_NAMESPACE": NAMESPACE,
    }


def moved(text, by):
    """A text whose times of the scenario's day are later by `by`."""

    def later(found):
        at = datetime.datetime.fromisoformat(found[0]) + by
        return at.strftime("%Y-%m-%dT%H:%M:%S")

    return STAMP.sub(later, text)


def send(recording, ours, folder, event):
    log = folder / "function.log"
    before, began = log.stat().st_size, time.monotonic()
    failed = 0
    try:
        ours.answer(event)
    except Failed:
        failed = 1
    took = 1000 * (time.monotonic() - began)
    for name, value in (("Invocations", 1), ("Errors", failed), ("Duration", took)):
        recording.add("AWS/Lambda", name, {}, value)
    for line in log.read_bytes()[before:].decode().splitlines():
        if line.startswith("{"):
            recording.read(json.loads(line))
