"""The parts of the book that say what the template and the code have. `UPDATE_EXPECT=1` writes them."""

import json
import os
import re
import tomllib

from harness import ROOT
from harness.catalogue import catalogue
from harness.templates import RELEASED_FORM, SPOKE, TEMPLATE, Stack

SETTINGS = catalogue()["settings"]
PARAMETERS = TEMPLATE["Parameters"]

# The variables that no parameter sets; the template's comments say why each has the value that it has there.
MEANINGS = {
    "AWS_LAMBDA_LOG_FORMAT": "One flat JSON object per line, or text. Lambda sets it.",
    "POWERTOOLS_LOGGER_LOG_EVENT": "Log the payload of each invocation at `INFO`.",
    "POWERTOOLS_LOG_LEVEL": "Least severe level to log, where `AWS_LAMBDA_LOG_LEVEL` is not set.",
    "ROLLBACK_CLOCK_SKEW_SECONDS": "How much earlier than the deployment a signal may appear to begin and still count.",
    "ROLLBACK_DOCUMENTATION_URL": "Where this book is, for the links in notices. A company may keep a copy of it.",
    "ROLLBACK_INDEX_MAX_AGE_SECONDS": "Maximum age of the index of services.",
    "ROLLBACK_LIMIT_WINDOW_SECONDS": "Window of the rollback limit, counted back from now in ECS's history.",
    "ROLLBACK_MAXIMUM_CONCURRENCY": "Batches processed at once. They share the rate at which ECS may be read.",
    "ROLLBACK_MAX_SIGNAL_AGE_SECONDS": "Maximum age of an event, and of its date in the future. 0: no limit.",
    "ROLLBACK_MEMORY_SECONDS": (
        "How long an observation of a service may serve to skip further signals that began before it. A rollback and a "
        "request by hand always need a new one. 0: off."
    ),
    "ROLLBACK_TOO_LATE_SECONDS": "How long after a successful deployment trouble may begin and still be `too-late`.",
}

# As the report of the incidents calls them.
COMPETITORS = ["this function", "ECS deployment alarms", "ECS circuit breaker"]

METRICS = {
    "Calls": "requests to AWS, retries included",
    "ColdStarts": "1 for the first invocation of an execution environment",
    "Decisions": "1 for each signal and service",
    "FollowUps": "1 for each end of a rollback, redeployment of a rolled-back revision, and unprotected deployment",
    "Notices": "notices that a channel accepted, counted per channel; only from invocations with notices",
    "NoticesFailed": "notices that a channel did not accept, and events that were not followed up",
    "RollbackDuration": "from the beginning of the rollback until its end, as ECS reports it",
    "SignalToRollbackDone": "from the beginning of the signal, if one execution environment saw both",
    "SignalToStop": "from the beginning of the signal until ECS accepted the rollback; only for `rolled-back`",
    "UnrecognizedEvents": "events that were not recognized",
}

# Requests a month: Lambda starts with five connections for each queue, and each waits for 20 seconds.
POLLS = 5 * 30 * 24 * 3600 // 20


def expect(page, part, text):
    """Holds a part of a page, between two comments, to what it should be."""
    path = ROOT / page
    begin, end = f"<!-- {part}:begin -->\n", f"<!-- {part}:end -->"
    before, found, rest = path.read_text().partition(begin)
    present, closed, after = rest.partition(end)
    assert found, f"{page} lacks {begin}"
    assert closed, f"{page} lacks {end}"
    if present != text and "UPDATE_EXPECT" in os.environ:
        path.write_text(f"{before}{begin}{text}{end}{after}")
    else:
        assert present == text, f"{page}: UPDATE_EXPECT=1 writes it"


def table(columns, rows):
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def code(text):
    return f"`{text}`" if text != "" else "empty"


def variables_of(parameter):
    """The variables that a parameter sets."""
    return [each["name"] for each in SETTINGS if each["parameter"] == parameter]


