"""AWS as its users have it: stock clients, and alarms made by them."""

import datetime

import boto3
import botocore.config

from harness import ACCOUNT, REGION

# In seconds: more than any answer takes here.
PATIENCE = 30


def client(service, url, patience=PATIENCE):
    """A boto3 client for what listens at this address. It tries once, so that no failure is hidden."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        # ministack takes the account from the key.
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="secret",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=patience),
    )


def now():
    """The present as CloudWatch writes it."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


class Alarms:
    """The alarms of a CloudWatch."""

    def __init__(self, cloudwatch):
        self._cloudwatch = cloudwatch

    def metric(self, name, dimensions, tags=None, actions=()):
        """Makes a metric alarm, and returns its ARN."""
        self._cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="Shop",
            # One of its own: ministack does not ask for the dimensions when it judges.
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=10,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=list(actions),
            OKActions=list(actions),
        )
        return self._tagged(name, tags)

    def composite(self, name, rule, tags=None):
        """Makes a composite alarm, and returns its ARN."""
        self._cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=rule)
        return self._tagged(name, tags)

    def set_state(self, name, state="ALARM"):
        self._cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    def delete(self, name):
        self._cloudwatch.delete_alarms(AlarmNames=[name])

    def describe(self, name):
        """The alarm, as CloudWatch describes it."""
        found = self._cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return alarm

    def _tagged(self, name, tags):
        arn = self.describe(name)["AlarmArn"]
        if tags:
            pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
            self._cloudwatch.tag_resource(ResourceARN=arn, Tags=pairs)
        return arn
