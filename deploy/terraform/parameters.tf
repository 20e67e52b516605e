# Written by deploy/generate from the template's parameters: change them there.

locals {
  parameters = {
    Mode                   = var.mode
    Services               = join(" ", var.services)
    OptIn                  = var.opt_in
    Alarms                 = join(" ", var.alarms)
    EcsEvents              = length(var.ecs_events) == 0 ? "none" : join(" ", var.ecs_events)
    NoticeTopicArn         = var.notice_topic_arn
    SignalTopicArn         = var.signal_topic_arn
    SelfAlarmTopicArn      = var.self_alarm_topic_arn
    MaxServices            = var.max_services
    ClusterScope           = var.cluster_scope
    RollbackLimit          = var.rollback_limit
    AlarmNamePrefix        = var.alarm_name_prefix
    LookUps                = length(var.look_ups) == 0 ? "none" : join(" ", var.look_ups)
    Accounts               = join(",", var.accounts)
    MonitoringAccounts     = join(",", var.monitoring_accounts)
    Regions                = join(",", var.regions)
    SpokeRoleName          = var.spoke_role_name
    ExternalIds            = join(" ", [for account, id in var.external_ids : account == "*" ? id : "${account}=${id}"])
    AlarmAccounts          = join(",", var.alarm_accounts)
    NoticeEventBusName     = var.notice_event_bus_name
    Notices                = join(" ", var.notices)
    FollowDeployments      = var.follow_deployments
    FunctionName           = var.function_name
    Architecture           = var.architecture
    PermissionsBoundaryArn = var.permissions_boundary_arn
    KmsKeyArn              = var.kms_key_arn
    SubnetIds              = join(",", var.subnet_ids)
    SecurityGroupIds       = join(",", var.security_group_ids)
    LogLevel               = var.log_level
    LogRetentionDays       = var.log_retention_days
    MetricsNamespace       = var.metrics_namespace
    SelfMonitoring         = var.self_monitoring
  }
}
