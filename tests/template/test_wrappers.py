"""The settings of the Terraform modules and of the CDK package are the parameters of the templates, each of them once.

What is expected is read from the templates here, not by the generator that wrote the settings.
"""

import json
import re
import tomllib

import pytest
from samtranslator.yaml_helper import yaml_parse

import terraform_files as hcl
from harness import ROOT
from wrappers import CDK, SPOKE, TEMPLATE, TERRAFORM, generated

MODULES = {TERRAFORM: TEMPLATE, TERRAFORM / "modules" / "spoke": SPOKE}
CODE = {"CodeS3Bucket", "CodeS3Key"}


def declared(template):
    parameters = yaml_parse(template.read_text())["Parameters"]
    return {name: each for name, each in parameters.items() if name not in CODE}


def separator(parameter):
    """The separator of a list, as the sentences for people say it."""
    if parameter["Type"] == "CommaDelimitedList":
        return ","
    sentences = parameter["Description"] + parameter.get("ConstraintDescription", "")
    stated = re.search(r"separated\s+by\s+(spaces|commas)", sentences)
    return stated and {"spaces": " ", "commas": ","}[stated[1]]


def kind(parameter):
    """The Terraform type of a parameter."""
    if parameter["Type"] == "Number":
        return "number"
    if parameter.get("AllowedValues") == ["true", "false"]:
        return "bool"
    if separator(parameter):
        return "map(string)" if "account=id" in parameter["Description"] else "list(string)"
    return "string"


def text(value, parameter):
    """A variable's default as the template has it."""
    match value:
        case None | {}:
            return ""
        case list():
            if not value and "none" in parameter["AllowedPattern"]:
                return "none"
            return separator(parameter).join(value)
        case bool():
            return str(value).lower()
    return str(value)


def snake(name):
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name.replace("S3", "s3")).lower()


def test_the_generated_files_are_those_that_the_generator_writes():
    for path, content in generated().items():
        assert path.read_text() == content, f"{path.relative_to(ROOT)}: run .venv/bin/python deploy/generate"


@pytest.mark.parametrize(("module", "template"), MODULES.items(), ids=["stack", "spoke"])
def test_each_parameter_has_one_variable_of_its_type_and_default(module, template):
    parameters = declared(template)
    variables = hcl.variables(module / "variables.tf")

    assert list(variables) == [snake(name) for name in parameters]
    for name, parameter in parameters.items():
        variable = variables[snake(name)]
        assert variable["type"] == kind(parameter), name
        assert ("default" in variable) == ("Default" in parameter), name
        if "Default" in parameter:
            assert text(variable["default"], parameter) == str(parameter["Default"]), name
        assert variable["description"], name


@pytest.mark.parametrize(("module", "template"), MODULES.items(), ids=["stack", "spoke"])
def test_each_variable_becomes_one_parameter(module, template):
    (block,) = hcl.parsed(module / "parameters.tf")["locals"]
    for name, expression in hcl.plain(block["parameters"]).items():
        assert set(re.findall(r"var\.(\w+)", expression)) == {snake(name)}
    assert hcl.plain(block["parameters"]).keys() == declared(template).keys()


@pytest.mark.parametrize(("module", "template"), MODULES.items(), ids=["stack", "spoke"])
def test_what_the_template_refuses_a_variable_refuses_too(module, template):
    variables = hcl.variables(module / "variables.tf")
    for name, parameter in declared(template).items():
        conditions = " ".join(each["condition"] for each in variables[snake(name)].get("validation", []))
        for value in parameter.get("AllowedValues", []):
            assert parameter["AllowedValues"] == ["true", "false"] or str(value) in conditions, (name, value)
        for limit in {"MinValue", "MaxValue", "MaxLength"} & parameter.keys():
            assert f"= {parameter[limit]}" in conditions, (name, limit)
        assert ("regex(" in conditions) == ("AllowedPattern" in parameter), name


@pytest.mark.parametrize("module", MODULES, ids=["stack", "spoke"])
def test_patterns_are_in_the_syntax_of_terraform(module):
    for name, variable in hcl.variables(module / "variables.tf").items():
        for condition in [each["condition"] for each in variable.get("validation", [])]:
            for pattern in [json.loads(each) for each in re.findall(r'regex\(("(?:[^"\\]|\\.)*")', condition)]:
                re.compile(pattern)
                assert "(?" not in pattern, f"{name}: RE2 has no look-ahead"
                assert all(int(most) <= 1000 for most in re.findall(r"\{\d+,(\d+)\}", pattern)), f"{name}: too many"


def test_a_rewritten_pattern_matches_what_the_template_matches():
    conditions = hcl.variables(TERRAFORM / "variables.tf")["external_ids"]["validation"][0]["condition"]
    (rewritten,) = [json.loads(each) for each in re.findall(r'regex\(("(?:[^"\\]|\\.)*")', conditions)]
    pattern = declared(TEMPLATE)["ExternalIds"]["AllowedPattern"]

    for value in ["", "x", "xy", "x" * 1000, "x" * 1001, "x" * 1224, "x" * 1225, "111122223333=xy 222233334444=xyz"]:
        assert bool(re.search(rewritten, value)) == bool(re.search(pattern, value)), len(value)


def test_each_parameter_has_one_property_of_its_type():
    types = {"number": "number", "bool": "boolean", "string": "string", "map(string)": "{ [account: string]: string }"}
    settings = (CDK / "src" / "settings.ts").read_text()
    properties = dict(re.findall(r"^  readonly (\w+)\?: (.+);$", settings, re.MULTILINE))
    enumerations = dict(re.findall(r"^export enum (\w+) \{\n(.*?)^\}", settings, re.MULTILINE | re.DOTALL))
    parameters = declared(TEMPLATE)

    assert list(properties) == [name[0].lower() + name[1:] for name in parameters]
    for name, kinds in zip(parameters, properties.values(), strict=True):
        parameter = parameters[name]
        values = re.findall(r"= '([^']+)'", enumerations.get(kinds.removesuffix("[]"), ""))
        if kind(parameter) == "list(string)":
            assert kinds.endswith("[]"), name
            assert all(re.fullmatch(parameter["AllowedPattern"], value) for value in values), name
        elif parameter["Type"] == "String" and "AllowedValues" in parameter:
            assert values == [str(value) for value in parameter["AllowedValues"]], name
        else:
            assert kinds == types[kind(parameter)], name


def test_the_outcomes_of_the_cdk_are_those_of_the_code():
    verdict = (ROOT / "crates" / "judgement" / "src" / "verdict.rs").read_text()
    variants = re.search(r"pub enum Outcome \{(.*?)\n\}", verdict, re.DOTALL)[1]
    metrics = (CDK / "src" / "metrics.ts").read_text()

    names = [re.sub(r"\B([A-Z])", r"-\1", each).lower() for each in re.findall(r"^    (\w+),$", variants, re.MULTILINE)]
    assert sorted(re.findall(r"= '([\w-]+)'", metrics)) == sorted(names)


def test_a_checkout_knows_no_release():
    for package in (TERRAFORM, CDK):
        release = json.loads((package / "release.json").read_text())
        assert release == {"version": None, "sha256": {"arm64": None, "x86_64": None}}


def test_the_license_is_that_of_the_workspace():
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]
    assert json.loads((CDK / "package.json").read_text())["license"] == workspace["package"]["license"]
