"""Every way from an alarm to its services, tested against an independent implementation of CloudWatch, Elastic Load
Balancing and STS. boto3 creates the alarms, and the events hold what CloudWatch then returns about them.

    cargo build -p simulator -p ecs-auto-rollback -p local-lambda
    python -m pytest tests/look_ups

FUNCTION_BIN, LAMBDA_BIN and SIMULATOR_BIN name other binaries than those in target/debug. ministack stands in for AWS;
the tests in Rust cover what it lacks: metric math in alarms, and pages of alarms.
"""

import pytest

from harness import ACCOUNT, REGION
from harness.lambda_runtime import ROLLED_BACK, Failed


def suffix(arn):
    """The name of a resource in metrics: the last part of its ARN."""
    return arn.rpartition(":")[2].removeprefix("loadbalancer/")


def test_names_in_the_alarm_itself_need_no_look_up(world):
    world.service("prod/web")
    world.alarm("web-errors", ClusterName="prod", ServiceName="web")

    found, _ = world.invoke(world.event("web-errors"))

    assert found == [f"{ROLLED_BACK} · ecs-dimensions"]
    assert world.rolled_back() == {"prod/web"}
    assert world.cloud.operations() == []
    assert sorted(world.ecs.operations()) == [
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "DescribeServices",
        "ListServiceDeployments",
        "StopServiceDeployment",
    ]


def test_tags_in_the_event_need_no_look_up(world):
    world.service("prod/web")
    world.alarm("log-errors", tags={"auto-rollback:services": "prod/other"})
    event = world.event("log-errors") | {"alarmTags": {"auto-rollback:services": "prod/web"}}

    assert world.invoke(event)[0] == [f"{ROLLED_BACK} · payload-tags"]
    assert world.rolled_back() == {"prod/web"}
    assert world.cloud.operations() == []


def test_a_manual_request_is_explicit(world):
    world.service("prod/web")

    found, _ = world.invoke({"cluster": "prod", "service": "web", "reason": "checkout is broken"})

    assert found == [f"{ROLLED_BACK} · explicit"]
    assert world.rolled_back() == {"prod/web"}


def test_tags_are_looked_up(world):
    world.service("prod/web")
    world.service("prod/cart")
    world.service("prod/mail")
    arn = world.alarm("log-errors", tags={"auto-rollback:services": "prod/web prod/cart", "team": "shop"})

    assert world.invoke(world.event("log-errors"))[0] == [f"{ROLLED_BACK} · alarm-tags"] * 2
    assert world.rolled_back() == {"prod/web", "prod/cart"}
    assert [(call.operation, call.asks) for call in world.cloud.calls] == [
        ("ListTagsForResource", {"ResourceARN": arn})
    ]


def test_an_unreadable_tag_rolls_nothing_back(world):
    world.service("prod/web")
    world.alarm("log-errors", tags={"auto-rollback:services": "web;prod/web/1"})

    found, said = world.invoke(world.event("log-errors"))

    assert found == ["skipped · unmapped"]
    assert "auto-rollback:services" in said
    assert "web;prod/web/1" in said
    assert world.rolled_back() == set()


@pytest.mark.parametrize(
    "look_ups", ["alarm-tags", "composite-children", "alarm-tags composite-children deployment-alarms"]
)
def test_an_alarm_that_was_deleted_before_the_look_up_rolls_nothing_back(world, look_ups):
    world.service("prod/web")
    world.alarm("web-errors", ClusterName="prod", ServiceName="web")
    world.composite("shop-is-down", 'ALARM("web-errors")', tags={"auto-rollback:services": "prod/web"})
    event = world.event("shop-is-down")
    world.delete_alarm("shop-is-down")
    world.delete_alarm("web-errors")
    world.start(look_ups)

    assert world.invoke(event)[0] == ["skipped · unmapped"]
    assert world.rolled_back() == set()


