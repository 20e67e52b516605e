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
TOPIC = {"AlertTopicArn": "arn:aws:sns:eu-west-1:111122223333:pager"}
GROUPS = {
    "AlertOnFunction": {"ErrorsAlarm", "ThrottlesAlarm"},
    "AlertOnQueues": {"OnFailureAlarm", "OldestSignalAlarm"},
    "AlertOnDecisions": {"ConflictAlarm", "FailedDecisionsAlarm"},
    "AlertOnNotices": {"RollbackFailedAlarm", "NoticesFailedAlarm"},
}
BY_METRICS = GROUPS["AlertOnDecisions"] | GROUPS["AlertOnNotices"]


def alarms(**parameters):
    return Stack(**parameters).of_type("AWS::CloudWatch::Alarm")


def widgets(**parameters):
    (dashboard,) = Stack(**parameters).of_type("AWS::CloudWatch::Dashboard").values()
    return json.loads(dashboard["DashboardBody"])["widgets"]


def queries():
    return [query["QueryString"] for query in Stack().of_type("AWS::Logs::QueryDefinition").values()]


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
    own = [each for each in (*of_alarms(), *of_dashboard()) if each[0] == "ecs-auto-rollback"]
    assert own

    for _, name, dimensions in own:
        assert frozenset(dimensions) in METRICS[name]
        assert dimensions["service"] == "ecs-auto-rollback"
        if "reason" in dimensions:
            assert REASONS[dimensions["reason"]] == dimensions["outcome"]
        elif "outcome" in dimensions:
            assert dimensions["outcome"] in FOLLOW_UPS


def test_every_metric_is_on_the_dashboard_and_so_is_every_outcome_of_a_follow_up():
    shown = [(name, dimensions) for _, name, dimensions in of_dashboard()]

    assert METRICS.keys() <= {name for name, _ in shown}
    assert {d["outcome"] for name, d in shown if name == "FollowUps"} == FOLLOW_UPS


def test_no_two_widgets_of_the_dashboard_lie_on_top_of_each_other():
    taken = [(w["x"] + x, w["y"] + y) for w in widgets(**TOPIC) for x in range(w["width"]) for y in range(w["height"])]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_an_alarm_watches_failed_rollbacks_and_another_one_notices_that_failed():
    watched = {(name, d.get("outcome")) for _, name, d in of_alarms()}

    assert {("FollowUps", "rollback-failed"), ("NoticesFailed", None)} <= watched


def test_the_alarm_on_failed_decisions_watches_every_reason_to_fail():
    failed = {d["reason"] for _, name, d in of_alarms() if d.get("outcome") == "failed"}

    assert failed == {reason for reason, outcome in REASONS.items() if outcome == "failed"}


def test_no_alarm_of_the_stack_names_an_ecs_service():
    for _, _, dimensions in of_alarms():
        assert not dimensions.keys() & {"ClusterName", "ServiceName", "TargetGroup", "LoadBalancer"}


@pytest.mark.parametrize("off", [set(), *({name} for name in GROUPS), set(GROUPS)])
def test_alarms_are_made_by_group_and_shown_on_the_dashboard(off):
    parameters = TOPIC | dict.fromkeys(off, "false")
    expected = set().union(*(names for group, names in GROUPS.items() if group not in off))

    made = alarms(**parameters)
    assert made.keys() == expected
    assert all(a["AlarmActions"] == a["OKActions"] == [TOPIC["AlertTopicArn"]] for a in made.values())
    shown = [arn for w in widgets(**parameters) if w["type"] == "alarm" for arn in w["properties"]["alarms"]]
    assert sorted(shown) == sorted(f"{name}.Arn" for name in expected)


def test_without_a_topic_there_are_no_alarms_and_without_metrics_none_on_decisions():
    assert alarms() == {}
    for parameters in ({"MetricsDisabled": "true"}, {"LogLevel": "WARN"}, {"LogLevel": "ERROR"}):
        assert not alarms(**TOPIC, **parameters).keys() & BY_METRICS


def test_dashboard_and_queries_come_together_and_can_be_left_out():
    stack = Stack(Dashboard="false")
    assert not stack.of_type("AWS::CloudWatch::Dashboard")
    assert not stack.of_type("AWS::Logs::QueryDefinition")
    assert queries()


def test_queries_ask_for_lines_fields_and_words_that_are_logged():
    filtered = set()
    for text in queries():
        messages = set(re.findall(r'"(.*?)"', "".join(re.findall(r"filter message (?:= |in \[)(.*)", text))))
        assert messages <= LINES.keys(), text
        # A query that asks for no line of the log is about lines of metrics.
        known = set().union(*(LINES[message] for message in messages)) if messages else METRICS.keys()
        assert names(text) <= known | {"@timestamp", "message"}, text
        for field, words in (("reason", REASONS.keys()), ("outcome", REASONS.values())):
            lists = re.findall(rf"\b{field} in \[(.*?)\]", text)
            assert {word for each in lists for word in re.findall(r'"(.*?)"', each)} <= set(words), text
        filtered |= messages

    assert filtered == {"decision", "follow-up", "notice not delivered", "notice incomplete", "event not followed up"}


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
