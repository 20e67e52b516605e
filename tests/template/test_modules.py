"""The Terraform modules and the CDK package of a release: they know its zips, and have all that they read."""

import hashlib
import importlib.machinery
import importlib.util
import json
import re
import tarfile

import pytest

from harness import ROOT

VERSION = "1.2.3"


@pytest.fixture
def script():
    path = ROOT / "release" / "modules"
    spec = importlib.util.spec_from_loader("modules", importlib.machinery.SourceFileLoader("modules", str(path)))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def zips(tmp_path):
    zip_file = tmp_path / "ecs-auto-rollback-x86_64.zip"
    zip_file.write_bytes(b"a zip")
    return {"x86_64": zip_file}


@pytest.fixture
def release(script, zips):
    return script.described(VERSION, zips)


def test_the_release_has_the_sums_of_the_zips_that_there_are(release):
    sums = {"arm64": None, "x86_64": hashlib.sha256(b"a zip").hexdigest()}
    assert json.loads(release) == {"version": VERSION, "sha256": sums}


def test_the_modules_of_terraform_have_what_they_read(script, release, tmp_path):
    archive = script.terraform(tmp_path, VERSION, release)
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    deploy = tmp_path / f"ecs-auto-rollback-terraform-{VERSION}" / "deploy"

    assert (deploy / "terraform" / "release.json").read_text() == release
    for file in deploy.rglob("*.tf"):
        for path in re.findall(r'file\("\$\{path\.module\}/([^"]+)"\)', file.read_text()):
            assert (file.parent / path).exists(), path
    again = tmp_path / "again"
    again.mkdir()
    assert script.terraform(again, VERSION, release).read_bytes() == archive.read_bytes()


def test_the_package_of_the_cdk_has_the_version_and_the_zips(script, release, zips, tmp_path):
    package = script.staged(tmp_path / "staged", VERSION, release, zips)

    assert json.loads((package / "package.json").read_text())["version"] == VERSION
    assert (package / "release.json").read_text() == release
    assert (package / "zips" / "ecs-auto-rollback-x86_64.zip").read_bytes() == b"a zip"
    template = re.search(r"new URL\('(\S+\.yaml)'", (package / "scripts" / "template.mjs").read_text())[1]
    assert (package / "scripts" / template).exists()
