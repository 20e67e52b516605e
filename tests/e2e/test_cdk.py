"""The stack of the CDK package works as the one of the template does."""

import base64
import hashlib
import json

import pytest

import cdk
import stack


@pytest.fixture(scope="module")
def function(deployed, tmp_path_factory):
    """The name of the function of a stack that the CDK made."""
    outputs = cdk.deploy(
        deployed.client,
        tmp_path_factory.mktemp("cdk") / "cdk.out",
        architecture=stack.parameters()["Architecture"],
        functionName="shop-rollback",
        services=["prod/web", "prod/cart"],
        # As in the other stack, for ministack.
        selfMonitoring="none",
    )
    return outputs["Function"]


def test_the_function_of_the_cdk_judges_a_service_that_its_settings_name_and_no_other(world, function):
    def outcome(service):
        event = {"cluster": "prod", "service": service, "reason": "checkout is broken"}
        answer = world.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, body
        (entry,) = body["outcomes"]
        return entry["outcome"], entry["reason"]

    assert outcome("web") == ("would-roll-back", "observe-mode")
    assert outcome("orders") == ("skipped", "not-allowed")
    assert world.rolled_back() == []


def test_the_function_of_the_cdk_has_the_package_and_the_settings(world, function):
    made = world.client("lambda").get_function_configuration(FunctionName=function)

    package = hashlib.sha256(stack.PACKAGE.read_bytes()).digest()
    assert made["CodeSha256"] == base64.b64encode(package).decode()
    variables = made["Environment"]["Variables"]
    assert variables["ROLLBACK_SERVICES"] == "prod/web prod/cart"
    # What nobody set has the template's default.
    assert variables["ROLLBACK_MODE"] == "observe"
