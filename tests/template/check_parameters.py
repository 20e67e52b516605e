"""Every parameter explains itself, is bounded, and stands in a group."""

import re

import pytest
from rendered import ROOT, TEMPLATE, Stack

PARAMETERS = TEMPLATE["Parameters"]
INTERFACE = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_described_and_has_a_default_that_it_allows(name):
    parameter = PARAMETERS[name]
    default = str(parameter["Default"])

    assert parameter["Description"].strip()
    assert accepts(parameter, default)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_says_what_it_allows(name):
    parameter = PARAMETERS[name]
    if parameter["Type"] == "Number":
        assert "AllowedValues" in parameter or {"MinValue", "MaxValue"} <= parameter.keys()
    else:
        assert "AllowedValues" in parameter or {"AllowedPattern", "ConstraintDescription"} <= parameter.keys()


def test_every_parameter_is_in_one_group_and_has_a_label():
    grouped = [name for group in INTERFACE["ParameterGroups"] for name in group["Parameters"]]

    assert sorted(grouped) == sorted(PARAMETERS)
    assert INTERFACE["ParameterLabels"].keys() == PARAMETERS.keys()


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("Services", "prod/web", True),
        ("Services", "prod/* staging-?/api_2", True),
        ("Services", "web", False),
        ("Services", "prod/web,prod/api", False),
        ("Services", "prod/web/1", False),
        ("Services", "", False),
        ("Alarms", "prod-* checkout-errors", True),
        ("Alarms", " ", False),
        ("ClusterScope", "prod-*", True),
        ("ClusterScope", "prod/web", False),
        ("ServiceScope", "", False),
        ("AlarmNamePrefix", "Deployment alarm ", True),
        ("AlarmTopicArn", "arn:aws:sns:eu-west-1:111122223333:alarms", True),
        ("AlarmTopicArn", "arn:aws-us-gov:sns:us-gov-west-1:111122223333:alarms", True),
        ("AlarmTopicArn", "arn:aws:sns:eu-west-1:111122223333:alarms.fifo", False),
        ("AlarmTopicArn", "alarms", False),
        ("Mode", "dry-run", False),
        ("MaxSignalAgeSeconds", "0", True),
        ("MaxSignalAgeSeconds", "86401", False),
        ("RollbackLimit", "101", False),
        ("RollbackLimitWindowSeconds", "59", False),
        ("ClockSkewSeconds", "301", False),
    ],
)
def test_a_parameter_refuses_what_the_function_would_refuse(name, value, accepted):
    assert accepts(PARAMETERS[name], value) is accepted


def test_a_parameter_that_switches_something_on_has_no_other_use():
    """A value that only a condition reads is fine; one that nothing reads is a setting that does nothing."""
    source = (ROOT / "template.yaml").read_text()
    for name in PARAMETERS:
        assert re.search(rf"!Ref {name}\b|\$\{{{name}\}}", source), f"{name} is not used"


@pytest.mark.parametrize(
    ("switched_on", "expected"),
    [
        ("F I C", "SERVICE_DEPLOYMENT_FAILED SERVICE_TASK_START_IMPAIRED SERVICE_TASK_CONFIGURATION_FAILURE"),
        ("F C", "SERVICE_DEPLOYMENT_FAILED SERVICE_TASK_CONFIGURATION_FAILURE"),
        ("I", "SERVICE_TASK_START_IMPAIRED"),
        ("", "none"),
    ],
)
def test_the_function_acts_on_those_ecs_events_that_are_sent_to_it(switched_on, expected):
    stack = Stack(
        ActOnDeploymentFailed=str("F" in switched_on).lower(),
        ActOnTaskStartImpaired=str("I" in switched_on).lower(),
        ActOnTaskConfigurationFailure=str("C" in switched_on).lower(),
    )
    sent = [rule["EventPattern"]["detail"]["eventName"][0] for rule in stack.of_type("AWS::Events::Rule").values()]

    assert stack.environment["ROLLBACK_ECS_EVENTS"] == expected
    assert sorted(sent) == sorted(expected.replace("none", "").split())


def test_concurrency_is_reserved_only_when_asked_for():
    assert "ReservedConcurrentExecutions" not in Stack().resources["Function"]["Properties"]
    assert Stack(ReservedConcurrency="0").resources["Function"]["Properties"]["ReservedConcurrentExecutions"] == "0"


def accepts(parameter, value):
    """Whether CloudFormation would take the value."""
    if "AllowedValues" in parameter:
        return value in map(str, parameter["AllowedValues"])
    if parameter["Type"] == "Number":
        return parameter["MinValue"] <= float(value) <= parameter["MaxValue"]
    return len(value) <= parameter.get("MaxLength", 4096) and bool(re.fullmatch(parameter["AllowedPattern"], value))
