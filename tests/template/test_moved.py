"""Parameters and variables of an earlier version fail with the name of what took their place."""

import json
import re
import subprocess
import sys

import pytest

from harness import ROOT
from harness.catalogue import catalogue
from harness.templates import TEMPLATE

SCRIPT = ROOT / "deploy" / "check-parameters"
RENAMED = json.loads((ROOT / "deploy" / "renamed-parameters.json").read_text())
VARIABLES = {setting["name"] for setting in catalogue()["settings"]}


def check(*arguments):
    return subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, check=False, text=True)


@pytest.mark.parametrize("name", RENAMED)
def test_a_parameter_that_moved_is_refused_with_what_took_its_place(name):
    done = check(f"{name}=x", "Mode=enforce")

    assert done.returncode == 1
    assert done.stderr == f"{name} is no longer a parameter: {RENAMED[name]}\n"


def test_nothing_is_said_of_the_parameters_of_this_version():
    assert not RENAMED.keys() & TEMPLATE["Parameters"].keys()
    done = check(*(f"{name}=x" for name in TEMPLATE["Parameters"]))
    assert (done.returncode, done.stderr) == (0, "")
    assert check().returncode == 2


def test_what_took_the_place_of_a_parameter_is_there():
    for sentence in RENAMED.values():
        named = set(re.findall(r"\b[A-Z]\w*[a-z]\w*\b|\b[A-Z]+_[A-Z_]+\b", sentence))
        assert named <= TEMPLATE["Parameters"].keys() | VARIABLES, sentence


def test_the_changelog_lists_every_parameter_and_variable_that_moved():
    notes = (ROOT / "CHANGELOG.md").read_text().partition("\n## [0.2.0]")[2].partition("\n## [")[0]

    old = RENAMED.keys() | {each["name"] for each in catalogue()["moved"]}
    assert old <= set(re.findall(r"`(\w+)`", notes))
