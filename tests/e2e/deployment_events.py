"""ECS's own events about deployments, as they arrive on the bus."""

from world import arn

IN_PROGRESS, COMPLETED = "SERVICE_DEPLOYMENT_IN_PROGRESS", "SERVICE_DEPLOYMENT_COMPLETED"


def changes(ecs_events, name):
    """Each change of a deployment of this service, as ECS reported it: the event's name, and the revision."""
    found = [event for event in ecs_events.messages() if event["resources"] == [arn(name)]]
    changes = [event["detail"] for event in found if event["detail-type"] == "ECS Deployment State Change"]
    return [(change["eventName"], change["deploymentId"]) for change in changes]