def test_the_children_that_triggered_a_composite_alarm_are_looked_up(world):
    world.service("prod/web")
    world.service("prod/cart")
    web = world.alarm("web-errors", ClusterName="prod", ServiceName="web")
    world.alarm("cart-errors", ClusterName="prod", ServiceName="cart")
    world.composite("shop-is-down", 'ALARM("web-errors") OR ALARM("cart-errors")')
    world.start("composite-children")

    found, _ = world.invoke(world.event("shop-is-down", triggering=[web]))

    assert found == [f"{ROLLED_BACK} · composite-children"]
    assert world.rolled_back() == {"prod/web"}
    (call,) = world.cloud.calls
    # ministack always returns composite alarms; CloudWatch does so only if AlarmTypes lists them.
    assert call.operation == "DescribeAlarms"
    assert set(call.asks["AlarmTypes"]) == {"MetricAlarm", "CompositeAlarm", "LogAlarm"}


def test_children_named_in_the_rule_count_if_they_are_in_alarm(world):
    for name in ("web", "cart", "mail", "search"):
        world.service(f"prod/{name}")
        world.alarm(f"{name} errors", state="OK" if name == "mail" else "ALARM", ClusterName="prod", ServiceName=name)
    world.composite(
        "shop-is-down",
        f'(ALARM("web errors") OR ALARM("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:cart errors")) '
        'AND AT_LEAST(1, ALARM, ("mail errors", "nobody\'s"))',
    )
    world.start("composite-children")

    assert world.invoke(world.event("shop-is-down"))[0] == [f"{ROLLED_BACK} · composite-children"] * 2
    assert world.rolled_back() == {"prod/web", "prod/cart"}


def test_a_child_leads_to_services_by_its_tags_target_group_or_deployment_alarms(world):
    group = world.target_group("cart")
    world.service("prod/web")
    world.service("prod/cart", target_groups=[group])
    world.service("prod/mail", alarms=["mail-bounces"])
    world.alarm("web-log", tags={"auto-rollback:services": "prod/web"})
    world.alarm("cart-5xx", TargetGroup=suffix(group))
    world.alarm("mail-bounces")
    world.composite("shop-is-down", "ALARM(web-log) OR ALARM(cart-5xx) OR ALARM(mail-bounces)")

    assert world.invoke(world.event("shop-is-down"))[0] == [f"{ROLLED_BACK} · composite-children"] * 3
    assert world.rolled_back() == {"prod/web", "prod/cart", "prod/mail"}


def test_composite_alarms_may_be_nested_and_form_a_cycle(world):
    world.service("prod/web")
    world.alarm("web-errors", ClusterName="prod", ServiceName="web")
    world.composite("shop-is-down", 'ALARM("region-is-down")')
    world.composite("region-is-down", 'ALARM("shop-is-down") OR ALARM("zone-is-down")')
    world.composite("zone-is-down", 'ALARM("region-is-down") OR ALARM("zone-is-down") OR ALARM("web-errors")')
    world.start("composite-children")

    assert world.invoke(world.event("shop-is-down"))[0] == [f"{ROLLED_BACK} · composite-children"]
    assert world.rolled_back() == {"prod/web"}
    assert 3 <= len(world.cloud.calls) <= 4


def test_a_composite_alarm_that_is_only_a_cycle_is_unmapped(world):
    world.service("prod/web")
    world.composite("hen", 'ALARM("egg")')
    world.composite("egg", 'ALARM("hen")')
    world.start("composite-children")

    assert world.invoke(world.event("hen"))[0] == ["skipped · unmapped"]
    assert len(world.cloud.calls) <= 2


@pytest.mark.parametrize("side", ["blue", "green"])
def test_either_target_group_of_blue_green_leads_to_the_service(world, side):
    blue, green, other = (world.target_group(name) for name in ("blue", "green", "other"))
    world.service("prod/web", target_groups=[blue], green=[green])
    world.service("prod/cart", target_groups=[other])
    world.alarm("slow", TargetGroup=suffix({"blue": blue, "green": green}[side]), LoadBalancer="app/shop/1")
    world.start("target-groups")

    assert world.invoke(world.event("slow"))[0] == [f"{ROLLED_BACK} · target-groups"]
    assert world.rolled_back() == {"prod/web"}
    assert world.cloud.operations() == []


