"""Target groups, tasks, traffic and failed tasks during a deployment, read by a stock boto3."""

import pytest

from deployments import described, newest, service_of, tasks_of
from simulation import scenario_of

BLUE = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/1"
GREEN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/2"
LATTICE = "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-1"
OTHER_LATTICE = "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-2"

BLUE_GREEN = f"""
now = 2026-06-01T12:00:00Z
[[service]]
name = "web"
cluster = "prod"
created_at = 2026-02-01T12:00:00Z
events = [{{ created_at = 2026-06-01T11:59:00Z, message = "(service web) was unable to place a task." }}]
configuration = {{ strategy = "BLUE_GREEN" }}
finished = [{{ task_definition = "web:41", failed_tasks = 57 }}]
[[service.load_balancers]]
targetGroupArn = "{BLUE}"
containerName = "web"
containerPort = 8080
advancedConfiguration = {{ alternateTargetGroupArn = "{GREEN}" }}
[[service.vpc_lattice_configurations]]
roleArn = "arn:aws:iam::123456789012:role/ecsInfrastructureRole"
targetGroupArn = "{LATTICE}"
portName = "http"
advancedConfiguration = {{ alternateTargetGroupArn = "{OTHER_LATTICE}" }}
[service.revision_members.ecsManagedResources]
gatewayConnections = [
    {{ portName = "http", resources = {{ hostSharedAlb = [
        {{ targetGroupArn = "{BLUE}", alternateTargetGroupArn = "{GREEN}" }}
    ] }} }}
]
[[service.revision_members.ecsManagedResources.ingressPaths]]
accessType = "PUBLIC"
endpoint = "web.ecs.us-east-1.on.aws"
[[service.revision_members.ecsManagedResources.ingressPaths.targetGroups]]
arn = "{BLUE}"
status = "ACTIVE"
updatedAt = 1767225600
healthCheckPath = "/"
healthCheckPort = 80
port = 80
[[service.in_flight]]
task_definition = "web:42"
revision = "42"
"""

COUNTS = """
target_counts = { requestedTaskCount = 3, runningTaskCount = 1, pendingTaskCount = 2 }
source_counts = {}
"""

STOPPED = """
stopped_tasks = [
    { reason = "RESOURCE:MEMORY", stop_code = "TaskFailedToStart" },
    { reason = "Capacity is unavailable at this time.", stop_code = "InfrastructureHealth" },
    { reason = "Your Spot Task was interrupted.", stop_code = "SpotInterruption", exit_code = 143 },
    { reason = "Host EC2 (instance i-1) terminated.", stop_code = "TerminationNotice", exit_code = 137 },
]
"""


def served(revision, kind):
    return [group["targetGroupArn"] for group in revision["resolvedConfiguration"][kind]]


def test_each_revision_lists_its_target_groups(tmp_path):
    with scenario_of(BLUE_GREEN, tmp_path) as simulated:
        ecs = simulated.client()
        deployment = described(ecs, newest(ecs)["serviceDeploymentArn"])
        arns = [deployment["sourceServiceRevisions"][0]["arn"], deployment["targetServiceRevision"]["arn"]]
        blue, green = ecs.describe_service_revisions(serviceRevisionArns=arns)["serviceRevisions"]
        assert (served(blue, "loadBalancers"), served(green, "loadBalancers")) == ([BLUE], [GREEN])
        assert served(blue, "vpcLatticeConfigurations") == [LATTICE]
        assert served(green, "vpcLatticeConfigurations") == [OTHER_LATTICE]
        configured = green["vpcLatticeConfigurations"][0]
        assert configured["advancedConfiguration"]["alternateTargetGroupArn"] == OTHER_LATTICE
        managed = green["ecsManagedResources"]
        assert managed["ingressPaths"][0]["targetGroups"][0]["arn"] == BLUE
        shared = managed["gatewayConnections"][0]["resources"]["hostSharedAlb"][0]
        assert (shared["targetGroupArn"], shared["alternateTargetGroupArn"]) == (BLUE, GREEN)


@pytest.mark.parametrize(
    ("stage", "production", "test"),
    [("POST_SCALE_UP", 0, 0), ("POST_TEST_TRAFFIC_SHIFT", 0, 100), ("BAKE_TIME", 100, 100)],
)
def test_traffic_follows_the_stage(tmp_path, stage, production, test):
    with scenario_of(f'{BLUE_GREEN}stage = "{stage}"\n', tmp_path) as simulated:
        ecs = simulated.client()
        deployment = described(ecs, newest(ecs)["serviceDeploymentArn"])
        target, source = deployment["targetServiceRevision"], deployment["sourceServiceRevisions"][0]
        for kind, percent in {"Production": production, "Test": test}.items():
            assert target[f"requested{kind}TrafficWeight"] == percent
            assert source[f"requested{kind}TrafficWeight"] == 100 - percent


def test_counts_are_those_of_the_seed_or_absent(tmp_path):
    with scenario_of(BLUE_GREEN + COUNTS, tmp_path) as simulated:
        ecs = simulated.client()
        deployment = described(ecs, newest(ecs)["serviceDeploymentArn"])
        assert deployment["targetServiceRevision"]["pendingTaskCount"] == 2
        assert "requestedProductionTrafficWeight" not in deployment["targetServiceRevision"]
        assert deployment["sourceServiceRevisions"][0].keys() == {"arn"}


def test_a_service_lists_the_tasks_of_its_revisions(tmp_path):
    with scenario_of(BLUE_GREEN + COUNTS, tmp_path) as simulated:
        service = service_of(simulated.client())
        assert service["createdAt"].isoformat().startswith("2026-02-01T12:00:00")
        assert service["events"][0]["message"] == "(service web) was unable to place a task."
        primary, active = service["deployments"]
        assert (primary["status"], primary["runningCount"], primary["failedTasks"]) == ("PRIMARY", 1, 0)
        assert (active["status"], active["failedTasks"]) == ("ACTIVE", 57)
        assert "rolloutState" not in primary
        assert primary["vpcLatticeConfigurations"][0]["targetGroupArn"] == LATTICE


def test_stopped_tasks_have_a_code_and_a_reason(tmp_path):
    with scenario_of(BLUE_GREEN + STOPPED, tmp_path) as simulated:
        ecs = simulated.client()
        stopped = {task["stopCode"]: task for task in tasks_of(ecs, status="STOPPED")}
        assert stopped["TaskFailedToStart"]["stoppedReason"] == "RESOURCE:MEMORY"
        assert stopped["InfrastructureHealth"]["stoppedReason"] == "Capacity is unavailable at this time."
        assert stopped["SpotInterruption"]["containers"][0]["exitCode"] == 143
        assert stopped["TerminationNotice"]["taskDefinitionArn"].endswith("task-definition/web:42")
        by_deployment = ecs.list_tasks(cluster="prod", startedBy="ecs-svc/42", desiredStatus="STOPPED")
        assert len(by_deployment["taskArns"]) == 4
