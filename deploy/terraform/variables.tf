# Written by deploy/generate from the template's parameters: change them there.

variable "mode" {
  description = "enforce: roll back. observe: decide and report, but stop nothing. off: leave every service alone. The tag auto-rollback = enforce | observe | off on a service overrides this for that service, unless this is off."
  type        = string
  default     = "observe"
  nullable    = false

  validation {
    condition     = contains(["enforce", "observe", "off"], var.mode)
    error_message = "mode must be enforce, observe or off."
  }
}

variable "services" {
  description = "Services that may be rolled back: patterns of the form cluster/service. * matches any characters, ? matches one. A pattern that begins with an account (111122223333:prod/*) matches there only."
  type        = list(string)
  default     = ["*/*"]
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]{12}:)?[A-Za-z0-9_*?-]+/[A-Za-z0-9_*?-]+( +([0-9]{12}:)?[A-Za-z0-9_*?-]+/[A-Za-z0-9_*?-]+)*$", join(" ", var.services)))
    error_message = "services must be patterns of the form cluster/service or account:cluster/service."
  }
}

variable "opt_in" {
  description = "all: every service that matches the patterns takes part unless its tag auto-rollback says off. tagged: only services that carry the tag auto-rollback take part."
  type        = string
  default     = "all"
  nullable    = false

  validation {
    condition     = contains(["all", "tagged"], var.opt_in)
    error_message = "opt_in must be all or tagged."
  }
}

variable "alarms" {
  description = "Names of the alarms that trigger a rollback: patterns (* and ?; write ? for a space in a name). TargetTracking-* alarms, which drive Application Auto Scaling, need a pattern that itself begins with TargetTracking-."
  type        = list(string)
  default     = ["*"]
  nullable    = false

  validation {
    condition     = can(regex("^\\S+( +\\S+)*$", join(" ", var.alarms)))
    error_message = "alarms must be one or more patterns."
  }
}

variable "ecs_events" {
  description = "Events of ECS that are signals, or none."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^none$|^(deployment-failed|task-start-impaired|task-configuration-failure)( +(deployment-failed|task-start-impaired|task-configuration-failure))*$", length(var.ecs_events) == 0 ? "none" : join(" ", var.ecs_events)))
    error_message = "ecs_events must be none, or any of deployment-failed, task-start-impaired, task-configuration-failure."
  }
}

variable "notice_topic_arn" {
  description = "ARN of an SNS topic for notices about rollbacks, and about rollbacks that could not be done: for chat channels of Amazon Q Developer, and for e-mail. Null for none. If a customer managed key encrypts the topic, that key's policy must allow the role kms:GenerateDataKey* and kms:Decrypt."
  type        = string
  default     = null

  validation {
    condition     = var.notice_topic_arn == null || can(regex("^$|^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", var.notice_topic_arn))
    error_message = "notice_topic_arn must be the ARN of a standard SNS topic, or null."
  }
}

variable "signal_topic_arn" {
  description = "ARN of an existing standard SNS topic, in any Region, that receives alarms; the signal queue subscribes to it. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.signal_topic_arn == null || can(regex("^$|^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", var.signal_topic_arn))
    error_message = "signal_topic_arn must be the ARN of a standard SNS topic, or null."
  }
}

variable "self_alarm_topic_arn" {
  description = "ARN of an SNS topic for alarms on the function itself. Its policy must let CloudWatch publish. Null: the stack creates no alarms. These alarms name no service, so they cannot roll anything back."
  type        = string
  default     = null

  validation {
    condition     = var.self_alarm_topic_arn == null || can(regex("^$|^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$", var.self_alarm_topic_arn))
    error_message = "self_alarm_topic_arn must be the ARN of a standard SNS topic, or null."
  }
}

variable "max_services" {
  description = "Maximum number of services that one signal may lead to. If it leads to more, the signal is ambiguous, and none of them is rolled back."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.max_services >= 1 && var.max_services <= 100
    error_message = "max_services must be from 1 to 100."
  }
}

