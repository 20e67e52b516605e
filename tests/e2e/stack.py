"""The project's own stack, deployed by CloudFormation as `sam deploy` would: package and template in a bucket, a change
set."""

import json
import platform

from harness.cargo import target_directory
from harness.templates import TEMPLATE, Stack

PACKAGE = target_directory() / "lambda" / "ecs-auto-rollback" / "bootstrap.zip"
NAME = "ecs-auto-rollback"
BUCKET = "packages"

# A stack is there within a second or two.
PROMPT = {"Delay": 1, "MaxAttempts": 60}


def parameters(**more):
    """The parameters that ministack needs, and those of the test. docs/evidence/e2e.md explains each."""
    return {
        # The package is built for the machine that runs it.
        "Architecture": {"aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        # ministack's CloudFormation has no saved queries, and no maths in alarms.
        "Dashboard": "false",
        "AlertOnDecisions": "false",
        # A signal is retried once.
        "MaxReceiveCount": "2",
        **more,
    }


def packaged(template, package):
    """The template after `sam package`: the code is an object in a bucket. In JSON, because ministack's YAML parser
    does not know !Contains."""
    template = json.loads(json.dumps(template))
    template["Resources"]["Function"]["Properties"]["CodeUri"] = package
    return json.dumps(template)


def template_url(s3):
    return f"{s3.meta.endpoint_url}/{BUCKET}/template.json"


def deploy(cloud, chosen):
    """Deploys with these parameters. Returns the stack's outputs. `cloud` makes clients by service name."""
    s3, formation = cloud("s3"), cloud("cloudformation")
    s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(PACKAGE), BUCKET, PACKAGE.name)
    template = packaged(TEMPLATE, f"s3://{BUCKET}/{PACKAGE.name}")
    # By its address, because it is larger than CloudFormation accepts in a request.
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=template.encode())
    formation.create_change_set(
        StackName=NAME,
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateURL=template_url(s3),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in chosen.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    formation.get_waiter("change_set_create_complete").wait(StackName=NAME, ChangeSetName="first", WaiterConfig=PROMPT)
    formation.execute_change_set(StackName=NAME, ChangeSetName="first")
    formation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig=PROMPT)
    (stack,) = formation.describe_stacks(StackName=NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    add_what_ministack_left_out(cloud("sqs"), chosen, outputs)
    return outputs


def add_what_ministack_left_out(sqs, chosen, outputs):
    """Adds the template's RedrivePolicies, which ministack's CloudFormation omits."""
    for name, queue in Stack(**chosen).of_type("AWS::SQS::Queue").items():
        if policy := queue.get("RedrivePolicy"):
            assert policy["deadLetterTargetArn"] == "OnFailureQueue.Arn"
            policy = policy | {"deadLetterTargetArn": outputs["OnFailureQueueArn"]}
            attributes = {"RedrivePolicy": json.dumps(policy)}
            sqs.set_queue_attributes(QueueUrl=outputs[f"{name}Url"], Attributes=attributes)
