"""The caller's identity, and what leads from an alarm to a function, read by a stock boto3."""

import json

import pytest

from deployments import error_of
from simulation import scenario_of

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:ecs-auto-rollback"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:signals"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
PATTERN = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [{"prefix": "prod-"}]}}

SCENARIO = f"""
now = 2026-06-01T12:00:00Z
[[lambda]]
name = "ecs-auto-rollback"
environment = {{ ROLLBACK_MODE = "enforce" }}
queues = ["{QUEUE}"]
[[rule]]
name = "alarms"
pattern = '{json.dumps(PATTERN)}'
targets = ["{QUEUE}"]
[[rule]]
name = "others"
pattern = '{{"source": ["aws.health"]}}'
targets = ["{TOPIC}", "{QUEUE}"]
disabled = true
[[subscription]]
topic = "{TOPIC}"
protocol = "lambda"
endpoint = "{FUNCTION}"
[[subscription]]
topic = "{TOPIC}"
protocol = "email"
endpoint = "a@example.com"
pending = true
"""


@pytest.fixture
def wired(tmp_path):
    """An account whose alarms reach a function by a rule and by a topic."""
    with scenario_of(SCENARIO, tmp_path) as simulated:
        yield simulated
        assert simulated.checked() > 0


def test_a_caller_is_somebody_of_the_account(empty):
    identity = empty.client("sts").get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert identity["Arn"].startswith("arn:aws:sts::123456789012:assumed-role/")


@pytest.mark.parametrize("name", ["ecs-auto-rollback", FUNCTION])
def test_a_function_has_its_variables_and_queues_by_name_or_arn(wired, name):
    client = wired.client("lambda")
    function = client.get_function_configuration(FunctionName=name)
    assert (function["FunctionArn"], function["FunctionName"]) == (FUNCTION, "ecs-auto-rollback")
    assert function["Environment"]["Variables"] == {"ROLLBACK_MODE": "enforce"}
    mappings = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert [(mapping["EventSourceArn"], mapping["State"]) for mapping in mappings] == [(QUEUE, "Enabled")]


def test_an_unknown_function_is_not_found(wired):
    client = wired.client("lambda")
    assert error_of(client.get_function_configuration, FunctionName="none") == "ResourceNotFoundException"


def test_rules_are_found_by_their_target_and_have_a_pattern(wired):
    events = wired.client("events")
    assert events.list_rule_names_by_target(TargetArn=QUEUE)["RuleNames"] == ["alarms", "others"]
    assert events.list_rule_names_by_target(TargetArn=FUNCTION)["RuleNames"] == []
    rule = events.describe_rule(Name="alarms")
    assert (json.loads(rule["EventPattern"]), rule["State"]) == (PATTERN, "ENABLED")
    assert events.describe_rule(Name="others")["State"] == "DISABLED"
    assert [target["Arn"] for target in events.list_targets_by_rule(Rule="others")["Targets"]] == [TOPIC, QUEUE]
    assert [rule["Name"] for rule in events.list_rules(NamePrefix="oth")["Rules"]] == ["others"]


def test_rules_come_in_pages(wired):
    events = wired.client("events")
    first = events.list_rules(Limit=1)
    second = events.list_rules(Limit=1, NextToken=first["NextToken"])
    assert [page["Rules"][0]["Name"] for page in (first, second)] == ["alarms", "others"]
    assert "NextToken" not in second


def test_an_unknown_rule_or_bus_is_not_found(wired):
    events = wired.client("events")
    assert error_of(events.describe_rule, Name="none") == "ResourceNotFoundException"
    assert error_of(events.list_targets_by_rule, Rule="none") == "ResourceNotFoundException"
    assert error_of(events.list_rules, EventBusName="mine") == "ResourceNotFoundException"


def test_a_topic_lists_its_subscriptions(wired):
    subscriptions = wired.client("sns").list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    confirmed, pending = subscriptions
    assert (confirmed["Protocol"], confirmed["Endpoint"]) == ("lambda", FUNCTION)
    assert pending["SubscriptionArn"] == "PendingConfirmation"


def test_an_unknown_topic_is_not_found(wired):
    sns = wired.client("sns")
    assert error_of(sns.list_subscriptions_by_topic, TopicArn=f"{TOPIC}-x") in {"NotFound", "NotFoundException"}