variable "cluster_scope" {
  description = "Clusters that the function's role can reach, as the cluster part of an ARN; * matches any characters. IAM enforces this limit, regardless of the settings."
  type        = string
  default     = "*"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_*?-]{1,255}$", var.cluster_scope))
    error_message = "cluster_scope must be one cluster name, in which * and ? are wildcards."
  }
}

variable "rollback_limit" {
  description = "Maximum number of rollbacks of one service within the window; after that the service is left alone. 0 for no limit."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.rollback_limit >= 0 && var.rollback_limit <= 100
    error_message = "rollback_limit must be from 0 to 100."
  }
}

variable "alarm_name_prefix" {
  description = "Send every alarm whose name begins with this prefix to the function, through EventBridge. Null: no such rule. Alarms that name the function in their own actions do not need it."
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
  description = "Look-ups that the function may make, or none."
  type        = list(string)
  default     = ["tags", "contributors", "composite-children", "target-groups", "deployment-alarms", "evidence"]
  nullable    = false

  validation {
    condition     = can(regex("^none$|^(tags|contributors|composite-children|target-groups|deployment-alarms|evidence|load-balancers)( +(tags|contributors|composite-children|target-groups|deployment-alarms|evidence|load-balancers))*$", length(var.look_ups) == 0 ? "none" : join(" ", var.look_ups)))
    error_message = "look_ups must be none, or any of."
  }
}

variable "accounts" {
  description = "Other accounts whose services may be rolled back. The function serves no account that is not listed, apart from its own. Needs RoleName."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^[0-9]{12}(,[0-9]{12})*$", join(",", var.accounts)))
    error_message = "accounts must be account ids of 12 digits, or empty."
  }
}

variable "monitoring_accounts" {
  description = "Accounts whose alarms may be about services of other accounts: monitoring accounts of CloudWatch cross-account observability. Any other account's alarms lead to services of that account alone, except for this account's own."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^[0-9]{12}(,[0-9]{12})*$", join(",", var.monitoring_accounts)))
    error_message = "monitoring_accounts must be account ids of 12 digits, or empty."
  }
}

variable "regions" {
  description = "Other `regions` whose services may be rolled back, in this account and in `accounts`. Empty: in this account only this Region, in `accounts` every Region that the role there allows."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^[a-z]+(-[a-z]+)+-[0-9]+(,[a-z]+(-[a-z]+)+-[0-9]+)*$", join(",", var.regions)))
    error_message = "regions must be codes of Regions, or empty."
  }
}

variable "spoke_role_name" {
  description = "Name of the role, created by spoke.yaml, that the function assumes in `accounts`. Null: it serves only its own account."
  type        = string
  default     = null

  validation {
    condition     = var.spoke_role_name == null || can(regex("^[A-Za-z0-9+=,.@_-]{0,64}$", var.spoke_role_name))
    error_message = "spoke_role_name must be the name of a role, without a path, or null."
  }
}

variable "external_ids" {
  description = "External id that the function sends when it assumes that role: one for all accounts, or one for each in the form account=id, separated by spaces. Empty for none. Here a map from accounts to their ids; the key * stands for all accounts."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = can(regex("^$|^[A-Za-z0-9+=,.@:/_-]{2,1000}[A-Za-z0-9+=,.@:/_-]{0,224}$|^[0-9]{12}=[A-Za-z0-9+=,.@:/_-]{2,1000}[A-Za-z0-9+=,.@:/_-]{0,224}( +[0-9]{12}=[A-Za-z0-9+=,.@:/_-]{2,1000}[A-Za-z0-9+=,.@:/_-]{0,224})*$", join(" ", [for account, id in var.external_ids : account == "*" ? id : "${account}=${id}"])))
    error_message = "external_ids must be 2 to 1224 letters, digits, or any of + = , . @ : / _ -, or account=id for each account, or empty."
  }
}

