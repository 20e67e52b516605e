"""The role allows exactly the calls that the code makes, and nothing wider."""

import json
import re

import botocore.session
import pytest

from harness import ROOT
from harness.catalogue import catalogue
from harness.templates import Spoke, Stack

# Services that botocore has under another name than their own in small letters.
BOTOCORE_NAMES = {"Elastic Load Balancing v2": "elbv2", "EventBridge": "events"}
# Services whose actions have another prefix than the name that they sign with.
IAM_PREFIXES = {"monitoring": "cloudwatch"}
# What Lambda does in the function's name: its logs, the on-failure destination, the signal queue.
RECEIVE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
BY_LAMBDA = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"} | RECEIVE

# Which word of LookUps each action needs. Any one of several is enough for one action.
LOOK_UPS = {
    "alarm-tags": {"cloudwatch:ListTagsForResource"},
    "composite-children": {"cloudwatch:DescribeAlarms"},
    "target-groups": {"ecs:ListClusters", "ecs:ListServices"},
    "load-balancers": {"ecs:ListClusters", "ecs:ListServices", "elasticloadbalancing:DescribeTargetGroups"},
    "deployment-alarms": {"ecs:ListClusters", "ecs:ListServices"},
    "evidence": {
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DescribeAlarmContributors",
        "cloudwatch:GetMetricData",
        "ecs:ListTasks",
        "ecs:DescribeTasks",
    },
}
EVERY_LOOK_UP = {"LookUps": " ".join(LOOK_UPS)}
TOPIC = {"NoticeTopicArn": "arn:aws-cn:sns:cn-north-1:111122223333:on-call"}
BUS = {"NoticeEventBusName": "ops"}
UNPROTECTED = {"FollowDeployments": "outcomes-and-unprotected"}
SEND = {"sns:Publish", "events:PutEvents"}
TASKS = {"ecs:ListTasks", "ecs:DescribeTasks"}
ALARMS = {"cloudwatch:DescribeAlarms"}
HISTORY = {"cloudwatch:DescribeAlarmHistory"}
# What a notice is made of, besides what is read for a decision.
FACTS = TASKS | ALARMS | HISTORY
ACCOUNTS = {"SpokeRoleName": "spoke", "Accounts": "444455556666,777788889999"}
# All that can be switched on in the accounts that are served, and at home.
EVERYWHERE = EVERY_LOOK_UP | UNPROTECTED
EVERYTHING = EVERYWHERE | TOPIC | BUS | ACCOUNTS


def actions_that_the_code_needs():
    """The IAM action of every call that the function makes."""
    session = botocore.session.get_session()
    return {action(session, **call) for call in catalogue()["calls"]}


def action(session, service, operation):
    model = session.get_service_model(BOTOCORE_NAMES.get(service, service.lower()))
    assert model.service_id == service
    assert operation in model.operation_names
    return f"{IAM_PREFIXES.get(model.signing_name, model.signing_name)}:{operation}"


def actions_that_the_role_allows(stack):
    allowed = (statement for statement in stack.statements if statement["Effect"] == "Allow")
    return {action for statement in allowed for action in as_list(statement["Action"])}


def test_the_role_allows_exactly_the_calls_that_the_code_makes():
    assert actions_that_the_role_allows(Stack(**EVERYTHING)) == actions_that_the_code_needs() | BY_LAMBDA


def test_the_role_in_another_account_allows_what_the_function_does_there():
    hub_only = BY_LAMBDA | SEND | {"sts:AssumeRole"}

    assert actions_that_the_role_allows(Spoke(**EVERYWHERE)) == (
        actions_that_the_role_allows(Stack(**EVERYTHING)) - hub_only
    )


@pytest.mark.parametrize("kind", [Stack, Spoke])
@pytest.mark.parametrize("on", [set(), *({name} for name in LOOK_UPS), set(LOOK_UPS)], ids=sorted)
def test_a_look_up_is_allowed_exactly_if_it_is_switched_on(kind, on):
    every_look_up = set().union(*LOOK_UPS.values())
    # In the other accounts, tasks and alarms are read for notices unless these are switched off.
    notices = {"NoticeDetails": "false"} if kind is Spoke else {}

    allowed = actions_that_the_role_allows(kind(LookUps=" ".join(sorted(on)) or "none", **notices)) & every_look_up
    assert allowed == set().union(*(LOOK_UPS[name] for name in on))


