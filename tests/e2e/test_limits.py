"""The limits of the local AWS that docs/evidence/e2e.md lists. If a test fails here, ministack has gained the feature:
remove the row, and test the feature itself."""

import datetime
import json

import botocore.exceptions
import pytest

import stack
from harness import ACCOUNT
from harness.templates import RELEASED_FORM
from payloads import example
from world import ALARM_PREFIX


def refusal(call, **arguments):
    """The error code of a call that must fail."""
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def small_stack(world, name, resource):
    """Creates a stack with only this resource. Returns its final status and its outputs."""
    formation = world.client("cloudformation")
    template = {"Resources": {"It": resource}, "Outputs": {"It": {"Value": {"Ref": "It"}}}}
    formation.create_stack(StackName=name, TemplateBody=json.dumps(template))

    def ended():
        (made,) = formation.describe_stacks(StackName=name)["Stacks"]
        return made["StackStatus"].endswith("COMPLETE") and made

    made = world.eventually(ended)
    return made["StackStatus"], {each["OutputKey"]: each["OutputValue"] for each in made.get("Outputs", [])}


def test_a_queue_cannot_be_redriven_by_one_call(world):
    sqs = world.client("sqs")
    assert refusal(sqs.start_message_move_task, SourceArn=world.outputs["OnFailureQueueArn"]) == "InvalidAction"


def test_a_queue_in_a_stack_gets_no_redrive_policy(world):
    policy = {"deadLetterTargetArn": world.outputs["OnFailureQueueArn"], "maxReceiveCount": 2}
    status, outputs = small_stack(world, "queue", {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": policy}})

    assert status == "CREATE_COMPLETE"
    attributes = world.client("sqs").get_queue_attributes(QueueUrl=outputs["It"], AttributeNames=["All"])["Attributes"]
    assert "RedrivePolicy" not in attributes


def test_functions_within_a_condition_are_not_evaluated(world):
    # So what depends on a word of a list is always made. tests/template evaluates these conditions.
    assert "AlarmAccounts" not in world.chosen
    policy = world.client("lambda").get_policy(FunctionName=world.outputs["FunctionName"])["Policy"]
    made = {statement["Sid"] for statement in json.loads(policy)["Statement"]}
    assert {"AlarmActionPermission", "AlarmAccount2"} <= made


def test_the_rules_of_a_template_are_not_checked(world):
    # CloudFormation rejects this.
    chosen = stack.parameters(SignalTopicArn=world.alarm_topic, NoticeTopicArn=world.alarm_topic)
    formation, name = world.client("cloudformation"), "ruled"
    formation.create_change_set(
        StackName=name,
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=RELEASED_FORM.read_text(),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in chosen.items()],
    )
    assert formation.describe_change_set(StackName=name, ChangeSetName="first")["Status"] == "CREATE_COMPLETE"


def test_an_alarm_does_not_invoke_a_function(world):
    function = world.outputs["FunctionArn"]
    world.alarm("ledger-is-slow", "prod/ledger", actions=[function])
    world.set_alarm("ledger-is-slow")
    # An invocation after the alarm's would show its effect.
    world.invoke({"cluster": "prod", "service": "nobody", "reason": "checkout is broken"})
    assert world.rolled_back() == []


def test_an_alarm_sends_no_event_to_the_bus(world):
    with world.inbox_of_bus({"source": ["aws.cloudwatch", "a.test"]}) as inbox:
        world.alarm(f"{ALARM_PREFIX}ledger", "prod/ledger", actions=[])
        world.set_alarm(f"{ALARM_PREFIX}ledger")
        world.put_event("a.test", "The end", {})
        world.eventually(inbox.messages)
        assert [event["source"] for event in inbox.messages()] == ["a.test"]


def test_an_alarm_message_in_a_topic_has_no_alarm_arn(world):
    with world.inbox_of_topic(world.alarm_topic) as inbox:
        world.alarm("jobs-wait")
        world.set_alarm("jobs-wait")
        world.eventually(inbox.messages)
        (envelope,) = inbox.messages()
    assert "AlarmArn" not in json.loads(envelope["Message"])
    world.wait_until_idle()


def test_the_time_of_an_event_is_its_arrival(world):
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    with world.inbox_of_bus({"source": ["a.test"]}) as inbox:
        entry = {"Source": "a.test", "DetailType": "The end", "Detail": "{}", "Time": then}
        world.client("events").put_events(Entries=[entry])
        world.eventually(inbox.messages)
        (event,) = inbox.messages()
    assert datetime.datetime.fromisoformat(event["time"]) - then > datetime.timedelta(minutes=59)


def test_policies_are_stored_but_not_enforced(world):
    queue = world.outputs["SignalQueueUrl"]
    attributes = world.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]
    denied = [each["Sid"] for each in json.loads(attributes["Policy"])["Statement"] if each["Effect"] == "Deny"]
    assert denied == ["DenyPlainHttp"]
    # Over plain HTTP, like every call here.
    assert world.client("sqs").meta.endpoint_url.startswith("http:")
    assert world.waiting("Signal") == 0


def test_a_function_with_no_reserved_concurrency_still_runs(world):
    client, name = world.client("lambda"), world.outputs["FunctionName"]
    # The runbook stops the function in this way.
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        failed, answer = world.invoke({"cluster": "prod", "service": "nobody", "reason": "checkout is broken"})
    finally:
        client.delete_function_concurrency(FunctionName=name)
    assert failed is None
    assert answer["outcomes"]


def test_the_functions_own_log_lines_are_lost(world):
    world.invoke({"cluster": "prod", "service": "nobody", "reason": "checkout is broken"})
    lines = world.client("logs").filter_log_events(logGroupName=world.outputs["LogGroupName"])["events"]
    # Lambda's own lines are in the template's log group; decisions and metrics are not.
    assert any(line["message"].startswith("REPORT") for line in lines)
    assert not any("decision" in line["message"] or "_aws" in line["message"] for line in lines)


def test_the_function_does_not_learn_its_own_arn(world):
    event = example("alarm-action-metric.json", "ledger")
    event |= {"accountId": "999999999999", "alarmArn": event["alarmArn"].replace(ACCOUNT, "999999999999")}

    (entry,) = world.invoke(event)[1]["outcomes"]

    assert (entry["outcome"], entry["reason"]) == ("skipped", "foreign-account")
    # In AWS the function's ARN shows before any call that the account is another one; here the service's ARN shows it
    # after the first call.
    assert "DescribeServices" in world.calls("prod/ledger")
    assert world.rolled_back() == []
