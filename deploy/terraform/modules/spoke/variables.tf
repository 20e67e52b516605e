# Written by deploy/generate from the template's parameters: change them there.

variable "role_name" {
  description = "Name of the role. It is the same in every account, and equals the parameter `role_name` of the function's stack."
  type        = string
  default     = "ecs-auto-rollback-spoke"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.role_name))
    error_message = "role_name must be the name of a role, without a path."
  }
}

variable "hub_role_arn" {
  description = "ARN of the function's own role, the output RoleArn of its stack. Nothing else may assume the role created here."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$", var.hub_role_arn))
    error_message = "hub_role_arn must be the ARN of a role."
  }
}

variable "external_id" {
  description = "External id that the function must send, the parameter `external_id` of its stack. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.external_id == null || can(regex("^$|^[A-Za-z0-9+=,.@:/_-]{2,1000}[A-Za-z0-9+=,.@:/_-]{0,224}$", var.external_id))
    error_message = "external_id must be 2 to 1224 letters, digits, or any of + = , . @ : / _ -, or null."
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

variable "cluster_scope" {
  description = "Clusters that the role can reach, as the cluster part of an ARN; * matches any characters."
  type        = string
  default     = "*"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_*?-]{1,255}$", var.cluster_scope))
    error_message = "cluster_scope must be one cluster name, in which * and ? are wildcards."
  }
}

variable "service_scope" {
  description = "Services that the role can reach, as the service part of an ARN; * matches any characters."
  type        = string
  default     = "*"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_*?-]{1,255}$", var.service_scope))
    error_message = "service_scope must be one service name, in which * and ? are wildcards."
  }
}

variable "look_up_alarm_tags" {
  description = "Let the function look up the tags of alarms here."
  type        = bool
  default     = true
  nullable    = false
}

variable "look_up_composite_children" {
  description = "Let the function look up the children of composite alarms here."
  type        = bool
  default     = true
  nullable    = false
}

variable "look_up_target_groups" {
  description = "Let the function look up the services behind target groups here."
  type        = bool
  default     = true
  nullable    = false
}

variable "look_up_deployment_alarms" {
  description = "Let the function look up the services here that name an alarm among their own deployment alarms."
  type        = bool
  default     = true
  nullable    = false
}

variable "load_balancer_alarms" {
  description = "every-service: let the function look up the target groups of load balancers here."
  type        = string
  default     = "ambiguous"
  nullable    = false

  validation {
    condition     = contains(["ambiguous", "every-service"], var.load_balancer_alarms)
    error_message = "load_balancer_alarms must be ambiguous or every-service."
  }
}

variable "look_up_evidence" {
  description = "Let the function look up here when the trouble began, why tasks cannot start, and the contributors of alarms."
  type        = bool
  default     = true
  nullable    = false
}

variable "notice_details" {
  description = "Let the function read for its notices why tasks stopped here, and the state and history of alarms. Set it to false if the function's stack has neither NoticeTopicArn nor NoticeEventBusName."
  type        = bool
  default     = true
  nullable    = false
}

variable "unprotected_notices" {
  description = "Let the function read which alarms here are in ALARM, as in the function's stack."
  type        = bool
  default     = false
  nullable    = false
}
