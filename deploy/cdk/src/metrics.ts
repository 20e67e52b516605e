import { Duration } from 'aws-cdk-lib';
import { Metric, MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/** What became of a signal for one service. */
export enum Outcome {
  /** ECS was asked to roll back, and agreed. */
  ROLLED_BACK = 'rolled-back',
  /** ECS would have been asked, were it not for observe mode. */
  WOULD_ROLL_BACK = 'would-roll-back',
  /** Nothing had to be done, or it was being done already. */
  NO_OP = 'no-op',
  /** The function may not act on the service, or not on this signal. */
  SKIPPED = 'skipped',
  /** The event needs no action. */
  IGNORED = 'ignored',
  /** The work failed: a retry or a person is needed. */
  FAILED = 'failed',
}

/** Options of the metric of decisions. */
export interface DecisionMetricOptions extends MetricOptions {
  /**
   * Only decisions with this outcome.
   *
   * @default - all decisions
   */
  readonly outcome?: Outcome;
}

/** The metric of the decisions of one function. */
export function decisions(namespace: string, functionName: string, options: DecisionMetricOptions): Metric {
  const { outcome, ...others } = options;
  return new Metric({
    namespace,
    metricName: 'Decisions',
    dimensionsMap: { service: functionName, ...(outcome && { outcome }) },
    statistic: Stats.SUM,
    period: Duration.minutes(1),
    ...others,
  });
}
