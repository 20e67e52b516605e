"""Full deployment lifecycles: a stock client deploys, and everything after that is unattended. ECS posts its own events
to the bus."""

from deployment_events import COMPLETED, IN_PROGRESS, changes


def test_a_deployment_whose_tasks_do_not_start_is_rolled_back_unattended(world, ecs_events):
    old = world.revision("prod/accounts")
    deployment = world.deploy("prod/accounts")

    world.eventually(lambda: world.status("prod/accounts") == "ROLLBACK_SUCCESSFUL")

    assert world.rolled_back() == ["prod/accounts"]
    assert world.deployment("prod/accounts") == deployment
    assert world.task_definition("prod/accounts") == "accounts:41"
    new = world.revision("prod/accounts")
    world.eventually(
        lambda: changes(ecs_events, "prod/accounts") == [(IN_PROGRESS, new), (IN_PROGRESS, old), (COMPLETED, old)]
    )
    assert "SERVICE_TASK_START_IMPAIRED" in {event["detail"]["eventName"] for event in ecs_events.messages()}


def test_a_deployment_that_triggers_an_alarm_is_rolled_back_unattended(world, ecs_events):
    world.alarm("reviews-errors", "prod/reviews")
    old = world.revision("prod/reviews")
    deployment = world.deploy("prod/reviews", bakeTimeInMinutes=5)
    world.eventually(lambda: world.is_old_enough(deployment))

    world.measure("reviews-errors", 50)

    world.eventually(lambda: world.status("prod/reviews") == "ROLLBACK_SUCCESSFUL")
    assert world.rolled_back() == ["prod/reviews"]
    assert world.task_definition("prod/reviews") == "reviews:41"
    new = world.revision("prod/reviews")
    world.eventually(
        lambda: changes(ecs_events, "prod/reviews") == [(IN_PROGRESS, new), (IN_PROGRESS, old), (COMPLETED, old)]
    )


def test_a_successful_deployment_is_left_alone_even_if_an_alarm_fires_after_its_end(world, ecs_events):
    world.alarm("reports-errors", "prod/reports")
    world.deploy("prod/reports")
    world.eventually(lambda: world.status("prod/reports") == "SUCCESSFUL")
    new = world.revision("prod/reports")
    world.eventually(lambda: changes(ecs_events, "prod/reports") == [(IN_PROGRESS, new), (COMPLETED, new)])
    world.wait_until_idle()
    before = world.calls("prod/reports").count("ListServiceDeployments")

    world.measure("reports-errors", 50)

    world.eventually(lambda: world.calls("prod/reports").count("ListServiceDeployments") > before)
    world.wait_until_idle()
    assert world.rolled_back() == []
    assert world.task_definition("prod/reports") == "reports:42"
