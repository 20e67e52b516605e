# Written by deploy/generate from the template's parameters: change them there.

variable "mode" {
  description = "observe: decide and report, but stop nothing. enforce: roll back. off: leave every service alone. A service's tag auto-rollback = enforce | observe | off overrides this, unless this is off."
  type        = string
  default     = "observe"
  nullable    = false

  validation {
    condition     = contains(["enforce", "observe", "off"], var.mode)
    error_message = "mode must be enforce, observe or off."
  }
}

variable "services" {
  description = "Services that may be rolled back: patterns cluster/service, with * and ?. With an account (111122223333:prod/*) a pattern matches there only."
  type        = list(string)
  default     = ["*/*"]
  nullable    = false

  validation {
    condition     = can(regex("^((\\d{12}:)?[\\w*?-]+/[\\w*?-]+( +|$))+$", join(" ", var.services)))
    error_message = "services must be patterns of the form cluster/service or account:cluster/service."
  }
}

variable "opt_in" {
  description = "all: every service that matches `services` takes part unless its tag auto-rollback says off. tagged: only services that carry that tag."
  type        = string
  default     = "all"
  nullable    = false

  validation {
    condition     = contains(["all", "tagged"], var.opt_in)
    error_message = "opt_in must be all or tagged."
  }
}

variable "alarms" {
  description = "Alarms that trigger a rollback: patterns of names (* and ?; ? for a space in a name). TargetTracking-* alarms, which drive Auto Scaling, need a pattern that itself begins with TargetTracking-."
  type        = list(string)
  default     = ["*"]
  nullable    = false

  validation {
    condition     = can(regex("^\\S+( +\\S+)*$", join(" ", var.alarms)))
    error_message = "alarms must be one or more patterns."
  }
}

variable "ecs_events" {
  description = "ECS's own events that trigger a rollback: deployment-failed (by ECS's circuit breaker or alarms), task-start-impaired, task-configuration-failure; or none."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^(none|((deployment-failed|task-start-impaired|task-configuration-failure)( +|$))+)$", length(var.ecs_events) == 0 ? "none" : join(" ", var.ecs_events)))
    error_message = "ecs_events must be a list of deployment-failed, task-start-impaired or task-configuration-failure."
  }
}

variable "notice_topic_arn" {
  description = "SNS topic for notices about rollbacks and failures, by e-mail or in chat (Amazon Q Developer). If it has a customer managed key, that must allow the role kms:GenerateDataKey* and kms:Decrypt. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.notice_topic_arn == null || can(regex("^$|^arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d{12}:[\\w-]{1,256}$", var.notice_topic_arn))
    error_message = "notice_topic_arn must be the ARN of a standard SNS topic, or null."
  }
}

variable "signal_topic_arn" {
  description = "Existing standard SNS topic, in any Region, with alarms on services; each of them can cause a rollback. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.signal_topic_arn == null || can(regex("^$|^arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d{12}:[\\w-]{1,256}$", var.signal_topic_arn))
    error_message = "signal_topic_arn must be the ARN of a standard SNS topic, or null."
  }
}

variable "self_alarm_topic_arn" {
  description = "SNS topic for alarms on the function itself; its policy must let CloudWatch publish. Null: no such alarms."
  type        = string
  default     = null

  validation {
    condition     = var.self_alarm_topic_arn == null || can(regex("^$|^arn:aws[a-z-]*:sns:[a-z0-9-]+:\\d{12}:[\\w-]{1,256}$", var.self_alarm_topic_arn))
    error_message = "self_alarm_topic_arn must be the ARN of a standard SNS topic, or null."
  }
}

variable "max_services" {
  description = "Maximum number of services that one signal may lead to. A signal that leads to more rolls none of them back."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.max_services >= 1 && var.max_services <= 100
    error_message = "max_services must be from 1 to 100."
  }
}

variable "cluster_scope" {
  description = "Clusters that the function's role can reach, as the cluster part of an ARN (* and ?). IAM enforces it, regardless of the settings."
  type        = string
  default     = "*"
  nullable    = false

  validation {
    condition     = can(regex("^[\\w*?-]{1,255}$", var.cluster_scope))
    error_message = "cluster_scope must be one cluster name, in which * and ? are wildcards."
  }
}

