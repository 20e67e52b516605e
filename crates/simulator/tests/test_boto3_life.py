"""The life of service deployments, lived by a stock boto3 against the simulator.

Every answer is held against botocore's own model of the API, strictly: a member that the model does not have, a value
of another type or an enumeration's unknown value fails the test, although boto3 itself would let it pass.

    cargo build -p simulator
    python -m pytest crates/simulator/tests

SIMULATOR_BIN names another binary than target/debug/simulator.
"""

import contextlib
import datetime
import json
import os
import pathlib
import subprocess
import time
import urllib.request
from itertools import chain

import boto3
import botocore.config
import botocore.exceptions
import pytest

ROOT = pathlib.Path(__file__).parents[3]
SHOP = ROOT / "crates" / "simulator" / "scenarios" / "shop.toml"

EMPTY = "now = 2026-06-01T12:00:00Z\n"

PYTHON_TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "double": (int, float),
    "float": (int, float),
    "boolean": bool,
    "timestamp": (int, float),
}


def violations(shape, value, where):
    """What in a raw JSON value is not as the shape says."""
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no structure"]
        unknown = [f"{where}.{name}: not in {shape.name}" for name in value if name not in shape.members]
        missing = [f"{where}.{name}: required" for name in shape.required_members if name not in value]
        inner = [
            violations(shape.members[name], v, f"{where}.{name}") for name, v in value.items() if name in shape.members
        ]
        return [*unknown, *missing, *chain.from_iterable(inner)]
    if shape.type_name == "list":
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        return list(chain.from_iterable(violations(shape.member, v, f"{where}[{n}]") for n, v in enumerate(value)))
    if shape.type_name == "map":
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no map"]
        return list(chain.from_iterable(violations(shape.value, v, f"{where}[{k}]") for k, v in value.items()))
    expected = PYTHON_TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        return [f"{where}: {value!r} is no {shape.type_name}"]
    enum = getattr(shape, "enum", None)
    return [f"{where}: {value!r} is not one of {enum}"] if enum and value not in enum else []


class Strict:
    """Checks raw answers as botocore gets them. Counts, so that a test can see that it looked."""

    def __init__(self):
        self.seen = 0

    def __call__(self, operation_model, response_dict, **_):
        self.seen += 1
        name = operation_model.name
        headers = {key.lower(): value for key, value in response_dict["headers"].items()}
        assert headers["content-type"] == "application/x-amz-json-1.1"
        assert len(headers["x-amzn-requestid"]) == 36
        body = json.loads(response_dict["body"])
        if response_dict["status_code"] < 300:
            found = violations(operation_model.output_shape, body, name)
        else:
            kind = body.pop("__type")
            errors = {shape.name: shape for shape in operation_model.error_shapes}
            common = {"ThrottlingException", "UnknownOperationException", "SerializationException"}
            assert kind in errors or kind in common, f"{name} has no {kind}"
            found = violations(errors[kind], body, kind) if kind in errors else []
        assert not found, "\n".join(found)


class Simulation:
    def __init__(self, endpoint, log):
        self.endpoint = endpoint
        self.log = log
        self.strict = Strict()

    def client(self, **config):
        client = boto3.client(
            "ecs",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="simulated",
            aws_secret_access_key="simulated",
            config=botocore.config.Config(retries={"total_max_attempts": 1}, **config),
        )
        client.meta.events.register("before-parse.ecs.*", self.strict)
        return client

    def control(self, method, what, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_simulator/{what}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def advance(self, seconds):
        self.control("POST", "advance", {"seconds": seconds})


@contextlib.contextmanager
def simulation(scenario, folder, *options):
    binary = os.environ.get("SIMULATOR_BIN", ROOT / "target" / "debug" / "simulator")
    log = folder / "simulator.log"
    with log.open("wb") as output:
        command = [binary, "--port", "0", "--scenario", scenario, "--max-seconds", "120", *options]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield Simulation(endpoint(process, log), log)
    finally:
        process.kill()
        process.wait(timeout=10)


def endpoint(process, log):
    for _ in range(500):
        for line in log.read_text().splitlines():
            if line.startswith("listening on "):
                return line.removeprefix("listening on ")
        assert process.poll() is None, log.read_text()
        time.sleep(0.02)
    raise AssertionError("the simulator did not say that it listens")


@pytest.fixture
def empty(tmp_path):
    scenario = tmp_path / "empty.toml"
    scenario.write_text(EMPTY)
    with simulation(scenario, tmp_path, "--speed", "0") as simulated:
        yield simulated
        assert simulated.strict.seen > 0


@pytest.fixture
def shop(tmp_path):
    with simulation(SHOP, tmp_path, "--speed", "0") as simulated:
        yield simulated


def create_service(ecs, name="web", **more):
    ecs.create_cluster(clusterName="prod")
    container = {"name": name, "image": f"{name}:1", "portMappings": [{"containerPort": 8080}]}
    registered = ecs.register_task_definition(family=name, containerDefinitions=[container])
    service = ecs.create_service(
        cluster="prod",
        serviceName=name,
        taskDefinition=name,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "DISABLED"}},
        tags=[{"key": "team", "value": "shop"}],
        **more,
    )["service"]
    return registered["taskDefinition"], service


