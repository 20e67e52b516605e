"""Services in other accounts, which are reached with a role."""

import pytest

from harness import ACCOUNT
from harness.lambda_runtime import ROLLED_BACK, Failed

OTHER = "444455556666"


def elsewhere(event, account=OTHER):
    """The event as CloudWatch in another account would send it."""
    return event | {"accountId": account, "alarmArn": event["alarmArn"].replace(ACCOUNT, account)}


def test_a_service_of_another_account_is_rolled_back_with_the_role_there(world):
    world.service("prod/web")
    world.service("prod/cart")
    for name in ("web", "cart"):
        world.alarm(f"{name}-errors", ClusterName="prod", ServiceName=name)
    world.start(account=OTHER, SPOKE_ROLE_NAME="spoke", ACCOUNTS=OTHER, EXTERNAL_IDS="shop:1")

    for name in ("web", "cart"):
        assert world.invoke(elsewhere(world.event(f"{name}-errors")))[0] == [f"{ROLLED_BACK} · ecs-dimensions"]

    assert world.rolled_back() == {"prod/web", "prod/cart"}
    # Once for both, because the credentials are kept.
    (assumed,) = world.cloud.calls
    assert assumed.operation == "AssumeRole"
    assert assumed.asks["RoleArn"] == f"arn:aws:iam::{OTHER}:role/spoke"
    assert assumed.asks["RoleSessionName"] == "ecs-auto-rollback"
    assert assumed.asks["ExternalId"] == "shop:1"
    keys = {call.access_key for call in world.ecs.calls}
    assert len(keys) == 1
    assert keys != {assumed.access_key}


def test_alarms_and_services_of_another_account_are_looked_up_with_the_role_there(world):
    world.service("prod/web", alarms=["refunds"])
    world.alarm("refunds")
    world.start("deployment-alarms", account=OTHER, SPOKE_ROLE_NAME="spoke", ACCOUNTS=OTHER)

    assert world.invoke(elsewhere(world.event("refunds")))[0] == [f"{ROLLED_BACK} · deployment-alarms"]
    assert world.rolled_back() == {"prod/web"}
    (assumed,) = world.cloud.calls
    assert "ExternalId" not in assumed.asks
    assert assumed.access_key not in {call.access_key for call in world.ecs.calls}


def test_a_service_of_another_account_is_foreign_unless_it_is_listed(world):
    world.service("prod/web")
    world.alarm("web-errors", ClusterName="prod", ServiceName="web")

    found, said = world.invoke(elsewhere(world.event("web-errors")))

    assert found == ["skipped · foreign-account · ecs-dimensions"]
    assert "parameter Accounts" in said
    assert world.cloud.operations() == world.ecs.operations() == []


def test_a_role_that_cannot_be_assumed_fails_as_denied(world):
    world.service("prod/web")
    world.alarm("web-errors", ClusterName="prod", ServiceName="web")
    world.start(account=OTHER, SPOKE_ROLE_NAME="spoke", ACCOUNTS=OTHER)
    world.cloud.refused["AssumeRole"] = "AccessDenied"

    with pytest.raises(Failed) as failed:
        world.invoke(elsewhere(world.event("web-errors")))

    assert failed.value.kind == "AccessDenied"
    assert world.rolled_back() == set()
