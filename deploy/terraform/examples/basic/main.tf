# The function, and the alarm that every service behind a load balancer has. Nothing is rolled back until `mode` or a
# service's tag says so.

provider "aws" {
  region = "eu-west-1"
}

variable "artifacts_bucket" {
  description = "Bucket for the zip, in eu-west-1."
  type        = string
}

module "auto_rollback" {
  source = "../.."

  zip_file  = "${path.module}/ecs-auto-rollback-x86_64.zip"
  s3_bucket = var.artifacts_bucket
}

data "aws_lb" "shop" {
  name = "shop"
}

data "aws_lb_target_group" "web" {
  name = "web"
}

module "web_5xx" {
  source = "../../modules/alb-5xx-alarm"

  name                     = "web-5xx"
  alarm_action_arn         = module.auto_rollback.alarm_action_arn
  load_balancer_arn_suffix = data.aws_lb.shop.arn_suffix
  target_group_arn_suffix  = data.aws_lb_target_group.web.arn_suffix
}

output "alarm_action_arn" {
  description = "For `alarm_actions` of other alarms."
  value       = module.auto_rollback.alarm_action_arn
}
