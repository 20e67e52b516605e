"""What the function reads from its environment is what the template puts there."""

import re
import tomllib

from harness import ROOT
from harness.templates import SPOKE, TEMPLATE, Stack

SETTINGS = (ROOT / "src" / "settings.rs").read_text()
SETTING = re.compile(r'"((?:ROLLBACK|POWERTOOLS|AWS_LAMBDA_LOG)_[A-Z_]+)"')

# Read by the function and deliberately not set by the template, with the reason.
NOT_SET = {
    "AWS_LAMBDA_LOG_FORMAT": "Lambda sets it from LoggingConfig, and refuses a template that does",
    "AWS_LAMBDA_LOG_LEVEL": "Lambda sets it from LoggingConfig, and refuses a template that does",
    "AWS_LAMBDA_LOG_GROUP_NAME": "Lambda sets it from LoggingConfig, and refuses a template that does",
    "POWERTOOLS_LOG_LEVEL": "a second place for the level, which LoggingConfig would then filter",
}

# Each is a setting that stays unset unless its parameter has a value.
OPTIONAL = {
    "RoleName": "spoke",
    "ExternalId": "shop",
    "NoticeTopicArn": "arn:aws:sns:eu-west-1:111122223333:notices",
    "NoticeEventBusName": "ops",
}


def test_every_setting_is_set_and_every_variable_is_a_setting():
    read = set(SETTING.findall(SETTINGS))
    assert read, "src/settings.rs names no setting that this check recognizes"

    assert set(Stack(**OPTIONAL).environment) == read - NOT_SET.keys()
    assert NOT_SET.keys() <= read, "a reason is given for a setting that is no longer read"


def test_the_readme_names_every_setting_and_every_parameter():
    readme = (ROOT / "README.md").read_text()
    in_readme = set(re.findall(r"`(\w+)[=`]", readme))

    assert set(SETTING.findall(SETTINGS)) | TEMPLATE["Parameters"].keys() <= in_readme
    assert SPOKE["Parameters"].keys() <= in_readme


# How settings.rs declares a whole number: its name, its default, its least and its greatest value.
WHOLE = re.compile(r'\.whole\(\s*"(\w+)",\s*([\d_]+),\s*([\d_]+)\.\.=([\d_]+),?\s*\)')


# The code remembers nothing unless it is asked to; behind the template's queue it is.
OWN_DEFAULTS = {"ROLLBACK_MEMORY_SECONDS": 300}


def test_numbers_have_the_same_default_and_bounds_as_in_the_code():
    parameter_of = {
        variable: value["Ref"]
        for variable, value in TEMPLATE["Resources"]["Function"]["Properties"]["Environment"]["Variables"].items()
        if "Ref" in value
    }
    in_code = {name: tuple(int(n.replace("_", "")) for n in numbers) for name, *numbers in WHOLE.findall(SETTINGS)}
    in_template = {
        variable: (parameter["Default"], parameter["MinValue"], parameter["MaxValue"])
        for variable, name in parameter_of.items()
        if (parameter := TEMPLATE["Parameters"][name])["Type"] == "Number"
    }

    for name, default in OWN_DEFAULTS.items():
        _, *bounds = in_code[name]
        in_code[name] = (default, *bounds)
    assert in_template == in_code


def test_words_that_the_template_chooses_are_words_that_the_code_takes():
    parameters = {"FollowDeployments": "true", "UnprotectedNotices": "true"}
    (choices,) = re.findall(r'one_of\("ROLLBACK_UNPROTECTED_NOTICES", &\[(.*?)\]\)', SETTINGS)
    off, on = re.findall(r'\("(\w+)", (?:true|false)\)', choices)

    assert Stack().environment["ROLLBACK_UNPROTECTED_NOTICES"] == off
    assert Stack(**parameters).environment["ROLLBACK_UNPROTECTED_NOTICES"] == on


def test_the_template_asks_for_figures_which_the_code_by_itself_does_not_write():
    assert Stack().environment["POWERTOOLS_METRICS_NAMESPACE"] == "ecs-auto-rollback"
    assert Stack().environment["POWERTOOLS_METRICS_DISABLED"] == "false"


def test_values_are_strings_as_the_environment_needs_them():
    assert all(isinstance(value, str) and value for value in Stack().environment.values())


def test_the_packaged_function_keeps_the_release_profile():
    """cargo lambda overrides each of these that Cargo.toml leaves open, and its own choice for panics is to abort.

    The runtime reports a panic only if it unwinds.
    """
    profile = tomllib.loads((ROOT / "Cargo.toml").read_text())["profile"]["release"]

    assert profile.get("panic") == "unwind"
    assert {"strip", "lto", "codegen-units"} <= profile.keys()
