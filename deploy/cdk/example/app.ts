/** The function, and an alarm that rolls back the services behind a target group. */
import { App, Duration, Stack, aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import { AutoRollback, Mode, Outcome } from '../lib';

const app = new App();
const stack = new Stack(app, 'Shop', { env: { region: 'eu-west-1' } });

const rollback = new AutoRollback(stack, 'AutoRollback', {
  mode: Mode.OBSERVE,
  services: ['prod/*'],
  // Only outside a release: the package holds its own.
  zip: app.node.tryGetContext('zip'),
  zipSha256: app.node.tryGetContext('zipSha256'),
});

new cloudwatch.Alarm(stack, 'Web5xx', {
  metric: new cloudwatch.Metric({
    namespace: 'AWS/ApplicationELB',
    metricName: 'HTTPCode_Target_5XX_Count',
    dimensionsMap: { LoadBalancer: 'app/shop/50dc6c495c0c9188', TargetGroup: 'targetgroup/web/4b5e57f6eb2f42b9' },
    statistic: cloudwatch.Stats.SUM,
      period: Duration.minutes(1),
  }),
  threshold: 10,
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
}).addAlarmAction(rollback.asAlarmAction());

new cloudwatch.Alarm(stack, 'RollbacksFail', {
  metric: rollback.metricDecisions({ outcome: Outcome.FAILED }),
  threshold: 1,
  evaluationPeriods: 1,
});