def test_a_target_group_of_two_services_leads_to_both(world):
    group = world.target_group("web")
    world.service("prod/web", target_groups=[group])
    world.service("canary/web", target_groups=[group])
    world.alarm("slow", TargetGroup=suffix(group))
    world.start("target-groups")

    assert world.invoke(world.event("slow"))[0] == [f"{ROLLED_BACK} · target-groups"] * 2
    assert world.rolled_back() == {"prod/web", "canary/web"}


def test_an_unused_target_group_rolls_nothing_back(world):
    world.service("prod/web", target_groups=[world.target_group("web")])
    nobody = suffix(world.target_group("web-2"))
    world.alarm("slow", TargetGroup=nobody)

    found, said = world.invoke(world.event("slow"))

    assert found == ["skipped · unmapped"]
    assert nobody in said
    assert world.rolled_back() == set()


def test_a_load_balancer_alone_is_ambiguous(world):
    group = world.target_group("web")
    balancer = world.load_balancer("shop", group)
    world.service("prod/web", target_groups=[group])
    world.alarm("5xx", LoadBalancer=suffix(balancer))

    found, said = world.invoke(world.event("5xx"))

    assert found == ["skipped · ambiguous"]
    assert "add load-balancers to the parameter LookUps" in said
    assert world.rolled_back() == set()


def test_a_load_balancer_leads_to_every_service_behind_it_if_the_setting_says_so(world):
    groups = [world.target_group(name) for name in ("web", "cart", "mail")]
    balancer = world.load_balancer("shop", *groups[:2])
    world.load_balancer("office", groups[2])
    for name, group in zip(("web", "cart", "mail"), groups, strict=True):
        world.service(f"prod/{name}", target_groups=[group])
    world.alarm("5xx", LoadBalancer=suffix(balancer))
    world.start("load-balancers")

    assert world.invoke(world.event("5xx"))[0] == [f"{ROLLED_BACK} · target-groups"] * 2
    assert world.rolled_back() == {"prod/web", "prod/cart"}
    assert [(call.operation, call.asks["LoadBalancerArn"]) for call in world.cloud.calls] == [
        ("DescribeTargetGroups", balancer)
    ]


def test_a_deleted_load_balancer_rolls_nothing_back(world):
    world.service("prod/web", target_groups=[world.target_group("web")])
    world.alarm("5xx", LoadBalancer="app/shop/50dc6c495c0c9188")
    world.start("load-balancers")

    assert world.invoke(world.event("5xx"))[0] == ["skipped · unmapped"]
    assert world.rolled_back() == set()


def test_an_alarm_leads_to_the_services_that_name_it_among_their_deployment_alarms(world):
    world.service("prod/web", alarms=["latency", "refunds"])
    world.service("prod/cart", alarms=["refunds"])
    world.service("prod/mail", alarms=["refunds-of-mail"])
    world.alarm("refunds")

    assert world.invoke(world.event("refunds"))[0] == [f"{ROLLED_BACK} · deployment-alarms"] * 2
    assert world.rolled_back() == {"prod/web", "prod/cart"}


def test_services_are_indexed_once_for_many_alarms(world):
    groups = [world.target_group(name) for name in ("web", "cart")]
    for name, group in zip(("web", "cart"), groups, strict=True):
        world.service(f"prod/{name}", target_groups=[group])
        world.alarm(f"{name}-5xx", TargetGroup=suffix(group))
    world.start("target-groups")

    for name in ("web", "cart"):
        assert world.invoke(world.event(f"{name}-5xx"))[0] == [f"{ROLLED_BACK} · target-groups"]
    assert world.rolled_back() == {"prod/web", "prod/cart"}
    assert world.ecs.operations().count("ListServices") == 1


