mock_provider "aws" {}

variables {
  name                     = "web-5xx"
  alarm_action_arn         = "arn:aws:lambda:eu-west-1:111122223333:function:ecs-auto-rollback"
  load_balancer_arn_suffix = "app/shop/50dc6c495c0c9188"
  target_group_arn_suffix  = "targetgroup/web/4b5e57f6eb2f42b9"
}

run "it_fires_within_a_deployment_and_never_without_traffic" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.this[0].alarm_actions == toset([var.alarm_action_arn])
    error_message = "The function must be the alarm's action."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this[0].treat_missing_data == "notBreaching"
    error_message = "Missing data must not count against a deployment."
  }

  assert {
    condition = alltrue(flatten([
      for query in aws_cloudwatch_metric_alarm.this[0].metric_query : [for metric in query.metric : metric.period == 60]
    ]))
    error_message = "The metrics must be looked at by the minute."
  }

  assert {
    condition = [
      for query in aws_cloudwatch_metric_alarm.this[0].metric_query : query.expression if query.id == "rate"
    ] == ["IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)"]
    error_message = "A minute with little traffic must not count."
  }

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.this[0].tags) == 0
    error_message = "The target group leads to the services: no tag is needed."
  }
}

run "named_services_become_the_tag_that_the_function_reads" {
  command = plan

  variables {
    services = ["prod/web", "prod/cart"]
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this[0].tags["auto-rollback:services"] == "prod/web prod/cart"
    error_message = "The tag must name the services, separated by spaces."
  }
}

run "a_whole_arn_is_refused" {
  command = plan

  variables {
    target_group_arn_suffix = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/4b5e57f6eb2f42b9"
  }

  expect_failures = [var.target_group_arn_suffix]
}
