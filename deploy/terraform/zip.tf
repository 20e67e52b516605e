# The zip is checked when the plan is made, so that a wrong one is refused before anything is created.

locals {
  uploads = var.create && var.zip_file != null
  reads   = var.create && var.zip_file == null && var.s3_key != null

  # `make release` writes the sums of its zips.
  release         = jsondecode(file("${path.module}/release.json"))
  expected_sha256 = var.zip_sha256 != null ? var.zip_sha256 : local.release.sha256[var.architecture]
  other           = var.architecture == "arm64" ? "x86_64" : "arm64"

  # S3 has sums in base64. Terraform has no function for that: two of its digits are three hexadecimal ones.
  digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  base64 = {
    for name, sum in merge(local.release.sha256, { expected = local.expected_sha256 }) : name => sum == null ? null : join("", [
      for i in range(43) : substr(
        local.digits,
        floor(parseint(substr("${sum}00", floor(i / 2) * 3, 3), 16) / (i % 2 == 0 ? 64 : 1)) % 64,
        1
      )
    ])
  }

  # Without the "=" at the end.
  actual = local.uploads ? trimsuffix(filebase64sha256(var.zip_file), "=") : (
    local.reads ? trimsuffix(coalesce(one(data.aws_s3_object.zip[*].checksum_sha256), "="), "=") : ""
  )
  zip    = local.uploads ? "The zip ${var.zip_file}" : "The object s3://${var.s3_bucket}/${coalesce(var.s3_key, "-")}"
  s3_key = var.s3_key != null || !local.uploads ? var.s3_key : "ecs-auto-rollback-${filesha256(var.zip_file)}.zip"

  # Why the zip is refused, or nothing.
  refused = (
    !var.create ? "" :
    !local.uploads && !local.reads ? "Set zip_file to the release's zip, or s3_key to the key of a zip that is in s3_bucket already." :
    local.expected_sha256 == null ? "This copy of the module is not from a release, so it knows no zip: set zip_sha256 to the SHA-256 of your own build." :
    local.actual == local.base64.expected ? "" :
    local.actual == "" ? "${local.zip} has no SHA-256 checksum: upload it with aws s3 cp --checksum-algorithm SHA256, or set zip_file." :
    local.actual == local.base64[local.other] ? "${local.zip} is the one for ${local.other}, but architecture is ${var.architecture}." :
    "${local.zip} is not the one of this release for ${var.architecture}: its SHA-256 should be ${local.expected_sha256}."
  )
}

data "aws_s3_object" "zip" {
  count = local.reads ? 1 : 0

  region        = var.region
  bucket        = var.s3_bucket
  key           = var.s3_key
  checksum_mode = "ENABLED"
}

resource "aws_s3_object" "zip" {
  count = local.uploads ? 1 : 0

  region             = var.region
  bucket             = var.s3_bucket
  key                = local.s3_key
  source             = var.zip_file
  source_hash        = local.actual
  checksum_algorithm = "SHA256"
  tags               = var.tags

  lifecycle {
    precondition {
      condition     = local.refused == ""
      error_message = local.refused
    }
  }
}
