locals {
  dimensions = {
    LoadBalancer = var.load_balancer_arn_suffix
    TargetGroup  = var.target_group_arn_suffix
  }
  metrics = {
    errors   = "HTTPCode_Target_5XX_Count"
    requests = "RequestCount"
  }
  services = length(var.services) == 0 ? {} : { "auto-rollback:services" = join(" ", var.services) }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  count = var.create ? 1 : 0

  region            = var.region
  alarm_name        = var.name
  alarm_description = "More than ${var.error_percent} % of the requests to ${var.target_group_arn_suffix} fail with a 5xx."
  alarm_actions     = concat([var.alarm_action_arn], var.other_alarm_actions)
  ok_actions        = var.ok_actions
  tags              = merge(var.tags, local.services)

  comparison_operator = "GreaterThanThreshold"
  threshold           = var.error_percent
  evaluation_periods  = var.evaluation_periods
  datapoints_to_alarm = var.datapoints_to_alarm
  # No traffic is no evidence against a deployment.
  treat_missing_data = "notBreaching"

  metric_query {
    id    = "rate"
    label = "5xx (%)"
    # The load balancer reports no zeros: a minute without errors has no value.
    expression  = "IF(requests >= ${var.minimum_requests}, 100 * FILL(errors, 0) / requests, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = local.dimensions
        stat        = "Sum"
        # The shortest that a load balancer has. Longer ones delay the rollback and blur when the trouble began.
        period = 60
      }
    }
  }
}
