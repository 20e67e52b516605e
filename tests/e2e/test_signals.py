"""Each way by which a signal reaches the function, from a stock client to ECS.

    make e2e

The tests deploy template.yaml with the release binary that `make package` builds. docs/evidence/e2e.md lists the
stand-ins and the limits of a local AWS.
"""

from harness import ACCOUNT, REGION
from harness.aws import now
from payloads import example
from world import arn


def outcome(entry):
    return f"{entry['outcome']} · {entry['reason']}"


# Alarms


def test_an_alarm_that_publishes_to_the_topic_rolls_back_its_service_and_no_other(world):
    world.alarm("web-errors", "prod/web")

    world.set_alarm("web-errors")

    world.eventually(world.rolled_back)
    world.wait_until_idle()
    assert world.rolled_back() == ["prod/web"]
    world.eventually(lambda: world.status("prod/web") == "ROLLBACK_SUCCESSFUL")


def test_an_alarm_that_goes_to_ok_rolls_nothing_back(world):
    world.alarm("cart-errors", "prod/cart")

    with world.inbox_of_topic(world.alarm_topic) as inbox:
        world.set_alarm("cart-errors", "OK")
        world.eventually(inbox.messages)

    world.wait_until_idle()
    assert world.rolled_back() == []
    # The alarm's own state decides, without a call to ECS.
    assert world.calls("prod/cart") == []


# Events on the bus


def test_an_alarm_event_with_the_prefix_reaches_the_function_through_rule_and_queue(world):
    event = example("eventbridge-alarm-metric.json", "search")
    event["detail"]["alarmName"] = "rollback-search-errors"

    world.put_event("aws.cloudwatch", event["detail-type"], event["detail"])

    world.eventually(world.rolled_back)
    world.wait_until_idle()
    assert world.rolled_back() == ["prod/search"]


def test_an_alarm_event_without_the_prefix_is_not_sent_to_the_function(world):
    event = example("eventbridge-alarm-metric.json", "catalog")
    # A later event with the prefix shows that the first is not still to come.
    other = example("eventbridge-alarm-metric.json", "pricing")
    other["detail"]["alarmName"] = "rollback-pricing-errors"

    world.put_event("aws.cloudwatch", event["detail-type"], event["detail"])
    world.put_event("aws.cloudwatch", other["detail-type"], other["detail"])

    world.eventually(world.rolled_back)
    world.wait_until_idle()
    assert world.rolled_back() == ["prod/pricing"]


def test_an_alarm_event_about_a_change_to_ok_is_not_sent_to_the_function(world):
    event = example("eventbridge-alarm-metric.json", "catalog")
    event["detail"] |= {"alarmName": "rollback-catalog-errors"}
    event["detail"]["state"]["value"] = "OK"

    world.put_event("aws.cloudwatch", event["detail-type"], event["detail"])

    # The bus delivers at once, and the function needs longer to receive a message.
    assert world.waiting("Signal") == 0
    event["detail"]["state"]["value"] = "ALARM"
    event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"]["ServiceName"] = "nobody"
    world.put_event("aws.cloudwatch", event["detail-type"], event["detail"])
    assert world.waiting("Signal") == 1
    world.wait_until_idle()
    assert world.rolled_back() == []


def test_an_alarm_without_dimensions_rolls_back_the_services_in_its_tag(world):
    alarm = world.alarm("rollback-jobs-failed", tags={"auto-rollback:services": "prod/orders prod/payments"})
    event = example("eventbridge-alarm-metric.json", "nobody")
    event["detail"]["alarmName"] = "rollback-jobs-failed"
    event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"] = {"Queue": "jobs"}

    world.put_event("aws.cloudwatch", event["detail-type"], event["detail"], alarm)

    world.eventually(lambda: len(world.rolled_back()) == 2)
    world.wait_until_idle()
    assert sorted(world.rolled_back()) == ["prod/orders", "prod/payments"]


def test_a_composite_alarm_rolls_back_the_services_of_its_children_in_alarm(world):
    world.alarm("checkout-errors", "prod/checkout", actions=[])
    world.alarm("cart-is-slow", "prod/cart", actions=[])
    world.set_alarm("checkout-errors")
    rule = 'ALARM("checkout-errors") OR ALARM("cart-is-slow")'
    alarm = world.composite("rollback-shop-is-down", rule)
    event = example("eventbridge-alarm-metric.json", "nobody")
    event["detail"] |= {"alarmName": "rollback-shop-is-down", "configuration": {"alarmRule": rule}}

    world.put_event("aws.cloudwatch", event["detail-type"], event["detail"], alarm)

    world.eventually(world.rolled_back)
    world.wait_until_idle()
    assert world.rolled_back() == ["prod/checkout"]


