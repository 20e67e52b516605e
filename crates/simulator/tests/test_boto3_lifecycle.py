"""Full lifecycles of service deployments, driven by a stock boto3 whose answers are checked against the model.

    cargo build -p simulator
    python -m pytest crates/simulator/tests

SIMULATOR_BIN names another binary than target/debug/simulator.
"""

import time

import pytest

from deployments import create_service, described, error_of, newest, service_of, tasks_of, update
from simulation import SHOP, scenario_of, simulation


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
def test_a_paused_deployment_continues_or_rolls_back_as_requested(empty, action, end):
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
def test_every_step_of_every_strategy_conforms_to_the_model(empty, strategy):
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


def test_a_deployment_alarm_rolls_back(empty):
    ecs = empty.client()
    create_service(
        ecs, deploymentConfiguration={"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    )
    empty.advance(120)
    arn = update(ecs)
    empty.advance(10)
    empty.set_alarm("errors", True)
    triggered = described(ecs, arn)
    assert triggered["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["errors"],
        "triggeredAlarmNames": ["errors"],
    }
    empty.advance(10)
    assert described(ecs, arn)["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_newer_deployment_supersedes_and_two_are_listed_briefly(empty):
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


def test_failed_tasks_have_a_reason_and_events_report_the_failure(tmp_path):
    with scenario_of(FAILING, tmp_path) as failing:
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

        events = failing.events()
        changes = [event["detail"] for event in events if event["detail-type"] == "ECS Deployment State Change"]
        assert [(change["eventName"].split("_", 2)[2], change["deploymentId"]) for change in changes] == [
            ("FAILED", "ecs-svc/42"),
            ("IN_PROGRESS", "ecs-svc/41"),
            ("COMPLETED", "ecs-svc/41"),
        ]


def test_a_first_deployment_and_abort_are_refused(empty):
    ecs = empty.client()
    create_service(ecs)
    empty.advance(5)
    arn = newest(ecs)["serviceDeploymentArn"]
    assert error_of(ecs.stop_service_deployment, serviceDeploymentArn=arn) == "InvalidParameterException"
    assert (
        error_of(ecs.stop_service_deployment, serviceDeploymentArn=arn, stopType="ABORT") == "InvalidParameterException"
    )


def test_a_deleted_service_drains_and_becomes_inactive(empty):
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


def test_the_clock_runs_and_the_log_can_be_read(tmp_path):
    with simulation(SHOP, tmp_path, ("--speed", "100", "--max-seconds", "120")) as shop:
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
        assert [stop["service"] for stop in shop.accepted()] == ["prod/web"]