variable "rollback_limit" {
  description = "Maximum rollbacks of one service within an hour; then it is left alone. 0 for no limit."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.rollback_limit >= 0 && var.rollback_limit <= 100
    error_message = "rollback_limit must be from 0 to 100."
  }
}

variable "alarm_name_prefix" {
  description = "Send every alarm whose name begins with this to the function, through EventBridge. Null: none; alarms that name the function in their actions do not need it."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_name_prefix == null || can(regex("^[ -~]*$", var.alarm_name_prefix))
    error_message = "alarm_name_prefix must be the beginning of an alarm name, or null."
  }

  validation {
    condition     = try(length(var.alarm_name_prefix), 0) <= 255
    error_message = "alarm_name_prefix must have at most 255 characters."
  }
}

variable "look_ups" {
  description = "What the function looks up, or none. For an alarm that does not identify its services: alarm-tags, composite-children, target-groups, deployment-alarms (services that name the alarm as their own), load-balancers (an alarm on one concerns every service behind it; includes target-groups). Before a rollback: evidence (when the trouble began, why tasks stopped)."
  type        = list(string)
  default     = ["alarm-tags", "composite-children", "target-groups", "deployment-alarms", "evidence"]
  nullable    = false

  validation {
    condition     = can(regex("^(none|((alarm-tags|composite-children|target-groups|deployment-alarms|load-balancers|evidence)( +|$))+)$", length(var.look_ups) == 0 ? "none" : join(" ", var.look_ups)))
    error_message = "look_ups must be a list of alarm-tags, composite-children, target-groups, deployment-alarms, load-balancers or evidence."
  }
}

variable "accounts" {
  description = "Other accounts whose services may be rolled back. Each needs the role of spoke.yaml."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^\\d{12}(,\\d{12})*$", join(",", var.accounts)))
    error_message = "accounts must be account ids, or empty."
  }
}

variable "monitoring_accounts" {
  description = "Monitoring accounts of CloudWatch, whose alarms may be about services of other accounts. Alarms of any other account lead to its own services only, except this account's."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^\\d{12}(,\\d{12})*$", join(",", var.monitoring_accounts)))
    error_message = "monitoring_accounts must be account ids, or empty."
  }
}

variable "regions" {
  description = "Other `regions` whose services may be rolled back. Empty: in this account only this Region, in `accounts` every Region that the role there allows."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^[a-z]+(-[a-z]+)+-[0-9]+(,[a-z]+(-[a-z]+)+-[0-9]+)*$", join(",", var.regions)))
    error_message = "regions must be codes of Regions, or empty."
  }
}

variable "spoke_role_name" {
  description = "Role, created by spoke.yaml, that the function assumes in each of `accounts`."
  type        = string
  default     = "ecs-auto-rollback-spoke"
  nullable    = false

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.spoke_role_name))
    error_message = "spoke_role_name must be the name of a role, without a path."
  }
}

variable "external_ids" {
  description = "External id that the function sends when it assumes that role: one for all accounts, or account=id for each, separated by spaces. Empty for none. Here a map from accounts to their ids; the key * stands for all accounts."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = can(regex("^[\\w+=,.@:/-]{2,1000}[\\w+=,.@:/-]{0,224}$|^(\\d{12}=[\\w+=,.@:/-]{2,1000}[\\w+=,.@:/-]{0,224}( +|$))*$", join(" ", [for account, id in var.external_ids : account == "*" ? id : "${account}=${id}"])))
    error_message = "external_ids must be 2 to 1224 letters, digits, or any of + = , . @ : / _ -, or account=id for each account, or empty."
  }
}

variable "alarm_accounts" {
  description = "Up to 5 other accounts, whose alarms may name the function in their actions. For more, use `signal_topic_arn`."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^\\d{12}(,\\d{12}){0,4}$", join(",", var.alarm_accounts)))
    error_message = "alarm_accounts must be up to 5 account ids, or empty."
  }
}

variable "notice_event_bus_name" {
  description = "Name or ARN of an event bus that receives the notices as events; default is the account's own. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.notice_event_bus_name == null || can(regex("^$|^[\\w/.-]{1,256}$|^arn:aws[a-z-]*:events:[a-z0-9-]+:\\d{12}:event-bus/[\\w/.-]{1,256}$", var.notice_event_bus_name))
    error_message = "notice_event_bus_name must be the name or the ARN of an event bus, or null."
  }
}

