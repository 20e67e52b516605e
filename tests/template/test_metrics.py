"""Alarms, dashboard and queries name what the code writes: metrics, reasons and lines of the log."""

import json
import re

import pytest

from harness.catalogue import catalogue
from harness.templates import Stack

# The outcome of each reason.
REASONS = {each["name"]: each["outcome"] for each in catalogue()["reasons"]}
# The outcomes of the metrics of follow-ups.
FOLLOW_UPS = set(catalogue()["followUps"])
# Each metric with the sets of dimensions under which it can be found.
METRICS = {each["name"]: set(map(frozenset, each["dimensions"])) for each in catalogue()["metrics"]}
# The fields of each line of the log, by its message.
LINES = {each["message"]: set(each["fields"]) for each in catalogue()["logLines"]}
TOPIC = {"SelfAlarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:pager"}
BY_METRICS = {"ConflictAlarm", "FailedDecisionsAlarm", "RollbackFailedAlarm", "NoticesFailedAlarm"}
OTHERS = {"ErrorsAlarm", "ThrottlesAlarm", "OnFailureAlarm", "OldestSignalAlarm"}


def alarms(**parameters):
    return Stack(**parameters).of_type("AWS::CloudWatch::Alarm")


def widgets(**parameters):
    (dashboard,) = Stack(**parameters).of_type("AWS::CloudWatch::Dashboard").values()
    return json.loads(dashboard["DashboardBody"])["widgets"]


def queries():
    return [w["properties"]["query"] for w in widgets() if w["type"] == "log"]


def of_alarms():
    """Namespace, name and dimensions of the metric of every alarm."""
    for alarm in alarms(**TOPIC).values():
        dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
        yield alarm["Namespace"], alarm["MetricName"], dimensions


def of_dashboard():
    for widget in widgets(**TOPIC):
        before = []
        for metric in widget["properties"].get("metrics", []):
            if isinstance(metric[0], str):
                given = [each for each in metric if isinstance(each, str)]
                # A dot stands for what is at its place in the metric before.
                before = [before[place] if each == "." else each for place, each in enumerate(given)]
                namespace, name, *pairs = before
                yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True))


def searches():
    """The sets of dimensions that the dashboard searches, each with the name of the metric, if there is one."""
    for widget in widgets(**TOPIC):
        for metric in widget["properties"].get("metrics", []):
            if not isinstance(metric[0], str):
                form = (
                    r"SEARCH\('{\"ecs-auto-rollback\",([^}]*)}(?: MetricName=\"(\w+)\")? service=\"ecs-auto-rollback\"'"
                )
                schema, name = re.match(form, metric[0]["expression"]).groups()
                yield frozenset(schema.replace('"', "").split(",")), name


def test_every_own_metric_that_is_looked_at_is_one_that_is_written():
    own = [each for each in (*of_alarms(), *of_dashboard()) if each[0] == "ecs-auto-rollback"]
    assert own

    for _, name, dimensions in own:
        assert frozenset(dimensions) in METRICS[name]
        assert dimensions["service"] == "ecs-auto-rollback"
        if "reason" in dimensions:
            assert REASONS[dimensions["reason"]] == dimensions["outcome"]
        elif name == "FollowUps":
            assert dimensions["outcome"] in FOLLOW_UPS
        elif name == "Decisions":
            assert dimensions["outcome"] in REASONS.values()


def test_every_metric_is_on_the_dashboard():
    shown = {name for _, name, _ in of_dashboard()}
    found = {
        name
        for name, sets in METRICS.items()
        for dimensions, only in searches()
        if dimensions in sets and only in (None, name)
    }

    assert list(searches())
    assert METRICS.keys() <= shown | found
    assert all(any(dimensions in sets for sets in METRICS.values()) for dimensions, _ in searches())


def test_decisions_are_counted_by_outcome_alone_so_that_no_alarm_needs_maths():
    assert METRICS["Decisions"] == {frozenset({"service", "outcome"}), frozenset({"service", "outcome", "reason"})}
    assert not any("Metrics" in alarm for alarm in alarms(**TOPIC).values())


def test_the_last_decisions_are_on_top_below_the_alarms():
    first, second, third = sorted(widgets(**TOPIC), key=lambda widget: widget["y"])[:3]

    assert [first["type"], second["type"], third["type"]] == ["text", "alarm", "log"]
    assert third["properties"]["title"] == "Last decisions"


