import { Duration, Resource } from 'aws-cdk-lib';
import { IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';

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
export interface DecisionMetricOptions {
  /**
   * Only decisions with this outcome.
   *
   * @default - the sum of all outcomes, as metric math
   */
  readonly outcome?: Outcome;

  /**
   * The period of the metric.
   *
   * @default Duration.minutes(1)
   */
  readonly period?: Duration;

  /**
   * The label of the metric.
   *
   * @default - as CloudWatch labels it
   */
  readonly label?: string;

  /**
   * The colour of the metric in graphs, such as `#d62728`.
   *
   * @default - as CloudWatch chooses it
   */
  readonly color?: string;
}

/** The metric of the decisions of one function. */
export function decisions(function_: Resource, namespace: string, service: string, options: DecisionMetricOptions): IMetric {
  const { outcome: only, period = Duration.minutes(1), ...shown } = options;
  const ofOutcome = (outcome: Outcome, more = {}) =>
    new Metric({ namespace, metricName: 'Decisions', dimensionsMap: { service, outcome }, statistic: Stats.SUM, period, ...more }).attachTo(
      function_,
    );
  if (only !== undefined) {
    return ofOutcome(only, shown);
  }
  // The function writes no metric of all decisions, which would be one more to pay for.
  const usingMetrics = Object.values(Outcome).map((outcome) => [outcome.replaceAll('-', ''), ofOutcome(outcome)]);
  return new MathExpression({
    expression: 'SUM(METRICS())',
    usingMetrics: Object.fromEntries(usingMetrics),
    period,
    label: 'Decisions',
    ...shown,
  });
}
