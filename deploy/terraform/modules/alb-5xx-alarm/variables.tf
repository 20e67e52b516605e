variable "create" {
  description = "Create the alarm."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the alarm."
  type        = string
}

variable "tags" {
  description = "Tags of the alarm."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "region" {
  description = "Region of the alarm and of the load balancer. Null for that of the provider."
  type        = string
  default     = null
}

variable "alarm_action_arn" {
  description = "Output `alarm_action_arn` of the module ecs-auto-rollback."
  type        = string
}

variable "load_balancer_arn_suffix" {
  description = "Attribute `arn_suffix` of the load balancer: app/shop/50dc6c495c0c9188."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^app/[^/]+/[0-9a-f]+$", var.load_balancer_arn_suffix))
    error_message = "load_balancer_arn_suffix must be the arn_suffix of an application load balancer, app/name/id."
  }
}

variable "target_group_arn_suffix" {
  description = "Attribute `arn_suffix` of the target group: targetgroup/web/4b5e57f6eb2f42b9."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^targetgroup/[^/]+/[0-9a-f]+$", var.target_group_arn_suffix))
    error_message = "target_group_arn_suffix must be the arn_suffix of a target group, targetgroup/name/id."
  }
}

variable "services" {
  description = "Services to roll back, as cluster/service, if they are not those behind the target group."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "error_percent" {
  description = "Percentage of failed requests above which a minute counts as bad."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.error_percent > 0 && var.error_percent < 100
    error_message = "error_percent must be between 0 and 100."
  }
}

variable "minimum_requests" {
  description = "Requests that a minute must have to count as bad: one failure of three is 33 %, and no reason to roll back."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.minimum_requests >= 1
    error_message = "minimum_requests must be at least 1."
  }
}

variable "evaluation_periods" {
  description = "Number of last minutes that the alarm looks at."
  type        = number
  default     = 3
  nullable    = false
}

variable "datapoints_to_alarm" {
  description = "Number of bad minutes among these that fire the alarm. Two let a single bad minute pass and still fire within a deployment."
  type        = number
  default     = 2
  nullable    = false
}

variable "other_alarm_actions" {
  description = "ARNs of more actions for ALARM, such as the topic of the people on call."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "ok_actions" {
  description = "ARNs of actions for the alarm's return to OK."
  type        = list(string)
  default     = []
  nullable    = false
}