def test_no_two_widgets_of_the_dashboard_lie_on_top_of_each_other():
    taken = [(w["x"] + x, w["y"] + y) for w in widgets(**TOPIC) for x in range(w["width"]) for y in range(w["height"])]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_failed_rollbacks_decisions_and_notices_are_watched():
    watched = {(name, d.get("outcome")) for _, name, d in of_alarms()}

    assert {("FollowUps", "rollback-failed"), ("NoticesFailed", None), ("Decisions", "failed")} <= watched


def test_no_alarm_of_the_stack_names_an_ecs_service():
    for _, _, dimensions in of_alarms():
        assert not dimensions.keys() & {"ClusterName", "ServiceName", "TargetGroup", "LoadBalancer"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, OTHERS | BY_METRICS),
        ({"SelfMonitoring": "alarms"}, OTHERS | BY_METRICS),
        ({"MetricsNamespace": "none"}, OTHERS),
        ({"FollowDeployments": "none"}, OTHERS | BY_METRICS - {"RollbackFailedAlarm"}),
        ({"FollowDeployments": "none", "EcsEvents": "deployment-failed"}, OTHERS | BY_METRICS),
    ],
)
def test_alarms_notify_the_topic_and_are_shown_on_the_dashboard(parameters, expected):
    stack = Stack(**TOPIC, **parameters)
    made = stack.of_type("AWS::CloudWatch::Alarm")

    assert made.keys() == expected
    assert all(a["AlarmActions"] == a["OKActions"] == [TOPIC["SelfAlarmTopicArn"]] for a in made.values())
    if stack.of_type("AWS::CloudWatch::Dashboard"):
        shown = [
            arn for w in widgets(**TOPIC, **parameters) if w["type"] == "alarm" for arn in w["properties"]["alarms"]
        ]
        assert sorted(shown) == sorted(f"{name}.Arn" for name in expected)


def test_an_alarm_has_a_name_a_severity_and_a_link_to_its_section_of_the_runbook():
    for alarm in alarms(**TOPIC).values():
        section = alarm["AlarmName"].removeprefix("ecs-auto-rollback-")
        severity, _, rest = alarm["AlarmDescription"].partition(": ")
        assert severity in {"critical", "warning"}
        assert re.search(rf" https://\S+/v[\d.]+/ops/runbook\.html#{section}$", rest), alarm["AlarmDescription"]


def test_without_a_topic_there_are_no_alarms():
    assert alarms() == {}
    assert not any(widget["type"] == "alarm" for widget in widgets())


@pytest.mark.parametrize(("monitoring", "dashboards"), [("alarms-and-dashboard", 1), ("alarms", 0), ("none", 0)])
def test_the_dashboard_can_be_left_out(monitoring, dashboards):
    stack = Stack(SelfMonitoring=monitoring)

    assert len(stack.of_type("AWS::CloudWatch::Dashboard")) == dashboards
    assert ("DashboardName" in stack.outputs) == bool(dashboards)


def test_queries_ask_for_lines_fields_and_words_that_are_logged():
    assert len(queries()) == 2
    for text in queries():
        (message,) = re.findall(r'message = "(.*?)"', text)
        assert names(text.partition("|")[2]) <= LINES[message] | {"@timestamp", "message"}, text
        # News is no decision.
        (reason,) = re.findall(r'reason != "(.*?)"', text)
        assert REASONS[reason] == "ignored"


# The words of CloudWatch Logs Insights that the queries use.
SYNTAX = {"fields", "filter", "sort", "desc", "limit", "stats", "by", "bin", "as", "in", "or", "and"}
SYNTAX |= {"count", "sum", "latest", "ispresent"}


def names(query):
    """The fields that a query reads: all of its words but texts, comments, the names that it gives, and syntax."""
    aliases = set(re.findall(r"\bas (\w+)", query))
    words = re.findall(r"[@A-Za-z_][\w@]*", re.sub(r'".*?"|#.*|\b\d+\w*', "", query))
    return set(words) - SYNTAX - aliases


def test_the_names_in_a_query_are_told_from_its_words():
    query = """filter message = "decision" # and cluster
    | filter reason in ["unmapped"] or ispresent(Calls)
    | stats count(*) as signals, latest(detail) as newest by signal_name, bin(5m)
    | sort signals desc"""

    assert names(query) == {"message", "reason", "Calls", "detail", "signal_name"}
