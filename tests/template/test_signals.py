"""Which events reach the function, and what becomes of those that do not get through."""

import re

import pytest

from harness.catalogue import catalogue
from harness.templates import TEMPLATE, Stack

ALL_EVENTS = "deployment-failed task-start-impaired task-configuration-failure"
EVERYTHING = {
    "AlarmNamePrefix": "prod-",
    "SignalTopicArn": "arn:aws:sns:eu-west-1:111122223333:alarms",
    "EcsEvents": ALL_EVENTS,
}
NOTHING_OF_ECS = {"FollowDeployments": "none"}
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
        (action("SERVICE_TASK_START_IMPAIRED"), {"TaskFailureRule"}),
        (action("SERVICE_TASK_CONFIGURATION_FAILURE"), {"TaskFailureRule"}),
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
    ("word", "event"),
    [
        ("deployment-failed", deployment("SERVICE_DEPLOYMENT_FAILED")),
        ("task-start-impaired", action("SERVICE_TASK_START_IMPAIRED")),
        ("task-configuration-failure", action("SERVICE_TASK_CONFIGURATION_FAILURE")),
    ],
)
def test_an_ecs_event_is_sent_only_if_it_is_chosen(word, event):
    others = " ".join(set(ALL_EVENTS.split()) - {word})

    assert sent_by(Stack(EcsEvents=word, **NOTHING_OF_ECS), event) != set()
    assert sent_by(Stack(EcsEvents=others, **NOTHING_OF_ECS), event) == set()
    assert sent_by(Stack(**NOTHING_OF_ECS), event) == set()


@pytest.mark.parametrize("acts", [ALL_EVENTS, "none"])
@pytest.mark.parametrize("event", catalogue()["ecsEvents"], ids=lambda event: f"{event['detailType']} {event['name']}")
def test_an_ecs_event_is_sent_once_if_anything_is_made_of_it(event, acts):
    stack = Stack(EcsEvents=acts)
    rules = sent_by(stack, ecs(event["detailType"], event["name"], deploymentId="ecs-svc/1234567890123456789"))

    acted_on = event["signal"] and acts != "none"
    assert len(rules) == (acted_on or event["followUp"])
    # What only says how a deployment goes is no signal.
    assert (rules == {"DeploymentCourseRule"}) == (event["followUp"] and not acted_on)


