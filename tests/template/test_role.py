"""The role allows exactly the calls that the code makes, and nothing wider."""

import copy
import re

import botocore.session
import pytest
from samtranslator.translator.transform import transform

from harness import ROOT
from harness.catalogue import catalogue
from harness.templates import TEMPLATE, Spoke, Stack

# Services that botocore has under another name than their own in small letters.
BOTOCORE_NAMES = {"Elastic Load Balancing v2": "elbv2", "EventBridge": "events"}
# Services whose actions have another prefix than the name that they sign with.
IAM_PREFIXES = {"monitoring": "cloudwatch"}
# What Lambda does in the function's name: its logs, the on-failure destination, the signal queue.
RECEIVE = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
BY_LAMBDA = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"} | RECEIVE
TRACES = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}

# Which parameter has to have which value for an action to be allowed. Any one of several is enough for one action.
LOOK_UPS = {
    "LookUpAlarmTags": {"cloudwatch:ListTagsForResource"},
    "LookUpCompositeChildren": {"cloudwatch:DescribeAlarms"},
    "LookUpTargetGroups": {"ecs:ListClusters", "ecs:ListServices", "elasticloadbalancing:DescribeTargetGroups"},
    "LookUpDeploymentAlarms": {"ecs:ListClusters", "ecs:ListServices"},
}
EVERY_SERVICE = {"LoadBalancerAlarms": "every-service"}
TOPIC = {"NoticeTopicArn": "arn:aws-cn:sns:cn-north-1:111122223333:on-call"}
BUS = {"NoticeEventBusName": "ops"}
UNPROTECTED = {"UnprotectedNotices": "true"}
SEND = {"sns:Publish", "events:PutEvents"}
TASKS = {"ecs:ListTasks", "ecs:DescribeTasks"}
REVISIONS = {"ecs:DescribeServiceRevisions"}
ALARMS = {"cloudwatch:DescribeAlarms"}
# All that can be switched on in the places that are served, and at home.
EVERYWHERE = EVERY_SERVICE | UNPROTECTED
EVERYTHING = EVERYWHERE | TOPIC | BUS | {"RoleName": "spoke"}


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
@pytest.mark.parametrize("on", [set(), *({name} for name in LOOK_UPS), set(LOOK_UPS)])
def test_a_look_up_is_allowed_exactly_if_it_is_switched_on(kind, on):
    switches = {name: str(name in on).lower() for name in LOOK_UPS}
    every_look_up = set().union(*LOOK_UPS.values())

    allowed = actions_that_the_role_allows(kind(**switches, **EVERY_SERVICE)) & every_look_up
    assert allowed == set().union(*(LOOK_UPS[name] for name in on))


@pytest.mark.parametrize("kind", [Stack, Spoke])
def test_load_balancers_are_read_only_if_their_alarms_are_about_every_service(kind):
    assert "elasticloadbalancing:DescribeTargetGroups" not in actions_that_the_role_allows(kind())


@pytest.mark.parametrize(
    ("kind", "parameters", "allowed"),
    [
        (Stack, {}, REVISIONS),
        (Stack, {"FollowDeployments": "false"}, set()),
        (Stack, {"MetricsDisabled": "true"}, set()),
        (Stack, TOPIC, REVISIONS | TASKS | {"sns:Publish"}),
        (Stack, BUS | {"FollowDeployments": "false"}, REVISIONS | TASKS | {"events:PutEvents"}),
        (Stack, UNPROTECTED, REVISIONS | ALARMS),
        (Stack, UNPROTECTED | {"MetricsDisabled": "true"}, set()),
        (Spoke, {}, REVISIONS | TASKS),
        (Spoke, {"Notices": "false"}, REVISIONS),
        (Spoke, {"FollowDeployments": "false"}, REVISIONS | TASKS),
        (Spoke, UNPROTECTED | {"Notices": "false", "FollowDeployments": "false"}, set()),
        (Spoke, UNPROTECTED, REVISIONS | TASKS | ALARMS),
    ],
)
def test_notices_are_allowed_what_they_need_and_only_if_there_are_some(kind, parameters, allowed):
    # That look-up reads alarms as well.
    stack = kind(LookUpCompositeChildren="false", **parameters)

    assert actions_that_the_role_allows(stack) & (SEND | TASKS | REVISIONS | ALARMS) == allowed


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


def test_no_role_is_assumed_unless_one_is_named():
    assert "sts:AssumeRole" not in actions_that_the_role_allows(Stack())
    assert resources_of("sts:AssumeRole", Stack(RoleName="spoke")) == {"arn:aws-cn:iam::*:role/spoke"}


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


def test_the_role_in_another_account_is_taken_by_the_functions_role_only():
    role = Spoke(RoleName="spoke", HubRoleArn="arn:aws-cn:iam::444455556666:role/hub").resources["Role"]["Properties"]

    assert role.keys() & {"ManagedPolicyArns", "PermissionsBoundary"} == set()
    assert role["RoleName"] == "spoke"
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws-cn:iam::444455556666:role/hub"}


