import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, Stack, assertions, aws_cloudwatch as cloudwatch, aws_sns as sns } from 'aws-cdk-lib';
import { AutoRollback, AutoRollbackProps, Mode, Outcome, SelfMonitoring } from '../lib';
import { zipFor } from './zips';

const { Match, Template } = assertions;
const X86_64 = zipFor('x86_64');
const ARN = 'arn:aws:lambda:eu-west-1:111122223333:function:ecs-auto-rollback';

function stackOf(props: AutoRollbackProps = {}): { stack: Stack; rollback: AutoRollback } {
  const stack = new Stack(new App(), 'Shop');
  return { stack, rollback: new AutoRollback(stack, 'AutoRollback', { ...X86_64, ...props }) };
}

function alarmOf(stack: Stack, id: string): cloudwatch.Alarm {
  const metric = new cloudwatch.Metric({ namespace: 'Shop', metricName: 'Errors' });
  return new cloudwatch.Alarm(stack, id, { metric, threshold: 1, evaluationPeriods: 1 });
}

test('the stack has the function with the zip, and rolls nothing back by default', () => {
  const { stack } = stackOf();

  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
    Architectures: ['x86_64'],
    Code: { S3Bucket: Match.anyValue(), S3Key: Match.stringLikeRegexp('[0-9a-f]{64}\\.zip$') },
    Environment: { Variables: Match.objectLike({ ROLLBACK_MODE: 'observe' }) },
  });
});

test('settings are values in the stack, not parameters that an update would keep', () => {
  const { stack } = stackOf({ mode: Mode.ENFORCE, services: ['prod/*', 'staging/web'] });
  const template = Template.fromStack(stack);

  assert.deepEqual(Object.keys(template.findParameters('*')), ['BootstrapVersion']);
  assert.deepEqual(Object.keys(template.toJSON().Rules), ['CheckBootstrapVersion']);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ ROLLBACK_MODE: 'enforce', ROLLBACK_SERVICES: 'prod/* staging/web' }) },
  });
});

test('new topics of the same stack can be used', () => {
  const stack = new Stack(new App(), 'Shop');
  const notices = new sns.Topic(stack, 'Notices').topicArn;
  const signals = new sns.Topic(stack, 'Signals').topicArn;
  new AutoRollback(stack, 'AutoRollback', { ...X86_64, noticeTopicArn: notices, signalTopicArn: signals });
  const template = Template.fromStack(stack);

  const [noticesRef, signalsRef] = [notices, signals].map((arn) => stack.resolve(arn));
  template.hasResourceProperties('AWS::SNS::Subscription', { TopicArn: signalsRef, Protocol: 'sqs' });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ ROLLBACK_NOTICE_TOPIC_ARN: { 'Fn::If': Match.arrayWith([noticesRef]) } }) },
  });
  // CloudFormation refuses conditions that refer to resources.
  const conditions = JSON.stringify(template.toJSON().Conditions);
  assert.ok(![noticesRef, signalsRef].some(({ Ref }) => conditions.includes(Ref)));
});

test('one topic for two purposes is refused with the sentence of the rule', () => {
  const stack = new Stack(new App(), 'Shop');
  const { topicArn } = new sns.Topic(stack, 'Topic');

  assert.throws(
    () => new AutoRollback(stack, 'AutoRollback', { ...X86_64, noticeTopicArn: topicArn, signalTopicArn: topicArn }),
    /do not go together:\n- .*TopicArn/,
  );
});

test('a hundred alarms add no permission', () => {
  const permissions = ({ stack }: { stack: Stack }) =>
    Object.keys(Template.fromStack(stack).findResources('AWS::Lambda::Permission')).length;
  const made = stackOf();
  for (let number = 0; number < 100; number += 1) {
    alarmOf(made.stack, `Alarm${number}`).addAlarmAction(made.rollback.asAlarmAction());
  }

  assert.equal(permissions(made), permissions(stackOf()));
  Template.fromStack(made.stack).resourcePropertiesCountIs(
    'AWS::CloudWatch::Alarm',
    { AlarmActions: [made.stack.resolve(made.rollback.functionArn)] },
    100,
  );
});