@pytest.mark.parametrize(
    ("kind", "parameters", "allowed"),
    [
        (Stack, {}, set()),
        (Stack, TOPIC, FACTS | {"sns:Publish"}),
        (Stack, BUS | {"FollowDeployments": "none"}, FACTS | {"events:PutEvents"}),
        (Stack, UNPROTECTED, ALARMS),
        (Spoke, {}, FACTS),
        (Spoke, {"NoticeDetails": "false"}, set()),
        (Spoke, UNPROTECTED | {"NoticeDetails": "false"}, ALARMS),
    ],
)
def test_notices_are_allowed_what_they_need_and_only_if_there_are_some(kind, parameters, allowed):
    # These look-ups read alarms and tasks as well.
    stack = kind(LookUps="alarm-tags target-groups deployment-alarms", **parameters)

    assert actions_that_the_role_allows(stack) & (SEND | FACTS) == allowed


@pytest.mark.parametrize("kind", [Stack, Spoke])
def test_an_action_is_allowed_by_one_statement_only(kind):
    stack = kind(**(EVERYTHING if kind is Stack else EVERYWHERE))
    allowed = [a for s in stack.statements if s["Effect"] == "Allow" for a in as_list(s["Action"])]

    assert sorted(allowed) == sorted(set(allowed))


BY_ARN = "arn:aws-cn:events:cn-northwest-1:444455556666:event-bus/ops"


@pytest.mark.parametrize(
    ("bus", "arn"),
    [
        ("default", "arn:aws-cn:events:cn-north-1:111122223333:event-bus/default"),
        ("arn-of-ops", "arn:aws-cn:events:cn-north-1:111122223333:event-bus/arn-of-ops"),
        (BY_ARN, BY_ARN),
    ],
)
def test_notices_go_to_the_named_topic_and_bus_only_and_as_events_of_the_function(bus, arn):
    stack = Stack(**TOPIC, NoticeEventBusName=bus)

    assert resources_of("sns:Publish", stack) == {TOPIC["NoticeTopicArn"]}
    assert resources_of("events:PutEvents", stack) == {arn}
    (put,) = (s for s in stack.statements if s["Action"] == "events:PutEvents")
    assert put["Condition"] == {
        "ForAllValues:StringEquals": {"events:source": catalogue()["noticeEvent"]["source"]},
        "Null": {"events:source": "false"},
    }


@pytest.mark.parametrize("parameters", [{}, {"SpokeRoleName": "spoke"}, {"MonitoringAccounts": "444455556666"}])
def test_no_role_is_assumed_unless_an_account_is_listed(parameters):
    assert "sts:AssumeRole" not in actions_that_the_role_allows(Stack(**parameters))


def test_the_role_of_that_name_is_assumed_in_the_listed_accounts_only():
    (assume,) = (s for s in Stack(**ACCOUNTS).statements if s["Action"] == "sts:AssumeRole")

    assert assume["Resource"] == "arn:aws-cn:iam::*:role/spoke"
    assert assume["Condition"] == {"StringEquals": {"aws:ResourceAccount": ACCOUNTS["Accounts"].split(",")}}


@pytest.mark.parametrize("stack", [Stack(**EVERYTHING), Spoke(**EVERYWHERE)])
def test_the_role_allows_no_wildcard_and_nothing_that_changes_a_service(stack):
    for action in actions_that_the_role_allows(stack) - {"sts:AssumeRole"}:
        assert "*" not in action
        assert not re.match(r"ecs:(Update|Create|Delete|Put|Run|Register)|iam:|sts:", action)


def test_the_role_has_no_managed_policy_and_only_lambda_takes_it():
    role = Stack().resources["FunctionRole"]["Properties"]

    assert role.keys() & {"ManagedPolicyArns", "PermissionsBoundary"} == set()
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


