"""The role allows exactly the calls that the code makes, and nothing wider."""

import copy
import re

import botocore.session
import pytest
from botocore import xform_name
from rendered import ROOT, TEMPLATE, Stack
from samtranslator.translator.transform import transform

# SDK crates whose name is not that of botocore's service.
BOTOCORE_NAMES = {"elasticloadbalancingv2": "elbv2"}
# What Lambda does in the function's name, so no source file shows it: its logs, and the on-failure destination.
BY_LAMBDA = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}

COMMENT = re.compile(r"//.*")
FLUENT_CALL = re.compile(r"\.([a-z][a-z0-9_]+)\(\)")
SDK_CRATE = re.compile(r"\baws_sdk_([a-z0-9]+)\b")


def gateways():
    """The source of each gateway in src/aws, without comments: a file together with the folder of its submodules."""
    folder = ROOT / "src" / "aws"
    for entry in {path.with_suffix("") for path in folder.iterdir()}:
        files = [entry.with_suffix(".rs"), *entry.rglob("*.rs")]
        yield entry, "\n".join(COMMENT.sub("", file.read_text()) for file in files if file.exists())


def actions_that_the_code_needs():
    """IAM actions for every operation that a gateway starts with the SDK's fluent builder."""
    session = botocore.session.get_session()
    needed = set()
    for gateway, source in gateways():
        # An operation's name alone does not tell its service (list_tags_for_resource is in many), so its file must.
        crates = set(SDK_CRATE.findall(source)) & {*session.get_available_services(), *BOTOCORE_NAMES}
        assert len(crates) <= 1, f"{gateway} uses several SDK crates, and this check cannot tell their calls apart"
        for crate in crates:
            model = session.get_service_model(BOTOCORE_NAMES.get(crate, crate))
            by_method = {xform_name(operation): operation for operation in model.operation_names}
            called = set(FLUENT_CALL.findall(source)) & by_method.keys()
            needed |= {f"{model.signing_name}:{by_method[method]}" for method in called}
    return needed


def actions_that_the_role_allows(stack):
    return {action for statement in stack.statements for action in as_list(statement["Action"])}


def test_the_role_allows_exactly_the_calls_that_the_code_makes():
    needed = actions_that_the_code_needs()
    assert needed, "src/aws makes no call that this check recognizes"

    assert actions_that_the_role_allows(Stack()) == needed | BY_LAMBDA


def test_the_role_allows_no_wildcard_and_nothing_that_changes_a_service():
    for action in actions_that_the_role_allows(Stack()):
        assert "*" not in action
        assert not re.match(r"ecs:(Update|Create|Delete|Put|Run|Register)|iam:|sts:", action)


def test_the_role_has_no_managed_policy_and_only_lambda_takes_it():
    role = Stack().resources["FunctionRole"]["Properties"]

    assert role.keys() & {"ManagedPolicyArns", "PermissionsBoundary"} == set()
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}


# From the service authorization reference for Amazon ECS. ContinueServiceDeployment is not in it yet: taken to be as
# StopServiceDeployment.
RESOURCE_TYPES = {
    "ecs:DescribeServices": {"service"},
    "ecs:ListServiceDeployments": {"service"},
    "ecs:DescribeServiceDeployments": {"service", "service-deployment"},
    "ecs:StopServiceDeployment": {"service", "service-deployment"},
    "ecs:ContinueServiceDeployment": {"service", "service-deployment"},
}


def test_each_ecs_action_names_the_resource_types_that_it_takes_within_the_scope():
    arn = "arn:aws-cn:ecs:cn-north-1:111122223333:"
    within = {
        "service": f"{arn}service/prod-*/web",
        "service-deployment": f"{arn}service-deployment/prod-*/web/*",
    }
    for statement in Stack(ClusterScope="prod-*", ServiceScope="web").statements:
        for action in as_list(statement["Action"]):
            if action.startswith("ecs:"):
                assert set(as_list(statement["Resource"])) == {within[kind] for kind in RESOURCE_TYPES[action]}


def test_logs_and_failures_go_to_the_stacks_own_resources_only():
    reached = {
        resource
        for statement in Stack().statements
        if not any(action.startswith("ecs:") for action in as_list(statement["Action"]))
        for resource in as_list(statement["Resource"])
    }
    assert reached == {"LogGroup.Arn", "OnFailureQueue.Arn"}


def test_no_arn_names_a_partition():
    source = (ROOT / "template.yaml").read_text()
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


def as_list(value):
    return value if isinstance(value, list) else [value]
