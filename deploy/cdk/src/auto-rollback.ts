import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArnFormat, Resource, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3assets from 'aws-cdk-lib/aws-s3-assets';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { Construct } from 'constructs';
import { DecisionMetricOptions, decisions } from './metrics';
import { AutoRollbackSettings } from './settings';
import { Evaluation, Template, Values, released } from './template';
import { valuesOf } from './values';
import { checkedZip } from './zip';

/** The function that rolls back deployments, in this stack or elsewhere. */
export interface IAutoRollback {
  /** ARN of the function, which alarms name in their actions. */
  readonly functionArn: string;

  /**
   * An action for alarms that may roll back deployments.
   *
   * It adds no permission: the function has one for all alarms of its account. Lambda's policy has room for 47 of those that
   * `LambdaAction` of the CDK adds, one for each alarm.
   */
  asAlarmAction(): cloudwatch.IAlarmAction;

  /** The metric of the function's decisions, their sum by the minute. */
  metricDecisions(options?: DecisionMetricOptions): cloudwatch.IMetric;
}

/** Properties of the function and its stack. */
export interface AutoRollbackProps extends AutoRollbackSettings {
  /**
   * Path of the zip with the function's program.
   *
   * @default - the zip of this release, which the package holds
   */
  readonly zip?: string;

  /**
   * SHA-256 that the zip must have, in hexadecimal digits; set it only for a zip of your own.
   *
   * @default - that of this release
   */
  readonly zipSha256?: string;
}

/** What both kinds have in common. */
abstract class Base extends Resource implements IAutoRollback {
  public abstract readonly functionArn: string;

  /** The value of the dimension `service` of its metrics. */
  protected abstract readonly service: string;

  /** The namespace of its metrics. */
  protected abstract readonly metricsNamespace: string;

  public asAlarmAction(): cloudwatch.IAlarmAction {
    const { functionArn: alarmActionArn } = this;
    return { bind: () => ({ alarmActionArn }) };
  }

  public metricDecisions(options: DecisionMetricOptions = {}): cloudwatch.IMetric {
    if (this.metricsNamespace === 'none') {
      throw new Error('There is no metric of decisions, because metricsNamespace is none.');
    }
    return decisions(this, this.metricsNamespace, this.service, options);
  }
}

/** Rolls back the ECS service deployment that an alarm shows to be to blame: the function and all that belongs to it. */
export class AutoRollback extends Base {
  /**
   * A function that is in another stack, or was not made by the CDK.
   *
   * @param scope the parent of the construct
   * @param id its id there
   * @param functionArn the function's ARN
   * @param metricsNamespace the namespace of its metrics, if it is not the default
   */
  public static fromFunctionArn(scope: Construct, id: string, functionArn: string, metricsNamespace?: string): IAutoRollback {
    class Imported extends Base {
      public readonly functionArn = functionArn;
      protected readonly service = this.stack.splitArn(functionArn, ArnFormat.COLON_RESOURCE_NAME).resourceName!;
      protected readonly metricsNamespace = metricsNamespace ?? String(released().Parameters.MetricsNamespace.Default);
    }
    return new Imported(scope, id);
  }

  public readonly functionArn: string;
  /** Name of the function, for requests by hand. */
  public readonly functionName: string;
  /** ARN of the function's role, for the roles in other accounts that it may assume. */
  public readonly roleArn: string;
  /** ARN of the queue in which signals from EventBridge and SNS wait. */
  public readonly signalQueueArn: string;
  /** ARN of the queue for signals that could not be processed; each message needs a person. */
  public readonly onFailureQueueArn: string;
  /** Name of the log group, which has one line of JSON for each decision. */
  public readonly logGroupName: string;
  /** Name of the dashboard, if there is one. */
  public readonly dashboardName?: string;

  protected readonly service: string;
  protected readonly metricsNamespace: string;

  constructor(scope: Construct, id: string, props: AutoRollbackProps = {}) {
    super(scope, id);
    const template = released();
    const settings = valuesOf(template, { ...props });
    const evaluation = new Evaluation(template, settings, this.stack.region);
    const broken = evaluation.broken();
    if (broken.length > 0) {
      throw new Error(`These settings of ecs-auto-rollback do not go together:\n${broken.map((each) => `- ${each}`).join('\n')}`);
    }
    const zip = checkedZip(settings.Architecture as string, props.zip, props.zipSha256);
    const code = new s3assets.Asset(this, 'Code', { path: zip });
    const included = include(this, template, evaluation, {
      ...settings,
      CodeS3Bucket: code.s3BucketName,
      CodeS3Key: code.s3ObjectKey,
    });

    const output = (name: string): string | undefined => {
      const { Condition: condition, Value: value } = template.Outputs[name];
      return condition === undefined || evaluation.holds(condition) ? reference(included, value) : undefined;
    };
    const required = (name: string): string => {
      const value = output(name);
      if (value === undefined) {
        throw new Error(`The template has no ${name} with these settings.`);
      }
      return value;
    };
    this.functionArn = required('FunctionArn');
    this.functionName = required('FunctionName');
    this.roleArn = required('RoleArn');
    this.signalQueueArn = required('SignalQueueArn');
    this.onFailureQueueArn = required('OnFailureQueueArn');
    this.logGroupName = required('LogGroupName');
    this.dashboardName = output('DashboardName');
    this.service = settings.FunctionName as string;
    this.metricsNamespace = settings.MetricsNamespace as string;
  }
}

/** Includes the template with these values. */
function include(scope: Resource, template: Template, evaluation: Evaluation, parameters: Values): CfnInclude {
  // A condition may compare only what is known before the deployment, and a value may be the ARN of a new topic. So each has the
  // result that it has with these values. Rules were applied, and outputs are for the author of the stack to choose.
  const { Parameters, Mappings, Resources } = template;
  const tokens = Object.keys(parameters).filter((name) => Token.isUnresolved(parameters[name]));
  const Conditions = Object.entries(template.Conditions).map(([name, condition]) => {
    const text = JSON.stringify(condition);
    const known = !text.includes('AWS::Region') || !Token.isUnresolved(scope.stack.region);
    const comparable = !tokens.some((token) => text.includes(`"${token}"`) || text.includes(`{${token}}`));
    return [name, !known && comparable ? condition : { 'Fn::Equals': ['true', String(evaluation.holds(name))] }];
  });
  const folder = mkdtempSync(join(tmpdir(), 'ecs-auto-rollback-'));
  try {
    const templateFile = join(folder, 'template.json');
    writeFileSync(templateFile, JSON.stringify({ Parameters, Mappings, Resources, Conditions: Object.fromEntries(Conditions) }));
    return new CfnInclude(scope, 'Template', { templateFile, parameters, preserveLogicalIds: false });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The value of an output, which is a reference to a resource. */
function reference(included: CfnInclude, value: unknown): string {
  const [[name, argument]] = Object.entries(value as object);
  if (name === 'Ref') {
    return included.getResource(argument).ref;
  }
  if (name === 'Fn::GetAtt') {
    const [resource, attribute] = argument;
    return included.getResource(resource).getAtt(attribute).toString();
  }
  throw new Error(`The template has an output with ${name}, which this package does not know.`);
}