@pytest.mark.parametrize("kind", [Stack, Spoke])
def test_the_role_is_bounded_if_a_boundary_is_given(kind):
    boundary = "arn:aws-cn:iam::111122223333:policy/boundary"

    role = kind(PermissionsBoundaryArn=boundary).resources[kind.role]["Properties"]
    assert role["PermissionsBoundary"] == boundary


def test_a_key_of_ones_own_encrypts_log_and_queues_and_the_role_may_use_it_for_the_queues():
    key = "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    stack = Stack(KmsKeyArn=key)

    (use,) = (s for s in stack.statements if "kms:Decrypt" in s["Action"])
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert use["Resource"] == key
    assert use["Condition"] == {"StringEquals": {"kms:ViaService": "sqs.cn-north-1.amazonaws.com.cn"}}
    assert {queue["KmsMasterKeyId"] for queue in stack.of_type("AWS::SQS::Queue").values()} == {key}
    assert stack.resources["LogGroup"]["Properties"]["KmsKeyId"] == key
    assert not any("kms:" in str(s["Action"]) for s in Stack().statements)


def test_in_a_vpc_lambda_may_attach_the_function_and_its_own_code_may_not():
    inside = Stack(SubnetIds="subnet-0123456789abcdef0", SecurityGroupIds="sg-0123456789abcdef0")
    added = actions_that_the_role_allows(inside) - actions_that_the_role_allows(Stack())

    assert {action.partition(":")[0] for action in added} == {"ec2"}
    (deny,) = (s for s in inside.statements if s["Action"] == "ec2:*")
    # The key is there exactly if the function's code calls.
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Null": {"lambda:SourceFunctionArn": "false"}})


def test_the_role_in_another_account_is_taken_by_the_functions_role_only():
    spoke = Spoke(SpokeRoleName="spoke", HubRoleArn="arn:aws-cn:iam::444455556666:role/hub")
    role = spoke.resources["Role"]["Properties"]

    assert role.keys() & {"ManagedPolicyArns", "PermissionsBoundary"} == set()
    assert role["RoleName"] == "spoke"
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws-cn:iam::444455556666:role/hub"}


@pytest.mark.parametrize(
    ("parameters", "regions"),
    [({}, ["cn-north-1"]), ({"Regions": "eu-west-1,us-east-1"}, ["cn-north-1", "eu-west-1", "us-east-1"])],
)
def test_the_role_reads_and_stops_nothing_in_other_regions_than_its_own_and_those_named(parameters, regions):
    stack = Stack(**EVERYTHING, **parameters)
    (deny,) = (statement for statement in stack.statements if statement["Effect"] == "Deny")

    assert deny["Resource"] == "*"
    assert deny["Condition"] == {"StringNotEquals": {"aws:RequestedRegion": regions}}
    # Notices may go to another Region, and IAM's roles are of none.
    narrowed = {
        action for action in actions_that_the_role_allows(stack) if f"{action.split(':')[0]}:*" in deny["Action"]
    }
    assert narrowed == actions_that_the_role_allows(stack) - BY_LAMBDA - SEND - {"sts:AssumeRole"}


def test_all_policies_fit_into_what_iam_takes_for_a_role():
    many = {"Accounts": ",".join(["444455556666"] * 300), "Regions": ",".join(["ap-southeast-1"] * 30)}
    policies = Stack(**EVERYTHING | many).resources["FunctionRole"]["Properties"]["Policies"]
    documents = [json.dumps(policy["PolicyDocument"], separators=(",", ":")) for policy in policies]

    # Inline policies of one role, without white space (IAM quotas). 300 accounts are about what a parameter can hold.
    assert sum(map(len, documents)) < 10_240


def test_the_role_in_another_account_is_of_no_use_in_other_regions_than_those_named():
    (deny,) = (statement for statement in Spoke(Regions="eu-west-1, eu-*").statements if statement["Effect"] == "Deny")

    assert deny["Action"] == deny["Resource"] == "*"
    assert deny["Condition"] == {"StringNotLike": {"aws:RequestedRegion": ["eu-west-1", "eu-*"]}}


