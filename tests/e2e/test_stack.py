"""The deployed stack matches the template."""

import base64
import hashlib

import stack
from harness.templates import Stack


def test_the_function_runs_the_package_with_the_settings_of_the_template(world):
    deployed = world.client("lambda").get_function_configuration(FunctionName=world.outputs["FunctionName"])

    package = hashlib.sha256(stack.PACKAGE.read_bytes()).digest()
    assert deployed["CodeSha256"] == base64.b64encode(package).decode()
    assert deployed["Runtime"] == "provided.al2023"
    settings = Stack(**world.chosen).environment
    assert deployed["Environment"]["Variables"] == {name: str(value) for name, value in settings.items()}


def test_the_queue_feeds_the_function_and_takes_back_what_failed_alone(world):
    mappings = world.client("lambda").list_event_source_mappings(FunctionName=world.outputs["FunctionName"])
    (source,) = mappings["EventSourceMappings"]

    assert source["EventSourceArn"] == world.outputs["SignalQueueArn"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["State"] == "Enabled"


def test_direct_actions_that_fail_go_to_the_on_failure_queue(world):
    client = world.client("lambda")
    configuration = client.get_function_event_invoke_config(
        FunctionName=world.outputs["FunctionName"], Qualifier="$LATEST"
    )

    assert configuration["DestinationConfig"]["OnFailure"]["Destination"] == world.outputs["OnFailureQueueArn"]
    assert configuration["MaximumRetryAttempts"] == 2


def test_the_topic_feeds_the_queue(world):
    (subscription,) = world.client("sns").list_subscriptions_by_topic(TopicArn=world.alarm_topic)["Subscriptions"]

    assert (subscription["Protocol"], subscription["Endpoint"]) == ("sqs", world.outputs["SignalQueueArn"])


def test_the_alarms_on_the_function_itself_notify_the_alert_topic(world):
    alarms = world.client("cloudwatch").describe_alarms(AlarmNamePrefix=stack.NAME)["MetricAlarms"]

    watched = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms}
    assert {("AWS/Lambda", "Errors"), ("AWS/SQS", "ApproximateNumberOfMessagesVisible")} <= watched
    assert {action for alarm in alarms for action in alarm["AlarmActions"]} == {world.alert_topic}
