"""The deployed stack with boto3 clients, and the actions and checks of the tests."""

import contextlib
import datetime
import json
import time
import uuid

import stack
from harness import ACCOUNT, REGION
from harness.aws import PATIENCE, Alarms, client
from inbox import Inbox

ALARM_PREFIX = "rollback-"
NOTICE_BUS = "notices"


def arn(service):
    """The ARN of a service, given as `cluster/service`."""
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{service}"


class World:
    """The stack, the actions of its users, and the observed results."""

    def __init__(self, cloud, ecs, log):
        self._cloud = cloud
        self._simulator = ecs
        self._log = log
        self._clients = {}
        self._alarms = Alarms(self.client("cloudwatch"))
        self.alarm_topic = self.client("sns").create_topic(Name="alarms")["TopicArn"]
        self.self_alarm_topic = self.client("sns").create_topic(Name="self-alarms")["TopicArn"]
        self.notice_topic = self.client("sns").create_topic(Name="notices")["TopicArn"]
        self.client("events").create_event_bus(Name=NOTICE_BUS)
        self.chosen = stack.parameters(
            SignalTopicArn=self.alarm_topic,
            AlarmNamePrefix=ALARM_PREFIX,
            SelfAlarmTopicArn=self.self_alarm_topic,
            NoticeTopicArn=self.notice_topic,
            NoticeEventBusName=NOTICE_BUS,
            FollowDeployments="outcomes-and-unprotected",
        )
        self.outputs = stack.deploy(self.client, self.chosen)

    def client(self, service):
        """A boto3 client: of the simulator for ECS, else of ministack."""
        if service not in self._clients:
            self._clients[service] = client(service, self._simulator.url if service == "ecs" else self._cloud)
        return self._clients[service]

    # Signals

    def alarm(self, name, service=None, tags=None, actions=None):
        """Creates a metric alarm, by default with the topic as its action. Returns its ARN."""
        actions = [self.alarm_topic] if actions is None else actions
        cluster, _, service = (service or "").partition("/")
        dimensions = {"ClusterName": cluster, "ServiceName": service} if service else {"Queue": "jobs"}
        return self._alarms.metric(name, dimensions, tags, actions)

    def composite(self, name, rule):
        """Creates a composite alarm. Returns its ARN."""
        return self._alarms.composite(name, rule)

    def set_alarm(self, name, state="ALARM"):
        self._alarms.set_state(name, state)

    def put_event(self, source, detail_type, detail, *resources):
        answer = self.client("events").put_events(
            Entries=[
                {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": resources}
            ]
        )
        assert answer["FailedEntryCount"] == 0

    def invoke(self, event, kind="RequestResponse"):
        """Invokes the function like `aws lambda invoke`. Returns the function error, if any, and the body."""
        name = self.outputs["FunctionName"]
        answer = self.client("lambda").invoke(
            FunctionName=name, InvocationType=kind, Payload=json.dumps(event).encode()
        )
        body = answer["Payload"].read()
        assert answer["StatusCode"] == (202 if kind == "Event" else 200)
        return answer.get("FunctionError"), json.loads(body) if body else None

    # Deployments and metrics

    def deploy(self, name, again=None, **configuration):
        """Deploys like a pipeline: registers a task definition, unless `again` names one, and updates the service.
        Returns the ARN of the service deployment."""
        ecs = self.client("ecs")
        cluster, service = name.split("/")
        if again is None:
            container = {"name": "app", "image": f"app:{uuid.uuid4()}"}
            made = ecs.register_task_definition(family=service, containerDefinitions=[container])
            again = made["taskDefinition"]["taskDefinitionArn"]
        before = self.deployment(name)
        ecs.update_service(
            cluster=cluster, service=service, taskDefinition=again, deploymentConfiguration=configuration
        )
        self.eventually(lambda: self.deployment(name) != before)
        return self.deployment(name)

    def measure(self, metric, value):
        """Reports a value of a metric, on which CloudWatch evaluates alarms."""
        self.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=[{"MetricName": metric, "Value": value}])

    # Results

    def rolled_back(self):
        """The services whose rollback was requested in this test, in order."""
        return [call["service"] for call in self._simulator.accepted()]

    def calls(self, name):
        """The calls to ECS in this test that are about this service alone."""
        return [call["operation"] for call in self._simulator.calls() if call["service"] == name]

    def status(self, name):
        """The status of a service's newest deployment, by ECS's name."""
        return self._simulator.services()[name]["deploymentStatus"]

    def task_definition(self, name):
        """The task definition of a service's last completed deployment."""
        return self._simulator.services()[name]["settled"]

    def deployment(self, name):
        """The ARN of the newest deployment of a service."""
        cluster, service = name.split("/")
        found = self.client("ecs").list_service_deployments(cluster=cluster, service=service)
        return max(found["serviceDeployments"], key=lambda each: each["createdAt"])["serviceDeploymentArn"]

    def revision(self, name):
        """The `ecs-svc/N` of the newest deployment of a service."""
        return "ecs-svc/" + self.describe(self.deployment(name))["targetServiceRevision"]["arn"].rpartition("/")[2]

    def describe(self, deployment):
        """The description of a service deployment by ECS."""
        found = self.client("ecs").describe_service_deployments(serviceDeploymentArns=[deployment])
        return found["serviceDeployments"][0]

    def is_old_enough(self, deployment):
        """Checks that an alarm that fires now, cut to whole seconds, starts after the deployment."""
        begun = self.describe(deployment).get("startedAt")
        return begun and datetime.datetime.now(datetime.UTC) - begun > datetime.timedelta(seconds=2)

    def refuse(self, operation, exception, service):
        """Makes ECS answer with an exception until `clear_faults`."""
        effect = {"exception": {"name": exception, "message": "a test"}}
        self._simulator.inject({"operation": operation, "service": service, "effect": effect})

    def clear_faults(self):
        """Makes ECS answer as usual."""
        self._simulator.clear_faults()

    def waiting(self, queue):
        """The number of messages in a queue of the stack, those in flight included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.client("sqs").get_queue_attributes(
            QueueUrl=self.outputs[f"{queue}QueueUrl"], AttributeNames=names
        )
        return sum(int(answer["Attributes"][name]) for name in names)

    def wait_until_idle(self):
        """Waits until all signals and news are handled, those in flight included."""
        self.eventually(lambda: self.waiting("Signal") + self.waiting("News") == 0)

    @contextlib.contextmanager
    def inbox_of_bus(self, pattern, bus="default"):
        """A queue that receives the matching events of a bus."""
        name, events = f"inbox-{uuid.uuid4()}", self.client("events")
        with self._inbox(name) as (inbox, arn):
            events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
            events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "inbox", "Arn": arn}])
            yield inbox
            events.remove_targets(Rule=name, EventBusName=bus, Ids=["inbox"])
            events.delete_rule(Name=name, EventBusName=bus)

    @contextlib.contextmanager
    def inbox_of_topic(self, topic):
        """A queue that is subscribed to a topic."""
        sns = self.client("sns")
        with self._inbox(f"inbox-{uuid.uuid4()}") as (inbox, arn):
            subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
            yield inbox
            sns.unsubscribe(SubscriptionArn=subscription)

    @contextlib.contextmanager
    def _inbox(self, name):
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        yield (
            Inbox(sqs, url),
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"],
        )
        sqs.delete_queue(QueueUrl=url)

    @contextlib.contextmanager
    def fast_redelivery(self):
        """Redelivers failed messages after one second instead of the template's three minutes."""
        sqs, queue = self.client("sqs"), self.outputs["SignalQueueUrl"]
        name = "VisibilityTimeout"
        usual = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"]
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={name: "1"})
        try:
            yield
        finally:
            sqs.set_queue_attributes(QueueUrl=queue, Attributes=usual)

    def peek(self, queue):
        """The bodies of a queue's messages, which remain in the queue."""
        messages = self._receive(self.outputs[f"{queue}QueueUrl"])
        return [json.loads(message["Body"]) for message in messages]

    def redrive(self):
        """Redrives the on-failure queue, as StartMessageMoveTask does, which ministack lacks."""
        sqs, failures = self.client("sqs"), self.outputs["OnFailureQueueUrl"]
        for message in self._receive(failures):
            sqs.send_message(QueueUrl=self.outputs["SignalQueueUrl"], MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=failures, ReceiptHandle=message["ReceiptHandle"])

    def _receive(self, queue):
        answer = self.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return answer.get("Messages", [])

    def eventually(self, ready, patience=PATIENCE):
        """Waits until `ready` returns a true value, and returns it."""
        end = time.monotonic() + patience
        while not (result := ready()):
            assert time.monotonic() < end, f"not within {patience} s; ministack says:\n{self._log.read_text()[-4000:]}"
            time.sleep(0.1)
        return result

    def begin(self):
        """Removes all that an earlier test left."""
        self.clear_faults()
        self.wait_until_idle()
        self._simulator.forget_calls()
        self.client("sqs").purge_queue(QueueUrl=self.outputs["OnFailureQueueUrl"])
