"""Every parameter explains itself, is bounded, and stands in a group."""

import re

import pytest

from harness import ROOT
from harness.catalogue import catalogue
from harness.templates import SPOKE, TEMPLATE, Spoke, Stack

PARAMETERS = TEMPLATE["Parameters"]
TEMPLATES = {"template.yaml": TEMPLATE, "spoke.yaml": SPOKE}
EVERY_PARAMETER = [(file, name) for file, template in TEMPLATES.items() for name in template["Parameters"]]
# Only the person who installs a stack can know these.
WITHOUT_DEFAULT = {("spoke.yaml", "HubRoleArn")}


@pytest.mark.parametrize(("file", "name"), EVERY_PARAMETER)
def test_a_parameter_is_described_and_has_a_default_that_it_allows(file, name):
    parameter = TEMPLATES[file]["Parameters"][name]

    assert parameter["Description"].strip()
    assert ("Default" in parameter) != ((file, name) in WITHOUT_DEFAULT)
    assert "Default" not in parameter or accepts(parameter, str(parameter["Default"]))


@pytest.mark.parametrize(("file", "name"), EVERY_PARAMETER)
def test_a_parameter_says_what_it_allows(file, name):
    parameter = TEMPLATES[file]["Parameters"][name]
    if parameter["Type"] == "Number":
        assert "AllowedValues" in parameter or {"MinValue", "MaxValue"} <= parameter.keys()
    else:
        assert "AllowedValues" in parameter or {"AllowedPattern", "ConstraintDescription"} <= parameter.keys()


@pytest.mark.parametrize("file", TEMPLATES)
def test_every_parameter_is_in_one_group_and_has_a_label(file):
    interface = TEMPLATES[file]["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]

    assert sorted(grouped) == sorted(TEMPLATES[file]["Parameters"])
    assert interface["ParameterLabels"].keys() == TEMPLATES[file]["Parameters"].keys()


def test_a_parameter_of_both_templates_allows_the_same_in_both():
    both = PARAMETERS.keys() & SPOKE["Parameters"].keys()
    assert {"RoleName", "ExternalId", "ClusterScope", "ServiceScope", "LoadBalancerAlarms"} <= both

    # What the function's stack lists is one item of the other account, or names it without wildcards.
    for name in both - {"RoleName", "ExternalId", "Regions"}:
        ours, theirs = (
            {key: value for key, value in template["Parameters"][name].items() if key != "Description"}
            for template in TEMPLATES.values()
        )
        assert ours == theirs, name
    # Empty means "no other place" in the one; there is no nameless role in the other.
    assert all(accepts(PARAMETERS["RoleName"], name) for name in (SPOKE["Parameters"]["RoleName"]["Default"], ""))
    for name, value in (("ExternalId", "shop:prod/1"), ("ExternalId", ""), ("Regions", "eu-west-1,us-gov-east-1")):
        assert accepts(PARAMETERS[name], value), name
        assert accepts(SPOKE["Parameters"][name], value), name


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("Services", "prod/web", True),
        ("Services", "prod/* staging-?/api_2", True),
        ("Services", "444455556666:prod/* prod/web", True),
        ("Services", "4444:prod/*", False),
        ("Services", "*:prod/*", False),
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
        ("TooLateSeconds", "0", True),
        ("TooLateSeconds", "86401", False),
        ("MaxServices", "0", False),
        ("MaxServices", "101", False),
        ("Accounts", "444455556666,777788889999", True),
        ("Accounts", "44445555666", False),
        ("Accounts", "444455556666, 777788889999", False),
        ("Accounts", "*", False),
        ("MonitoringAccounts", "444455556666", True),
        ("MonitoringAccounts", "shop", False),
        ("Regions", "us-east-1,us-gov-east-1,us-isob-east-1", True),
        ("Regions", "us-*", False),
        ("Regions", "us-east-1a", False),
        ("LookUpEvidence", "yes", False),
        ("LookUpAlarmTags", "yes", False),
        ("LoadBalancerAlarms", "every", False),
        ("IndexMaxAgeSeconds", "9", False),
        ("MemorySeconds", "301", False),
        ("MaximumConcurrency", "1", False),
        ("BatchSize", "0", False),
        ("MetricsNamespace", "AWS/Lambda", False),
        ("MetricsNamespace", "Shop/rollback", True),
        ("NoticeTopicArn", "arn:aws-cn:sns:cn-north-1:111122223333:on-call", True),
        ("NoticeTopicArn", "arn:aws:sns:eu-west-1:111122223333:on-call.fifo", False),
        ("NoticeTopicArn", "on-call", False),
        ("NoticeEventBusName", "default", True),
        ("NoticeEventBusName", "shop/ops_1.v2", True),
        ("NoticeEventBusName", "arn:aws:events:eu-west-1:444455556666:event-bus/ops", True),
        ("NoticeEventBusName", "arn:aws:sns:eu-west-1:444455556666:ops", False),
        ("NoticeEventBusName", "arn:aws:events:eu-west-1:444455556666:rule/ops", False),
        ("NoticeEventBusName", "two buses", False),
        ("Notices", "all", True),
        ("Notices", "too-late rollback-failed", True),
        ("Notices", "all too-late", False),
        ("Notices", "never", False),
        ("Notices", "", False),
        ("FollowDeployments", "on", False),
        ("UnprotectedNotices", "on", False),
        ("RoleName", "ecs-auto-rollback-spoke", True),
        ("RoleName", "path/role", False),
        ("RoleName", "*", False),
        ("ExternalId", "1", False),
        ("ExternalId", "shop:prod/1", True),
        ("ExternalId", "444455556666=shop-1 777788889999=cart/2", True),
        ("ExternalId", "444455556666=shop-1 cart", False),
    ],
)
def test_a_parameter_refuses_what_the_function_would_refuse(name, value, accepted):
    assert accepts(PARAMETERS[name], value) is accepted


def test_every_kind_of_notice_can_be_chosen():
    assert all(accepts(PARAMETERS["Notices"], kind) for kind in catalogue()["notices"])


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("HubRoleArn", "arn:aws:iam::111122223333:role/ecs-auto-rollback-FunctionRole-1A2B3C", True),
        ("HubRoleArn", "arn:aws-cn:iam::111122223333:role/path/hub", True),
        ("HubRoleArn", "arn:aws:iam::111122223333:root", False),
        ("HubRoleArn", "111122223333", False),
        ("HubRoleArn", "*", False),
        ("RoleName", "", False),
        ("Regions", "eu-west-1,eu-central-1", True),
        ("Regions", "eu-*", True),
        ("Regions", "", False),
    ],
)
def test_a_parameter_of_the_spoke_refuses_what_would_open_it(name, value, accepted):
    assert accepts(SPOKE["Parameters"][name], value) is accepted


@pytest.mark.parametrize("file", TEMPLATES)
def test_every_parameter_is_used(file):
    """A value that only a condition reads is fine; one that nothing reads is a setting that does nothing."""
    source = (ROOT / file).read_text()
    for name in TEMPLATES[file]["Parameters"]:
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
        FollowDeployments="false",
        ActOnDeploymentFailed=str("F" in switched_on).lower(),
        ActOnTaskStartImpaired=str("I" in switched_on).lower(),
        ActOnTaskConfigurationFailure=str("C" in switched_on).lower(),
    )
    sent = [rule["EventPattern"]["detail"]["eventName"][0] for rule in stack.of_type("AWS::Events::Rule").values()]

    assert stack.environment["ROLLBACK_ECS_EVENTS"] == expected
    assert sorted(sent) == sorted(expected.replace("none", "").split())


@pytest.mark.parametrize(
    ("off", "expected"),
    [
        ([], "alarm-tags composite-children target-groups deployment-alarms evidence"),
        (["AlarmTags", "TargetGroups"], "composite-children deployment-alarms evidence"),
        (["CompositeChildren", "DeploymentAlarms", "AlarmTags", "Evidence"], "target-groups"),
        (["AlarmTags", "CompositeChildren", "TargetGroups", "DeploymentAlarms"], "evidence"),
        (["AlarmTags", "CompositeChildren", "TargetGroups", "DeploymentAlarms", "Evidence"], "none"),
    ],
)
def test_the_function_looks_up_what_is_switched_on(off, expected):
    stack = Stack(**{f"LookUp{way}": "false" for way in off})

    assert stack.environment["ROLLBACK_LOOK_UPS"] == expected


def test_the_function_looks_up_all_that_it_can_by_default():
    look_ups = [way["name"] for way in catalogue()["ways"] if way["lookUp"]]

    # The evidence is no way, but brings one with it: the contributors of an alarm.
    assert Stack().environment["ROLLBACK_LOOK_UPS"].split() == [*look_ups, "evidence"]


@pytest.mark.parametrize(
    ("parameter", "variable", "value"),
    [
        ("Accounts", "ROLLBACK_ACCOUNTS", "444455556666,777788889999"),
        ("MonitoringAccounts", "ROLLBACK_MONITORING_ACCOUNTS", "444455556666"),
        ("Regions", "ROLLBACK_REGIONS", "us-east-1,eu-central-1"),
        ("RoleName", "ROLLBACK_ROLE_NAME", "spoke"),
        ("ExternalId", "ROLLBACK_EXTERNAL_ID", "shop"),
        ("NoticeTopicArn", "ROLLBACK_NOTICE_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:on-call"),
        ("NoticeEventBusName", "ROLLBACK_NOTICE_EVENT_BUS", "ops"),
        ("NoticeEventBusName", "ROLLBACK_NOTICE_EVENT_BUS", "arn:aws:events:eu-west-1:444455556666:event-bus/ops"),
    ],
)
def test_a_value_that_the_function_refuses_if_it_is_empty_is_given_only_when_there_is_one(parameter, variable, value):
    without, given = Stack().environment, Stack(**{parameter: value}).environment

    assert given.keys() - without.keys() == {variable}
    assert given[variable] == value


TOPIC = "arn:aws:sns:eu-west-1:111122223333:on-call"


@pytest.mark.parametrize(
    ("parameters", "broken"),
    [
        ({}, set()),
        ({"BatchSize": "11"}, {"LargeBatchesNeedAWindow"}),
        ({"BatchSize": "11", "BatchingWindowSeconds": "1"}, set()),
        ({"NoticeTopicArn": TOPIC}, set()),
        ({"NoticeTopicArn": TOPIC, "AlarmTopicArn": TOPIC}, {"NoticesAreNoSignals"}),
        ({"NoticeTopicArn": TOPIC, "AlarmTopicArn": f"{TOPIC}-alarms"}, set()),
        ({"UnprotectedNotices": "true"}, set()),
        ({"UnprotectedNotices": "true", "FollowDeployments": "false"}, {"UnprotectedDeploymentsAreFollowed"}),
        ({"Accounts": "444455556666"}, {"OtherAccountsHaveARole"}),
        ({"Accounts": "444455556666", "RoleName": "spoke"}, set()),
    ],
)
def test_parameters_that_do_not_fit_together_are_refused(parameters, broken):
    assert Stack(**parameters).broken_rules == broken


def test_the_role_of_the_spoke_asks_for_the_external_id_that_the_function_gives():
    (trust,) = Spoke(ExternalId="shop").resources["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    (without,) = Spoke().resources["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "shop"}}
    assert "Condition" not in without


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