@pytest.mark.parametrize(
    ("parameters", "follows"),
    [
        ({}, True),
        (BUS, True),
        ({"FollowDeployments": "none"} | BUS, False),
        ({"MetricsNamespace": "none"}, False),
        ({"MetricsNamespace": "none"} | BUS, True),
        ({"MetricsNamespace": "none", "NoticeTopicArn": "arn:aws:sns:eu-west-1:111122223333:on-call"}, True),
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


@pytest.mark.parametrize("count", range(6))
def test_alarms_of_each_listed_account_may_do_so_and_nothing_else_invokes_the_function(count):
    accounts = [f"44445555666{number}" for number in range(count)]
    permissions = Stack(**EVERYTHING, AlarmAccounts=",".join(accounts)).of_type("AWS::Lambda::Permission").values()

    assert sorted(each["SourceAccount"] for each in permissions) == sorted(["111122223333", *accounts])
    assert {each["Principal"] for each in permissions} == {"lambda.alarms.cloudwatch.amazonaws.com"}
    assert {each["Action"] for each in permissions} == {"lambda:InvokeFunction"}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        EVERYTHING,
        NOTHING_OF_ECS,
        NOTHING_OF_ECS | {"AlarmNamePrefix": "prod-"},
        NOTHING_OF_ECS | {"EcsEvents": "task-start-impaired"},
    ],
)
def test_whatever_sends_signals_may_reach_the_queues_and_nobody_else_may(parameters):
    stack = Stack(**parameters)
    senders = []

    for name, rule in stack.of_type("AWS::Events::Rule").items():
        (target,) = rule["Targets"]
        # News never stands before signals.
        queue = "NewsQueue" if name == "DeploymentCourseRule" else "SignalQueue"
        assert target["Arn"] == f"{queue}.Arn"
        assert target["DeadLetterConfig"] == {"Arn": "OnFailureQueue.Arn"}
        senders.append(f"{name}.Arn")
    for subscription in stack.of_type("AWS::SNS::Subscription").values():
        assert (subscription["Protocol"], subscription["Endpoint"]) == ("sqs", "SignalQueue.Arn")
        senders.append(subscription["TopicArn"])
    (policy,) = stack.of_type("AWS::SQS::QueuePolicy").values()
    assert sorted(policy["Queues"]) == sorted(stack.of_type("AWS::SQS::Queue"))
    deny, *allowed = policy["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    sources = [s["Condition"]["ArnEquals"]["aws:SourceArn"] for s in allowed]
    assert [] not in sources, "IAM refuses a condition without values"
    assert all((s["Effect"], s["Action"]) == ("Allow", "sqs:SendMessage") for s in allowed)
    named = [each for source in sources for each in (source if isinstance(source, list) else [source])]
    assert sorted(named) == sorted(senders)


@pytest.mark.parametrize(
    ("region", "redrive"),
    [("cn-north-1", {"deadLetterTargetArn": "OnFailureQueue.Arn"}), ("cn-northwest-1", None)],
)
def test_the_topic_may_be_in_another_region_where_sns_takes_no_dead_letter_queue_of_this_one(region, redrive):
    stack = Stack(SignalTopicArn=f"arn:aws-cn:sns:{region}:111122223333:alarms")
    (subscription,) = stack.of_type("AWS::SNS::Subscription").values()

    assert subscription["Region"] == region
    assert subscription.get("RedrivePolicy") == redrive


@pytest.mark.parametrize("name", ["SignalQueue", "NewsQueue"])
def test_a_queue_outlasts_the_function_and_hands_on_what_fails(name):
    stack = Stack()
    queue = stack.resources[name]["Properties"]

    assert queue["VisibilityTimeout"] == 6 * stack.resources["Function"]["Properties"]["Timeout"]
    assert queue["RedrivePolicy"] == {"deadLetterTargetArn": "OnFailureQueue.Arn", "maxReceiveCount": 5}
    (longest,) = (s["range"][1] for s in catalogue()["settings"] if s["name"] == "ROLLBACK_MAX_SIGNAL_AGE_SECONDS")
    assert queue["MessageRetentionPeriod"] > longest


def test_the_stacks_own_queues_and_no_others_may_use_the_on_failure_queue():
    queues = Stack().of_type("AWS::SQS::Queue")
    sources = [queue["QueueName"] for queue in queues.values() if "RedrivePolicy" in queue]
    policy = queues["OnFailureQueue"]["RedriveAllowPolicy"]

    assert policy["redrivePermission"] == "byQueue"
    assert sorted(policy["sourceQueueArns"]) == sorted(
        f"arn:aws-cn:sqs:cn-north-1:111122223333:{name}" for name in sources
    )
    assert len(sources) == 2


@pytest.mark.parametrize("off", [{"FollowDeployments": "none"}, {"MetricsNamespace": "none"}])
def test_without_news_there_is_no_queue_for_it(off):
    news = [name for name in Stack(**off).resources if name.startswith("News")]

    assert news == []
    assert "NewsQueueUrl" not in Stack(**off).outputs


def test_batches_come_from_the_two_queues_and_only_what_failed_comes_again():
    sources = Stack().of_type("AWS::Lambda::EventSourceMapping")

    assert sources == {
        name: {
            "FunctionName": "Function",
            "EventSourceArn": f"{queue}.Arn",
            # Without a window: Lambda would hold signals back.
            "BatchSize": 10,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 2},
        }
        for name, queue in (("SignalSource", "SignalQueue"), ("NewsSource", "NewsQueue"))
    }


def test_no_delivery_goes_on_for_longer_than_a_quarter_of_an_hour():
    stack = Stack(**EVERYTHING)
    (invoke,) = stack.of_type("AWS::Lambda::EventInvokeConfig").values()

    assert invoke["MaximumEventAgeInSeconds"] == 900
    assert invoke["MaximumRetryAttempts"] == 2
    assert invoke["DestinationConfig"]["OnFailure"] == {"Destination": "OnFailureQueue.Arn"}
    for rule in stack.of_type("AWS::Events::Rule").values():
        assert rule["Targets"][0]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 900}


def test_the_on_failure_queue_keeps_its_messages_for_14_days():
    queue = Stack().resources["OnFailureQueue"]["Properties"]

    assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60
    # What is not said is encrypted with SQS's own key.
    assert not {"SqsManagedSseEnabled", "KmsMasterKeyId"} & queue.keys()


def test_the_log_outlives_the_stack():
    group = TEMPLATE["Resources"]["LogGroup"]

    assert group["DeletionPolicy"].startswith("Retain")
    assert group["UpdateReplacePolicy"] == "Retain"
    assert Stack().resources["LogGroup"]["Properties"]["LogGroupName"] == "/aws/lambda/ecs-auto-rollback"


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
