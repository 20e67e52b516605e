"""Steps of the tests: creating, updating and reading services."""

import botocore.exceptions
import pytest


def create_service(ecs, name="web", **more):
    ecs.create_cluster(clusterName="prod")
    container = {"name": name, "image": f"{name}:1", "portMappings": [{"containerPort": 8080}]}
    registered = ecs.register_task_definition(family=name, containerDefinitions=[container])
    service = ecs.create_service(
        cluster="prod",
        serviceName=name,
        taskDefinition=name,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "DISABLED"}},
        tags=[{"key": "team", "value": "shop"}],
        **more,
    )["service"]
    return registered["taskDefinition"], service


def newest(ecs, service="web"):
    listed = ecs.list_service_deployments(cluster="prod", service=service)["serviceDeployments"]
    return max(listed, key=lambda deployment: deployment["createdAt"])


def described(ecs, arn):
    return ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]


def service_of(ecs, name="web"):
    return ecs.describe_services(cluster="prod", services=[name], include=["TAGS"])["services"][0]


def tasks_of(ecs, service="web", status="RUNNING"):
    arns = ecs.list_tasks(cluster="prod", serviceName=service, desiredStatus=status)["taskArns"]
    return ecs.describe_tasks(cluster="prod", tasks=arns, include=["TAGS"])["tasks"] if arns else []


def update(ecs, name="web", **more):
    container = {"name": name, "image": f"{name}:2"}
    task_definition = ecs.register_task_definition(family=name, containerDefinitions=[container])["taskDefinition"]
    ecs.update_service(cluster="prod", service=name, taskDefinition=task_definition["taskDefinitionArn"], **more)
    return newest(ecs, name)["serviceDeploymentArn"]


def error_of(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**arguments)
    return raised.value.response["Error"]["Code"]
