"""Signals that fail: they are retried, kept in the on-failure queue, and handled once they are redriven as
docs/ops/runbook.md describes."""

import json

from payloads import example


def test_a_signal_that_keeps_failing_is_kept_and_is_handled_when_it_is_redriven(world):
    world.alarm("ledger-errors", "prod/ledger")
    world.refuse("StopServiceDeployment", "AccessDeniedException", "prod/ledger")

    with world.fast_redelivery():
        world.set_alarm("ledger-errors")
        world.eventually(lambda: world.waiting("OnFailure"))

    assert world.waiting("Signal") == 0
    # At least as often as the template's maxReceiveCount says: ministack may deliver a message more than once.
    assert world.calls("prod/ledger").count("StopServiceDeployment") >= 5
    assert world.rolled_back() == []

    world.clear_faults()
    world.redrive()

    world.eventually(world.rolled_back)
    world.wait_until_idle()
    assert world.rolled_back() == ["prod/ledger"]
    assert world.waiting("OnFailure") == 0


def test_a_direct_action_that_fails_is_kept_as_lambdas_record_and_is_handled_when_it_is_redriven(world):
    world.refuse("StopServiceDeployment", "AccessDeniedException", "prod/billing")

    world.invoke(example("alarm-action-metric.json", "billing"), kind="Event")

    world.eventually(lambda: world.waiting("OnFailure"))
    # At least once and MaximumRetryAttempts times more.
    assert world.calls("prod/billing").count("StopServiceDeployment") >= 3
    (record,) = world.peek("OnFailure")
    assert record["responsePayload"]["errorType"] == "AccessDenied"
    assert record["requestPayload"]["alarmData"]["alarmName"] == "web-cpu-high"

    world.clear_faults()
    world.redrive()

    world.eventually(world.rolled_back)
    world.wait_until_idle()
    assert world.rolled_back() == ["prod/billing"]


def test_a_message_that_is_no_signal_is_kept_and_does_not_affect_its_batch(world):
    body = json.dumps(example("alarm-action-metric.json", "returns"))
    entries = [{"Id": "garbage", "MessageBody": '{"bucket": "x"}'}, {"Id": "signal", "MessageBody": body}]

    with world.fast_redelivery():
        world.client("sqs").send_message_batch(QueueUrl=world.outputs["SignalQueueUrl"], Entries=entries)
        world.eventually(lambda: world.waiting("OnFailure"))

    world.wait_until_idle()
    assert world.peek("OnFailure") == [{"bucket": "x"}]
    assert world.rolled_back() == ["prod/returns"]
