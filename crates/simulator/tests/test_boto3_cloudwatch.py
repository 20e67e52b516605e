"""Alarms and their evidence, read by a stock boto3."""

import datetime
import json

import pytest

from deployments import error_of
from simulation import scenario_of

NOON = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
INSIGHTS = 'SELECT MAX(CPUUtilization) FROM "AWS/ECS" GROUP BY ServiceName'

SCENARIO = f"""
now = 2026-06-01T12:00:00Z

[[cloudwatch.alarm]]
name = "web-5xx"
state = "ALARM"
since = 2026-06-01T11:58:00Z
updated = 2026-06-01T11:59:00Z
dimensions = {{ ClusterName = "prod", ServiceName = "web" }}
[cloudwatch.alarm.members]
ActionsEnabled = true
AlarmActions = ["arn:aws:lambda:us-east-1:123456789012:function:rollback"]
ComparisonOperator = "GreaterThanThreshold"
DatapointsToAlarm = 3
EvaluationPeriods = 5
MetricName = "5xx"
Namespace = "Shop"
Period = 60
StateReason = "Threshold Crossed"
StateReasonData = "{{}}"
Statistic = "Sum"
Threshold = 5.0
TreatMissingData = "notBreaching"

[[cloudwatch.alarm]]
name = "error-rate"
[[cloudwatch.alarm.members.Metrics]]
Id = "e1"
Expression = "m1 / m2"
ReturnData = true
[[cloudwatch.alarm.members.Metrics]]
Id = "m1"
AccountId = "444455556666"
ReturnData = false
MetricStat = {{ Period = 60, Stat = "Sum", Metric = {{ Namespace = "Shop", MetricName = "5xx" }} }}

[[cloudwatch.alarm]]
name = "services"
state = "ALARM"
members = {{ Metrics = [{{ Id = "q1", Expression = '{INSIGHTS}', Period = 60 }}] }}
[[cloudwatch.alarm.contributors]]
attributes = {{ ServiceName = "web" }}
reason = "Threshold Crossed"
since = 2026-06-01T11:58:00Z
[[cloudwatch.alarm.contributors]]

[[cloudwatch.alarm]]
name = "slow"
[cloudwatch.alarm.members]
EvaluationCriteria = {{ PromQLCriteria = {{ Query = "latency > 1", PendingPeriod = 60, RecoveryPeriod = 60 }} }}
EvaluationInterval = 60

[[cloudwatch.alarm]]
name = "shop"
type = "CompositeAlarm"
state = "ALARM"
members = {{ AlarmRule = 'ALARM("web-5xx") AND NOT ALARM(slow)', ActionsSuppressor = "maintenance" }}

[[cloudwatch.alarm]]
name = "panics"
type = "LogAlarm"
[cloudwatch.alarm.members.ScheduledQueryConfiguration]
AggregationExpression = "count(*)"
QueryString = "filter @message like /panic/"
ScheduledQueryRoleARN = "arn:aws:iam::123456789012:role/queries"
ScheduleConfiguration = {{ ScheduleExpression = "rate(1 minute)", StartTimeOffset = 300 }}

[[cloudwatch.history]]
alarm = "web-5xx"
at = 2026-06-01T11:58:00Z
type = "StateUpdate"
summary = "Alarm updated from OK to ALARM"
[cloudwatch.history.data]
version = "1.0"
newState = {{ stateValue = "ALARM", stateReasonData = {{ recentDatapoints = [6.0, 7.0] }} }}

[[cloudwatch.history]]
alarm = "services"
at = 2026-06-01T11:57:00Z
type = "AlarmContributorStateUpdate"
summary = "Contributor updated from OK to ALARM"
data = {{}}
contributor = {{ attributes = {{ ServiceName = "web" }} }}

[[cloudwatch.history]]
alarm = "shop"
at = 2026-06-01T11:56:00Z
type = "Action"
summary = "Successfully executed action"
data = {{ actionState = "Succeeded" }}

[[cloudwatch.series]]
namespace = "Shop"
name = "5xx"
dimensions = {{ Service = "web" }}
runs = [{{ from = 2026-06-01T11:50:00Z, values = [1.0, 2.5] }}, {{ from = 2026-06-01T11:54:00Z, values = [4.0] }}]

[[cloudwatch.series]]
expression = '{INSIGHTS}'
label = "web"
runs = [{{ from = 2026-06-01T11:50:00Z, values = [95.0] }}]
"""

ERRORS = {"Namespace": "Shop", "MetricName": "5xx", "Dimensions": [{"Name": "Service", "Value": "web"}]}


@pytest.fixture
def simulated(tmp_path):
    with scenario_of(SCENARIO, tmp_path) as simulated:
        yield simulated
        assert simulated.checked() > 0


@pytest.fixture
def cloudwatch(simulated, monkeypatch):
    # boto3 would use JSON, but the simulator supports only the protocol of the SDK for Rust, CBOR.
    monkeypatch.setattr("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", ["smithy-rpc-v2-cbor"])
    return simulated.client("cloudwatch")


def names(answer, kind="MetricAlarms"):
    return [alarm["AlarmName"] for alarm in answer[kind]]