def row(name, parameter):
    meaning = " ".join(parameter["Description"].split()).replace("|", "\\|").replace("*", "\\*")
    if "AllowedValues" in parameter:
        allowed = ", ".join(code(value) for value in parameter["AllowedValues"])
    elif "MinValue" in parameter:
        allowed = f"{parameter['MinValue']} to {parameter['MaxValue']}"
    else:
        allowed = ""
    variables = ", ".join(map(code, variables_of(name))) or "–"
    default = code(parameter["Default"]) if "Default" in parameter else "–"
    return [f'<a id="{name}"></a>`{name}`', default, meaning + (f" Allowed: {allowed}." if allowed else ""), variables]


def test_the_book_lists_each_parameter_in_its_group_with_what_the_template_says_of_it():
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(PARAMETERS)

    text = ""
    for group in groups:
        rows = [row(name, PARAMETERS[name]) for name in group["Parameters"]]
        text += f"## {group['Label']['default']}\n\n{table(['parameter', 'default', 'meaning', 'variable'], rows)}\n"
    expect("docs/reference/settings.md", "parameters", "\n" + text)


def test_the_book_lists_each_variable_that_no_parameter_sets():
    alone = [each for each in SETTINGS if not any(each["name"] in variables_of(name) for name in PARAMETERS)]
    set_to = Stack().environment
    assert {each["name"] for each in alone} == MEANINGS.keys()

    rows = [
        [code(each["name"]), code(each["default"]) if each["default"] else "not set",
         code(set_to[each["name"]]) if each["name"] in set_to else "–", MEANINGS[each["name"]]]
        for each in alone
    ]  # fmt: skip
    expect(
        "docs/reference/settings.md",
        "variables",
        "\n" + table(["variable", "default", "in the stack", "meaning"], rows) + "\n",
    )


def test_the_book_lists_each_parameter_of_the_spoke():
    rows = [row(name, parameter)[:3] for name, parameter in SPOKE["Parameters"].items()]
    expect("docs/guide/accounts.md", "spoke", table(["parameter", "default", "meaning"], rows))


def test_the_book_lists_each_metric():
    written = catalogue()["metrics"]
    assert {each["name"] for each in written} == METRICS.keys()

    def dimensions(each):
        return "; ".join(", ".join(map(code, some)) for some in sorted(each["dimensions"], key=len))

    rows = [[code(each["name"]), each["unit"], dimensions(each), METRICS[each["name"]]] for each in written]
    expect("docs/reference/metrics.md", "metrics", table(["metric", "unit", "dimensions", "value"], rows))


def test_the_book_lists_every_kind_of_notice():
    notices = (ROOT / "docs" / "guide" / "notices.md").read_text().partition("\n## ")[0]

    assert re.findall(r"^\| `([a-z-]+)` \|", notices, re.MULTILINE) == catalogue()["notices"]


def test_the_cost_of_an_idle_stack_is_that_of_its_resources():
    alone, watched = Stack(), Stack(SelfAlarmTopicArn="arn:aws:sns:eu-west-1:111122223333:pager")
    assert alarm_metrics(alone) == 0
    polls, dashboard, alarms = (
        ("queues that Lambda polls", queues(alone), f"{POLLS:,} requests × $0.40 a million", POLLS * 0.40 / 1_000_000),
        ("dashboard (`SelfMonitoring`)", dashboards(alone), "$3.00", 3.00),
        ("metrics of alarms (`SelfAlarmTopicArn`)", alarm_metrics(watched), "$0.10", 0.10),
    )
    costs = [each[1] * each[3] for each in (polls, dashboard, alarms)]
    rows = [
        [what, str(count), price, f"${cost:.2f}"]
        for (what, count, price, _), cost in zip((polls, dashboard, alarms), costs, strict=True)
    ]
    rows.append(["**together**", "", "", f"**${sum(costs):.2f}**"])
    expect("docs/ops/cost.md", "idle", table(["resource", "number", "price of each", "a month"], rows))
    summary = (
        f"An idle stack costs up to **${sum(costs):.2f} a month** by list price: ${costs[1]:.2f} the dashboard, "
        f"${costs[2]:.2f} the optional alarms on the function itself, ${costs[0]:.2f} the polling of queues. "
        "[Cost](docs/ops/cost.md) counts it, and what is billed in use.\n"
    )
    expect("README.md", "cost", summary)


