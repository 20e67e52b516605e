"""Alarms, dashboard and queries name what src/figures.rs and src/reason.rs write."""

import json
import re

import pytest
from rendered import ROOT, Stack

FIGURES = (ROOT / "src" / "figures.rs").read_text().split("#[cfg(test)]")[0]
REASON = (ROOT / "src" / "reason.rs").read_text()
OUTCOMES = dict(re.findall(r'Self::(\w+) => "([a-z-]+)",', REASON))
REASONS = {name: OUTCOMES[outcome] for outcome, name in re.findall(r'\w+ => (\w+), "([a-z-]+)";', REASON)}
NAMES = set(re.findall(r'writer\.value\("([A-Z]\w+)"', FIGURES))
SETS = {frozenset(re.findall(r'"(\w+)"', found)) for found in re.findall(r'&\[("[^\]]+)\]', FIGURES)}
TOPIC = {"AlertTopicArn": "arn:aws:sns:eu-west-1:111122223333:pager"}
GROUPS = {
    "AlertOnFunction": {"ErrorsAlarm", "ThrottlesAlarm"},
    "AlertOnQueues": {"OnFailureAlarm", "OldestSignalAlarm"},
    "AlertOnDecisions": {"ConflictAlarm", "FailedDecisionsAlarm"},
}


def alarms(**parameters):
    return Stack(**parameters).of_type("AWS::CloudWatch::Alarm")


def widgets(**parameters):
    (dashboard,) = Stack(**parameters).of_type("AWS::CloudWatch::Dashboard").values()
    return json.loads(dashboard["DashboardBody"])["widgets"]


def of_alarms():
    """Namespace, name and dimensions of every metric of an alarm."""
    for alarm in alarms(**TOPIC).values():
        stats = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
        for metric in stats or [alarm]:
            dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            yield metric["Namespace"], metric["MetricName"], dimensions


def of_dashboard():
    for widget in widgets(**TOPIC):
        for metric in widget["properties"].get("metrics", []):
            if isinstance(metric[0], str):
                namespace, name, *pairs = (each for each in metric if isinstance(each, str))
                yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True))


def test_every_own_metric_that_is_looked_at_is_one_that_is_written():
    assert {"Decisions", "Calls"} <= NAMES
    assert SETS == {frozenset({"service"}), frozenset({"service", "outcome", "reason"})}
    own = [each for each in (*of_alarms(), *of_dashboard()) if each[0] == "ecs-auto-rollback"]
    assert own

    for _, name, dimensions in own:
        assert name in NAMES
        assert frozenset(dimensions) in SETS
        assert dimensions["service"] == "ecs-auto-rollback"
        if "reason" in dimensions:
            assert REASONS[dimensions["reason"]] == dimensions["outcome"]


def test_the_alarm_on_failed_decisions_watches_every_reason_to_fail():
    failed = {d["reason"] for _, name, d in of_alarms() if d.get("outcome") == "failed"}

    assert failed == {reason for reason, outcome in REASONS.items() if outcome == "failed"}


def test_no_alarm_of_the_stack_names_an_ecs_service():
    for _, _, dimensions in of_alarms():
        assert not dimensions.keys() & {"ClusterName", "ServiceName", "TargetGroup", "LoadBalancer"}


@pytest.mark.parametrize("off", [set(), *({name} for name in GROUPS), set(GROUPS)])
def test_alarms_are_made_by_group_and_shown_on_the_dashboard(off):
    parameters = TOPIC | {name: "false" for name in off}
    expected = set().union(*(names for group, names in GROUPS.items() if group not in off))

    made = alarms(**parameters)
    assert made.keys() == expected
    assert all(a["AlarmActions"] == a["OKActions"] == [TOPIC["AlertTopicArn"]] for a in made.values())
    shown = [arn for w in widgets(**parameters) if w["type"] == "alarm" for arn in w["properties"]["alarms"]]
    assert sorted(shown) == sorted(f"{name}.Arn" for name in expected)


def test_without_a_topic_there_are_no_alarms_and_without_figures_none_on_decisions():
    assert alarms() == {}
    for parameters in ({"MetricsDisabled": "true"}, {"LogLevel": "WARN"}, {"LogLevel": "ERROR"}):
        assert not alarms(**TOPIC, **parameters).keys() & GROUPS["AlertOnDecisions"]


def test_dashboard_and_queries_come_together_and_can_be_left_out():
    stack = Stack(Dashboard="false")
    assert not stack.of_type("AWS::CloudWatch::Dashboard") and not stack.of_type("AWS::Logs::QueryDefinition")
    queries = Stack().of_type("AWS::Logs::QueryDefinition")
    assert queries
    lists = re.findall(r"reason in \[(.*?)\]", "\n".join(query["QueryString"] for query in queries.values()))
    assert {word for each in lists for word in re.findall(r'"(.*?)"', each)} <= REASONS.keys()
