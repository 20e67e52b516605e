"""The same job with boto3, as a user would write it: an alarm rolls back its service's deployment in flight."""

import json
from datetime import datetime

import boto3

# Created once, as Lambda's documentation advises, so that connections outlive an invocation.
ecs = boto3.client("ecs")


def handler(event, _context):
    alarm = event["alarmData"]
    if alarm["state"]["value"] != "ALARM":
        return said("ignored", "not in alarm")
    dimensions = alarm["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"]
    cluster, name = dimensions["ClusterName"], dimensions["ServiceName"]
    began = datetime.fromisoformat(alarm["state"]["timestamp"])

    services = ecs.describe_services(cluster=cluster, services=[name], include=["TAGS"])["services"]
    if not services or services[0]["status"] != "ACTIVE":
        return said("skipped", "no such service")
    if any(tag == {"key": "auto-rollback", "value": "off"} for tag in services[0].get("tags", [])):
        return said("skipped", "held")

    listed = ecs.list_service_deployments(cluster=cluster, service=name, status=["PENDING", "IN_PROGRESS"])
    if not listed["serviceDeployments"]:
        return said("no-op", "nothing in flight")
    arn = max(listed["serviceDeployments"], key=lambda each: each["createdAt"])["serviceDeploymentArn"]

    deployment = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"][0]
    if began < deployment.get("startedAt", deployment["createdAt"]):
        return said("skipped", "the alarm began before the deployment")
    if not deployment.get("sourceServiceRevisions"):
        return said("skipped", "first deployment")

    ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    return said("rolled-back", arn)


def said(outcome, detail):
    answer = {"outcome": outcome, "detail": detail}
    print(json.dumps(answer))
    return answer