def test_a_service_newer_than_the_index_is_found(world):
    old, new = world.target_group("old"), world.target_group("new")
    world.service("prod/web", target_groups=[old])
    for name, group in (("old", old), ("new", new)):
        world.alarm(f"{name}-5xx", TargetGroup=suffix(group))
    world.start("target-groups")
    assert world.invoke(world.event("old-5xx"))[0] == [f"{ROLLED_BACK} · target-groups"]
    world.create_service("prod/cart", new)

    # Its deployment is PENDING, so the alarm cannot be about it.
    assert world.invoke(world.event("new-5xx"))[0] == ["skipped · signal-predates-deployment · target-groups"]
    assert world.ecs.operations().count("ListServices") == 2


@pytest.mark.parametrize("earlier", [0, 1])
def test_many_misses_in_one_invocation_read_the_services_once(world, earlier):
    world.service("prod/web", target_groups=[world.target_group("web")])
    names = [f"nobody-{number}" for number in range(12)]
    for name in names:
        world.alarm(name, TargetGroup=suffix(world.target_group(name)))
    world.composite("all", " OR ".join(f"ALARM({name})" for name in names))
    world.start()

    for _ in range(earlier + 1):
        assert world.invoke(world.event("all"))[0] == ["skipped · unmapped"]
    assert world.ecs.operations().count("ListServices") == earlier + 1


def test_services_that_may_not_be_rolled_back_are_not_read(world):
    group = world.target_group("web")
    world.service("prod/web", target_groups=[group])
    world.service("staging/web", target_groups=[group])
    world.alarm("slow", TargetGroup=suffix(group))
    world.start("target-groups", SERVICES="prod/*")

    assert world.invoke(world.event("slow"))[0] == [f"{ROLLED_BACK} · target-groups"]
    assert world.rolled_back() == {"prod/web"}
    asked = [call.asks["cluster"] for call in world.ecs.calls if "cluster" in call.asks]
    assert set(asked) == {"prod"}


def test_a_denied_look_up_fails_with_the_action_unless_another_way_leads_somewhere(world):
    world.service("prod/web", alarms=["refunds"])
    world.alarm("refunds", tags={"auto-rollback:services": "prod/other"})
    world.alarm("others", tags={"auto-rollback:services": "prod/other"})
    world.start()
    world.cloud.refused["ListTagsForResource"] = "AccessDeniedException"

    assert world.invoke(world.event("refunds"))[0] == [f"{ROLLED_BACK} · deployment-alarms"]
    with pytest.raises(Failed) as failed:
        world.invoke(world.event("others"))

    assert failed.value.kind == "AccessDenied"
    assert "denied cloudwatch:ListTagsForResource" in str(failed.value)
    assert world.rolled_back() == {"prod/web"}


def test_a_denied_read_of_load_balancers_names_the_action(world):
    world.service("prod/web")
    world.alarm("5xx", LoadBalancer="app/shop/50dc6c495c0c9188")
    world.start("load-balancers")
    world.cloud.refused["DescribeTargetGroups"] = "AccessDenied"

    with pytest.raises(Failed) as failed:
        world.invoke(world.event("5xx"))

    assert failed.value.kind == "AccessDenied"
    assert "denied elasticloadbalancing:DescribeTargetGroups" in str(failed.value)


def test_a_throttled_look_up_fails_so_that_it_is_retried(world):
    world.service("prod/web")
    world.alarm("log-errors", tags={"auto-rollback:services": "prod/web"})
    world.start()
    world.cloud.refused["ListTagsForResource"] = "ThrottlingException"

    with pytest.raises(Failed) as failed:
        world.invoke(world.event("log-errors"))
    assert failed.value.kind == "Throttled"
    assert world.rolled_back() == set()

    world.cloud.refused.clear()
    assert world.invoke(world.event("log-errors"))[0] == [f"{ROLLED_BACK} · alarm-tags"]