def put_failure(world, service, revision):
    """Sends ECS's event that the deployment of this revision has failed."""
    detail = {"eventType": "ERROR", "eventName": "SERVICE_DEPLOYMENT_FAILED", "deploymentId": revision}
    world.put_event("aws.ecs", "ECS Deployment State Change", detail | {"updatedAt": now()}, arn(service))


def test_a_failed_deployment_that_ecs_reports_is_rolled_back(world):
    put_failure(world, "prod/stock", world.revision("prod/stock"))

    world.eventually(world.rolled_back)
    world.wait_until_idle()
    assert world.rolled_back() == ["prod/stock"]


def test_a_failed_deployment_that_is_not_the_one_in_flight_is_left_alone(world):
    put_failure(world, "prod/mail", "ecs-svc/1")

    world.eventually(lambda: world.calls("prod/mail"))
    world.wait_until_idle()
    assert "ListServiceDeployments" in world.calls("prod/mail")
    assert world.rolled_back() == []


def test_tasks_that_cannot_start_are_a_signal(world):
    cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/prod"
    detail = {
        "eventType": "WARN",
        "eventName": "SERVICE_TASK_START_IMPAIRED",
        "clusterArn": cluster,
        "createdAt": now(),
    }

    world.put_event("aws.ecs", "ECS Service Action", detail, arn("prod/refunds"))

    world.eventually(world.rolled_back)
    world.wait_until_idle()
    assert world.rolled_back() == ["prod/refunds"]


# Invocations


def test_a_manual_request_is_answered_with_its_outcome(world):
    before = world.deployment("prod/coupons")
    request = {"cluster": "prod", "service": "coupons", "reason": "checkout is broken"}

    failed, answer = world.invoke(request)

    assert failed is None
    (entry,) = answer["outcomes"]
    assert outcome(entry) == "rolled-back · stop-requested"
    service = {"account": ACCOUNT, "region": REGION, "cluster": "prod", "name": "coupons"}
    assert entry["service"] == service
    assert entry["serviceDeploymentArn"] == before
    assert entry["signal"]["source"] == "manual"
    assert world.rolled_back() == ["prod/coupons"]

    world.eventually(lambda: world.status("prod/coupons") == "ROLLBACK_SUCCESSFUL")
    assert [outcome(entry) for entry in world.invoke(request)[1]["outcomes"]] == ["no-op · nothing-in-flight"]


def test_a_request_for_a_deployment_that_is_no_longer_in_flight_rolls_nothing_back(world):
    other = world.deployment("prod/profile").rpartition("/")[0] + "/AAAAAAAAAAAAAAAAAAAAA"

    failed, answer = world.invoke({"serviceDeploymentArn": other, "reason": "checkout is broken"})

    assert failed is None
    assert [outcome(entry) for entry in answer["outcomes"]] == ["skipped · different-deployment"]
    assert world.rolled_back() == []


def test_a_service_that_does_not_exist_is_reported_as_not_found(world):
    failed, answer = world.invoke({"cluster": "prod", "service": "nobody", "reason": "checkout is broken"})

    assert failed is None
    assert [outcome(entry) for entry in answer["outcomes"]] == ["skipped · service-not-found"]


def test_a_refusal_by_ecs_fails_the_invocation_with_its_error_type(world):
    world.refuse("StopServiceDeployment", "AccessDeniedException", "prod/profile")

    failed, error = world.invoke({"cluster": "prod", "service": "profile", "reason": "checkout is broken"})

    assert failed == "Unhandled"
    assert error["errorType"] == "AccessDenied"
    assert "prod/profile" in error["errorMessage"]
    assert world.rolled_back() == []


def test_unrecognized_input_fails_the_invocation_with_its_error_type(world):
    failed, error = world.invoke({"bucket": "secret"})

    assert failed == "Unhandled"
    assert error["errorType"] == "UnrecognizedEvent"
    assert "bucket" in error["errorMessage"]
    assert "secret" not in error["errorMessage"]


def test_an_alarm_whose_action_is_the_function_rolls_back_its_service(world):
    # ministack does not run such actions, so the test invokes the function asynchronously, as CloudWatch does.
    world.invoke(example("alarm-action-metric.json", "profile"), kind="Event")

    world.eventually(world.rolled_back)
    assert world.rolled_back() == ["prod/profile"]
