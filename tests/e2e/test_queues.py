"""What becomes of a signal that cannot be acted on: it is tried again, kept in the on-failure queue, and handled once
it is sent back as docs/runbook.md says."""

import json

from payloads import example


def test_a_signal_that_fails_again_and_again_is_kept_and_handled_when_it_is_sent_back(world):
    world.alarm("ledger-errors", "prod/ledger")
    world.refuse("StopServiceDeployment", "AccessDeniedException", "prod/ledger")

    with world.hurried():
        world.set_alarm("ledger-errors")
        world.eventually(lambda: world.waiting("OnFailure"))

    assert world.waiting("Signal") == 0
    # As often as the stack's MaxReceiveCount says, at least: ministack may hand out an event more than once.
    assert world.calls("prod/ledger").count("StopServiceDeployment") >= 2
    assert world.rolled_back() == []

    world.mend()
    world.redrive()

    world.eventually(world.rolled_back)
    world.settle()
    assert world.rolled_back() == ["prod/ledger"]
    assert world.waiting("OnFailure") == 0


def test_a_direct_action_that_fails_is_kept_with_what_lambda_adds_and_handled_when_it_is_sent_back(world):
    world.refuse("StopServiceDeployment", "AccessDeniedException", "prod/billing")

    world.invoke(example("alarm-action-metric.json", "billing"), kind="Event")

    world.eventually(lambda: world.waiting("OnFailure"))
    # The first time and MaximumRetryAttempts more, at least.
    assert world.calls("prod/billing").count("StopServiceDeployment") >= 3
    (record,) = world.peek("OnFailure")
    assert record["responsePayload"]["errorType"] == "AccessDenied"
    assert record["requestPayload"]["alarmData"]["alarmName"] == "web-cpu-high"

    world.mend()
    world.redrive()

    world.eventually(world.rolled_back)
    world.settle()
    assert world.rolled_back() == ["prod/billing"]


def test_a_message_that_is_no_signal_is_kept_and_does_not_spoil_its_neighbours(world):
    body = json.dumps(example("alarm-action-metric.json", "returns"))
    entries = [{"Id": "garbage", "MessageBody": '{"bucket": "x"}'}, {"Id": "signal", "MessageBody": body}]

    with world.hurried():
        world.client("sqs").send_message_batch(QueueUrl=world.outputs["SignalQueueUrl"], Entries=entries)
        world.eventually(lambda: world.waiting("OnFailure"))

    world.settle()
    assert world.peek("OnFailure") == [{"bucket": "x"}]
    assert world.rolled_back() == ["prod/returns"]