variable "alarm_accounts" {
  description = "Other accounts whose services may be rolled back. The function serves no account that is not listed, apart from its own. Needs RoleName."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = can(regex("^$|^[0-9]{12}(,[0-9]{12})*$", join(",", var.alarm_accounts)))
    error_message = "alarm_accounts must be account ids of 12 digits, or empty."
  }
}

variable "notice_event_bus_name" {
  description = "Name or ARN of an event bus that receives the same notices as events; \"default\" is the account's own. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.notice_event_bus_name == null || can(regex("^$|^[A-Za-z0-9/._-]{1,256}$|^arn:aws[a-z-]*:events:[a-z0-9-]+:[0-9]{12}:event-bus/[A-Za-z0-9/._-]{1,256}$", var.notice_event_bus_name))
    error_message = "notice_event_bus_name must be the name or the ARN of an event bus, or null."
  }
}

variable "notices" {
  description = "Kinds of notices to send; all of them by default. README.md, \"Notices\", lists the kinds."
  type        = list(string)
  default     = ["all"]
  nullable    = false

  validation {
    condition     = can(regex("^all$|^(rolled-back|would-roll-back|rollback-limit|left-alone|too-late|led-nowhere|conflict|failed|rollback-successful|rollback-failed|redeployed|unprotected)( +(rolled-back|would-roll-back|rollback-limit|left-alone|too-late|led-nowhere|conflict|failed|rollback-successful|rollback-failed|redeployed|unprotected))*$", join(" ", var.notices)))
    error_message = "notices must be all, or kinds of notices."
  }
}

variable "follow_deployments" {
  description = "none: x. outcomes: y."
  type        = string
  default     = "outcomes"
  nullable    = false

  validation {
    condition     = contains(["none", "outcomes", "outcomes-and-unprotected"], var.follow_deployments)
    error_message = "follow_deployments must be none, outcomes or outcomes-and-unprotected."
  }
}

variable "function_name" {
  description = "Name of the function."
  type        = string
  default     = "ecs-auto-rollback"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.function_name))
    error_message = "function_name must be a name."
  }
}

variable "architecture" {
  description = "Processor architecture; sam build needs the same value. arm64 costs less, but the project's tests run on x86_64."
  type        = string
  default     = "x86_64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^$|^arn:.*$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be an ARN, or null."
  }
}

variable "kms_key_arn" {
  description = "ARN. Null for none."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^$|^arn:.*$", var.kms_key_arn))
    error_message = "kms_key_arn must be an ARN, or null."
  }
}

variable "subnet_ids" {
  description = "Ids."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "security_group_ids" {
  description = "Ids."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "log_level" {
  description = "Least severe level to log. INFO has one line for each decision; DEBUG adds the payloads. WARN and ERROR also turn metrics off, because Lambda drops their log lines, which have no level."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["TRACE", "DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "log_level must be TRACE, DEBUG, INFO, WARN or ERROR."
  }
}

variable "log_retention_days" {
  description = "Days to keep logs. ECS keeps its history of service deployments for 90 days."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "metrics_namespace" {
  description = "CloudWatch namespace of the function's metrics. Their dimension \"service\" is LogServiceName: use a different one for each stack in the same account and Region."
  type        = string
  default     = "ecs-auto-rollback"
  nullable    = false

  validation {
    condition     = !can(regex("^AWS/", var.metrics_namespace)) && can(regex("^[A-Za-z0-9_.#:/-]{1,255}$", var.metrics_namespace))
    error_message = "metrics_namespace must be 1 to 255 letters, digits, or any of _ . - /."
  }
}

variable "self_monitoring" {
  description = "x"
  type        = string
  default     = "alarms-and-dashboard"
  nullable    = false

  validation {
    condition     = contains(["alarms-and-dashboard", "alarms", "none"], var.self_monitoring)
    error_message = "self_monitoring must be alarms-and-dashboard, alarms or none."
  }
}
