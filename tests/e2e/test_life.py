"""Whole lives of deployments: a stock client deploys, and nobody lends a hand after that. ECS posts its own events to
the bus."""

from news import COMPLETED, IN_PROGRESS, changes


def test_a_deployment_whose_tasks_do_not_start_is_rolled_back_without_a_hand(world, news):
    old = world.revision("prod/accounts")
    deployment = world.deploy("prod/accounts")

    world.eventually(lambda: world.status("prod/accounts") == "ROLLBACK_SUCCESSFUL")

    assert world.rolled_back() == ["prod/accounts"]
    assert world.deployment("prod/accounts") == deployment
    assert world.settled("prod/accounts") == "accounts:41"
    new = world.revision("prod/accounts")
    world.eventually(
        lambda: changes(news, "prod/accounts") == [(IN_PROGRESS, new), (IN_PROGRESS, old), (COMPLETED, old)]
    )
    assert "SERVICE_TASK_START_IMPAIRED" in {event["detail"]["eventName"] for event in news.messages()}


def test_a_deployment_that_makes_an_alarm_go_off_is_rolled_back_without_a_hand(world, news):
    world.alarm("reviews-errors", "prod/reviews")
    old = world.revision("prod/reviews")
    deployment = world.deploy("prod/reviews", bakeTimeInMinutes=5)
    world.eventually(lambda: world.can_be_blamed(deployment))

    world.measure("reviews-errors", 50)

    world.eventually(lambda: world.status("prod/reviews") == "ROLLBACK_SUCCESSFUL")
    assert world.rolled_back() == ["prod/reviews"]
    assert world.settled("prod/reviews") == "reviews:41"
    new = world.revision("prod/reviews")
    world.eventually(
        lambda: changes(news, "prod/reviews") == [(IN_PROGRESS, new), (IN_PROGRESS, old), (COMPLETED, old)]
    )


def test_a_deployment_that_goes_well_is_left_alone_and_an_alarm_after_its_end_as_well(world, news):
    world.alarm("reports-errors", "prod/reports")
    world.deploy("prod/reports")
    world.eventually(lambda: world.status("prod/reports") == "SUCCESSFUL")
    new = world.revision("prod/reports")
    world.eventually(lambda: changes(news, "prod/reports") == [(IN_PROGRESS, new), (COMPLETED, new)])
    world.settle()
    before = world.calls("prod/reports").count("ListServiceDeployments")

    world.measure("reports-errors", 50)

    world.eventually(lambda: world.calls("prod/reports").count("ListServiceDeployments") > before)
    world.settle()
    assert world.rolled_back() == []
    assert world.settled("prod/reports") == "reports:42"