def data_of(cloudwatch, *queries, **more):
    window = {"StartTime": NOON - 10 * MINUTE, "EndTime": NOON} | more
    return cloudwatch.get_metric_data(MetricDataQueries=list(queries), **window)["MetricDataResults"]


def test_alarms_of_every_type_conform_to_the_model(cloudwatch):
    metric_only = cloudwatch.describe_alarms()
    assert names(metric_only) == ["error-rate", "services", "slow", "web-5xx"]
    assert metric_only["CompositeAlarms"] == []
    every = cloudwatch.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm", "LogAlarm"])
    assert (names(every, "CompositeAlarms"), names(every, "LogAlarms")) == (["shop"], ["panics"])
    web = every["MetricAlarms"][-1]
    assert web["StateTransitionedTimestamp"] == NOON - 2 * MINUTE
    assert web["StateUpdatedTimestamp"] == NOON - MINUTE
    assert (web["Threshold"], web["DatapointsToAlarm"]) == (5.0, 3)


def test_alarms_are_found_in_every_documented_way(cloudwatch):
    assert names(cloudwatch.describe_alarms(AlarmNamePrefix="s")) == ["services", "slow"]
    assert names(cloudwatch.describe_alarms(AlarmNames=["slow", "gone"])) == ["slow"]
    assert names(cloudwatch.describe_alarms(StateValue="ALARM")) == ["services", "web-5xx"]
    assert names(cloudwatch.describe_alarms(ActionPrefix="arn:aws:lambda:")) == ["web-5xx"]
    assert names(cloudwatch.describe_alarms(ChildrenOfAlarmName="shop")) == ["web-5xx", "slow"]
    assert names(cloudwatch.describe_alarms(ParentsOfAlarmName="slow"), "CompositeAlarms") == ["shop"]
    paged = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 3})
    assert len(paged.build_full_result()["MetricAlarms"]) == 4
    assert error_of(cloudwatch.describe_alarms, AlarmNames=["x"] * 101) == "ValidationError"
    assert error_of(cloudwatch.describe_alarms, NextToken="made-up") == "InvalidNextToken"


def test_contributors_conform_to_the_model(cloudwatch):
    web, nameless = cloudwatch.describe_alarm_contributors(AlarmName="services")["AlarmContributors"]
    assert web["ContributorAttributes"] == {"ServiceName": "web"}
    assert web["StateTransitionedTimestamp"] == NOON - 2 * MINUTE
    assert nameless["ContributorAttributes"] == {}
    assert cloudwatch.describe_alarm_contributors(AlarmName="slow")["AlarmContributors"] == []
    assert error_of(cloudwatch.describe_alarm_contributors, AlarmName="gone") == "ResourceNotFoundException"


def test_history_conforms_to_the_model(cloudwatch):
    update, contributor = cloudwatch.describe_alarm_history()["AlarmHistoryItems"]
    assert json.loads(update["HistoryData"])["newState"]["stateReasonData"]["recentDatapoints"] == [6.0, 7.0]
    assert contributor["AlarmContributorAttributes"] == {"ServiceName": "web"}
    (action,) = cloudwatch.describe_alarm_history(AlarmTypes=["CompositeAlarm"])["AlarmHistoryItems"]
    assert (action["AlarmName"], action["HistoryItemType"]) == ("shop", "Action")
    since = cloudwatch.describe_alarm_history(StartDate=NOON - 2 * MINUTE, ScanBy="TimestampAscending")
    assert [item["AlarmName"] for item in since["AlarmHistoryItems"]] == ["web-5xx"]
    assert error_of(cloudwatch.describe_alarm_history, NextToken="made-up") == "InvalidNextToken"


def test_metric_data_conform_to_the_model(cloudwatch):
    minutes = {"Id": "m1", "MetricStat": {"Metric": ERRORS, "Period": 60, "Stat": "Sum"}}
    whole = {"Id": "m2", "MetricStat": {"Metric": ERRORS, "Period": 300, "Stat": "Maximum"}}
    insights = {"Id": "q1", "Expression": INSIGHTS, "Period": 60}
    by_minute, by_five, queried = data_of(cloudwatch, minutes, whole, insights)
    assert by_minute["Values"] == [4.0, 2.5, 1.0]
    assert by_minute["Timestamps"][-1] == NOON - 10 * MINUTE
    assert by_five["Values"] == [4.0]
    assert (queried["Label"], queried["Values"], queried["StatusCode"]) == ("web", [95.0], "Complete")
    ascending = data_of(cloudwatch, minutes, ScanBy="TimestampAscending")
    assert ascending[0]["Values"] == [1.0, 2.5, 4.0]


def test_an_injected_fault_reaches_the_caller_of_cloudwatch(simulated, cloudwatch):
    simulated.inject({"operation": "DescribeAlarmHistory", "times": 1, "effect": "throttling"})
    assert error_of(cloudwatch.describe_alarm_history) == "ThrottlingException"
    assert cloudwatch.describe_alarm_history()["AlarmHistoryItems"]
    assert [call["operation"] for call in simulated.calls()] == ["DescribeAlarmHistory"] * 2