# From the service authorization reference. ecs:ContinueServiceDeployment is not in it yet: taken to be as
# ecs:StopServiceDeployment. Nor is cloudwatch:DescribeAlarmContributors. Where it lists no resource type, "*" is all
# that an action takes; and DescribeAlarms answers composite alarms only with "*".
RESOURCE_TYPES = {
    "ecs:DescribeServices": {"service"},
    "ecs:ListServiceDeployments": {"service"},
    "ecs:DescribeServiceDeployments": {"service", "service-deployment"},
    "ecs:StopServiceDeployment": {"service", "service-deployment"},
    "ecs:ContinueServiceDeployment": {"service", "service-deployment"},
    "ecs:ListClusters": {"*"},
    "ecs:ListServices": {"*"},
    "ecs:DescribeServiceRevisions": {"service", "service-revision"},
    # It lists container instances, whose ARN a list by service does not have.
    "ecs:ListTasks": {"*"},
    "ecs:DescribeTasks": {"task"},
    "cloudwatch:ListTagsForResource": {"alarm"},
    "cloudwatch:DescribeAlarms": {"*"},
    "cloudwatch:DescribeAlarmContributors": {"*"},
    "cloudwatch:DescribeAlarmHistory": {"alarm"},
    "cloudwatch:GetMetricData": {"*"},
    "elasticloadbalancing:DescribeTargetGroups": {"*"},
}


@pytest.mark.parametrize(
    "stack", [Stack(ClusterScope="prod-*", **EVERYTHING), Spoke(ClusterScope="prod-*", **EVERYWHERE)]
)
def test_each_action_is_within_the_scope_on_the_resource_types_that_it_takes(stack):
    at = "*:111122223333"
    within = {
        "service": f"arn:aws-cn:ecs:{at}:service/prod-*/*",
        "service-deployment": f"arn:aws-cn:ecs:{at}:service-deployment/prod-*/*/*",
        "service-revision": f"arn:aws-cn:ecs:{at}:service-revision/prod-*/*/*",
        "task": f"arn:aws-cn:ecs:{at}:task/prod-*/*",
        "alarm": f"arn:aws-cn:cloudwatch:{at}:alarm:*",
        "*": "*",
    }
    # One statement has all actions on services; a type that an action does not take allows nothing.
    of_services = {within[kind] for kind in ("service", "service-deployment", "service-revision")}
    for action in actions_that_the_role_allows(stack) - BY_LAMBDA - SEND - {"sts:AssumeRole"}:
        taken = {within[kind] for kind in RESOURCE_TYPES[action]}
        assert resources_of(action, stack) == (taken | of_services if taken & of_services else taken), action
    for action in ("ecs:ListServices", "ecs:ListTasks"):
        (listing,) = (s for s in stack.statements if as_list(s["Action"]) == [action])
        assert listing["Condition"] == {"ArnLike": {"ecs:cluster": f"arn:aws-cn:ecs:{at}:cluster/prod-*"}}


@pytest.mark.parametrize(
    ("follow", "received"), [("outcomes", {"SignalQueue.Arn", "NewsQueue.Arn"}), ("none", {"SignalQueue.Arn"})]
)
def test_logs_and_failures_go_to_the_stacks_own_resources_only(follow, received):
    stack = Stack(FollowDeployments=follow)

    for action in RECEIVE:
        assert resources_of(action, stack) == received
    assert resources_of("sqs:SendMessage", stack) == {"OnFailureQueue.Arn"}
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        assert resources_of(action, stack) == {"LogGroup.Arn"}


@pytest.mark.parametrize("file", ["template.yaml", "spoke.yaml"])
def test_no_arn_names_a_partition(file):
    source = (ROOT / file).read_text()
    without_patterns = re.sub(r"AllowedPattern:.*", "", source)
    assert not re.search(r"arn:aws", without_patterns)


def resources_of(action, stack):
    reached = (s["Resource"] for s in stack.statements if s["Effect"] == "Allow" and action in as_list(s["Action"]))
    return {resource for resources in reached for resource in as_list(resources)}


def as_list(value):
    return value if isinstance(value, list) else [value]
