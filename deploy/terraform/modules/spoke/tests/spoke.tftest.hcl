mock_provider "aws" {
  mock_resource "aws_cloudformation_stack" {
    defaults = {
      outputs = {
        RoleArn = "arn:aws:iam::222233334444:role/ecs-auto-rollback-spoke"
      }
    }
  }
}

variables {
  hub_role_arn = "arn:aws:iam::111122223333:role/ecs-auto-rollback"
}

run "the_role_trusts_the_function_and_nothing_else" {
  variables {
    regions = ["eu-west-1", "eu-central-1"]
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["HubRoleArn"] == "arn:aws:iam::111122223333:role/ecs-auto-rollback"
    error_message = "The role must trust the function's role."
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["Regions"] == "eu-west-1,eu-central-1"
    error_message = "Regions must be separated by commas."
  }

  assert {
    condition     = output.role_arn == "arn:aws:iam::222233334444:role/ecs-auto-rollback-spoke"
    error_message = "The output must be the role."
  }
}

run "an_account_in_place_of_a_role_is_refused" {
  command = plan

  variables {
    hub_role_arn = "arn:aws:iam::111122223333:root"
  }

  expect_failures = [var.hub_role_arn]
}

run "nothing_is_created_if_not_wanted" {
  variables {
    create = false
  }

  assert {
    condition     = length(aws_cloudformation_stack.this) == 0 && output.role_arn == null
    error_message = "With create = false there must be nothing."
  }
}
