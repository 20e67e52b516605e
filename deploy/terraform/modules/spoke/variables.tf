# Written by deploy/generate from the template's parameters: change them there.

variable "hub_role_arn" {
  description = "ARN of the function's own role, the output RoleArn of its stack. Nothing else may assume the role created here."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::\\d{12}:role/[\\w+=,.@/-]{1,512}$", var.hub_role_arn))
    error_message = "hub_role_arn must be the ARN of a role."
  }
}

variable "spoke_role_name" {
  description = "Name of the role, the parameter `spoke_role_name` of the function's stack. It is the same in every account."
  type        = string
  default     = "ecs-auto-rollback-spoke"
  nullable    = false

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.spoke_role_name))
    error_message = "spoke_role_name must be the name of a role, without a path."
  }
}

variable "external_id" {
  description = "External id that the function must send, this account's in the parameter ExternalIds of its stack. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.external_id == null || can(regex("^$|^[\\w+=,.@:/-]{2,1000}[\\w+=,.@:/-]{0,224}$", var.external_id))
    error_message = "external_id must be 2 to 1224 letters, digits, or any of + = , . @ : / _ -, or null."
  }
}

variable "cluster_scope" {
  description = "Clusters that the role can reach, as the cluster part of an ARN (* and ?)."
  type        = string
  default     = "*"
  nullable    = false

  validation {
    condition     = can(regex("^[\\w*?-]{1,255}$", var.cluster_scope))
    error_message = "cluster_scope must be one cluster name, in which * and ? are wildcards."
  }
}

variable "regions" {
  description = "Regions in which the role may be used; * matches any characters."
  type        = list(string)
  default     = ["*"]
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9*-]+(, ?[a-z0-9*-]+)*$", join(",", var.regions)))
    error_message = "regions must be codes of Regions."
  }
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds the permissions of the role. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^$|^arn:aws[a-z-]*:iam::(\\d{12}|aws):policy/[\\w+=,.@/-]{1,512}$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, or null."
  }
}

variable "look_ups" {
  description = "What the function may look up here, as in its stack."
  type        = list(string)
  default     = ["alarm-tags", "composite-children", "target-groups", "deployment-alarms", "evidence"]
  nullable    = false

  validation {
    condition     = can(regex("^(none|((alarm-tags|composite-children|target-groups|deployment-alarms|load-balancers|evidence)( +|$))+)$", length(var.look_ups) == 0 ? "none" : join(" ", var.look_ups)))
    error_message = "look_ups must be a list of alarm-tags, composite-children, target-groups, deployment-alarms, load-balancers or evidence."
  }
}

variable "follow_deployments" {
  description = "As in the function's stack. outcomes-and-unprotected: let it read which alarms here are in ALARM."
  type        = string
  default     = "outcomes"
  nullable    = false

  validation {
    condition     = contains(["none", "outcomes", "outcomes-and-unprotected"], var.follow_deployments)
    error_message = "follow_deployments must be none, outcomes or outcomes-and-unprotected."
  }
}

variable "notice_details" {
  description = "Let the function read for its notices why tasks stopped here, and the state and history of alarms. Set it to false if the function's stack has neither NoticeTopicArn nor NoticeEventBusName."
  type        = bool
  default     = true
  nullable    = false
}