test('a function from elsewhere is an alarm action, too', () => {
  const stack = new Stack(new App(), 'Shop');
  const rollback = AutoRollback.fromFunctionArn(stack, 'AutoRollback', ARN);
  alarmOf(stack, 'Alarm').addAlarmAction(rollback.asAlarmAction());
  const template = Template.fromStack(stack);

  template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmActions: [ARN] });
  template.resourceCountIs('AWS::Lambda::Permission', 0);
  const { metricStat } = rollback.metricDecisions({ outcome: Outcome.FAILED }).toMetricConfig();
  assert.equal(metricStat?.namespace, 'ecs-auto-rollback');
  assert.ok(metricStat?.dimensions?.some(({ name, value }) => name === 'service' && value === 'ecs-auto-rollback'));
});

test('decisions of one outcome are a metric of the function', () => {
  const { rollback } = stackOf({ metricsNamespace: 'Rollbacks', functionName: 'shop-rollback' });

  const config = rollback.metricDecisions({ outcome: Outcome.ROLLED_BACK, label: 'rolled back' }).toMetricConfig();
  assert.deepEqual(
    [config.metricStat?.namespace, config.metricStat?.metricName, config.renderingProperties?.label],
    ['Rollbacks', 'Decisions', 'rolled back'],
  );
  assert.deepEqual(config.metricStat?.dimensions, [
    { name: 'outcome', value: 'rolled-back' },
    { name: 'service', value: 'shop-rollback' },
  ]);
});

test('all decisions are the sum of all outcomes, which an alarm can watch', () => {
  const { stack, rollback } = stackOf();
  new cloudwatch.Alarm(stack, 'Many', { metric: rollback.metricDecisions(), threshold: 100, evaluationPeriods: 1 });

  const alarms = Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm', { Properties: { Threshold: 100 } });
  const [alarm] = Object.values(alarms);
  const [sum, ...parts] = alarm.Properties.Metrics;
  assert.equal(sum.Expression, 'SUM(METRICS())');
  const outcomes = parts.map(({ MetricStat }: any) => MetricStat.Metric.Dimensions.find(({ Name }: any) => Name === 'outcome').Value);
  assert.deepEqual(outcomes.toSorted(), Object.values(Outcome).toSorted());
});

test('the metric of failed decisions is the one that the alarm of the stack watches', () => {
  const stack = new Stack(new App(), 'Shop', { env: { region: 'eu-west-1' } });
  const selfAlarmTopicArn = 'arn:aws:sns:eu-west-1:111122223333:self-alarms';
  const rollback = new AutoRollback(stack, 'AutoRollback', { ...X86_64, selfAlarmTopicArn });
  const { metricStat } = rollback.metricDecisions({ outcome: Outcome.FAILED }).toMetricConfig();

  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: metricStat!.namespace,
    MetricName: metricStat!.metricName,
    Dimensions: Match.arrayWith(metricStat!.dimensions!.map(({ name, value }) => ({ Name: name, Value: value })).reverse()),
    Period: metricStat!.period.toSeconds(),
    Statistic: metricStat!.statistic,
  });
});

test('without metrics there is no metric of decisions', () => {
  const { rollback } = stackOf({ metricsNamespace: 'none' });

  assert.throws(() => rollback.metricDecisions(), /metricsNamespace is none/);
});

test('the dashboard has a name if there is one', () => {
  assert.ok(stackOf({ selfMonitoring: SelfMonitoring.ALARMS_AND_DASHBOARD }).rollback.dashboardName);
  assert.equal(stackOf({ selfMonitoring: SelfMonitoring.NONE }).rollback.dashboardName, undefined);
});

test('two functions fit into one stack', () => {
  const stack = new Stack(new App(), 'Shop');
  new AutoRollback(stack, 'First', { ...X86_64, functionName: 'first' });
  new AutoRollback(stack, 'Second', { ...X86_64, functionName: 'second' });

  Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 2);
});

test('a wrong zip is refused before anything is made', () => {
  assert.throws(() => stackOf(zipFor('arm64')), /is for arm64, but architecture is x86_64/);
  assert.throws(() => stackOf({ zipSha256: '0'.repeat(64) }), /but zipSha256 is 0000/);
});

test('an old name is refused with the new one', () => {
  const props = { alarmTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alarms' } as AutoRollbackProps;

  assert.throws(() => stackOf(props), /alarmTopicArn is no longer a setting: set signalTopicArn/);
});
