"""Alarms, dashboard and queries name what src/figures.rs, src/reason.rs and the log lines write."""

import json
import re

import pytest

from harness import ROOT
from harness.templates import Stack

FIGURES = (ROOT / "src" / "figures.rs").read_text().split("#[cfg(test)]")[0]
REASON = (ROOT / "src" / "reason.rs").read_text()
OUTCOMES = dict(re.findall(r'Self::(\w+) => "([a-z-]+)",', REASON))
REASONS = {name: OUTCOMES[outcome] for outcome, name in re.findall(r'\w+ => (\w+), "([a-z-]+)";', REASON)}
NOTICE = (ROOT / "src" / "notice.rs").read_text()
OCCASIONS = dict(re.findall(r'Self::(\w+) => "([a-z-]+)",', NOTICE))
# What the outcome of an aftermath may be: the occasions that one function makes of it.
AFTERMATHS = {
    OCCASIONS[name]
    for name in re.findall(r"=> Self::(\w+),", NOTICE.partition("fn of_aftermath(")[2].partition("\n    }\n")[0])
}
# Which dimensions a writer has, and which entry it writes.
DIMENSIONS = {
    writer: {frozenset(re.findall(r'"(\w+)"', found)) for found in re.findall(r'&\[("[^\]]+)\]', sets)}
    for writer, sets in re.findall(r"let (of_\w+) = dimensions\((.*)\);", FIGURES)
}
WRITERS = dict(re.findall(r"(\w+): Mutex::new\(Emf::no_validations\(namespace.to_owned\(\), (of_\w+)\)\)", FIGURES))
ENTRIES = dict(re.findall(r"format\(\s*&self\.(\w+),\s*&(\w+) \{", FIGURES))
BODIES = dict(re.findall(r"impl Entry for (\w+)<'_> \{(.*?)\n\}", FIGURES, re.DOTALL))
# Each metric with the sets of dimensions under which it can be found.
METRICS = {
    name: DIMENSIONS[WRITERS[writer]]
    for writer, entry in ENTRIES.items()
    for name in re.findall(r'writer\.value\("([A-Z]\w+)"', BODIES[entry])
}
TOPIC = {"AlertTopicArn": "arn:aws:sns:eu-west-1:111122223333:pager"}
GROUPS = {
    "AlertOnFunction": {"ErrorsAlarm", "ThrottlesAlarm"},
    "AlertOnQueues": {"OnFailureAlarm", "OldestSignalAlarm"},
    "AlertOnDecisions": {"ConflictAlarm", "FailedDecisionsAlarm"},
    "AlertOnNotices": {"RollbackFailedAlarm", "NoticesFailedAlarm"},
}
BY_FIGURES = GROUPS["AlertOnDecisions"] | GROUPS["AlertOnNotices"]

LINE = re.compile(r"\b(?:info|warn)!\(([^;]*?)\"([a-z ]+)\"\s*\);")


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


def test_every_metric_that_is_written_is_read_from_the_code_with_its_dimensions():
    of_service = frozenset({"service"})
    of_invocation = {of_service}
    of_decision = {of_service, frozenset({"service", "outcome", "reason"})}
    of_aftermath = {of_service, frozenset({"service", "outcome"})}

    assert {
        **dict.fromkeys(["Decisions", "SignalToStop"], of_decision),
        **dict.fromkeys(["Aftermaths", "RollbackDuration", "SignalToRollbackDone"], of_aftermath),
        **dict.fromkeys(["Calls", "ColdStarts", "UnrecognizedEvents", "Notices", "NoticesFailed"], of_invocation),
    } == METRICS
    assert set(re.findall(r'writer\.value\("([A-Z]\w+)"', FIGURES)) == METRICS.keys()
    assert set(OCCASIONS.values()) > AFTERMATHS


def test_the_readme_tells_of_every_notice():
    notices = (ROOT / "README.md").read_text().partition("\n## Notices\n")[2].partition("\n### ")[0]

    assert re.findall(r"^\| `([a-z-]+)` \|", notices, re.MULTILINE) == list(OCCASIONS.values())


def test_every_own_metric_that_is_looked_at_is_one_that_is_written():
    own = [each for each in (*of_alarms(), *of_dashboard()) if each[0] == "ecs-auto-rollback"]
    assert own

    for _, name, dimensions in own:
        assert frozenset(dimensions) in METRICS[name]
        assert dimensions["service"] == "ecs-auto-rollback"
        if "reason" in dimensions:
            assert REASONS[dimensions["reason"]] == dimensions["outcome"]
        elif "outcome" in dimensions:
            assert dimensions["outcome"] in AFTERMATHS


def test_every_figure_is_on_the_dashboard_and_so_is_every_outcome_of_an_aftermath():
    shown = [(name, dimensions) for _, name, dimensions in of_dashboard()]

    assert METRICS.keys() <= {name for name, _ in shown}
    assert {d["outcome"] for name, d in shown if name == "Aftermaths"} == AFTERMATHS


def test_no_two_widgets_of_the_dashboard_lie_on_top_of_each_other():
    taken = [(w["x"] + x, w["y"] + y) for w in widgets(**TOPIC) for x in range(w["width"]) for y in range(w["height"])]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24


def test_an_alarm_watches_failed_rollbacks_and_another_one_notices_that_failed():
    watched = {(name, d.get("outcome")) for _, name, d in of_alarms()}

    assert {("Aftermaths", "rollback-failed"), ("NoticesFailed", None)} <= watched


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


def test_without_a_topic_there_are_no_alarms_and_without_figures_none_on_decisions():
    assert alarms() == {}
    for parameters in ({"MetricsDisabled": "true"}, {"LogLevel": "WARN"}, {"LogLevel": "ERROR"}):
        assert not alarms(**TOPIC, **parameters).keys() & BY_FIGURES


def test_dashboard_and_queries_come_together_and_can_be_left_out():
    stack = Stack(Dashboard="false")
    assert not stack.of_type("AWS::CloudWatch::Dashboard")
    assert not stack.of_type("AWS::Logs::QueryDefinition")
    queries = Stack().of_type("AWS::Logs::QueryDefinition")
    assert queries
    lists = re.findall(r"reason in \[(.*?)\]", "\n".join(query["QueryString"] for query in queries.values()))
    assert {word for each in lists for word in re.findall(r'"(.*?)"', each)} <= REASONS.keys()


def log_lines():
    """The fields of each line of the log, by its message."""
    lines = {}
    for file in (ROOT / "src").rglob("*.rs"):
        for fields, message in LINE.findall(file.read_text()):
            named = re.findall(r"(?:^|,)\s*(\w+)\s*(?==[^=]|,|$)", fields)
            lines.setdefault(message, set()).update(named)
    return lines


def test_queries_ask_for_lines_and_fields_that_are_logged():
    logged = log_lines()
    assert {"outcome", "detail", "service_deployment_arn"} <= logged["decision"] & logged["aftermath"]
    assert logged["notice not delivered"] == {"channel", "notice", "notice_id", "error"}
    asked = set()
    for query in Stack().of_type("AWS::Logs::QueryDefinition").values():
        text = query["QueryString"]
        messages = set(re.findall(r'"(.*?)"', "".join(re.findall(r"filter message (?:= |in \[)(.*)", text))))
        fields = {each for line in re.findall(r"fields (.*)", text) for each in line.split(", ")}
        assert messages <= logged.keys(), text
        known = set().union(*(logged[message] for message in messages))
        assert fields <= known | {"@timestamp", "message"}, text
        asked |= messages

    assert asked == {"decision", "aftermath", "notice not delivered", "notice incomplete", "event not followed up"}