def newest(ecs, service="web"):
    listed = ecs.list_service_deployments(cluster="prod", service=service)["serviceDeployments"]
    return max(listed, key=lambda deployment: deployment["createdAt"])


def described(ecs, arn):
    return ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]


def service_of(ecs, name="web"):
    return ecs.describe_services(cluster="prod", services=[name], include=["TAGS"])["services"][0]


def tasks_of(ecs, service="web", status="RUNNING"):
    arns = ecs.list_tasks(cluster="prod", serviceName=service, desiredStatus=status)["taskArns"]
    return ecs.describe_tasks(cluster="prod", tasks=arns, include=["TAGS"])["tasks"] if arns else []


def update(ecs, name="web", **more):
    container = {"name": name, "image": f"{name}:2"}
    task_definition = ecs.register_task_definition(family=name, containerDefinitions=[container])["taskDefinition"]
    ecs.update_service(cluster="prod", service=name, taskDefinition=task_definition["taskDefinitionArn"], **more)
    return newest(ecs, name)["serviceDeploymentArn"]


def error_of(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]


def test_a_deployment_is_rolled_back_on_request(empty):
    ecs = empty.client()
    first, service = create_service(ecs)
    assert service["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    assert newest(ecs)["status"] == "PENDING"
    empty.advance(120)
    assert newest(ecs)["status"] == "SUCCESSFUL"

    arn = update(ecs)
    empty.advance(10)
    in_flight = described(ecs, arn)
    assert in_flight["status"] == "IN_PROGRESS"
    source = in_flight["sourceServiceRevisions"][0]["arn"]
    assert service_of(ecs)["currentServiceDeployment"] == arn

    assert ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")["serviceDeploymentArn"] == arn
    assert described(ecs, arn)["status"] == "ROLLBACK_REQUESTED"
    ecs.stop_service_deployment(serviceDeploymentArn=arn)
    empty.advance(3)
    rolling_back = described(ecs, arn)
    assert rolling_back["status"] == "ROLLBACK_IN_PROGRESS"
    assert rolling_back["rollback"]["serviceRevisionArn"] == source
    empty.advance(4)
    ended = described(ecs, arn)
    assert ended["status"] == "ROLLBACK_SUCCESSFUL"
    assert ended["statusReason"] == "Service deployment rolled back by user."

    service = service_of(ecs)
    assert service["taskDefinition"] == first["taskDefinitionArn"]
    assert [d["rolloutState"] for d in service["deployments"]] == ["COMPLETED"]
    assert service["deployments"][0]["id"].removeprefix("ecs-svc/") == source.rsplit("/", 1)[1]
    revision = ecs.describe_service_revisions(serviceRevisionArns=[source])["serviceRevisions"][0]
    assert revision["taskDefinition"] == first["taskDefinitionArn"]
    assert error_of(ecs.stop_service_deployment, serviceDeploymentArn=arn) == "ConflictException"


@pytest.mark.parametrize(("action", "end"), [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL")])
def test_a_paused_deployment_goes_where_it_is_told(empty, action, end):
    ecs = empty.client()
    hook = {
        "targetType": "PAUSE",
        "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
        "timeoutConfiguration": {"timeoutInMinutes": 60, "action": "ROLLBACK"},
    }
    create_service(ecs)
    empty.advance(120)
    arn = update(ecs, deploymentConfiguration={"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]})
    empty.advance(120)
    paused = described(ecs, arn)
    assert (paused["status"], paused["lifecycleStage"]) == ("IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT")
    (waiting,) = paused["lifecycleHookDetails"]
    assert waiting["status"] == "AWAITING_ACTION"
    ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=waiting["hookId"], action=action)
    empty.advance(120)
    assert described(ecs, arn)["status"] == end


@pytest.mark.parametrize("strategy", ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"])
def test_every_step_of_every_strategy_is_as_the_model_says(empty, strategy):
    ecs = empty.client()
    create_service(ecs, deploymentConfiguration={"strategy": strategy, "bakeTimeInMinutes": 5})
    stages = []
    for _ in range(200):
        deployment = described(ecs, newest(ecs)["serviceDeploymentArn"])
        service_of(ecs)
        stages.append(deployment.get("lifecycleStage"))
        if deployment["status"] == "SUCCESSFUL":
            break
        empty.advance(60 if stages[-1] in ("PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME") else 0.9)
    else:
        raise AssertionError(stages)
    assert "SCALE_UP" in stages
    assert ("PRODUCTION_TRAFFIC_SHIFT" in stages) == (strategy != "ROLLING")


def test_an_alarm_rolls_back_by_itself(empty):
    ecs = empty.client()
    create_service(
        ecs, deploymentConfiguration={"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    )
    empty.advance(120)
    arn = update(ecs)
    empty.advance(10)
    empty.control("POST", "alarms", {"name": "errors", "inAlarm": True})
    triggered = described(ecs, arn)
    assert triggered["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["errors"],
        "triggeredAlarmNames": ["errors"],
    }
    empty.advance(10)
    assert described(ecs, arn)["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_newer_deployment_supersedes_and_for_a_moment_two_are_listed(empty):
    ecs = empty.client()
    create_service(ecs)
    empty.advance(120)
    older = update(ecs)
    empty.advance(5)
    ecs.update_service(cluster="prod", service="web", forceNewDeployment=True)
    listed = ecs.list_service_deployments(
        cluster="prod", service="web", status=["IN_PROGRESS", "PENDING", "STOP_REQUESTED"]
    )
    assert len(listed["serviceDeployments"]) == 2
    empty.advance(1)
    assert described(ecs, older)["status"] == "STOPPED"


def test_lists_come_in_pages(empty):
    ecs = empty.client()
    create_service(ecs)
    for _ in range(4):
        empty.advance(120)
        ecs.update_service(cluster="prod", service="web", forceNewDeployment=True)
    found, token = [], {}
    while True:
        page = ecs.list_service_deployments(cluster="prod", service="web", maxResults=2, **token)
        found += [entry["serviceDeploymentArn"] for entry in page["serviceDeployments"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert len(found) == len(set(found)) == 5

    for number in range(3):
        ecs.create_service(cluster="prod", serviceName=f"job-{number}", taskDefinition="web")
        ecs.create_cluster(clusterName=f"cluster-{number}")
    paged = ecs.get_paginator("list_services").paginate(cluster="prod", PaginationConfig={"PageSize": 2})
    assert len(paged.build_full_result()["serviceArns"]) == 4
    paged = ecs.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 1})
    assert len(paged.build_full_result()["clusterArns"]) == 4
    wrong = error_of(ecs.list_service_deployments, cluster="prod", service="web", nextToken="made-up")
    assert wrong == "InvalidParameterException"


def test_a_list_is_narrowed_by_status_and_creation_time(empty):
    ecs = empty.client()
    create_service(ecs)
    empty.advance(120)
    arn = update(ecs)
    in_flight = ecs.list_service_deployments(cluster="prod", service="web", status=["PENDING", "IN_PROGRESS"])
    assert [entry["serviceDeploymentArn"] for entry in in_flight["serviceDeployments"]] == [arn]
    created = in_flight["serviceDeployments"][0]["createdAt"]
    minute = datetime.timedelta(minutes=1)
    older = ecs.list_service_deployments(cluster="prod", service="web", createdAt={"before": created - minute})
    newer = ecs.list_service_deployments(cluster="prod", service="web", createdAt={"after": created - minute})
    assert [entry["status"] for entry in older["serviceDeployments"]] == ["SUCCESSFUL"]
    assert [entry["serviceDeploymentArn"] for entry in newer["serviceDeployments"]] == [arn]


def test_tasks_follow_their_deployments(empty):
    ecs = empty.client()
    create_service(ecs, propagateTags="SERVICE")
    empty.advance(120)
    task = tasks_of(ecs)[0]
    assert (task["lastStatus"], task["group"], task["launchType"]) == ("RUNNING", "service:web", "FARGATE")
    assert task["startedBy"] == service_of(ecs)["deployments"][0]["id"]
    assert task["containers"][0]["image"] == "web:1"
    assert task["tags"] == [{"key": "team", "value": "shop"}]

    update(ecs)
    empty.advance(10)
    assert sorted(task["lastStatus"] for task in tasks_of(ecs)) == ["PENDING", "PENDING", "RUNNING", "RUNNING"]
    paged = ecs.get_paginator("list_tasks").paginate(cluster="prod", PaginationConfig={"PageSize": 3})
    assert len(paged.build_full_result()["taskArns"]) == 4
    arns = [task["taskArn"] for task in tasks_of(ecs)]
    assert ecs.describe_tasks(cluster="prod", tasks=[arns[0].rsplit("/", 1)[1]])["tasks"][0]["taskArn"] == arns[0]
    gone = ecs.describe_tasks(cluster="prod", tasks=["0" * 32])["failures"][0]
    assert gone == {"arn": "arn:aws:ecs:us-east-1:123456789012:task/prod/" + "0" * 32, "reason": "MISSING"}
    assert error_of(ecs.describe_tasks, cluster="prod", tasks=arns * 26) == "InvalidParameterException"
    assert error_of(ecs.list_tasks, cluster="prod", serviceName="webx") == "ServiceNotFoundException"
    assert error_of(ecs.list_tasks, cluster="prod", startedBy="x", family="web") == "InvalidParameterException"


FAILING = """
now = 2026-06-01T12:00:00Z
broken_task_definitions = ["web:42"]
[[service]]
name = "web"
cluster = "prod"
configuration = { deploymentCircuitBreaker = { enable = true, rollback = true } }
finished = [{ task_definition = "web:41", revision = "41" }]
[[service.in_flight]]
task_definition = "web:42"
revision = "42"
image = "public.ecr.aws/shop/web:42"
stage = "SCALE_UP"
stays = 5
stopped_tasks = [{ reason = "CannotPullContainerError: no such image", container_reason = "CannotPullContainerError" }]
"""


def test_tasks_that_fail_say_why_and_events_tell_the_rest(tmp_path):
    scenario = tmp_path / "failing.toml"
    scenario.write_text(FAILING)
    with simulation(scenario, tmp_path, "--speed", "0") as failing:
        ecs = failing.client()
        pulled = tasks_of(ecs, status="STOPPED")
        assert [task["stopCode"] for task in pulled] == ["TaskFailedToStart"]
        assert pulled[0]["containers"][0]["reason"] == "CannotPullContainerError"
        failing.advance(60)
        stopped = sorted(tasks_of(ecs, status="STOPPED"), key=lambda task: task["stoppedAt"])
        assert [task["stopCode"] for task in stopped] == ["TaskFailedToStart"] + 3 * ["EssentialContainerExited"]
        assert {task["startedBy"] for task in stopped} == {"ecs-svc/42"}
        assert stopped[-1]["containers"][0]["exitCode"] == 1
        assert stopped[-1]["containers"][0]["image"] == "public.ecr.aws/shop/web:42"

        events = failing.control("GET", "events")["events"]
        changes = [event["detail"] for event in events if event["detail-type"] == "ECS Deployment State Change"]
        assert [(change["eventName"].split("_", 2)[2], change["deploymentId"]) for change in changes] == [
            ("FAILED", "ecs-svc/42"),
            ("IN_PROGRESS", "ecs-svc/41"),
            ("COMPLETED", "ecs-svc/41"),
        ]


def test_tags_come_and_go(empty):
    ecs = empty.client()
    _, service = create_service(ecs)
    arn = service["serviceArn"]
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "auto-rollback", "value": "off"}])
    ecs.untag_resource(resourceArn=arn, tagKeys=["team"])
    expected = [{"key": "auto-rollback", "value": "off"}]
    assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == expected
    assert service_of(ecs)["tags"] == expected
    assert "tags" not in ecs.describe_services(cluster="prod", services=["web"])["services"][0]


def test_what_is_not_there_is_said_to_be_missing(empty):
    ecs = empty.client()
    _, service = create_service(ecs)
    nowhere = service["serviceArn"] + "x"
    assert ecs.describe_services(cluster="prod", services=["webx"])["failures"] == [
        {"arn": nowhere, "reason": "MISSING"}
    ]
    arn = newest(ecs)["serviceDeploymentArn"] + "x"
    assert ecs.describe_service_deployments(serviceDeploymentArns=[arn])["failures"][0]["reason"] == "MISSING"
    assert ecs.describe_clusters(clusters=["other"])["failures"][0]["reason"] == "MISSING"
    assert error_of(ecs.stop_service_deployment, serviceDeploymentArn=arn) == "ServiceDeploymentNotFoundException"
    assert error_of(ecs.describe_services, cluster="other", services=["web"]) == "ClusterNotFoundException"
    assert error_of(ecs.describe_services, services=["web"]) == "ClusterNotFoundException"
    assert error_of(ecs.list_service_deployments, cluster="prod", service="webx") == "ServiceNotFoundException"
    assert error_of(ecs.describe_services, cluster="prod", services=["web"] * 11) == "InvalidParameterException"
    assert error_of(ecs.describe_task_definition, taskDefinition="web:9") == "ClientException"


def test_calls_that_are_not_simulated_say_so(empty):
    assert error_of(empty.client().describe_capacity_providers) == "UnknownOperationException"


def test_a_first_deployment_and_abort_are_refused(empty):
    ecs = empty.client()
    create_service(ecs)
    empty.advance(5)
    arn = newest(ecs)["serviceDeploymentArn"]
    assert error_of(ecs.stop_service_deployment, serviceDeploymentArn=arn) == "InvalidParameterException"
    assert (
        error_of(ecs.stop_service_deployment, serviceDeploymentArn=arn, stopType="ABORT") == "InvalidParameterException"
    )


def test_a_service_drains_and_is_gone(empty):
    ecs = empty.client()
    create_service(ecs)
    empty.advance(120)
    assert error_of(ecs.delete_service, cluster="prod", service="web") == "InvalidParameterException"
    assert ecs.delete_service(cluster="prod", service="web", force=True)["service"]["status"] == "DRAINING"
    empty.advance(10)
    assert service_of(ecs)["status"] == "INACTIVE"
    assert ecs.list_services(cluster="prod")["serviceArns"] == []
    assert (
        error_of(ecs.update_service, cluster="prod", service="web", forceNewDeployment=True)
        == "ServiceNotActiveException"
    )


def test_faults_reach_the_client_as_what_they_are(shop):
    ecs = shop.client(read_timeout=1)

    def inject(effect):
        shop.control("POST", "faults", {"operation": "ListClusters", "times": 1, "effect": effect})

    inject("throttling")
    assert error_of(ecs.list_clusters) == "ThrottlingException"
    inject({"exception": {"name": "ServerException", "message": "not today"}})
    assert error_of(ecs.list_clusters) == "ServerException"
    inject("drop")
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        ecs.list_clusters()
    inject("hang")
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        ecs.list_clusters()
    assert ecs.list_clusters()["clusterArns"]


def test_everything_in_the_shop_is_as_the_model_says(shop):
    ecs = shop.client()
    services = ecs.get_paginator("list_services").paginate(cluster="prod").build_full_result()["serviceArns"]
    assert len(services) == 27
    for arn in services:
        ecs.describe_services(cluster="prod", services=[arn], include=["TAGS"])
        for entry in ecs.list_service_deployments(cluster="prod", service=arn)["serviceDeployments"]:
            described(ecs, entry["serviceDeploymentArn"])
            revisions = ecs.describe_service_revisions(serviceRevisionArns=[entry["targetServiceRevisionArn"]])
            assert revisions["serviceRevisions"][0]["containerImages"][0]["imageDigest"].startswith("sha256:")
        tasks_of(ecs, arn.rsplit("/", 1)[1])
    assert service_of(ecs, "retired")["status"] == "INACTIVE"
    assert service_of(ecs, "legacy")["taskSets"][0]["status"] == "PRIMARY"
    shop.advance(12 * 3600)
    assert newest(ecs, "web")["status"] == "IN_PROGRESS"


def test_the_clock_runs_and_the_log_can_be_read(tmp_path):
    with simulation(SHOP, tmp_path, "--speed", "100") as shop:
        ecs = shop.client()
        arn = newest(ecs, "web")["serviceDeploymentArn"]
        ecs.stop_service_deployment(serviceDeploymentArn=arn)
        for _ in range(500):
            if described(ecs, arn)["status"] == "ROLLBACK_SUCCESSFUL":
                break
            time.sleep(0.02)
        else:
            raise AssertionError(shop.log.read_text())
        log = shop.log.read_text()
        assert "StopServiceDeployment prod/web → ROLLBACK_REQUESTED" in log
        assert "ROLLBACK_IN_PROGRESS → ROLLBACK_SUCCESSFUL" in log
        stops = [call for call in shop.control("GET", "calls")["calls"] if call["accepted"]]
        assert [stop["service"] for stop in stops] == ["prod/web"]