def queues(stack):
    return len(stack.of_type("AWS::Lambda::EventSourceMapping"))


def dashboards(stack):
    return len(stack.of_type("AWS::CloudWatch::Dashboard"))


def alarm_metrics(stack):
    return sum(
        sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
    )


def test_the_readme_says_how_the_incidents_ended_with_the_weak_side():
    page = (ROOT / "docs" / "evidence" / "incidents.md").read_text()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ]
    ours, alarms, breaker = (next(row for row in rows if row[0] == name) for name in COMPETITORS)
    wrong = next(row for row in rows if row[0] == "with the wrong ones")
    ours_hit, alarms_hit, breaker_hit = (re.search(r"\((.*?)\)", cell)[1] for cell in wrong[1:4])
    (due,) = re.findall(r"([\d,]+) deployments should be rolled back", page)
    assert ours[2] == "0", "no rollback is wrong"
    text = (
        f"In 100,000 [simulated incidents](docs/evidence/incidents.md), {due} deployments should have been rolled "
        f"back. The function missed {ours[1]}, deployment alarms {alarms[1]}, the circuit breaker {breaker[1]}; of the "
        f"function's rollbacks {ours_hit} still hit a good deployment that no data distinguish from a bad one "
        f"(deployment alarms: {alarms_hit}, circuit breaker: {breaker_hit}), and where tasks do not start, the "
        "circuit breaker is enough and needs no signal.\n"
    )
    expect("README.md", "incidents", text)


def test_the_readme_can_be_read_in_ten_minutes():
    assert len((ROOT / "README.md").read_bytes()) <= 11_000


def test_the_book_lists_every_action_of_the_roles():
    page = (ROOT / "docs" / "reference" / "iam.md").read_text()
    listed = set(re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", page.partition("| action |")[2].partition("\n\n")[0]))

    assert set(actions(TEMPLATE["Resources"]["FunctionRole"]["Properties"]["Policies"])) == listed


def actions(part):
    """The actions that a part of a policy allows, whatever the conditions."""
    match part:
        case {"Effect": "Allow", "Action": str() as one}:
            yield one
        case {"Effect": "Allow", "Action": [*some]}:
            yield from some
        case dict():
            for each in part.values():
                yield from actions(each)
        case list():
            for each in part:
                yield from actions(each)


def test_no_page_names_a_parameter_that_has_moved():
    moved = json.loads((ROOT / "deploy" / "renamed-parameters.json").read_text()).keys() - SPOKE["Parameters"].keys()

    for path in [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]:
        assert not moved & set(re.findall(r"`(\w+)[=`]", path.read_text())), path


def test_the_readme_installs_by_the_command_of_the_released_template():
    released = RELEASED_FORM.read_text().partition("AWSTemplateFormatVersion")[0]
    command, readme = (
        re.search(r"aws cloudformation deploy (?:.*\\\n)*.*", text)[0].replace("\\\n", " ").split()
        for text in (re.sub("(?m)^# *", "", released), (ROOT / "README.md").read_text())
    )
    assert command == readme


def test_pages_name_the_files_of_the_present_release():
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]
    pages = [ROOT / "README.md", *(ROOT / "docs" / "start").glob("*.md")]
    named = {each for path in pages for each in re.findall(r"ecs-auto-rollback\S*?-(\d+\.\d+\.\d+)", path.read_text())}

    assert named == {version}
