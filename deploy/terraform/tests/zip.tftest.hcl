# The zip: uploaded or there already, and the right one in either case.

mock_provider "aws" {
  mock_data "aws_s3_object" {
    defaults = {
      checksum_sha256 = "x4LUGmFy6K4ZVmenVh8+OpYSWvaz2/ivj7erlSt3icc="
    }
  }
}

variables {
  s3_bucket  = "artifacts"
  zip_sha256 = "c782d41a6172e8ae195667a7561f3e3a96125af6b3dbf8af8fb7ab952b7789c7"
}

run "a_local_zip_is_uploaded_under_a_key_of_its_own" {
  command = plan

  variables {
    zip_file = "tests/fixtures/function.zip"
  }

  assert {
    condition     = aws_s3_object.zip[0].key == "ecs-auto-rollback-c782d41a6172e8ae195667a7561f3e3a96125af6b3dbf8af8fb7ab952b7789c7.zip"
    error_message = "Other code must have another key, or CloudFormation does not see the change."
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["CodeS3Key"] == aws_s3_object.zip[0].key
    error_message = "The stack must use the zip that was uploaded."
  }

  assert {
    condition     = length(data.aws_s3_object.zip) == 0
    error_message = "Nothing must be read from the bucket."
  }
}

run "a_zip_in_a_bucket_is_used_as_it_is" {
  command = plan

  variables {
    s3_key = "releases/function.zip"
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["CodeS3Key"] == "releases/function.zip"
    error_message = "The stack must use the zip that is in the bucket."
  }

  assert {
    condition     = length(aws_s3_object.zip) == 0
    error_message = "Nothing must be uploaded."
  }
}

run "a_local_zip_of_another_sum_is_refused" {
  command = plan

  variables {
    zip_file   = "tests/fixtures/function.zip"
    zip_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }

  expect_failures = [aws_s3_object.zip]
}

run "a_zip_of_another_sum_in_a_bucket_is_refused" {
  command = plan

  variables {
    s3_key     = "releases/function.zip"
    zip_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }

  expect_failures = [aws_cloudformation_stack.this]
}

run "a_zip_without_a_sum_in_a_bucket_is_refused" {
  command = plan

  variables {
    s3_key = "releases/function.zip"
  }

  override_data {
    target = data.aws_s3_object.zip[0]
    values = {
      checksum_sha256 = ""
    }
  }

  expect_failures = [aws_cloudformation_stack.this]
}

run "no_zip_at_all_is_refused" {
  command = plan

  expect_failures = [aws_cloudformation_stack.this]
}
