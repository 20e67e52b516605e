# The variables of the module itself. Those of the function and its stack are in variables.tf.

variable "create" {
  description = "Create the stack. With false, nothing is created or read, and every output is null."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the CloudFormation stack. That of the function is `function_name`."
  type        = string
  default     = "ecs-auto-rollback"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,127}$", var.name))
    error_message = "name must begin with a letter and have at most 128 letters, digits and hyphens."
  }
}

variable "tags" {
  description = "Tags of the stack, which CloudFormation gives to its resources, and of the uploaded zip."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "region" {
  description = "Region of the stack. Null for that of the provider."
  type        = string
  default     = null
}

variable "iam_role_arn" {
  description = "Role that CloudFormation assumes to create the stack's resources. Null for your own permissions."
  type        = string
  default     = null
}

variable "zip_file" {
  description = "Path of the release's zip on this machine; the module uploads it to `s3_bucket`. Null if the zip is there already."
  type        = string
  default     = null
}

variable "s3_bucket" {
  description = "Bucket of the zip, in the Region of the stack, because Lambda reads no other."
  type        = string
  nullable    = false
}

variable "s3_key" {
  description = "Key of the zip in `s3_bucket`. Null for a key that contains the zip's SHA-256; needs `zip_file`."
  type        = string
  default     = null
}

variable "zip_sha256" {
  description = "SHA-256 that the zip must have, in hexadecimal digits. Null for that of this release; set it only for a zip of your own."
  type        = string
  default     = null

  validation {
    condition     = var.zip_sha256 == null || can(regex("^[0-9a-f]{64}$", var.zip_sha256))
    error_message = "zip_sha256 must be 64 hexadecimal digits in lower case, as sha256sum prints them, or null."
  }
}
