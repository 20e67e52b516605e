resource "aws_cloudformation_stack" "this" {
  count = var.create ? 1 : 0

  region        = var.region
  name          = var.name
  template_body = file("${path.module}/../../../../spoke.yaml")
  parameters    = { for name, value in local.parameters : name => value if value != null }
  # The role has the same name in every account.
  capabilities = ["CAPABILITY_NAMED_IAM"]
  tags         = var.tags
}
