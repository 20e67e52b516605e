"""The template sets exactly the environment variables that the function reads."""

import re
import tomllib

from harness import ROOT
from harness.catalogue import catalogue
from harness.templates import TEMPLATE, Stack

SETTINGS = {each["name"]: each for each in catalogue()["settings"]}

# Read by the function and deliberately not set by the template, with the reason.
NOT_SET = {
    "AWS_LAMBDA_LOG_FORMAT": "Lambda sets it from LoggingConfig, and refuses a template that does",
    "AWS_LAMBDA_LOG_LEVEL": "Lambda sets it from LoggingConfig, and refuses a template that does",
    "POWERTOOLS_LOG_LEVEL": "a second place for the level, which LoggingConfig would then filter",
}

# Each is a setting that stays unset unless its parameter has a value.
OPTIONAL = {
    "Accounts": "444455556666",
    "MonitoringAccounts": "777788889999",
    "Regions": "us-east-1",
    "RoleName": "spoke",
    "ExternalId": "shop",
    "NoticeTopicArn": "arn:aws:sns:eu-west-1:111122223333:notices",
    "NoticeEventBusName": "ops",
}


def test_every_setting_is_set_and_every_variable_is_a_setting():
    assert Stack(**OPTIONAL).environment.keys() == SETTINGS.keys() - NOT_SET.keys()
    assert NOT_SET.keys() <= SETTINGS.keys(), "a reason is given for a setting that is no longer read"


def test_an_error_names_the_parameter_that_sets_the_variable():
    set_by = {name: setting["parameter"] for name, setting in SETTINGS.items() if setting["parameter"]}
    variables = TEMPLATE["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    # One parameter, or several that begin alike.
    named = {name: re.compile(re.escape(parameter).replace("…", r"\w+")) for name, parameter in set_by.items()}

    assert variables.keys() <= named.keys()
    for name, pattern in named.items():
        assert any(map(pattern.fullmatch, TEMPLATE["Parameters"])), name
        if reference := variables.get(name, {}).get("Ref"):
            assert pattern.fullmatch(reference), name


# The code remembers nothing unless it is asked to; behind the template's queue it is. And Lambda reads a queue with two
# environments at least, while the bare program is one.
OWN_DEFAULTS = {"ROLLBACK_MEMORY_SECONDS": 300, "ROLLBACK_MAXIMUM_CONCURRENCY": 2}
OWN_LEAST = {"ROLLBACK_MAXIMUM_CONCURRENCY": 2}


def parameters_of_settings():
    """The setting and the parameter of each variable whose value is a parameter's, by name."""
    variables = TEMPLATE["Resources"]["Function"]["Properties"]["Environment"]["Variables"]
    refs = {name: value["Ref"] for name, value in variables.items() if isinstance(value, dict) and "Ref" in value}
    return {name: (SETTINGS[name], TEMPLATE["Parameters"][parameter]) for name, parameter in refs.items()}


def test_numbers_have_the_same_default_and_bounds_as_in_the_code():
    numbers = {name: each for name, each in parameters_of_settings().items() if each[1]["Type"] == "Number"}
    assert numbers.keys() == {name for name, setting in SETTINGS.items() if setting["range"]}

    for name, (setting, parameter) in numbers.items():
        least, most = setting["range"]
        assert [parameter["MinValue"], parameter["MaxValue"]] == [OWN_LEAST.get(name, least), most], name
        assert parameter["Default"] == OWN_DEFAULTS.get(name, int(setting["default"])), name


def test_words_that_a_parameter_allows_are_words_that_the_code_takes():
    chosen = {name: each for name, each in parameters_of_settings().items() if "AllowedValues" in each[1]}
    assert "ROLLBACK_MODE" in chosen

    for name, (setting, parameter) in chosen.items():
        assert set(parameter["AllowedValues"]) <= set(setting["words"]), name
        assert parameter["Default"] == setting["default"], name
    off, on = SETTINGS["ROLLBACK_UNPROTECTED_NOTICES"]["words"]
    noticed = Stack(FollowDeployments="true", UnprotectedNotices="true")
    assert Stack().environment["ROLLBACK_UNPROTECTED_NOTICES"] == off
    assert noticed.environment["ROLLBACK_UNPROTECTED_NOTICES"] == on
    assert off == SETTINGS["ROLLBACK_UNPROTECTED_NOTICES"]["default"]


def test_the_template_asks_for_metrics_which_the_code_by_itself_does_not_write():
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
