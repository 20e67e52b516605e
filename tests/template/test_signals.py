"""Which events reach the function, and what becomes of those that do not get through."""

import re

import pytest

from harness.catalogue import catalogue
from harness.templates import TEMPLATE, Stack

EVERYTHING = {"AlarmNamePrefix": "prod-", "AlarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:alarms"}
ACTS = ("ActOnDeploymentFailed", "ActOnTaskStartImpaired", "ActOnTaskConfigurationFailure")
NO_ECS_EVENTS = dict.fromkeys((*ACTS, "FollowDeployments"), "false")
BUS = {"NoticeEventBusName": "ops"}


def alarm(name="prod-errors", value="ALARM", kind="CloudWatch Alarm State Change", **detail):
    return {
        "source": "aws.cloudwatch",
        "detail-type": kind,
        "account": "111122223333",
        "resources": [f"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}"],
        "detail": {"alarmName": name, "state": {"value": value, "timestamp": "2026-03-01T10:00:00.000+0000"}} | detail,
    }


def ecs(kind, name, **detail):
    return {
        "source": "aws.ecs",
        "detail-type": kind,
        "account": "111122223333",
        "resources": ["arn:aws:ecs:eu-west-1:111122223333:service/prod/web"],
        "detail": {"eventType": "ERROR", "eventName": name} | detail,
    }


def deployment(name):
    return ecs("ECS Deployment State Change", name, deploymentId="ecs-svc/1234567890123456789")


def action(name):
    return ecs("ECS Service Action", name, clusterArn="arn:aws:ecs:eu-west-1:111122223333:cluster/prod")


OTHERS = {
    "hook": {"source": "aws.ecs", "detail-type": "ECS Hook State Change", "detail": {"eventName": "HOOK_FAILED"}},
    "task": {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {"lastStatus": "STOPPED"}},
    "alarm configuration": alarm(kind="CloudWatch Alarm Configuration Change"),
    "another source": alarm() | {"source": "example.cloudwatch"},
    "another source with an ECS event": deployment("SERVICE_DEPLOYMENT_FAILED") | {"source": "example.ecs"},
}


@pytest.mark.parametrize(
    ("event", "rules"),
    [
        (alarm(), {"AlarmRule"}),
        (alarm(previousState={"value": "ALARM"}), {"AlarmRule"}),
        (alarm(kind="CloudWatch Alarm Contributor State Change", alarmContributor={"id": "6d4"}), {"AlarmRule"}),
        (alarm(value="OK"), set()),
        (alarm(value="INSUFFICIENT_DATA"), set()),
        (alarm(name="staging-errors"), set()),
        (alarm(name="not-prod-errors"), set()),
        (deployment("SERVICE_DEPLOYMENT_FAILED"), {"DeploymentFailedRule"}),
        (deployment("SERVICE_DEPLOYMENT_IN_PROGRESS"), {"DeploymentCourseRule"}),
        (deployment("SERVICE_DEPLOYMENT_COMPLETED"), {"DeploymentCourseRule"}),
        (action("SERVICE_TASK_START_IMPAIRED"), {"TaskStartImpairedRule"}),
        (action("SERVICE_TASK_CONFIGURATION_FAILURE"), {"TaskConfigurationFailureRule"}),
        (action("SERVICE_DEPLOYMENT_FAILED"), set()),
        (action("SERVICE_DEPLOYMENT_COMPLETED"), set()),
        (action("SERVICE_STEADY_STATE"), set()),
        (action("SERVICE_TASK_PLACEMENT_FAILURE"), set()),
        *((event, set()) for event in OTHERS.values()),
    ],
)
def test_an_event_is_sent_by_the_rules_that_are_meant_for_it(event, rules):
    assert sent_by(Stack(**EVERYTHING), event) == rules


def test_no_alarm_is_sent_by_a_rule_unless_a_prefix_is_given():
    stack = Stack()

    assert "AlarmRule" not in stack.resources
    assert sent_by(stack, alarm()) == set()


@pytest.mark.parametrize(
    ("parameter", "event"),
    [
        ("ActOnDeploymentFailed", deployment("SERVICE_DEPLOYMENT_FAILED")),
        ("ActOnTaskStartImpaired", action("SERVICE_TASK_START_IMPAIRED")),
        ("ActOnTaskConfigurationFailure", action("SERVICE_TASK_CONFIGURATION_FAILURE")),
    ],
)
def test_an_ecs_event_that_is_switched_off_is_not_sent(parameter, event):
    assert sent_by(Stack(FollowDeployments="false"), event) != set()
    assert sent_by(Stack(**{parameter: "false"}, FollowDeployments="false"), event) == set()


