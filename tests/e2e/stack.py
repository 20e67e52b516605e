"""The released template, deployed with the command that stands in it; and the role of other accounts."""

import json
import os
import platform
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from harness import ACCOUNT, REGION, ROOT
from harness.cargo import target_directory
from harness.programs import run
from harness.templates import RELEASED_FORM, Released

PACKAGE = target_directory() / "lambda" / "ecs-auto-rollback" / "bootstrap.zip"
NAME = "ecs-auto-rollback"
BUCKET = "packages"
SPOKE = ROOT / "spoke.yaml"

# A stack is there within a second or two; the command line polls every five seconds.
PROMPT = {"Delay": 1, "MaxAttempts": 60}
TO_DEPLOY = 120


def parameters(**more):
    """The parameters of the test. Each failing signal comes five times, and by default nothing is rolled back."""
    return {
        "CodeS3Bucket": BUCKET,
        "CodeS3Key": PACKAGE.name,
        # The package is built for the machine that runs it.
        "Architecture": {"aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "Mode": "enforce",
        "EcsEvents": "deployment-failed task-start-impaired task-configuration-failure",
        **more,
    }


def command(chosen):
    """The command that the released template prints, with its own file and with these parameters."""
    head = RELEASED_FORM.read_text().partition("AWSTemplateFormatVersion")[0]
    (printed,) = re.findall(r"aws cloudformation deploy (?:.*\\\n)*.*", re.sub("(?m)^# *", "", head))
    words = shlex.split(printed.replace("\\\n", " "))
    given = words.index("--parameter-overrides") + 1
    assert [word.partition("=")[0] for word in words[given:]] == ["CodeS3Bucket", "CodeS3Key"]
    words[words.index("--template-file") + 1] = str(RELEASED_FORM)
    return [*words[:given], *(f"{key}={value}" for key, value in chosen.items())]


def deploy(cloud, chosen):
    """Deploys with these parameters. Returns the stack's outputs. `cloud` makes clients by service name."""
    s3, formation = cloud("s3"), cloud("cloudformation")
    s3.create_bucket(Bucket=BUCKET)
    s3.upload_file(str(PACKAGE), BUCKET, PACKAGE.name)
    words = command(chosen)
    if shutil.which("aws"):
        keys = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": "secret"}
        settings = {
            "AWS_ENDPOINT_URL": formation.meta.endpoint_url,
            "AWS_DEFAULT_REGION": REGION,
            "NO_PROXY": "127.0.0.1",
        }
        env = os.environ | keys | settings
        run("aws cloudformation deploy", words, TO_DEPLOY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    else:
        deploy_as_the_command_does(formation, words)
    (stack,) = formation.describe_stacks(StackName=NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    add_what_ministack_left_out(cloud("sqs"), chosen, outputs)
    return outputs


def deploy_as_the_command_does(formation, words):
    """Makes a change set for a new stack from the words of the command, and executes it."""
    given = words.index("--parameter-overrides")
    options = dict(zip(words[3:given:2], words[4:given:2], strict=True))
    pairs = [word.split("=", 1) for word in words[given + 1 :]]
    formation.create_change_set(
        StackName=options["--stack-name"],
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=Path(options["--template-file"]).read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in pairs],
        Capabilities=[options["--capabilities"]],
    )
    name = options["--stack-name"]
    formation.get_waiter("change_set_create_complete").wait(StackName=name, ChangeSetName="first", WaiterConfig=PROMPT)
    formation.execute_change_set(StackName=name, ChangeSetName="first")
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=PROMPT)


def deploy_spoke(cloud, hub_role):
    """Deploys the role of other accounts with the parameters that have no default. Returns the stack's outputs."""
    formation, name = cloud("cloudformation"), "spoke"
    formation.create_stack(
        StackName=name,
        TemplateBody=SPOKE.read_text(),
        Parameters=[{"ParameterKey": "HubRoleArn", "ParameterValue": hub_role}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    formation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=PROMPT)
    (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def add_what_ministack_left_out(sqs, chosen, outputs):
    """Adds the template's RedrivePolicies, which ministack's CloudFormation omits."""
    for name, queue in Released(**chosen).of_type("AWS::SQS::Queue").items():
        if policy := queue.get("RedrivePolicy"):
            assert policy["deadLetterTargetArn"] == "OnFailureQueue.Arn"
            policy = policy | {"deadLetterTargetArn": outputs["OnFailureQueueArn"]}
            attributes = {"RedrivePolicy": json.dumps(policy)}
            sqs.set_queue_attributes(QueueUrl=outputs[f"{name}Url"], Attributes=attributes)
