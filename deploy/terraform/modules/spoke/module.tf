# The variables of the module itself. Those of the role are in variables.tf.

variable "create" {
  description = "Create the stack. With false, nothing is created, and every output is null."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the CloudFormation stack."
  type        = string
  default     = "ecs-auto-rollback-spoke"
  nullable    = false
}

variable "tags" {
  description = "Tags of the stack, which CloudFormation gives to the role."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "region" {
  description = "Region of the stack; the role serves every Region that `regions` permits. Null for the Region of the provider."
  type        = string
  default     = null
}