variable "notices" {
  description = "Kinds of notices to send; all of them by default."
  type        = list(string)
  default     = ["all"]
  nullable    = false

  validation {
    condition     = can(regex("^(all|((rolled-back|would-roll-back|rollback-limit|left-alone|too-late|led-nowhere|conflict|failed|rollback-successful|rollback-failed|redeployed|unprotected)( +|$))+)$", join(" ", var.notices)))
    error_message = "notices must be a list of all, rolled-back, would-roll-back, rollback-limit, left-alone, too-late, led-nowhere, conflict, failed, rollback-successful, rollback-failed, redeployed or unprotected."
  }
}

variable "follow_deployments" {
  description = "outcomes: report and measure how rollbacks end, and deployments of a rolled-back revision. outcomes-and-unprotected: also deployments that start while one of their alarms is in ALARM, which reads these alarms at each start. none: neither. Needs notices or metrics."
  type        = string
  default     = "outcomes"
  nullable    = false

  validation {
    condition     = contains(["none", "outcomes", "outcomes-and-unprotected"], var.follow_deployments)
    error_message = "follow_deployments must be none, outcomes or outcomes-and-unprotected."
  }
}

variable "function_name" {
  description = "Name of the function, fixed because its ARN stands in the actions of alarms. Queues, log group, alarms and dashboard are named after it, so each stack in an account and Region needs its own."
  type        = string
  default     = "ecs-auto-rollback"
  nullable    = false

  validation {
    condition     = can(regex("^[\\w-]{1,64}$", var.function_name))
    error_message = "function_name must be 1 to 64 letters, digits, or any of _ -."
  }
}

variable "architecture" {
  description = "Processor architecture, that of the zip."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds the permissions of the function's role. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^$|^arn:aws[a-z-]*:iam::(\\d{12}|aws):policy/[\\w+=,.@/-]{1,512}$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, or null."
  }
}

variable "kms_key_arn" {
  description = "Customer managed key for the log group and the queues. It must allow logs.REGION.amazonaws.com, and events.amazonaws.com and sns.amazonaws.com if these send signals. Null: AWS's own keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^$|^arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/[A-Za-z0-9-]{1,128}$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a KMS key, or null."
  }
}

variable "subnet_ids" {
  description = "Subnets in which the function runs; they need a way to the APIs of AWS (NAT or endpoints). Empty: no VPC."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^subnet-[0-9a-f]{8,17}(,subnet-[0-9a-f]{8,17}){0,15}$", join(",", var.subnet_ids)))
    error_message = "subnet_ids must be up to 16 ids of subnets, or empty."
  }
}

variable "security_group_ids" {
  description = "Security groups of the function there; it needs HTTPS outwards only."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^sg-[0-9a-f]{8,17}(,sg-[0-9a-f]{8,17}){0,4}$", join(",", var.security_group_ids)))
    error_message = "security_group_ids must be up to 5 ids of security groups, or empty."
  }
}

variable "log_level" {
  description = "Least severe level to log. INFO has one line for each decision; DEBUG adds payloads. With WARN and ERROR, `metrics_namespace` must be none, because Lambda drops the metrics."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "log_level must be TRACE, DEBUG, INFO, WARN or ERROR."
  }
}

variable "log_retention_days" {
  description = "Days to keep logs. ECS keeps its history for 90 days."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the function's metrics, whose dimension service is `function_name`; or none."
  type        = string
  default     = "ecs-auto-rollback"
  nullable    = false

  validation {
    condition     = !can(regex("^AWS/", var.metrics_namespace)) && can(regex("^[\\w.#:/-]{1,255}$", var.metrics_namespace))
    error_message = "metrics_namespace must be 1 to 255 letters, digits, or any of _ . - /."
  }
}

variable "self_monitoring" {
  description = "What watches the function itself: alarms (if `self_alarm_topic_arn` is given; they name no service and so roll nothing back) and a dashboard."
  type        = string
  default     = "alarms-and-dashboard"
  nullable    = false

  validation {
    condition     = contains(["alarms-and-dashboard", "alarms", "none"], var.self_monitoring)
    error_message = "self_monitoring must be alarms-and-dashboard, alarms or none."
  }
}
