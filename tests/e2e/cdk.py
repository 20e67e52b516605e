"""The stack of the CDK package, deployed as the CDK would: synthesized, its assets in a bucket, then its template."""

import hashlib
import json
import os
import subprocess

import stack
from harness import ROOT
from harness.programs import run

PACKAGE = ROOT / "deploy" / "cdk"
BUCKET = "cdk-assets"
# As `new Stack(app, ...)` in the app.
NAME = "Cdk"
# In seconds, on a small and busy machine.
TO_SYNTHESIZE = 300


def synthesize(folder, **settings):
    """Writes the template and the list of its assets to a folder, by `cdk synth`."""
    zip_file = stack.PACKAGE
    sha256 = hashlib.sha256(zip_file.read_bytes()).hexdigest()
    props = {"bucket": BUCKET, "zip": str(zip_file), "zipSha256": sha256, **settings}
    command = [PACKAGE / "node_modules" / ".bin" / "cdk", "synth", "--quiet", "--no-notices", "--output", folder]
    command += ["--app", f"node {PACKAGE}/test/local-aws.app.js", "--context", f"props={json.dumps(props)}"]
    environment = os.environ | {"CI": "true", "CDK_DISABLE_CLI_TELEMETRY": "true"}
    run("cdk synth", command, TO_SYNTHESIZE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def deploy(cloud, folder, **settings):
    """Deploys with these settings. Returns the stack's outputs. `cloud` makes clients by service name."""
    synthesize(folder, **settings)
    s3, formation = cloud("s3"), cloud("cloudformation")
    s3.create_bucket(Bucket=BUCKET)
    for asset in json.loads((folder / f"{NAME}.assets.json").read_text())["files"].values():
        (destination,) = asset["destinations"].values()
        s3.upload_file(str(folder / asset["source"]["path"]), destination["bucketName"], destination["objectKey"])
    formation.create_stack(
        StackName=NAME,
        TemplateBody=(folder / f"{NAME}.template.json").read_text(),
        Capabilities=["CAPABILITY_IAM"],
    )
    formation.get_waiter("stack_create_complete").wait(StackName=NAME, WaiterConfig=stack.PROMPT)
    (made,) = formation.describe_stacks(StackName=NAME)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]}
