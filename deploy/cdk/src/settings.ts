// Written by deploy/generate from the template's parameters: change them there.

/** The values of `mode`. */
export enum Mode {
  /** Roll back. */
  ENFORCE = 'enforce',
  /** Decide and report, but stop nothing. */
  OBSERVE = 'observe',
  /** Leave every service alone. */
  OFF = 'off',
}

/** The values of `optIn`. */
export enum OptIn {
  /** Every service that matches `services` takes part unless its tag auto-rollback says off. */
  ALL = 'all',
  /** Only services that carry that tag. */
  TAGGED = 'tagged',
}

/** One of the values of `ecsEvents`. */
export enum EcsEvent {
  DEPLOYMENT_FAILED = 'deployment-failed',
  TASK_START_IMPAIRED = 'task-start-impaired',
  TASK_CONFIGURATION_FAILURE = 'task-configuration-failure',
}

/** One of the values of `lookUps`. */
export enum LookUp {
  ALARM_TAGS = 'alarm-tags',
  COMPOSITE_CHILDREN = 'composite-children',
  TARGET_GROUPS = 'target-groups',
  DEPLOYMENT_ALARMS = 'deployment-alarms',
  LOAD_BALANCERS = 'load-balancers',
  EVIDENCE = 'evidence',
}

/** One of the values of `notices`. */
export enum Notice {
  ALL = 'all',
  ROLLED_BACK = 'rolled-back',
  WOULD_ROLL_BACK = 'would-roll-back',
  ROLLBACK_LIMIT = 'rollback-limit',
  LEFT_ALONE = 'left-alone',
  TOO_LATE = 'too-late',
  LED_NOWHERE = 'led-nowhere',
  CONFLICT = 'conflict',
  FAILED = 'failed',
  ROLLBACK_SUCCESSFUL = 'rollback-successful',
  ROLLBACK_FAILED = 'rollback-failed',
  REDEPLOYED = 'redeployed',
  UNPROTECTED = 'unprotected',
}

/** The values of `followDeployments`. */
export enum FollowDeployments {
  /** Neither. */
  NONE = 'none',
  /** Report and measure how rollbacks end, and deployments of a rolled-back revision. */
  OUTCOMES = 'outcomes',
  /** Also deployments that start while one of their alarms is in ALARM, which reads these alarms at each start. */
  OUTCOMES_AND_UNPROTECTED = 'outcomes-and-unprotected',
}

/** The values of `architecture`. */
export enum Architecture {
  ARM64 = 'arm64',
  X86_64 = 'x86_64',
}

/** The values of `logLevel`. */
export enum LogLevel {
  TRACE = 'TRACE',
  DEBUG = 'DEBUG',
  INFO = 'INFO',
  WARN = 'WARN',
  ERROR = 'ERROR',
}

/** The values of `selfMonitoring`. */
export enum SelfMonitoring {
  ALARMS_AND_DASHBOARD = 'alarms-and-dashboard',
  ALARMS = 'alarms',
  NONE = 'none',
}

/** The settings of the function and its stack: the parameters of the CloudFormation template. */
export interface AutoRollbackSettings {
  /**
   * observe: decide and report, but stop nothing. enforce: roll back. off: leave every service alone. A service's tag
   * auto-rollback = enforce | observe | off overrides this, unless this is off.
   *
   * @default Mode.OBSERVE
   */
  readonly mode?: Mode;

  /**
   * Services that may be rolled back: patterns cluster/service, with * and ?. With an account (111122223333:prod/*) a
   * pattern matches there only.
   *
   * @default ['*\/*']
   */
  readonly services?: string[];

  /**
   * all: every service that matches `services` takes part unless its tag auto-rollback says off. tagged: only services
   * that carry that tag.
   *
   * @default OptIn.ALL
   */
  readonly optIn?: OptIn;

  /**
   * Alarms that trigger a rollback: patterns of names (* and ?; ? for a space in a name). TargetTracking-* alarms,
   * which drive Auto Scaling, need a pattern that itself begins with TargetTracking-.
   *
   * @default ['*']
   */
  readonly alarms?: string[];

  /**
   * ECS's own events that trigger a rollback: deployment-failed (by ECS's circuit breaker or alarms),
   * task-start-impaired, task-configuration-failure; or none.
   *
   * @default []
   */
  readonly ecsEvents?: EcsEvent[];

  /**
   * SNS topic for notices about rollbacks and failures, by e-mail or in chat (Amazon Q Developer). If it has a customer
   * managed key, that must allow the role kms:GenerateDataKey* and kms:Decrypt. Empty for none.
   *
   * @default - none
   */
  readonly noticeTopicArn?: string;

  /**
   * Existing standard SNS topic, in any Region, with alarms on services; each of them can cause a rollback. Empty for
   * none.
   *
   * @default - none
   */
  readonly signalTopicArn?: string;

  /**
   * SNS topic for alarms on the function itself; its policy must let CloudWatch publish. Empty: no such alarms.
   *
   * @default - none
   */
  readonly selfAlarmTopicArn?: string;

  /**
   * Maximum number of services that one signal may lead to. A signal that leads to more rolls none of them back.
   *
   * @default 10
   */
  readonly maxServices?: number;

