"""Notices arrive in a queue that is subscribed to the topic, and in one behind a rule on the bus."""

import json

import jsonschema
import pytest

from deployment_events import COMPLETED, changes
from harness import ACCOUNT, REGION, ROOT
from world import NOTICE_BUS, arn

SCHEMA = json.loads((ROOT / "docs" / "reference" / "notice.v1.schema.json").read_text())


@pytest.fixture
def bus(world):
    """The events on the bus of notices."""
    pattern = {"source": ["ecs-auto-rollback"], "detail-type": ["ECS Auto Rollback Notice v1"]}
    with world.inbox_of_bus(pattern, NOTICE_BUS) as inbox:
        yield inbox


@pytest.fixture
def topic(world):
    """The messages in the topic of notices."""
    with world.inbox_of_topic(world.notice_topic) as inbox:
        yield inbox


def events(bus, name):
    """The notices about a service, in order. If ministack invokes the function twice, a notice is sent twice."""
    found = {}
    for event in bus.messages():
        jsonschema.validate(event["detail"], SCHEMA)
        if arn(name) in event["resources"]:
            found.setdefault(event["detail"]["id"], event)
    return list(found.values())


def notices(bus, name):
    return [event["detail"]["notice"] for event in events(bus, name)]


def test_a_rollback_sends_a_notice_to_the_bus(world, bus):
    deployment = world.deployment("prod/gifts")

    world.invoke({"cluster": "prod", "service": "gifts", "reason": "checkout is broken"})

    world.eventually(lambda: notices(bus, "prod/gifts"))
    event = events(bus, "prod/gifts")[0]
    assert event["resources"] == [arn("prod/gifts"), deployment]
    notice = event["detail"]
    assert (notice["notice"], notice["reason"]) == ("rolled-back", "stop-requested")
    assert notice["serviceDeploymentArn"] == deployment
    service = {"account": ACCOUNT, "region": REGION, "cluster": "prod", "name": "gifts"}
    assert service.items() <= notice["service"].items()
    assert notice["deployment"]["from"]["taskDefinition"].endswith("gifts:42")
    assert [revision["taskDefinition"].rpartition("/")[2] for revision in notice["deployment"]["to"]] == ["gifts:41"]


def test_a_failure_sends_a_notice_to_the_topic_in_the_format_of_chat_channels(world, topic):
    world.refuse("StopServiceDeployment", "AccessDeniedException", "prod/tax")

    failed, _ = world.invoke({"cluster": "prod", "service": "tax", "reason": "checkout is broken"})

    assert failed == "Unhandled"
    world.eventually(topic.messages)
    envelope = topic.messages()[0]
    assert "prod/tax" in envelope["Subject"]
    assert envelope["MessageAttributes"]["notice"]["Value"] == "failed"
    assert envelope["MessageAttributes"]["service"]["Value"] == "tax"
    message = json.loads(envelope["Message"])
    assert (message["version"], message["source"]) == ("1.0", "custom")
    assert "prod/tax" in message["content"]["title"]
    assert "AccessDeniedException" in message["content"]["description"]
    assert message["content"]["nextSteps"]


def test_every_step_of_a_rollback_sends_a_notice(world, bus, topic):
    world.alarm("wishlist-errors", "prod/wishlist")
    deployment = world.deploy("prod/wishlist", bakeTimeInMinutes=5)
    world.eventually(lambda: world.is_old_enough(deployment))

    world.measure("wishlist-errors", 50)

    world.eventually(lambda: notices(bus, "prod/wishlist") == ["rolled-back", "rollback-successful"])
    assert world.status("prod/wishlist") == "ROLLBACK_SUCCESSFUL"
    begun, ended = (event["detail"] for event in events(bus, "prod/wishlist"))
    assert begun["signal"]["name"] == "wishlist-errors"
    assert begun["serviceDeploymentArn"] == ended["serviceDeploymentArn"] == deployment
    assert ended["rollback"]["seconds"] is not None
    sent = [json.loads(envelope["Message"])["metadata"] for envelope in topic.messages()]
    # One chat thread for each deployment.
    assert {metadata["threadId"] for metadata in sent} == {deployment}
    assert {metadata["eventType"] for metadata in sent} == {
        "ecs-auto-rollback.rolled-back",
        "ecs-auto-rollback.rollback-successful",
    }

    # The alarm is still in ALARM, and the pipeline deploys the same revision again.
    world.deploy("prod/wishlist", again="wishlist:42")

    world.eventually(lambda: sorted(notices(bus, "prod/wishlist")[2:]) == ["redeployed", "unprotected"])
    unprotected = next(e["detail"] for e in events(bus, "prod/wishlist") if e["detail"]["notice"] == "unprotected")
    assert unprotected["alarms"] == ["wishlist-errors"]
    world.wait_until_idle()
    assert world.rolled_back() == ["prod/wishlist"]


def test_a_successful_deployment_sends_no_notice(world, ecs_events, bus, topic):
    world.deploy("prod/shipping")
    world.eventually(lambda: COMPLETED in dict(changes(ecs_events, "prod/shipping")))
    world.wait_until_idle()
    # A later notice shows that no earlier one is still to come.
    world.invoke({"cluster": "prod", "service": "tax", "reason": "checkout is broken"})

    world.eventually(lambda: notices(bus, "prod/tax"))
    assert notices(bus, "prod/shipping") == []
    world.eventually(topic.messages)
    assert not any("shipping" in envelope["Message"] for envelope in topic.messages())
