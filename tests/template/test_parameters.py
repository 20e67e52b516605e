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
def test_every_parameter_is_in_one_group(file):
    interface = TEMPLATES[file]["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]

    assert sorted(grouped) == sorted(TEMPLATES[file]["Parameters"])


def test_the_first_group_has_what_most_people_set():
    first = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"][0]["Parameters"]

    topics = ["NoticeTopicArn", "SignalTopicArn", "SelfAlarmTopicArn"]
    assert first == ["Mode", "Services", "OptIn", "Alarms", "EcsEvents", *topics]


def test_a_parameter_of_both_templates_allows_the_same_in_both():
    both = PARAMETERS.keys() & SPOKE["Parameters"].keys()
    assert {"SpokeRoleName", "ClusterScope", "LookUps", "FollowDeployments", "PermissionsBoundaryArn"} <= both

    # The function's stack lists Regions without wildcards.
    for name in both - {"Regions"}:
        ours, theirs = (
            {key: value for key, value in template["Parameters"][name].items() if key != "Description"}
            for template in TEMPLATES.values()
        )
        assert ours == theirs, name
    for value in ("shop:prod/1", ""):
        assert accepts(PARAMETERS["ExternalIds"], value)
        assert accepts(SPOKE["Parameters"]["ExternalId"], value)
    assert accepts(PARAMETERS["Regions"], "eu-west-1,us-gov-east-1")
    assert accepts(SPOKE["Parameters"]["Regions"], "eu-west-1,us-gov-east-1")


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
        ("AlarmNamePrefix", "Deployment alarm ", True),
        ("SignalTopicArn", "arn:aws:sns:eu-west-1:111122223333:alarms", True),
        ("SignalTopicArn", "arn:aws-us-gov:sns:us-gov-west-1:111122223333:alarms", True),
        ("SignalTopicArn", "arn:aws:sns:eu-west-1:111122223333:alarms.fifo", False),
        ("SignalTopicArn", "alarms", False),
        ("Mode", "dry-run", False),
        ("RollbackLimit", "101", False),
        ("RollbackLimit", "0", True),
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
        ("SpokeRoleName", "ecs-auto-rollback-spoke", True),
        ("SpokeRoleName", "path/role", False),
        ("SpokeRoleName", "*", False),
        ("SpokeRoleName", "", False),
        ("EcsEvents", "none", True),
        ("EcsEvents", "task-start-impaired deployment-failed", True),
        ("EcsEvents", "none deployment-failed", False),
        ("EcsEvents", "SERVICE_DEPLOYMENT_FAILED", False),
        ("EcsEvents", "deployment-failed,task-start-impaired", False),
        ("EcsEvents", "", False),
        ("LookUps", "none", True),
        ("LookUps", "load-balancers evidence", True),
        ("LookUps", "contributors", False),
        ("LookUps", "evidence none", False),
        ("LookUps", "", False),
        ("AlarmAccounts", ",".join(["444455556666"] * 5), True),
        ("AlarmAccounts", ",".join(["444455556666"] * 6), False),
        ("AlarmAccounts", "*", False),
        ("FunctionName", "shop_rollback-1", True),
        ("FunctionName", "shop rollback", False),
        ("FunctionName", "", False),
        ("PermissionsBoundaryArn", "arn:aws:iam::111122223333:policy/teams/boundary", True),
        ("PermissionsBoundaryArn", "arn:aws:iam::aws:policy/PowerUserAccess", True),
        ("PermissionsBoundaryArn", "boundary", False),
        ("KmsKeyArn", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("KmsKeyArn", "arn:aws:kms:eu-west-1:111122223333:alias/logs", False),
        ("SubnetIds", "subnet-0123456789abcdef0,subnet-01234567", True),
        ("SubnetIds", "subnet-0123456789abcdef0, subnet-01234567", False),
        ("SecurityGroupIds", "sg-0123456789abcdef0", True),
        ("SecurityGroupIds", "default", False),
        ("SelfMonitoring", "dashboard", False),
        ("SelfAlarmTopicArn", "arn:aws:sns:eu-west-1:111122223333:pager.fifo", False),
        ("MetricsNamespace", "none", True),
        ("Architecture", "riscv64", False),
        ("ExternalIds", "1", False),
        ("ExternalIds", "shop:prod/1", True),
        ("ExternalIds", "444455556666=shop-1 777788889999=cart/2", True),
        ("ExternalIds", "444455556666=shop-1 cart", False),
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
        ("SpokeRoleName", "", False),
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


EVENTS = ["deployment-failed", "task-start-impaired", "task-configuration-failure"]


@pytest.mark.parametrize(
    "chosen", [EVENTS, EVENTS[::-1], ["deployment-failed", EVENTS[2]], *([each] for each in EVENTS), []]
)
def test_the_function_acts_on_those_ecs_events_that_are_sent_to_it(chosen):
    stack = Stack(FollowDeployments="none", EcsEvents=" ".join(chosen) or "none")
    rules = stack.of_type("AWS::Events::Rule").values()
    sent = [name for rule in rules for name in rule["EventPattern"]["detail"]["eventName"]]

    assert stack.environment["ROLLBACK_ECS_EVENTS"].split() == (chosen or ["none"])
    assert sorted(sent) == sorted(f"SERVICE_{word.upper().replace('-', '_')}" for word in chosen)


def test_the_function_looks_up_all_ways_by_default_but_whole_load_balancers():
    look_ups = [way["name"] for way in catalogue()["ways"] if way["lookUp"]]

    # The evidence is no way, but brings one with it: the contributors of an alarm.
    assert Stack().environment["ROLLBACK_LOOK_UPS"].split() == [*look_ups, "evidence"]


@pytest.mark.parametrize(
    ("parameter", "variable", "value"),
    [
        ("Accounts", "ROLLBACK_ACCOUNTS", "444455556666,777788889999"),
        ("MonitoringAccounts", "ROLLBACK_MONITORING_ACCOUNTS", "444455556666"),
        ("Regions", "ROLLBACK_REGIONS", "us-east-1,eu-central-1"),
        ("ExternalIds", "ROLLBACK_EXTERNAL_IDS", "shop"),
        ("NoticeTopicArn", "ROLLBACK_NOTICE_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:on-call"),
        ("NoticeEventBusName", "ROLLBACK_NOTICE_EVENT_BUS_NAME", "ops"),
        ("NoticeEventBusName", "ROLLBACK_NOTICE_EVENT_BUS_NAME", "arn:aws:events:eu-west-1:444455556666:event-bus/ops"),
    ],
)
def test_a_value_that_the_function_refuses_if_it_is_empty_is_given_only_when_there_is_one(parameter, variable, value):
    without, given = Stack().environment, Stack(**{parameter: value}).environment

    assert given.keys() - without.keys() == {variable}
    assert given[variable] == value


TOPIC = "arn:aws:sns:eu-west-1:111122223333:on-call"
SUBNET, GROUP = "subnet-0123456789abcdef0", "sg-0123456789abcdef0"
TOPICS = ("NoticeTopicArn", "SignalTopicArn", "SelfAlarmTopicArn")


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({}, None),
        ({name: f"{TOPIC}-{name}" for name in TOPICS}, None),
        ({"NoticeTopicArn": TOPIC, "SignalTopicArn": TOPIC}, "SignalTopicArn must differ from NoticeTopicArn"),
        ({"SelfAlarmTopicArn": TOPIC, "SignalTopicArn": TOPIC}, "SignalTopicArn must differ from SelfAlarmTopicArn"),
        ({"SelfAlarmTopicArn": TOPIC, "NoticeTopicArn": TOPIC}, "SelfAlarmTopicArn must differ from NoticeTopicArn"),
        ({"SelfAlarmTopicArn": TOPIC, "SelfMonitoring": "none"}, "SelfAlarmTopicArn needs SelfMonitoring"),
        ({"SelfAlarmTopicArn": TOPIC, "SelfMonitoring": "alarms"}, None),
        ({"SelfMonitoring": "none"}, None),
        ({"ClusterScope": "prod"}, "Services must name only clusters within ClusterScope"),
        ({"ClusterScope": "prod", "Services": "prod/*"}, None),
        ({"LogLevel": "WARN"}, "LogLevel WARN or ERROR needs MetricsNamespace none"),
        ({"LogLevel": "ERROR"}, "LogLevel WARN or ERROR needs MetricsNamespace none"),
        ({"LogLevel": "WARN", "MetricsNamespace": "none"}, None),
        ({"LogLevel": "DEBUG"}, None),
        ({"FollowDeployments": "outcomes-and-unprotected"}, None),
        ({"FollowDeployments": "outcomes-and-unprotected", "MetricsNamespace": "none"}, "FollowDeployments"),
        (
            {"FollowDeployments": "outcomes-and-unprotected", "MetricsNamespace": "none", "NoticeTopicArn": TOPIC},
            None,
        ),
        ({"ExternalIds": "shop"}, "ExternalIds needs Accounts"),
        ({"ExternalIds": "shop", "Accounts": "444455556666"}, None),
        ({"SubnetIds": SUBNET}, "SubnetIds and SecurityGroupIds must be given together"),
        ({"SecurityGroupIds": GROUP}, "SubnetIds and SecurityGroupIds must be given together"),
        ({"SecurityGroupIds": GROUP, "SubnetIds": SUBNET}, None),
    ],
)
def test_parameters_that_do_not_fit_together_are_refused_with_a_sentence(parameters, refused):
    broken = Stack(**parameters).broken_rules

    assert len(broken) == (refused is not None), broken
    assert all(sentence.startswith(refused) for sentence in broken)