  /**
   * Clusters that the function's role can reach, as the cluster part of an ARN (* and ?). IAM enforces it, regardless
   * of the settings.
   *
   * @default '*'
   */
  readonly clusterScope?: string;

  /**
   * Maximum rollbacks of one service within an hour; then it is left alone. 0 for no limit.
   *
   * @default 3
   */
  readonly rollbackLimit?: number;

  /**
   * Send every alarm whose name begins with this to the function, through EventBridge. Empty: none; alarms that name
   * the function in their actions do not need it.
   *
   * @default - none
   */
  readonly alarmNamePrefix?: string;

  /**
   * What the function looks up, or none. For an alarm that does not identify its services: alarm-tags,
   * composite-children, target-groups, deployment-alarms (services that name the alarm as their own), load-balancers
   * (an alarm on one concerns every service behind it; includes target-groups). Before a rollback: evidence (when the
   * trouble began, why tasks stopped).
   *
   * @default [LookUp.ALARM_TAGS, LookUp.COMPOSITE_CHILDREN, LookUp.TARGET_GROUPS, LookUp.DEPLOYMENT_ALARMS, LookUp.EVIDENCE]
   */
  readonly lookUps?: LookUp[];

  /**
   * Other accounts whose services may be rolled back. Each needs the role of spoke.yaml.
   *
   * @default []
   */
  readonly accounts?: string[];

  /**
   * Monitoring accounts of CloudWatch, whose alarms may be about services of other accounts. Alarms of any other
   * account lead to its own services only, except this account's.
   *
   * @default []
   */
  readonly monitoringAccounts?: string[];

  /**
   * Other `regions` whose services may be rolled back. Empty: in this account only this Region, in `accounts` every
   * Region that the role there allows.
   *
   * @default []
   */
  readonly regions?: string[];

  /**
   * Role, created by spoke.yaml, that the function assumes in each of `accounts`.
   *
   * @default 'ecs-auto-rollback-spoke'
   */
  readonly spokeRoleName?: string;

  /**
   * External id that the function sends when it assumes that role: one for all accounts, or account=id for each,
   * separated by spaces. Empty for none. Here a map from accounts to their ids; the key `*` stands for all accounts.
   *
   * @default {}
   */
  readonly externalIds?: { [account: string]: string };

  /**
   * Up to 5 other accounts, whose alarms may name the function in their actions. For more, use `signalTopicArn`.
   *
   * @default []
   */
  readonly alarmAccounts?: string[];

  /**
   * Name or ARN of an event bus that receives the notices as events; default is the account's own. Empty for none.
   *
   * @default - none
   */
  readonly noticeEventBusName?: string;

  /**
   * Kinds of notices to send; all of them by default.
   *
   * @default [Notice.ALL]
   */
  readonly notices?: Notice[];

  /**
   * outcomes: report and measure how rollbacks end, and deployments of a rolled-back revision.
   * outcomes-and-unprotected: also deployments that start while one of their alarms is in ALARM, which reads these
   * alarms at each start. none: neither. Needs notices or metrics.
   *
   * @default FollowDeployments.OUTCOMES
   */
  readonly followDeployments?: FollowDeployments;

  /**
   * Name of the function, fixed because its ARN stands in the actions of alarms. Queues, log group, alarms and
   * dashboard are named after it, so each stack in an account and Region needs its own.
   *
   * @default 'ecs-auto-rollback'
   */
  readonly functionName?: string;

  /**
   * Processor architecture, that of the zip.
   *
   * @default Architecture.X86_64
   */
  readonly architecture?: Architecture;

  /**
   * Policy that bounds the permissions of the function's role. Empty for none.
   *
   * @default - none
   */
  readonly permissionsBoundaryArn?: string;

  /**
   * Customer managed key for the log group and the queues. It must allow logs.REGION.amazonaws.com, and
   * events.amazonaws.com and sns.amazonaws.com if these send signals. Empty: AWS's own keys.
   *
   * @default - none
   */
  readonly kmsKeyArn?: string;

  /**
   * Subnets in which the function runs; they need a way to the APIs of AWS (NAT or endpoints). Empty: no VPC.
   *
   * @default []
   */
  readonly subnetIds?: string[];

  /**
   * Security groups of the function there; it needs HTTPS outwards only.
   *
   * @default []
   */
  readonly securityGroupIds?: string[];

  /**
   * Least severe level to log. INFO has one line for each decision; DEBUG adds payloads. With WARN and ERROR,
   * `metricsNamespace` must be none, because Lambda drops the metrics.
   *
   * @default LogLevel.INFO
   */
  readonly logLevel?: LogLevel;

  /**
   * Days to keep logs. ECS keeps its history for 90 days.
   *
   * @default 90
   */
  readonly logRetentionDays?: number;

  /**
   * CloudWatch namespace of the function's metrics, whose dimension service is `functionName`; or none.
   *
   * @default 'ecs-auto-rollback'
   */
  readonly metricsNamespace?: string;

  /**
   * What watches the function itself: alarms (if `selfAlarmTopicArn` is given; they name no service and so roll nothing
   * back) and a dashboard.
   *
   * @default SelfMonitoring.ALARMS_AND_DASHBOARD
   */
  readonly selfMonitoring?: SelfMonitoring;
}
