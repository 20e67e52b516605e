"""The simulator for one test, with clients that check its answers."""

import contextlib

from harness import ROOT, aws
from harness.simulator import STANDS_STILL, Simulator, simulator
from strict import Strict

SHOP = ROOT / "crates" / "simulator" / "scenarios" / "shop.toml"


class Simulation(Simulator):
    """A simulator whose answers are checked against the API model."""

    def __init__(self, url, log):
        super().__init__(url)
        self.log = log
        self._strict = []

    def client(self, service="ecs", patience=aws.PATIENCE):
        """A stock client that checks every answer."""
        client = aws.client(service, self.url, patience)
        strict = Strict(service)
        self._strict.append(strict)
        client.meta.events.register(f"before-parse.{service}.*", strict)
        return client

    def checked(self):
        """The number of answers that were checked."""
        return sum(strict.seen for strict in self._strict)


@contextlib.contextmanager
def simulation(scenario, folder, options=STANDS_STILL):
    """Runs the simulator with the scenario in this file."""
    log = folder / "simulator.log"
    with simulator(scenario, log, options) as simulated:
        yield Simulation(simulated.url, log)


@contextlib.contextmanager
def scenario_of(text, folder):
    """Runs the simulator with this scenario."""
    scenario = folder / "scenario.toml"
    scenario.write_text(text)
    with simulation(scenario, folder) as simulated:
        yield simulated
