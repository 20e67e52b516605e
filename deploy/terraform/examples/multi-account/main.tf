# The function in one account, for services of two others.

locals {
  spoke_role_name = "ecs-auto-rollback-spoke"
}

provider "aws" {
  region = "eu-west-1"
}

provider "aws" {
  alias  = "shop"
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::222233334444:role/terraform"
  }
}

provider "aws" {
  alias  = "data"
  region = "eu-west-1"

  assume_role {
    role_arn = "arn:aws:iam::333344445555:role/terraform"
  }
}

variable "artifacts_bucket" {
  description = "Bucket for the zip, in eu-west-1."
  type        = string
}

variable "external_ids" {
  description = "External id of each account. It is no secret, but keeps one account's role from being used for another."
  type        = map(string)
}

module "auto_rollback" {
  source = "../.."

  zip_file  = "${path.module}/ecs-auto-rollback-x86_64.zip"
  s3_bucket = var.artifacts_bucket

  accounts        = keys(var.external_ids)
  spoke_role_name = local.spoke_role_name
  external_ids    = var.external_ids
  # Their CloudWatch alarms name the function in their own actions.
  alarm_accounts = keys(var.external_ids)
}

module "shop" {
  source    = "../../modules/spoke"
  providers = { aws = aws.shop }

  spoke_role_name = local.spoke_role_name
  hub_role_arn    = module.auto_rollback.role_arn
  external_id     = var.external_ids["222233334444"]
  regions         = ["eu-west-1"]
}

module "data" {
  source    = "../../modules/spoke"
  providers = { aws = aws.data }

  spoke_role_name = local.spoke_role_name
  hub_role_arn    = module.auto_rollback.role_arn
  external_id     = var.external_ids["333344445555"]
  regions         = ["eu-west-1"]
}
