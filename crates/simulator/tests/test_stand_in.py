"""The history of alarms as the operator's program reads it: the simulator answers as a CloudWatch that others made."""

import datetime
import json

import pytest

from harness import aws
from harness.ministack import ministack
from simulation import scenario_of

REASON = "a test"
DAY = datetime.timedelta(days=1)

CHANGES = [("INSUFFICIENT_DATA", "ALARM", REASON), ("ALARM", "OK", REASON)]


def history_items():
    """The same changes in the history of a scenario."""
    for minute, (before, after, reason) in enumerate(CHANGES):
        new = f'newState = {{ stateValue = "{after}", stateReason = "{reason}" }}'
        yield f"""[[cloudwatch.history]]
            alarm = "web-5xx"
            at = 2026-06-01T11:5{minute}:00Z
            type = "StateUpdate"
            summary = "Alarm updated from {before} to {after}"
            data = {{ version = "1.0", oldState = {{ stateValue = "{before}" }}, {new} }}"""


ALARM = f"""
now = 2026-06-01T12:00:00Z

[[cloudwatch.alarm]]
name = "web-5xx"
dimensions = {{ ClusterName = "prod", ServiceName = "web" }}
members.ActionsEnabled = true
members.AlarmActions = []
members.ComparisonOperator = "GreaterThanThreshold"
members.EvaluationPeriods = 1
members.MetricName = "web-5xx"
members.Namespace = "Shop"
members.Period = 60
members.StateReason = "{REASON}"
members.Statistic = "Sum"
members.Threshold = 10.0
"""


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """A CloudWatch in which the same alarm went to ALARM and back."""
    with ministack(tmp_path_factory.mktemp("ministack"), "cloudwatch") as url:
        cloudwatch = aws.client("cloudwatch", url)
        alarms = aws.Alarms(cloudwatch)
        alarms.metric("web-5xx", {"ClusterName": "prod", "ServiceName": "web"})
        alarms.set_state("web-5xx")
        alarms.set_state("web-5xx", "OK")
        yield cloudwatch


@pytest.fixture
def simulated(tmp_path, monkeypatch):
    with scenario_of("\n".join([ALARM, *history_items()]), tmp_path) as simulated:
        monkeypatch.setattr("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", ["smithy-rpc-v2-cbor"])
        yield simulated.client("cloudwatch")


def history(cloudwatch, until):
    """The items of two days, by the call that the program makes."""
    return cloudwatch.describe_alarm_history(
        AlarmTypes=["MetricAlarm"],
        StartDate=until - 2 * DAY,
        EndDate=until + DAY,
        ScanBy="TimestampAscending",
        MaxRecords=100,
    )["AlarmHistoryItems"]


def changes(items):
    """The changes of state in them, as the program reads them, but for the creation of the alarm."""
    states = [json.loads(item["HistoryData"]) for item in items if item["HistoryItemType"] == "StateUpdate"]
    read = [
        (data["oldState"]["stateValue"], data["newState"]["stateValue"], data["newState"]["stateReason"])
        for data in states
    ]
    return [change for change in read if change[0] != change[1]]


def kinds(members):
    return {name: type(value) for name, value in members.items()}


def test_history_has_the_shape_that_another_cloudwatch_gives_it(simulated, stand_in):
    ours = history(simulated, datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC))
    theirs = history(stand_in, datetime.datetime.now(datetime.UTC))
    assert changes(ours) == changes(theirs) == CHANGES
    assert kinds(ours[0]) == kinds(theirs[0])
    assert ours[0]["HistorySummary"] in {item["HistorySummary"] for item in theirs}


def test_an_alarm_has_the_members_that_another_cloudwatch_gives_it(simulated, stand_in):
    (ours,), (theirs,) = (cloudwatch.describe_alarms()["MetricAlarms"] for cloudwatch in (simulated, stand_in))
    read = {
        "AlarmName", "AlarmArn", "StateValue", "StateReason", "StateUpdatedTimestamp", "Dimensions", "MetricName",
        "Namespace", "Period", "Statistic", "EvaluationPeriods", "Threshold", "ComparisonOperator", "ActionsEnabled",
        "AlarmActions",
    }  # fmt: skip
    ours, theirs = ({name: kind for name, kind in kinds(alarm).items() if name in read} for alarm in (ours, theirs))
    assert ours == theirs
    assert ours.keys() == read
