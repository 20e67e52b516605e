locals {
  outputs = var.create ? aws_cloudformation_stack.this[0].outputs : {}
}

output "role_arn" {
  description = "ARN of the role that the function assumes in this account."
  value       = lookup(local.outputs, "RoleArn", null)
}
