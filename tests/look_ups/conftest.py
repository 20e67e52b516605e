"""A world to look things up in: alarms, load balancers, services, and the function."""

import contextlib
import time

import boto3
import pytest
from aws import ACCOUNT, REGION, control, endpoint, ministack, simulator
from lambda_runtime import function

ALL = "alarm-tags composite-children target-groups deployment-alarms"


class World:
    def __init__(self, folder, cloud, stack):
        self.folder = folder
        self.cloud = stack.enter_context(endpoint(cloud))
        self.ecs = None
        self._own = cloud
        self._stack = stack
        self._services = []
        self._function = None
        self._simulator = None

    # What there is

    def service(self, name, target_groups=(), green=(), alarms=()):
        """A service with a deployment in flight: its target groups, the other ones of blue/green, its deployment alarms."""
        balancers = [{"targetGroupArn": arn, "containerName": "app", "containerPort": 80} for arn in target_groups]
        for balancer, other in zip(balancers, green):
            balancer["advancedConfiguration"] = {"alternateTargetGroupArn": other}
        service = {"cluster": name.split("/")[0], "name": name.split("/")[1], "load_balancers": balancers}
        if alarms:
            service["configuration"] = {"alarms": {"alarmNames": list(alarms), "enable": True, "rollback": True}}
        self._services.append(service)

    def alarm(self, name, state="ALARM", tags=None, **dimensions):
        """A metric alarm in CloudWatch; gives its ARN."""
        self._client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="Shop",
            MetricName="Errors",
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=10,
            ComparisonOperator="GreaterThanThreshold",
        )
        return self._made(name, state, tags)

    def composite(self, name, rule, state="ALARM", tags=None):
        """A composite alarm in CloudWatch; gives its ARN."""
        self._client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule)
        return self._made(name, state, tags)

    def delete_alarm(self, name):
        self._client("cloudwatch").delete_alarms(AlarmNames=[name])

    def target_group(self, name):
        """A target group; gives its ARN."""
        made = self._client("elbv2").create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType="ip"
        )
        return made["TargetGroups"][0]["TargetGroupArn"]

    def load_balancer(self, name, *target_groups):
        """An Application Load Balancer with these target groups behind it; gives its ARN."""
        elb = self._client("elbv2")
        made = elb.create_load_balancer(Name=name, Subnets=["subnet-1", "subnet-2"])
        arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        for port, group in enumerate(target_groups, start=80):
            forward = [{"Type": "forward", "TargetGroupArn": group}]
            elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=port, DefaultActions=forward)
        return arn

    # What happens

    def event(self, name, triggering=None):
        """What CloudWatch sends of this alarm when it goes to ALARM: its action on Lambda."""
        found = self._describe(name)
        alarm = (found["MetricAlarms"] + found["CompositeAlarms"])[0]
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000+0000", time.gmtime())
        state = {"value": "ALARM", "reason": "it is so", "timestamp": stamp}
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
        """Starts ECS with the services so far, and the function. ECS is that of `account`."""
        self._simulator = self._stack.enter_context(simulator(self.folder, self._services, account))
        self.ecs = self._stack.enter_context(endpoint(self._simulator))
        settings = {f"ROLLBACK_{name}": value for name, value in settings.items()} | {"ROLLBACK_LOOK_UPS": look_ups}
        self._function = self._stack.enter_context(function(self.folder, self.ecs.url, self.cloud.url, settings))

    def invoke(self, event):
        """What comes of the event: for each signal and service `outcome · reason · found by`; and the sentences."""
        if self._function is None:
            self.start()
        entries = self._function.invoke(event)
        return [brief(entry) for entry in entries], " ".join(entry["detail"] for entry in entries)

    def create_service(self, name, target_group):
        """A service that begins now, in an ECS that runs already."""
        ecs = self._client("ecs", self._simulator)
        container = {"name": "app", "image": "app"}
        ecs.register_task_definition(family="app", containerDefinitions=[container])
        balancer = {"targetGroupArn": target_group, "containerName": "app", "containerPort": 80}
        cluster, service = name.split("/")
        ecs.create_service(
            cluster=cluster, serviceName=service, taskDefinition="app:1", desiredCount=1, loadBalancers=[balancer]
        )

    def rolled_back(self):
        """The services whose deployment was asked to be rolled back, in ECS's own words."""
        services = control(f"{self._simulator}/_simulator/services", "GET")["services"]
        return {each["service"] for each in services if each["deploymentStatus"] == "ROLLBACK_REQUESTED"}

    def _client(self, service, url=None):
        return boto3.client(
            service,
            endpoint_url=url or self._own,
            region_name=REGION,
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="secret",
        )

    def _describe(self, name):
        return self._client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])

    def _made(self, name, state, tags):
        cloudwatch = self._client("cloudwatch")
        found = self._describe(name)
        arn = (found["MetricAlarms"] + found["CompositeAlarms"])[0]["AlarmArn"]
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")
        if tags:
            cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
        return arn

    def _triggering(self, arns, stamp):
        quoted = [f'{{"arn":"{arn}","state":{{"value":"ALARM","timestamp":"{stamp}"}}}}' for arn in arns]
        return f'{{"triggeringAlarms":[{",".join(quoted)}]}}'


def brief(entry):
    return " · ".join(filter(None, [entry["outcome"], entry["reason"], entry["foundBy"]]))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    with ministack(tmp_path_factory.mktemp("ministack")) as url:
        yield url


@pytest.fixture
def world(tmp_path, cloud):
    assert control(f"{cloud}/_ministack/reset", "POST") is not None
    with contextlib.ExitStack() as stack:
        yield World(tmp_path, cloud, stack)
