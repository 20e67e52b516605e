"""The Terraform modules, as far as files can be checked without providers: everything that is named is there.

The public forge's CI runs `terraform validate` and `terraform test` on the same files.
"""

import hashlib
import re
import shutil
import subprocess

import pytest
from samtranslator.yaml_helper import yaml_parse

import terraform_files as hcl
from wrappers import SPOKE, TEMPLATE, TERRAFORM

MODULES = [TERRAFORM, *sorted((TERRAFORM / "modules").iterdir())]
EXAMPLES = sorted((TERRAFORM / "examples").iterdir())
# What a module has in common with every other: arguments of the block itself.
META = {"source", "providers", "count", "for_each", "depends_on", "version"}


def configuration(folder, kind):
    """All blocks of one kind in a folder, by their labels."""
    return {name: block for file in sorted(folder.glob("*.tf")) for name, block in hcl.labelled(file, kind).items()}


def local_names(folder):
    blocks = [block for file in folder.glob("*.tf") for block in hcl.parsed(file).get("locals", [])]
    return {name for block in blocks for name in hcl.plain(block)}


def source(folder):
    """The text of a folder's files, without comments."""
    text = "\n".join(file.read_text() for file in sorted(folder.glob("*.tf")))
    return re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)


def by_name(folders):
    return pytest.mark.parametrize("folder", folders, ids=[str(each.relative_to(TERRAFORM)) for each in folders])


@by_name(MODULES + EXAMPLES)
def test_what_is_referred_to_is_declared_and_what_is_declared_is_used(folder):
    text = source(folder)

    assert set(re.findall(r"\bvar\.(\w+)", text)) == configuration(folder, "variable").keys()
    assert set(re.findall(r"\blocal\.(\w+)", text)) == local_names(folder)
    data = set(re.findall(r"\bdata\.(aws_\w+\.\w+)", text))
    assert data == configuration(folder, "data").keys()
    resources = set(re.findall(r"(?<!data\.)\b(aws_\w+\.\w+)\b", text))
    assert resources <= configuration(folder, "resource").keys()


@by_name(EXAMPLES)
def test_examples_call_modules_as_these_are(folder):
    modules = configuration(folder, "module")
    for name, arguments in modules.items():
        called = folder / arguments["source"]
        variables = configuration(called, "variable")
        assert arguments.keys() - META <= variables.keys(), name
        assert {each for each, variable in variables.items() if "default" not in variable} <= arguments.keys(), name
        used = set(re.findall(rf"\bmodule\.{name}\.(\w+)", source(folder)))
        assert used <= configuration(called, "output").keys(), name
    assert set(re.findall(r"\bmodule\.(\w+)\.", source(folder))) <= modules.keys()


def test_the_complete_example_sets_everything():
    (arguments,) = [each for each in hcl_modules("complete").values() if each["source"] == "../.."]
    # It takes its zip from a bucket; the basic example uploads it.
    other = {"zip_file", "zip_sha256", "iam_role_arn"}

    assert arguments.keys() - META == configuration(TERRAFORM, "variable").keys() - other


def hcl_modules(example):
    return configuration(TERRAFORM / "examples" / example, "module")


@by_name(MODULES)
def test_the_tests_of_a_module_name_what_it_has(folder):
    variables, outputs = configuration(folder, "variable"), configuration(folder, "output")
    resources = configuration(folder, "resource").keys() | {f"data.{each}" for each in configuration(folder, "data")}
    files = sorted((folder / "tests").glob("*.tftest.hcl"))
    assert files
    for file in files:
        text = file.read_text()
        blocks = hcl.parsed(file)
        runs = [hcl.plain(body) for run in blocks["run"] for body in run.values() if isinstance(body, dict)]
        given = [hcl.plain(each) for each in blocks.get("variables", [])]
        given += [each for run in runs for each in run.get("variables", [])]
        assert {name for each in given for name in each} <= variables.keys(), file.name
        assert set(re.findall(r"\bvar\.(\w+)", text)) <= variables.keys(), file.name
        assert set(re.findall(r"\boutput\.(\w+)", text)) <= outputs.keys(), file.name
        named = re.findall(r"\b((?:data\.)?aws_\w+\.\w+)", text)
        assert set(named) <= resources, file.name
        assert all(run.get("assert") or run.get("expect_failures") for run in runs), f"{file.name}: a run cannot fail"


def test_the_zip_of_the_tests_has_the_sum_that_they_state():
    zip_file = TERRAFORM / "tests" / "fixtures" / "function.zip"
    stated = {
        found
        for file in (TERRAFORM / "tests").glob("*.tftest.hcl")
        for found in re.findall(r"\b[1-9a-f][0-9a-f]{63}\b", file.read_text())
    }

    assert stated == {hashlib.sha256(zip_file.read_bytes()).hexdigest()}


@pytest.mark.parametrize(("folder", "template"), [(TERRAFORM, TEMPLATE), (TERRAFORM / "modules" / "spoke", SPOKE)])
def test_the_template_can_be_sent_with_its_capabilities(folder, template):
    stack = configuration(folder, "resource")["aws_cloudformation_stack.this"]
    (path,) = re.findall(r'file\("\$\{path\.module\}/([^"]+)"\)', stack["template_body"])
    named = any(
        property_name in resource["Properties"]
        for resource in yaml_parse(template.read_text())["Resources"].values()
        if resource["Type"].startswith("AWS::IAM::")
        for property_name in ("RoleName", "PolicyName", "ManagedPolicyName")
    )

    assert (folder / path).resolve() == template
    assert stack["capabilities"] == ["CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"]
    # The limit of a request.
    assert len(template.read_bytes()) <= 51_200


@by_name([TERRAFORM, TERRAFORM / "modules" / "spoke"])
def test_the_outputs_are_those_of_the_template(folder):
    template = SPOKE if folder.name == "spoke" else TEMPLATE
    looked_up = set(re.findall(r'lookup\(local\.outputs, "(\w+)"', source(folder)))

    assert looked_up
    assert looked_up <= yaml_parse(template.read_text())["Outputs"].keys()


@by_name(MODULES)
def test_the_readme_of_a_module_names_its_own_variables_and_outputs(folder):
    readme = (folder / "README.md").read_text()
    # Those of the template have their descriptions in variables.tf, which is generated.
    file = folder / ("module.tf" if (folder / "module.tf").exists() else "variables.tf")
    for name in [*hcl.variables(file), *configuration(folder, "output")]:
        assert re.search(rf"\b{name}\b", readme), name


@pytest.mark.skipif(not shutil.which("terraform"), reason="there is no Terraform on this machine")
def test_the_files_are_in_the_form_of_terraform_fmt():
    command = ["terraform", "fmt", "-check", "-recursive", "-diff", str(TERRAFORM)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout
