"""The template sets exactly the environment variables that the function reads."""

import tomllib

from harness import ROOT
from harness.catalogue import catalogue
from harness.templates import RELEASED, TEMPLATE, Stack

SETTINGS = {each["name"]: each for each in catalogue()["settings"]}

# Read by the function and deliberately not set by the template, with the reason; nor are constants.
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
    "ExternalIds": "shop",
    "NoticeTopicArn": "arn:aws:sns:eu-west-1:111122223333:notices",
    "NoticeEventBusName": "ops",
}
# Set although no parameter does: the links of alarms, dashboard and notices lead to the same place.
DOCUMENTATION = "ROLLBACK_DOCUMENTATION_URL"


def test_every_setting_with_a_parameter_is_set_and_every_variable_is_a_setting():
    by_parameter = {name for name, setting in SETTINGS.items() if setting["parameter"]}

    assert Stack(**OPTIONAL).environment.keys() == by_parameter - NOT_SET.keys() | {DOCUMENTATION}
    assert NOT_SET.keys() <= SETTINGS.keys(), "a reason is given for a setting that is no longer read"


def test_an_error_names_the_parameter_that_sets_the_variable():
    for name, value in TEMPLATE["Resources"]["Function"]["Properties"]["Environment"]["Variables"].items():
        given = value.get("Ref") or value.get("Fn::If", [None, {"Ref": None}])[1]["Ref"]
        assert given == SETTINGS[name]["parameter"], name
    assert SETTINGS["AWS_LAMBDA_LOG_LEVEL"]["parameter"] == "LogLevel"


def test_the_stack_and_the_bare_program_have_the_same_defaults():
    environment = Stack().environment

    for name, setting in SETTINGS.items():
        # What the stack leaves out has the default of the code, and an optional setting has none in either.
        assert environment.get(name, setting["default"]) == setting["default"], name
    assert all(TEMPLATE["Parameters"][name]["Default"] == "" for name in OPTIONAL)
    assert environment["ROLLBACK_MODE"] == "observe"
    assert environment["ROLLBACK_ECS_EVENTS"] == "none"


def test_the_constants_of_the_template_are_those_of_the_code():
    resources = Stack().resources
    constants = {name: int(setting["default"]) for name, setting in SETTINGS.items() if setting["range"]}
    scaling = resources["SignalSource"]["Properties"]["ScalingConfig"]

    assert scaling["MaximumConcurrency"] == constants["ROLLBACK_MAXIMUM_CONCURRENCY"]
    # Older events are late deliveries, which the function skips.
    longest = resources["FunctionFailures"]["Properties"]["MaximumEventAgeInSeconds"]
    assert longest <= constants["ROLLBACK_MAX_SIGNAL_AGE_SECONDS"]
    queue = resources["SignalQueue"]["Properties"]
    last = queue["VisibilityTimeout"] * (queue["RedrivePolicy"]["maxReceiveCount"] - 1)
    assert last < constants["ROLLBACK_MAX_SIGNAL_AGE_SECONDS"]


def parameters_of_settings():
    """The setting and the parameter of each variable whose value is a parameter's, by name."""
    named = {name: setting for name, setting in SETTINGS.items() if setting["parameter"]}
    return {name: (setting, TEMPLATE["Parameters"][setting["parameter"]]) for name, setting in named.items()}


def test_numbers_have_the_same_bounds_as_in_the_code():
    numbers = {name: each for name, each in parameters_of_settings().items() if each[1]["Type"] == "Number"}
    assert numbers.keys() == {"ROLLBACK_MAX_SERVICES", "ROLLBACK_LIMIT"}

    for name, (setting, parameter) in numbers.items():
        assert [parameter["MinValue"], parameter["MaxValue"]] == setting["range"], name


def test_words_that_a_parameter_allows_are_words_that_the_code_takes():
    chosen = {name: each for name, each in parameters_of_settings().items() if "AllowedValues" in each[1]}
    assert chosen.keys() >= {"ROLLBACK_MODE", "ROLLBACK_OPT_IN", "ROLLBACK_FOLLOW_DEPLOYMENTS"}

    for name, (setting, parameter) in chosen.items():
        assert set(parameter["AllowedValues"]) <= set(setting["words"]), name


def test_values_are_strings_as_the_environment_needs_them():
    assert all(isinstance(value, str) and value for value in Stack().environment.values())


def test_the_packaged_function_keeps_the_release_profile():
    """cargo lambda overrides each of these that Cargo.toml leaves open, and its own choice for panics is to abort.

    The runtime reports a panic only if it unwinds.
    """
    profile = tomllib.loads((ROOT / "Cargo.toml").read_text())["profile"]["release"]

    assert profile.get("panic") == "unwind"
    assert {"strip", "lto", "codegen-units"} <= profile.keys()


def test_the_version_is_the_same_everywhere():
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]

    assert TEMPLATE["Metadata"]["AWS::ServerlessRepo::Application"]["SemanticVersion"] == version
    assert Stack().outputs["Version"]["Value"] == version
    assert RELEASED["Mappings"] == TEMPLATE["Mappings"]
    assert SETTINGS[DOCUMENTATION]["default"].endswith(f"/v{version}")