@pytest.mark.parametrize("acts", ["true", "false"])
@pytest.mark.parametrize("event", catalogue()["ecsEvents"], ids=lambda event: f"{event['detailType']} {event['name']}")
def test_an_ecs_event_is_sent_once_if_anything_is_made_of_it(event, acts):
    stack = Stack(**dict.fromkeys(ACTS, acts))
    rules = sent_by(stack, ecs(event["detailType"], event["name"], deploymentId="ecs-svc/1234567890123456789"))

    acted_on = event["name"] in stack.environment["ROLLBACK_ECS_EVENTS"].split()
    assert acted_on == (event["signal"] and acts == "true")
    assert len(rules) == (acted_on or event["followUp"])
    # What only says how a deployment goes is no signal.
    assert (rules == {"DeploymentCourseRule"}) == (event["followUp"] and not acted_on)


@pytest.mark.parametrize(
    ("parameters", "follows"),
    [
        ({}, True),
        (BUS, True),
        ({"FollowDeployments": "false"} | BUS, False),
        ({"MetricsDisabled": "true"}, False),
        ({"MetricsDisabled": "true"} | BUS, True),
        ({"LogLevel": "WARN"}, False),
        ({"LogLevel": "WARN", "NoticeTopicArn": "arn:aws:sns:eu-west-1:111122223333:on-call"}, True),
    ],
)
def test_deployments_are_followed_if_that_is_noticed_or_measured(parameters, follows):
    for name in ("SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"):
        assert bool(sent_by(Stack(**parameters), deployment(name))) is follows


def test_any_alarm_of_the_account_may_name_the_function_as_its_action():
    permissions = Stack().of_type("AWS::Lambda::Permission")

    assert permissions["AlarmActionPermission"] == {
        "FunctionName": "Function.Arn",
        "Action": "lambda:InvokeFunction",
        "Principal": "lambda.alarms.cloudwatch.amazonaws.com",
        "SourceAccount": "111122223333",
    }


def test_nothing_but_alarm_actions_invokes_the_function_itself():
    assert list(Stack(**EVERYTHING).of_type("AWS::Lambda::Permission")) == ["AlarmActionPermission"]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        EVERYTHING,
        NO_ECS_EVENTS,
        NO_ECS_EVENTS | {"AlarmNamePrefix": "prod-"},
        NO_ECS_EVENTS | {"FollowDeployments": "true"},
    ],
)
def test_whatever_sends_signals_may_reach_its_queue_and_the_on_failure_queue_and_nobody_else_may(parameters):
    stack = Stack(**parameters)
    queues = sorted(stack.of_type("AWS::SQS::Queue"))
    wired = {queue: [] for queue in queues}

    for name, rule in stack.of_type("AWS::Events::Rule").items():
        (target,) = rule["Targets"]
        # News never stands before signals.
        queue = "NewsQueue" if name == "DeploymentCourseRule" else "SignalQueue"
        assert target["Arn"] == f"{queue}.Arn"
        assert target["DeadLetterConfig"] == {"Arn": "OnFailureQueue.Arn"}
        wired[queue].append(f"{name}.Arn")
    for subscription in stack.of_type("AWS::SNS::Subscription").values():
        assert (subscription["Protocol"], subscription["Endpoint"]) == ("sqs", "SignalQueue.Arn")
        wired["SignalQueue"].append(subscription["TopicArn"])
    wired["OnFailureQueue"] = [each for senders in wired.values() for each in senders]
    for queue in queues:
        policy = stack.resources[f"{queue}Policy"]["Properties"]
        statements = policy["PolicyDocument"]["Statement"]
        allowed = [s for s in statements if s["Effect"] == "Allow"]
        sources = [s["Condition"]["ArnEquals"]["aws:SourceArn"] for s in allowed]
        senders = [each for source in sources for each in (source if isinstance(source, list) else [source])]
        assert policy["Queues"] == [queue]
        assert all(s["Resource"] == f"{queue}.Arn" for s in statements)
        assert all(s["Action"] == "sqs:SendMessage" for s in allowed)
        assert sorted(senders) == sorted(wired[queue])
        assert [] not in sources, "IAM refuses a condition without values"


@pytest.mark.parametrize(
    ("region", "redrive"),
    [("cn-north-1", {"deadLetterTargetArn": "OnFailureQueue.Arn"}), ("cn-northwest-1", None)],
)
def test_the_topic_may_be_in_another_region_where_sns_takes_no_dead_letter_queue_of_this_one(region, redrive):
    stack = Stack(AlarmTopicArn=f"arn:aws-cn:sns:{region}:111122223333:alarms")
    (subscription,) = stack.of_type("AWS::SNS::Subscription").values()

    assert subscription["Region"] == region
    assert subscription.get("RedrivePolicy") == redrive


@pytest.mark.parametrize("name", ["SignalQueue", "NewsQueue"])
def test_a_queue_outlasts_the_function_and_hands_on_what_fails(name):
    stack = Stack(MaxReceiveCount="7")
    queue = stack.resources[name]["Properties"]

    assert queue["SqsManagedSseEnabled"] is True
    assert queue["VisibilityTimeout"] == 6 * stack.resources["Function"]["Properties"]["Timeout"]
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": "OnFailureQueue.Arn", "maxReceiveCount": "7"}
    assert queue["MessageRetentionPeriod"] > TEMPLATE["Parameters"]["MaxSignalAgeSeconds"]["MaxValue"]


