# Written by deploy/generate from the template's parameters: change them there.

locals {
  parameters = {
    HubRoleArn             = var.hub_role_arn
    SpokeRoleName          = var.spoke_role_name
    ExternalId             = var.external_id
    ClusterScope           = var.cluster_scope
    Regions                = join(",", var.regions)
    PermissionsBoundaryArn = var.permissions_boundary_arn
    LookUps                = length(var.look_ups) == 0 ? "none" : join(" ", var.look_ups)
    FollowDeployments      = var.follow_deployments
    NoticeDetails          = var.notice_details
  }
}
