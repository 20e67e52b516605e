# Everything that can be set: with notices, alarms on the function, a key of your own and a VPC.

provider "aws" {
  region = "eu-west-1"
}

variable "artifacts_bucket" {
  description = "Bucket that has the zip already, uploaded with `--checksum-algorithm SHA256`."
  type        = string
}

resource "aws_sns_topic" "notices" {
  name = "rollback-notices"
}

resource "aws_sns_topic" "signals" {
  name = "rollback-signals"
}

resource "aws_sns_topic" "self_alarms" {
  name = "rollback-self-alarms"
}

module "auto_rollback" {
  source = "../.."

  create = true
  name   = "shop-rollback"
  region = "eu-west-1"
  tags   = { team = "shop" }

  s3_bucket = var.artifacts_bucket
  s3_key    = "ecs-auto-rollback/ecs-auto-rollback-arm64.zip"

  mode                 = "enforce"
  services             = ["prod/*", "staging/web"]
  opt_in               = "tagged"
  alarms               = ["web-*", "cart-*"]
  ecs_events           = ["deployment-failed", "task-start-impaired"]
  notice_topic_arn     = aws_sns_topic.notices.arn
  signal_topic_arn     = aws_sns_topic.signals.arn
  self_alarm_topic_arn = aws_sns_topic.self_alarms.arn

  max_services   = 5
  cluster_scope  = "*"
  rollback_limit = 2

  alarm_name_prefix = "rollback-"
  look_ups          = ["alarm-tags", "composite-children", "load-balancers", "evidence"]

  accounts            = ["222233334444"]
  monitoring_accounts = ["333344445555"]
  regions             = ["eu-central-1"]
  spoke_role_name     = "shop-rollback-spoke"
  external_ids        = { "222233334444" = "shop-rollback" }
  alarm_accounts      = ["222233334444", "333344445555"]

  notice_event_bus_name = "default"
  notices               = ["rolled-back", "rollback-failed", "failed"]
  follow_deployments    = "outcomes-and-unprotected"

  function_name            = "shop-rollback"
  architecture             = "arm64"
  permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  kms_key_arn              = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  subnet_ids               = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  security_group_ids       = ["sg-0123456789abcdef0"]

  log_level          = "INFO"
  log_retention_days = 365
  metrics_namespace  = "shop-rollback"
  self_monitoring    = "alarms-and-dashboard"
}

module "web_5xx" {
  source = "../../modules/alb-5xx-alarm"

  name                     = "web-5xx"
  alarm_action_arn         = module.auto_rollback.alarm_action_arn
  load_balancer_arn_suffix = "app/shop/50dc6c495c0c9188"
  target_group_arn_suffix  = "targetgroup/web/4b5e57f6eb2f42b9"
  services                 = ["prod/web", "prod/cart"]

  error_percent       = 2
  minimum_requests    = 100
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  other_alarm_actions = [aws_sns_topic.self_alarms.arn]
  ok_actions          = [aws_sns_topic.self_alarms.arn]
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = module.auto_rollback.dashboard_name
}
