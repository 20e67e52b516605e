"""The released form of template.yaml: it takes its code from a bucket, without a transform, and is else the same."""

import copy
import importlib.machinery
import importlib.util
import subprocess
import sys

import pytest
from samtranslator.translator.transform import transform

from harness import ROOT
from harness.templates import RELEASED, RELEASED_FORM, TEMPLATE

SCRIPT = ROOT / "release" / "template"
# The largest template that CloudFormation takes in a request (its quotas).
LARGEST = 51_200


@pytest.fixture
def script():
    spec = importlib.util.spec_from_loader("release", importlib.machinery.SourceFileLoader("release", str(SCRIPT)))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_file_is_what_the_script_writes():
    written = subprocess.run([sys.executable, SCRIPT], capture_output=True, check=True, text=True).stdout

    assert RELEASED_FORM.read_text() == written, "run release/template > deploy/cloudformation/ecs-auto-rollback.yaml"


def test_every_way_of_cloudformation_takes_it():
    for file in (RELEASED_FORM, ROOT / "template.yaml", ROOT / "spoke.yaml"):
        assert file.stat().st_size < LARGEST, file
    assert "Transform" not in RELEASED
    assert not any(resource["Type"].startswith("AWS::Serverless") for resource in RELEASED["Resources"].values())


def test_it_is_what_sam_makes_of_the_template(monkeypatch):
    """So no resource of the transform is missing, and none comes with it that the template does not show."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    class NoManagedPolicies:
        def load(self):
            return {}

    # A copy, as the transform works in place; and CodeUri as `sam package` would leave it.
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["Function"]["Properties"]["CodeUri"] = "s3://bucket/function.zip"
    expanded = transform(template, {}, NoManagedPolicies())["Resources"]

    function = expanded["Function"]
    # Marks of SAM.
    assert function["Properties"].pop("Tags") == [{"Key": "lambda:createdBy", "Value": "SAM"}]
    del function["Metadata"]
    released = copy.deepcopy(RELEASED["Resources"])
    assert released["Function"]["Properties"]["Code"] == {
        "S3Bucket": {"Ref": "CodeS3Bucket"},
        "S3Key": {"Ref": "CodeS3Key"},
    }
    released["Function"]["Properties"]["Code"] = {"S3Bucket": "bucket", "S3Key": "function.zip"}
    assert expanded == released
    for part in ("Mappings", "Conditions", "Rules", "Outputs"):
        assert RELEASED[part] == TEMPLATE[part], part


def test_it_asks_for_the_zip_and_for_nothing_else():
    more = RELEASED["Parameters"].keys() - TEMPLATE["Parameters"].keys()

    assert more == {"CodeS3Bucket", "CodeS3Key"}
    assert {name for name, parameter in RELEASED["Parameters"].items() if "Default" not in parameter} == more
    assert len(TEMPLATE["Parameters"]) <= 32


@pytest.mark.parametrize("change", [lambda text: text.replace("CodeUri: .", "CodeUri: target"), lambda text: text * 2])
def test_nothing_is_written_if_the_template_is_not_as_the_edits_expect_it(script, change):
    with pytest.raises(script.Unfit):
        script.released(change(script.TEMPLATE.read_text()))


def test_a_template_without_its_publication_is_refused(script):
    text = script.TEMPLATE.read_text().replace("  AWS::ServerlessRepo::Application:\n", "")

    with pytest.raises(script.Unfit):
        script.released(text)


def test_an_argument_is_refused():
    done = subprocess.run([sys.executable, SCRIPT, "riscv64"], capture_output=True, check=False, text=True)
    assert done.returncode
    assert not done.stdout
