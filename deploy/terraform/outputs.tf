locals {
  outputs = var.create ? aws_cloudformation_stack.this[0].outputs : {}
}

output "alarm_action_arn" {
  description = "ARN to put into an alarm's `alarm_actions`, so that the alarm can roll back deployments."
  value       = lookup(local.outputs, "FunctionArn", null)
}

output "function_arn" {
  description = "ARN of the function."
  value       = lookup(local.outputs, "FunctionArn", null)
}

output "function_name" {
  description = "Name of the function, for `aws lambda invoke` and requests by hand."
  value       = lookup(local.outputs, "FunctionName", null)
}

output "role_arn" {
  description = "ARN of the function's role, for the spokes in other accounts."
  value       = lookup(local.outputs, "RoleArn", null)
}

output "signal_queue_arn" {
  description = "ARN of the queue in which signals from EventBridge and SNS wait for the function."
  value       = lookup(local.outputs, "SignalQueueArn", null)
}

output "on_failure_queue_arn" {
  description = "ARN of the queue for signals that could not be processed; each message needs a person."
  value       = lookup(local.outputs, "OnFailureQueueArn", null)
}

output "log_group_name" {
  description = "Name of the log group, which has one line of JSON for each decision."
  value       = lookup(local.outputs, "LogGroupName", null)
}

output "dashboard_name" {
  description = "Name of the dashboard, or null without one."
  value       = lookup(local.outputs, "DashboardName", null)
}

output "version" {
  description = "Version of ecs-auto-rollback."
  value       = lookup(local.outputs, "Version", null)
}