def test_the_role_in_another_account_is_of_no_use_in_other_regions_than_those_named():
    (deny,) = (statement for statement in Spoke(Regions="eu-west-1, eu-*").statements if statement["Effect"] == "Deny")

    assert deny["Action"] == deny["Resource"] == "*"
    assert deny["Condition"] == {"StringNotLike": {"aws:RequestedRegion": ["eu-west-1", "eu-*"]}}


# From the service authorization reference. ecs:ContinueServiceDeployment is not in it yet: taken to be as
# ecs:StopServiceDeployment. Where it lists no resource type, "*" is all that an action takes; and DescribeAlarms
# answers composite alarms only with "*".
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
    "elasticloadbalancing:DescribeTargetGroups": {"*"},
}


@pytest.mark.parametrize(
    ("stack", "region"),
    [
        (Stack(ClusterScope="prod-*", ServiceScope="web", **EVERYTHING), "cn-north-1"),
        (Spoke(ClusterScope="prod-*", ServiceScope="web", **EVERYWHERE), "*"),
    ],
)
def test_each_action_names_the_resource_types_that_it_takes_within_the_scope(stack, region):
    at = f"{region}:111122223333"
    within = {
        "service": f"arn:aws-cn:ecs:{at}:service/prod-*/web",
        "service-deployment": f"arn:aws-cn:ecs:{at}:service-deployment/prod-*/web/*",
        "service-revision": f"arn:aws-cn:ecs:{at}:service-revision/prod-*/web/*",
        "task": f"arn:aws-cn:ecs:{at}:task/prod-*/*",
        "alarm": f"arn:aws-cn:cloudwatch:{at}:alarm:*",
        "*": "*",
    }
    for action in actions_that_the_role_allows(stack) - BY_LAMBDA - SEND - {"sts:AssumeRole"}:
        assert resources_of(action, stack) == {within[kind] for kind in RESOURCE_TYPES[action]}, action
    for action in ("ecs:ListServices", "ecs:ListTasks"):
        (listing,) = (s for s in stack.statements if as_list(s["Action"]) == [action])
        assert listing["Condition"] == {"ArnLike": {"ecs:cluster": f"arn:aws-cn:ecs:{at}:cluster/prod-*"}}


def test_logs_and_failures_go_to_the_stacks_own_resources_only():
    reached = set().union(*(resources_of(action, Stack()) for action in BY_LAMBDA))

    assert reached == {"LogGroup.Arn", "OnFailureQueue.Arn", "SignalQueue.Arn"}
    assert set().union(*(resources_of(action, Stack()) for action in RECEIVE)) == {"SignalQueue.Arn"}
    assert resources_of("sqs:SendMessage", Stack()) == {"OnFailureQueue.Arn"}


def test_traces_are_sent_only_if_they_are_asked_for():
    for on, mode in (("true", "Active"), ("false", "PassThrough")):
        stack = Stack(Tracing=on)
        assert actions_that_the_role_allows(stack) & TRACES == (TRACES if on == "true" else set())
        assert stack.resources["Function"]["Properties"]["Tracing"] == mode


@pytest.mark.parametrize("file", ["template.yaml", "spoke.yaml"])
def test_no_arn_names_a_partition(file):
    source = (ROOT / file).read_text()
    without_patterns = re.sub(r"AllowedPattern:.*", "", source)
    assert not re.search(r"arn:aws", without_patterns)


@pytest.mark.parametrize("parameters", [{}, {"AlarmNamePrefix": "prod-", "AlarmTopicArn": "arn:aws:sns:x:1:t"}])
def test_sam_adds_no_role_policy_or_permission_of_its_own(parameters, monkeypatch):
    """The transform makes resources that the template does not show; these would escape the checks above."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    class NoManagedPolicies:
        def load(self):
            return {}

    # A copy, as the transform works in place; and CodeUri as `sam package` would leave it.
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["Function"]["Properties"]["CodeUri"] = "s3://bucket/function.zip"
    expanded = transform(template, parameters, NoManagedPolicies())["Resources"]

    added = {name: r["Type"] for name, r in expanded.items() if name not in TEMPLATE["Resources"]}
    assert list(added.values()) == ["AWS::Lambda::EventInvokeConfig"]
    assert expanded["Function"]["Properties"]["Role"] == {"Fn::GetAtt": ["FunctionRole", "Arn"]}


def resources_of(action, stack):
    reached = (s["Resource"] for s in stack.statements if s["Effect"] == "Allow" and action in as_list(s["Action"]))
    return {resource for resources in reached for resource in as_list(resources)}


def as_list(value):
    return value if isinstance(value, list) else [value]
