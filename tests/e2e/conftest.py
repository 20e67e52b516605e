"""Runs the whole stack on this machine: ministack with the packaged release binary, and the simulator as ECS."""

import contextlib
import signal
import sys

import pytest

import stack
from harness.ministack import ministack
from harness.programs import free_port
from harness.simulator import scenario, simulator
from world import World

# Services with a deployment in flight. Each is rolled back by at most one test.
IN_FLIGHT = [
    "web",
    "cart",
    "checkout",
    "orders",
    "payments",
    "search",
    "catalog",
    "pricing",
    "stock",
    "mail",
    "refunds",
    "coupons",
    "profile",
    "ledger",
    "billing",
    "returns",
    "gifts",
    "tax",
]
# Services without a deployment in flight.
AT_REST = ["accounts", "reviews", "reports", "wishlist", "shipping"]

# A task definition whose tasks do not start.
BROKEN = "accounts:42"

SERVICES = "cloudformation,s3,iam,lambda,logs,sqs,sns,events,cloudwatch,sts,elasticloadbalancing"

# Durations in seconds, short enough for tests. Alarms and events have whole seconds, so a deployment must be older than
# one second to count as their cause.
TIMING = {"pending": 0.2, "stage": 0.2, "launch": 1, "task_failure": 2, "rollback_requested": 0.2, "rollback": 0.5}


def pytest_configure():
    """Stops all started programs even if the run is ended by a signal."""
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda number, _: pytest.exit(f"ended by signal {number}"))


@pytest.fixture(scope="session")
def deployed(tmp_path_factory):
    if not sys.platform.startswith("linux"):
        pytest.skip("the package is a program for Linux, and ministack runs it as it is")
    assert stack.PACKAGE.exists(), "there is no package yet: `make e2e` builds it"
    folder = tmp_path_factory.mktemp("e2e")
    port = free_port()
    services = [{"cluster": "prod", "name": name} for name in IN_FLIGHT]
    services += [{"cluster": "prod", "name": name, "in_flight": []} for name in AT_REST]
    with contextlib.ExitStack() as running:
        shop = folder / "shop.toml"
        shop.write_text(scenario(services, timing=TIMING, broken_task_definitions=[BROKEN]))
        options = ["--max-seconds", "600", "--events-to", f"http://127.0.0.1:{port}"]
        ecs = running.enter_context(simulator(shop, folder / "simulator.log", options))
        # ministack passes its own environment to the function, where the SDK finds its endpoints.
        settings = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ENDPOINT_URL_ECS": ecs.url}
        cloud = running.enter_context(ministack(folder, SERVICES, port, settings))
        yield World(cloud, ecs, folder / "ministack.log")


@pytest.fixture
def world(deployed):
    deployed.begin()
    return deployed


@pytest.fixture
def ecs_events(world):
    """ECS's events about deployments and tasks on the bus."""
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change", "ECS Service Action"]}
    with world.inbox_of_bus(pattern) as inbox:
        yield inbox
