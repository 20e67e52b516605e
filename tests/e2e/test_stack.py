"""The deployed stack matches the template."""

import base64
import hashlib
import json

import stack
from harness.templates import Released


def test_the_function_runs_the_package_with_the_settings_of_the_template(world):
    deployed = world.client("lambda").get_function_configuration(FunctionName=world.outputs["FunctionName"])

    package = hashlib.sha256(stack.PACKAGE.read_bytes()).digest()
    assert deployed["CodeSha256"] == base64.b64encode(package).decode()
    assert deployed["Runtime"] == "provided.al2023"
    settings = Released(**world.chosen).environment
    assert deployed["Environment"]["Variables"] == {name: str(value) for name, value in settings.items()}


def test_both_queues_feed_the_function_which_returns_only_failed_messages(world):
    mappings = world.client("lambda").list_event_source_mappings(FunctionName=world.outputs["FunctionName"])
    sources = {source["EventSourceArn"]: source for source in mappings["EventSourceMappings"]}

    assert sources.keys() == {queue_arn(world, "Signal"), queue_arn(world, "News")}
    for source in sources.values():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["State"] == "Enabled"


def test_signals_and_news_each_have_a_rule_that_leads_to_their_queue(world):
    events = world.client("events")
    targets = {}
    for rule in events.list_rules()["Rules"]:
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            targets.setdefault(target["Arn"], []).append(json.loads(rule["EventPattern"])["detail"].get("eventName"))

    (news,) = targets[queue_arn(world, "News")]
    assert news == ["SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"]
    assert ["SERVICE_DEPLOYMENT_FAILED"] in targets[queue_arn(world, "Signal")]


def queue_arn(world, queue):
    """The ARN of a queue of the stack."""
    answer = world.client("sqs").get_queue_attributes(
        QueueUrl=world.outputs[f"{queue}QueueUrl"], AttributeNames=["QueueArn"]
    )
    return answer["Attributes"]["QueueArn"]


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


def test_the_alarms_on_the_function_itself_notify_their_topic_and_link_to_the_runbook(world):
    alarms = world.client("cloudwatch").describe_alarms(AlarmNamePrefix=stack.NAME)["MetricAlarms"]

    made = Released(**world.chosen).of_type("AWS::CloudWatch::Alarm")
    assert {alarm["AlarmName"] for alarm in alarms} == {alarm["AlarmName"] for alarm in made.values()}
    assert {action for alarm in alarms for action in alarm["AlarmActions"]} == {world.self_alarm_topic}
    assert all("/ops/runbook.html#" in alarm["AlarmDescription"] for alarm in alarms)


def test_the_dashboard_is_there_and_reads_as_json(world):
    name = world.outputs["DashboardName"]
    body = world.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]

    assert len(json.loads(body)["widgets"]) > 5


def test_the_outputs_name_the_version_and_the_function(world):
    assert world.outputs["Version"] == Released().outputs["Version"]["Value"]
    assert world.outputs["FunctionName"] == stack.NAME


def test_the_role_for_other_accounts_can_be_made_with_nothing_but_the_functions_role(world):
    outputs = stack.deploy_spoke(world.client, world.outputs["RoleArn"])

    role = world.client("iam").get_role(RoleName="ecs-auto-rollback-spoke")["Role"]
    assert outputs["RoleArn"] == role["Arn"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": world.outputs["RoleArn"]}
