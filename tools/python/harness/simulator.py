"""Amazon ECS: the simulator, as a program on this machine."""

import contextlib
import json
import os
import time

from harness import ACCOUNT, REGION
from harness.cargo import target_directory
from harness.programs import running
from harness.web import ask

# It ends by itself after this many seconds, even if the process that started it is killed before it can clean up.
STANDS_STILL = ("--speed", "0", "--max-seconds", "120")


class Simulator:
    """The simulator, and what can be asked of it besides ECS's own API."""

    def __init__(self, url):
        self.url = url

    def services(self):
        """The state of every service, by `cluster/service`."""
        return {service["service"]: service for service in self._ask("services")["services"]}

    def now(self):
        """The time there."""
        return self._ask("services")["now"]

    def calls(self):
        """The calls so far, in order."""
        return self._ask("calls")["calls"]

    def accepted(self):
        """The calls that made a deployment roll back."""
        return [call for call in self.calls() if call["accepted"]]

    def events(self):
        """The events that ECS sent to EventBridge so far, in order."""
        return self._ask("events")["events"]

    def set_alarm(self, name, in_alarm):
        """Makes an alarm that services watch go to ALARM, or leave it."""
        self._ask("alarms", "POST", {"name": name, "inAlarm": in_alarm})

    def forget_calls(self):
        self._ask("calls", "DELETE")

    def reset(self):
        """Restores the initial state."""
        self._ask("reset", "POST", {})

    def advance(self, seconds):
        self._ask("advance", "POST", {"seconds": seconds})

    def inject(self, fault):
        """Makes calls fail as the fault says."""
        self._ask("faults", "POST", fault)

    def clear_faults(self):
        self._ask("faults", "DELETE")

    def _ask(self, what, method="GET", body=None):
        return ask(f"{self.url}/_simulator/{what}", method, body)


@contextlib.contextmanager
def simulator(scenario, log, options=STANDS_STILL):
    """Runs the simulator with the scenario in this file."""
    binary = os.environ.get("SIMULATOR_BIN", target_directory() / "debug" / "simulator")
    command = [binary, "--port", "0", "--scenario", scenario, *options]
    with running("the simulator", command, log) as program:
        yield Simulator(program.address())


def scenario(services, account=ACCOUNT, **more):
    """A scenario with these services, as TOML; each has a deployment in flight if it does not say otherwise."""
    now = time.time()

    def stamp(before):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - before))

    lines = [
        f"now = {stamp(0)}",
        f'home = {{ account = "{account}", region = "{REGION}", partition = "aws" }}',
        *(f"{key} = {toml(value)}" for key, value in more.items()),
        "[default]",
        "[default.finished]",
        'task_definition = "{service}:41"',
        'status = "SUCCESSFUL"',
        f"created_at = {stamp(86400)}",
        f"finished_at = {stamp(86000)}",
        "[default.in_flight]",
        'task_definition = "{service}:42"',
        'status = "IN_PROGRESS"',
        'stage = "BAKE_TIME"',
        f"created_at = {stamp(600)}",
        f"started_at = {stamp(598)}",
    ]
    for service in services:
        fields = {"finished": [{}], "in_flight": [{}]} | service
        lines += ["[[service]]", *(f"{key} = {toml(value)}" for key, value in fields.items())]
    return "\n".join(lines) + "\n"


def toml(value):
    """A value as TOML writes it in one line."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)
