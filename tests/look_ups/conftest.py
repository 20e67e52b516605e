"""The world of the look-up tests: alarms, load balancers, services, and the function."""

import contextlib

import pytest

from endpoint import endpoint
from harness import ACCOUNT
from harness.aws import Alarms, client, now
from harness.lambda_runtime import function
from harness.ministack import ministack, reset
from harness.simulator import scenario, simulator

ALL = "alarm-tags composite-children target-groups deployment-alarms"


class World:
    def __init__(self, folder, cloud, stack):
        self.folder = folder
        self.cloud = stack.enter_context(endpoint(cloud))
        self.ecs = None
        self._elb = client("elbv2", cloud)
        self._alarms = Alarms(client("cloudwatch", cloud))
        self._stack = stack
        self._services = []
        self._function = None
        self._simulator = None

    # Resources

    def service(self, name, target_groups=(), green=(), alarms=()):
        """Adds a service with a deployment in flight. `green` are the alternate target groups of blue/green, `alarms`
        the deployment alarms."""
        balancers = [{"targetGroupArn": arn, "containerName": "app", "containerPort": 80} for arn in target_groups]
        for balancer, other in zip(balancers, green, strict=False):
            balancer["advancedConfiguration"] = {"alternateTargetGroupArn": other}
        service = {"cluster": name.split("/")[0], "name": name.split("/")[1], "load_balancers": balancers}
        if alarms:
            service["configuration"] = {"alarms": {"alarmNames": list(alarms), "enable": True, "rollback": True}}
        self._services.append(service)

    def alarm(self, name, state="ALARM", tags=None, **dimensions):
        """Creates a metric alarm. Returns its ARN."""
        arn = self._alarms.metric(name, dimensions, tags)
        self._alarms.set_state(name, state)
        return arn

    def composite(self, name, rule, tags=None):
        """Creates a composite alarm in ALARM. Returns its ARN."""
        arn = self._alarms.composite(name, rule, tags)
        self._alarms.set_state(name)
        return arn

    def delete_alarm(self, name):
        self._alarms.delete(name)

    def target_group(self, name):
        """Creates a target group. Returns its ARN."""
        made = self._elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType="ip")
        return made["TargetGroups"][0]["TargetGroupArn"]

    def load_balancer(self, name, *target_groups):
        """Creates an Application Load Balancer with these target groups. Returns its ARN."""
        made = self._elb.create_load_balancer(Name=name, Subnets=["subnet-1", "subnet-2"])
        arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        for port, group in enumerate(target_groups, start=80):
            forward = [{"Type": "forward", "TargetGroupArn": group}]
            self._elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=port, DefaultActions=forward)
        return arn

    # Events and results

    def event(self, name, triggering=None):
        """The event with which this alarm invokes Lambda when it goes to ALARM."""
        alarm, stamp = self._alarms.describe(name), now()
        state = {"value": "ALARM", "reason": "a test", "timestamp": stamp}
        if "AlarmRule" in alarm:
            configuration = {"alarmRule": alarm["AlarmRule"]}
            if triggering is not None:
                state["reasonData"] = self._triggering(triggering, stamp)
        else:
            metric = {
                "namespace": alarm["Namespace"],
                "name": alarm["MetricName"],
                "dimensions": {each["Name"]: each["Value"] for each in alarm["Dimensions"]},
            }
            stat = {"metric": metric, "period": alarm["Period"], "stat": alarm["Statistic"]}
            configuration = {"metrics": [{"id": "m1", "metricStat": stat, "returnData": True}]}
        return {
            "source": "aws.cloudwatch",
            "alarmArn": alarm["AlarmArn"],
            "accountId": alarm["AlarmArn"].split(":")[4],
            "time": stamp,
            "region": alarm["AlarmArn"].split(":")[3],
            "alarmData": {
                "alarmName": alarm["AlarmName"],
                "state": state,
                "previousState": {"value": "OK", "timestamp": stamp},
                "configuration": configuration,
            },
        }

    def start(self, look_ups=ALL, account=ACCOUNT, **settings):
        """Starts the function, and ECS with the services so far, in `account`."""
        shop = self.folder / "shop.toml"
        shop.write_text(scenario(self._services, account))
        self._simulator = self._stack.enter_context(simulator(shop, self.folder / "simulator.log"))
        self.ecs = self._stack.enter_context(endpoint(self._simulator.url))
        settings = {f"ROLLBACK_{name}": value for name, value in settings.items()}
        # Each event leads to a look of its own.
        settings = {
            "ROLLBACK_MODE": "enforce",
            "ROLLBACK_MEMORY_SECONDS": "0",
            "ROLLBACK_LOOK_UPS": look_ups,
        } | settings
        self._function = self._stack.enter_context(function(self.folder, self.ecs.url, self.cloud.url, settings))

    def invoke(self, event):
        """The results of an event: `outcome · reason · found by` of each entry, and all sentences joined."""
        if self._function is None:
            self.start()
        entries = self._function.invoke(event)
        return [brief(entry) for entry in entries], " ".join(entry["detail"] for entry in entries)

    def create_service(self, name, target_group):
        """Creates a service while ECS is running."""
        ecs = client("ecs", self._simulator.url)
        container = {"name": "app", "image": "app"}
        ecs.register_task_definition(family="app", containerDefinitions=[container])
        balancer = {"targetGroupArn": target_group, "containerName": "app", "containerPort": 80}
        cluster, service = name.split("/")
        ecs.create_service(
            cluster=cluster, serviceName=service, taskDefinition="app:1", desiredCount=1, loadBalancers=[balancer]
        )

    def rolled_back(self):
        """The services whose newest deployment is in ROLLBACK_REQUESTED."""
        states = self._simulator.services()
        return {name for name, state in states.items() if state["deploymentStatus"] == "ROLLBACK_REQUESTED"}

    def _triggering(self, arns, stamp):
        quoted = [f'{{"arn":"{arn}","state":{{"value":"ALARM","timestamp":"{stamp}"}}}}' for arn in arns]
        return f'{{"triggeringAlarms":[{",".join(quoted)}]}}'


def brief(entry):
    return " · ".join(filter(None, [entry["outcome"], entry["reason"], entry["foundBy"]]))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    with ministack(tmp_path_factory.mktemp("ministack"), "cloudwatch,elasticloadbalancing,sts") as url:
        yield url


@pytest.fixture
def world(tmp_path, cloud):
    reset(cloud)
    with contextlib.ExitStack() as stack:
        yield World(tmp_path, cloud, stack)
