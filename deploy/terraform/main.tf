# The template is the one truth about the function's resources; this module gives it types.

locals {
  code = {
    CodeS3Bucket = var.s3_bucket
    # An object of another key is another version of the code.
    CodeS3Key = local.uploads ? one(aws_s3_object.zip[*].key) : var.s3_key
  }
}

resource "aws_cloudformation_stack" "this" {
  count = var.create ? 1 : 0

  region        = var.region
  name          = var.name
  template_body = file("${path.module}/../cloudformation/ecs-auto-rollback.yaml")
  # A parameter that is not set has the template's default.
  parameters   = { for name, value in merge(local.parameters, local.code) : name => value if value != null }
  capabilities = ["CAPABILITY_IAM"]
  iam_role_arn = var.iam_role_arn
  tags         = var.tags

  lifecycle {
    precondition {
      condition     = local.refused == ""
      error_message = local.refused
    }
  }
}