def test_the_stacks_own_queues_and_no_others_may_use_the_on_failure_queue():
    queues = Stack().of_type("AWS::SQS::Queue")
    sources = [queue["QueueName"] for queue in queues.values() if "RedrivePolicy" in queue]
    policy = queues["OnFailureQueue"]["RedriveAllowPolicy"]

    assert policy["redrivePermission"] == "byQueue"
    assert sorted(policy["sourceQueueArns"]) == sorted(
        f"arn:aws-cn:sqs:cn-north-1:111122223333:{name}" for name in sources
    )
    assert len(sources) == 2


@pytest.mark.parametrize("off", [{"FollowDeployments": "false"}, {"MetricsDisabled": "true"}])
def test_without_news_there_is_no_queue_for_it(off):
    news = [name for name in Stack(**off).resources if name.startswith("News")]

    assert news == []
    assert "NewsQueueUrl" not in Stack(**off).outputs


def test_every_delivery_of_a_signal_is_young_enough_by_default():
    defaults = {name: parameter.get("Default") for name, parameter in TEMPLATE["Parameters"].items()}
    visible_again = Stack().resources["SignalQueue"]["Properties"]["VisibilityTimeout"]

    assert visible_again * (defaults["MaxReceiveCount"] - 1) < defaults["MaxSignalAgeSeconds"]


def test_batches_come_from_the_two_queues_and_only_what_failed_comes_again():
    sources = Stack(MaximumConcurrency="7", BatchSize="5").of_type("AWS::Lambda::EventSourceMapping")

    assert sources == {
        "SignalSource": {
            "FunctionName": "Function",
            "EventSourceArn": "SignalQueue.Arn",
            "BatchSize": "5",
            "MaximumBatchingWindowInSeconds": "0",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": "7"},
        },
        # Without a window: Lambda would hold news back, and with it notices.
        "NewsSource": {
            "FunctionName": "Function",
            "EventSourceArn": "NewsQueue.Arn",
            "BatchSize": 10,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 2},
        },
    }


def test_no_delivery_goes_on_longer_than_the_parameter_says():
    stack = Stack(**EVERYTHING, MaximumEventAgeSeconds="120")
    invoke = stack.resources["Function"]["Properties"]["EventInvokeConfig"]

    assert invoke["MaximumEventAgeInSeconds"] == "120"
    assert invoke["MaximumRetryAttempts"] == 2
    assert invoke["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": "OnFailureQueue.Arn"}
    for rule in stack.of_type("AWS::Events::Rule").values():
        assert rule["Targets"][0]["RetryPolicy"] == {"MaximumEventAgeInSeconds": "120"}


def test_the_queue_is_encrypted_and_keeps_its_messages_for_14_days():
    queue = Stack().resources["OnFailureQueue"]["Properties"]

    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60


def test_the_function_outlives_its_promised_answer_and_logs_json_to_its_own_group():
    function = Stack(LogLevel="WARN").resources["Function"]["Properties"]

    assert function["Timeout"] > 25
    assert function["LoggingConfig"] == {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "LogGroup"}


def test_outputs_are_described_and_name_what_an_alarm_needs():
    assert all(output["Description"] for output in TEMPLATE["Outputs"].values())
    assert Stack().outputs["FunctionArn"]["Value"] == "Function.Arn"


def sent_by(stack, event):
    """Names of the rules that send the event to the function."""
    return {name for name, rule in stack.of_type("AWS::Events::Rule").items() if matches(rule["EventPattern"], event)}


def matches(pattern, event):
    """EventBridge's matching, as far as the template uses it: every field of the pattern, any one of its values."""
    return all(
        field in event
        and (
            matches(wanted, event[field])
            if isinstance(wanted, dict)
            else any(value_matches(each, event[field]) for each in wanted)
        )
        for field, wanted in pattern.items()
    )


def value_matches(wanted, value):
    if isinstance(wanted, str):
        return value == wanted
    if wanted.keys() == {"prefix"}:
        return value.startswith(wanted["prefix"])
    raise NotImplementedError(f"this check does not know the pattern {wanted}")


def test_patterns_hold_nothing_but_lists_and_nested_fields():
    def leaves(node):
        return [leaf for each in node.values() for leaf in leaves(each)] if isinstance(node, dict) else [node]

    for rule in Stack(**EVERYTHING).of_type("AWS::Events::Rule").values():
        assert all(isinstance(leaf, list) and leaf for leaf in leaves(rule["EventPattern"]))
        assert re.fullmatch(r"aws\.(ecs|cloudwatch)", rule["EventPattern"]["source"][0])
