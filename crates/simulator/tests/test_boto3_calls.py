"""Answers to a stock boto3: lists, tags, errors and faults."""

import datetime

import botocore.exceptions
import pytest

from deployments import create_service, described, error_of, newest, service_of, tasks_of, update
from simulation import SHOP


def test_lists_come_in_pages(empty):
    ecs = empty.client()
    create_service(ecs)
    for _ in range(4):
        empty.advance(120)
        ecs.update_service(cluster="prod", service="web", forceNewDeployment=True)
    found, token = [], {}
    while True:
        page = ecs.list_service_deployments(cluster="prod", service="web", maxResults=2, **token)
        found += [entry["serviceDeploymentArn"] for entry in page["serviceDeployments"]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert len(found) == len(set(found)) == 5

    for number in range(3):
        ecs.create_service(cluster="prod", serviceName=f"job-{number}", taskDefinition="web")
        ecs.create_cluster(clusterName=f"cluster-{number}")
    paged = ecs.get_paginator("list_services").paginate(cluster="prod", PaginationConfig={"PageSize": 2})
    assert len(paged.build_full_result()["serviceArns"]) == 4
    paged = ecs.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 1})
    assert len(paged.build_full_result()["clusterArns"]) == 4
    wrong = error_of(ecs.list_service_deployments, cluster="prod", service="web", nextToken="made-up")
    assert wrong == "InvalidParameterException"


def test_a_list_is_filtered_by_status_and_creation_time(empty):
    ecs = empty.client()
    create_service(ecs)
    empty.advance(120)
    arn = update(ecs)
    in_flight = ecs.list_service_deployments(cluster="prod", service="web", status=["PENDING", "IN_PROGRESS"])
    assert [entry["serviceDeploymentArn"] for entry in in_flight["serviceDeployments"]] == [arn]
    created = in_flight["serviceDeployments"][0]["createdAt"]
    minute = datetime.timedelta(minutes=1)
    older = ecs.list_service_deployments(cluster="prod", service="web", createdAt={"before": created - minute})
    newer = ecs.list_service_deployments(cluster="prod", service="web", createdAt={"after": created - minute})
    assert [entry["status"] for entry in older["serviceDeployments"]] == ["SUCCESSFUL"]
    assert [entry["serviceDeploymentArn"] for entry in newer["serviceDeployments"]] == [arn]


def test_tags_can_be_added_and_removed(empty):
    ecs = empty.client()
    _, service = create_service(ecs)
    arn = service["serviceArn"]
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "auto-rollback", "value": "off"}])
    ecs.untag_resource(resourceArn=arn, tagKeys=["team"])
    expected = [{"key": "auto-rollback", "value": "off"}]
    assert ecs.list_tags_for_resource(resourceArn=arn)["tags"] == expected
    assert service_of(ecs)["tags"] == expected
    assert "tags" not in ecs.describe_services(cluster="prod", services=["web"])["services"][0]


def test_a_missing_resource_is_reported_as_missing(empty):
    ecs = empty.client()
    _, service = create_service(ecs)
    nowhere = service["serviceArn"] + "x"
    assert ecs.describe_services(cluster="prod", services=["webx"])["failures"] == [
        {"arn": nowhere, "reason": "MISSING"}
    ]
    arn = newest(ecs)["serviceDeploymentArn"] + "x"
    assert ecs.describe_service_deployments(serviceDeploymentArns=[arn])["failures"][0]["reason"] == "MISSING"
    assert ecs.describe_clusters(clusters=["other"])["failures"][0]["reason"] == "MISSING"
    assert error_of(ecs.stop_service_deployment, serviceDeploymentArn=arn) == "ServiceDeploymentNotFoundException"
    assert error_of(ecs.describe_services, cluster="other", services=["web"]) == "ClusterNotFoundException"
    assert error_of(ecs.describe_services, services=["web"]) == "ClusterNotFoundException"
    assert error_of(ecs.list_service_deployments, cluster="prod", service="webx") == "ServiceNotFoundException"
    assert error_of(ecs.describe_services, cluster="prod", services=["web"] * 11) == "InvalidParameterException"
    assert error_of(ecs.describe_task_definition, taskDefinition="web:9") == "ClientException"


def test_a_call_that_is_not_simulated_is_refused(empty):
    assert error_of(empty.client().describe_capacity_providers) == "UnknownOperationException"


def test_an_injected_fault_reaches_the_client_as_that_fault(shop):
    ecs = shop.client(patience=1)

    def inject(effect):
        shop.inject({"operation": "ListClusters", "times": 1, "effect": effect})

    inject("throttling")
    assert error_of(ecs.list_clusters) == "ThrottlingException"
    inject({"exception": {"name": "ServerException", "message": "not today"}})
    assert error_of(ecs.list_clusters) == "ServerException"
    inject("drop")
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        ecs.list_clusters()
    inject("hang")
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        ecs.list_clusters()
    assert ecs.list_clusters()["clusterArns"]


def test_all_resources_of_the_shop_conform_to_the_model(shop):
    ecs = shop.client()
    services = ecs.get_paginator("list_services").paginate(cluster="prod").build_full_result()["serviceArns"]
    # One of them is INACTIVE, which is not listed.
    assert len(services) == SHOP.read_text().count("[[service]]") - 1
    for arn in services:
        ecs.describe_services(cluster="prod", services=[arn], include=["TAGS"])
        for entry in ecs.list_service_deployments(cluster="prod", service=arn)["serviceDeployments"]:
            described(ecs, entry["serviceDeploymentArn"])
            revisions = ecs.describe_service_revisions(serviceRevisionArns=[entry["targetServiceRevisionArn"]])
            assert revisions["serviceRevisions"][0]["containerImages"][0]["imageDigest"].startswith("sha256:")
        tasks_of(ecs, arn.rsplit("/", 1)[1])
    assert service_of(ecs, "retired")["status"] == "INACTIVE"
    assert service_of(ecs, "legacy")["taskSets"][0]["status"] == "PRIMARY"
    shop.advance(12 * 3600)
    assert newest(ecs, "web")["status"] == "IN_PROGRESS"
