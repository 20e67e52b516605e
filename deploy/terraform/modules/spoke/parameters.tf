# Written by deploy/generate from the template's parameters: change them there.

locals {
  parameters = {
    RoleName                = var.role_name
    HubRoleArn              = var.hub_role_arn
    ExternalId              = var.external_id
    Regions                 = join(",", var.regions)
    ClusterScope            = var.cluster_scope
    ServiceScope            = var.service_scope
    LookUpAlarmTags         = var.look_up_alarm_tags
    LookUpCompositeChildren = var.look_up_composite_children
    LookUpTargetGroups      = var.look_up_target_groups
    LookUpDeploymentAlarms  = var.look_up_deployment_alarms
    LoadBalancerAlarms      = var.load_balancer_alarms
    LookUpEvidence          = var.look_up_evidence
    NoticeDetails           = var.notice_details
    UnprotectedNotices      = var.unprotected_notices
  }
}
