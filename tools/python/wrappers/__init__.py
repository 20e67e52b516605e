"""Writes the typed parts of the Terraform modules and of the CDK package from the templates, so that each fact about a
parameter has one home."""

import json

from harness import ROOT
from wrappers import cdk, terraform
from wrappers.parameters import parameters

TERRAFORM = ROOT / "deploy" / "terraform"
CDK = ROOT / "deploy" / "cdk"
TEMPLATE = ROOT / "deploy" / "cloudformation" / "ecs-auto-rollback.yaml"
SPOKE = ROOT / "spoke.yaml"
# What took the place of each parameter of an earlier version.
MOVED = ROOT / "deploy" / "renamed-parameters.json"


def generated():
    """The text of every generated file, by its path."""
    stack, spoke = parameters(TEMPLATE), parameters(SPOKE)
    return {
        TERRAFORM / "variables.tf": terraform.variables(stack),
        TERRAFORM / "parameters.tf": terraform.mapping(stack),
        TERRAFORM / "modules" / "spoke" / "variables.tf": terraform.variables(spoke),
        TERRAFORM / "modules" / "spoke" / "parameters.tf": terraform.mapping(spoke),
        CDK / "src" / "settings.ts": cdk.settings(stack),
        CDK / "src" / "parameters.ts": cdk.table(stack),
        CDK / "src" / "moved.ts": cdk.moved(json.loads(MOVED.read_text()), stack),
    }
