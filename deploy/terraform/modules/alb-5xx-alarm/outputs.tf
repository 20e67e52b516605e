output "alarm_arn" {
  description = "ARN of the alarm."
  value       = one(aws_cloudwatch_metric_alarm.this[*].arn)
}

output "alarm_name" {
  description = "Name of the alarm, for `aws cloudwatch set-alarm-state` and an ECS service's own deployment alarms."
  value       = one(aws_cloudwatch_metric_alarm.this[*].alarm_name)
}
