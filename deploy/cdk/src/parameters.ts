// Written by deploy/generate from the template's parameters: change them there.

/** A parameter of the template. */
export interface Parameter {
  readonly name: string;
  /** What stands between the elements of a list. */
  readonly separator?: string;
  /** What stands for an empty list. */
  readonly empty?: string;
  /** The elements that a list may have, for a sentence. */
  readonly words?: string;
}

/** The parameter of each property. */
export const PARAMETERS: { readonly [property: string]: Parameter } = {
  mode: { name: 'Mode' },
  services: { name: 'Services', separator: ' ' },
  optIn: { name: 'OptIn' },
  alarms: { name: 'Alarms', separator: ' ' },
  ecsEvents: { name: 'EcsEvents', separator: ' ', empty: 'none', words: 'deployment-failed, task-start-impaired or task-configuration-failure' },
  noticeTopicArn: { name: 'NoticeTopicArn' },
  signalTopicArn: { name: 'SignalTopicArn' },
  selfAlarmTopicArn: { name: 'SelfAlarmTopicArn' },
  maxServices: { name: 'MaxServices' },
  clusterScope: { name: 'ClusterScope' },
  rollbackLimit: { name: 'RollbackLimit' },
  alarmNamePrefix: { name: 'AlarmNamePrefix' },
  lookUps: { name: 'LookUps', separator: ' ', empty: 'none', words: 'alarm-tags, composite-children, target-groups, deployment-alarms, load-balancers or evidence' },
  accounts: { name: 'Accounts', separator: ',', empty: '' },
  monitoringAccounts: { name: 'MonitoringAccounts', separator: ',', empty: '' },
  regions: { name: 'Regions', separator: ',', empty: '' },
  spokeRoleName: { name: 'SpokeRoleName' },
  externalIds: { name: 'ExternalIds', separator: ' ', empty: '' },
  alarmAccounts: { name: 'AlarmAccounts', separator: ',', empty: '' },
  noticeEventBusName: { name: 'NoticeEventBusName' },
  notices: { name: 'Notices', separator: ' ', words: 'all, rolled-back, would-roll-back, rollback-limit, left-alone, too-late, led-nowhere, conflict, failed, rollback-successful, rollback-failed, redeployed or unprotected' },
  followDeployments: { name: 'FollowDeployments' },
  functionName: { name: 'FunctionName' },
  architecture: { name: 'Architecture' },
  permissionsBoundaryArn: { name: 'PermissionsBoundaryArn' },
  kmsKeyArn: { name: 'KmsKeyArn' },
  subnetIds: { name: 'SubnetIds', separator: ',', empty: '' },
  securityGroupIds: { name: 'SecurityGroupIds', separator: ',', empty: '' },
  logLevel: { name: 'LogLevel' },
  logRetentionDays: { name: 'LogRetentionDays' },
  metricsNamespace: { name: 'MetricsNamespace' },
  selfMonitoring: { name: 'SelfMonitoring' },
};
