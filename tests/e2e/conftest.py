"""The whole of it on this machine: the stack in ministack, its function the packaged release binary, ECS the
simulator."""

import contextlib
import signal
import sys

import pytest

import stack
from harness.ministack import ministack
from harness.programs import free_port
from harness.simulator import scenario, simulator
from world import World

# Every service of the tests, each with a deployment in flight. None is rolled back by two of them.
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
# These have been deployed, and nothing is in flight.
AT_REST = ["accounts", "reviews", "reports", "wishlist", "shipping"]

# Its tasks do not start.
BROKEN = "accounts:42"

SERVICES = "cloudformation,s3,iam,lambda,logs,sqs,sns,events,cloudwatch,sts,elasticloadbalancing"

# ECS with a life that can be waited for, in seconds. Alarms and events come with whole seconds of the clock, so that
# what is in flight must be older than one before it can be blamed.
TIMING = {"pending": 0.2, "stage": 0.2, "launch": 1, "task_failure": 2, "rollback_requested": 0.2, "rollback": 0.5}


def pytest_configure():
    """Who is told to end still stops what was started."""
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda number, _: pytest.exit(f"told to end by signal {number}"))


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
        # ministack hands its own environment to the function, in which the SDK finds its endpoints.
        settings = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ENDPOINT_URL_ECS": ecs.url}
        cloud = running.enter_context(ministack(folder, SERVICES, port, settings))
        yield World(cloud, ecs, folder / "ministack.log")


@pytest.fixture
def world(deployed):
    deployed.begin()
    return deployed


@pytest.fixture
def news(world):
    """What ECS says on the bus of deployments and tasks."""
    pattern = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change", "ECS Service Action"]}
    with world.inbox_of_bus(pattern) as inbox:
        yield inbox
