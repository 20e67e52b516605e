"""The release form of template.yaml: it takes its code from a zip, and is otherwise the same."""

import copy
import importlib.machinery
import importlib.util
import subprocess
import sys

import pytest
from samtranslator.yaml_helper import yaml_parse

from harness import ROOT
from harness.templates import TEMPLATE

SCRIPT = ROOT / "release" / "template"
ARCHITECTURES = TEMPLATE["Parameters"]["Architecture"]["AllowedValues"]


def released(architecture):
    return subprocess.run([sys.executable, SCRIPT, architecture], capture_output=True, check=True, text=True).stdout


@pytest.fixture
def script():
    spec = importlib.util.spec_from_loader("release", importlib.machinery.SourceFileLoader("release", str(SCRIPT)))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_it_differs_in_the_code_and_the_architecture_and_in_nothing_else(architecture):
    expected = copy.deepcopy(TEMPLATE)
    del expected["Resources"]["Function"]["Metadata"]
    expected["Resources"]["Function"]["Properties"]["CodeUri"] = f"ecs-auto-rollback-{architecture}.zip"
    expected["Parameters"]["Architecture"] |= {"Default": architecture, "AllowedValues": [architecture]}

    assert yaml_parse(released(architecture)) == expected


def test_the_linters_have_nothing_to_say(tmp_path):
    templates = [tmp_path / f"ecs-auto-rollback-{architecture}.yaml" for architecture in ARCHITECTURES]
    for template, architecture in zip(templates, ARCHITECTURES, strict=True):
        template.write_text(released(architecture))
    tools = ROOT / ".venv" / "bin"

    # SAM's check includes the other one; the two forms differ in three lines.
    for command in (["sam", "validate", "--lint", "--template-file", templates[0]], ["cfn-lint", *templates[1:]]):
        command[0] = tools / command[0]
        done = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_written_if_the_template_is_not_as_the_edits_expect_it(script):
    template = script.TEMPLATE.read_text()

    for change in (template.replace("CodeUri: .", "CodeUri: target"), template + template):
        with pytest.raises(script.Unfit):
            script.released(change, "arm64")


def test_an_architecture_that_there_is_not_is_refused():
    done = subprocess.run([sys.executable, SCRIPT, "riscv64"], capture_output=True, check=False, text=True)
    assert done.returncode == 2
    assert not done.stdout