def test_the_role_of_the_spoke_asks_for_the_external_id_that_the_function_gives():
    (trust,) = Spoke(ExternalId="shop").resources["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    (without,) = Spoke().resources["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "shop"}}
    assert "Condition" not in without


def test_the_function_runs_in_a_vpc_only_if_one_is_given():
    inside = Stack(SubnetIds=f"{SUBNET},subnet-01234567", SecurityGroupIds=GROUP)

    assert "VpcConfig" not in Stack().resources["Function"]["Properties"]
    assert inside.resources["Function"]["Properties"]["VpcConfig"] == {
        "SubnetIds": [SUBNET, "subnet-01234567"],
        "SecurityGroupIds": [GROUP],
    }


def test_the_names_of_everything_come_from_that_of_the_function():
    stack = Stack(FunctionName="shop", SelfAlarmTopicArn=TOPIC)
    named = {"FunctionName", "QueueName", "AlarmName", "DashboardName", "LogGroupName"}
    names = [r["Properties"][key] for r in stack.resources.values() for key in named & r["Properties"].keys()]

    mappings = {"Function", "SignalSource"}
    assert len(names) >= 2 + len(stack.of_type("AWS::CloudWatch::Alarm")) + len(mappings)
    assert all(name.removeprefix("/aws/lambda/").startswith(("shop", "Function")) for name in names), names


def accepts(parameter, value):
    """Whether CloudFormation would take the value."""
    if "AllowedValues" in parameter:
        return value in map(str, parameter["AllowedValues"])
    if parameter["Type"] == "Number":
        return parameter["MinValue"] <= float(value) <= parameter["MaxValue"]
    return len(value) <= parameter.get("MaxLength", 4096) and bool(
        re.fullmatch(parameter["AllowedPattern"], value, re.ASCII)
    )
