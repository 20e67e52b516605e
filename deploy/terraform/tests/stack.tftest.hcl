# The stack that the module makes, without AWS.

mock_provider "aws" {
  mock_resource "aws_cloudformation_stack" {
    defaults = {
      outputs = {
        FunctionArn       = "arn:aws:lambda:eu-west-1:111122223333:function:ecs-auto-rollback"
        FunctionName      = "ecs-auto-rollback"
        RoleArn           = "arn:aws:iam::111122223333:role/ecs-auto-rollback"
        SignalQueueArn    = "arn:aws:sqs:eu-west-1:111122223333:ecs-auto-rollback-signals"
        OnFailureQueueArn = "arn:aws:sqs:eu-west-1:111122223333:ecs-auto-rollback-on-failure"
        LogGroupName      = "/aws/lambda/ecs-auto-rollback"
      }
    }
  }
}

variables {
  s3_bucket  = "artifacts"
  zip_file   = "tests/fixtures/function.zip"
  zip_sha256 = "c782d41a6172e8ae195667a7561f3e3a96125af6b3dbf8af8fb7ab952b7789c7"
}

run "nothing_is_rolled_back_by_default" {
  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["Mode"] == "observe"
    error_message = "The mode must be observe until somebody says otherwise."
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["EcsEvents"] == "none"
    error_message = "ECS's own events must not be signals until somebody says so."
  }

  assert {
    condition     = !contains(keys(aws_cloudformation_stack.this[0].parameters), "NoticeTopicArn")
    error_message = "A parameter that is not set must be left to the template."
  }
}

run "outputs_are_those_of_the_stack" {
  assert {
    condition     = output.alarm_action_arn == "arn:aws:lambda:eu-west-1:111122223333:function:ecs-auto-rollback"
    error_message = "The alarm action must be the function."
  }

  assert {
    condition     = output.role_arn == "arn:aws:iam::111122223333:role/ecs-auto-rollback"
    error_message = "The role must be that of the function."
  }

  assert {
    condition     = output.signal_queue_arn == "arn:aws:sqs:eu-west-1:111122223333:ecs-auto-rollback-signals"
    error_message = "The signal queue must be that of the stack."
  }

  assert {
    condition     = output.log_group_name == "/aws/lambda/ecs-auto-rollback"
    error_message = "The log group must be that of the stack."
  }

  assert {
    condition     = output.dashboard_name == null
    error_message = "A stack without a dashboard must have no name of one."
  }
}

run "lists_and_maps_become_the_strings_of_the_template" {
  command = plan

  variables {
    mode         = "enforce"
    services     = ["prod/*", "111122223333:staging/web"]
    accounts     = ["222233334444", "333344445555"]
    ecs_events   = ["deployment-failed", "task-start-impaired"]
    external_ids = { "222233334444" = "first", "333344445555" = "second" }
    max_services = 3
    tags         = { team = "shop" }

    spoke_role_name = "ecs-auto-rollback-spoke"
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["Services"] == "prod/* 111122223333:staging/web"
    error_message = "Patterns must be separated by spaces."
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["Accounts"] == "222233334444,333344445555"
    error_message = "Accounts must be separated by commas."
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["EcsEvents"] == "deployment-failed task-start-impaired"
    error_message = "Events must be separated by spaces."
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["ExternalIds"] == "222233334444=first 333344445555=second"
    error_message = "Each account must have its external id."
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].parameters["MaxServices"] == "3"
    error_message = "A number must be passed on as its digits."
  }

  assert {
    condition     = aws_cloudformation_stack.this[0].tags == tomap({ team = "shop" })
    error_message = "The stack must have the tags."
  }
}

run "nothing_is_created_if_not_wanted" {
  variables {
    create   = false
    zip_file = null
  }

  assert {
    condition     = length(aws_cloudformation_stack.this) + length(aws_s3_object.zip) + length(data.aws_s3_object.zip) == 0
    error_message = "With create = false there must be nothing."
  }

  assert {
    condition     = output.alarm_action_arn == null
    error_message = "Without a stack the outputs must be null."
  }
}

run "wrong_values_are_refused" {
  command = plan

  variables {
    name           = "1st"
    mode           = "on"
    services       = ["prod"]
    max_services   = 0
    accounts       = ["1234"]
    ecs_events     = ["deployment-completed"]
    architecture   = "arm"
    zip_sha256     = "abc"
    cluster_scope  = "a/b"
    rollback_limit = -1
  }

  expect_failures = [
    var.name,
    var.mode,
    var.services,
    var.max_services,
    var.accounts,
    var.ecs_events,
    var.architecture,
    var.zip_sha256,
    var.cluster_scope,
    var.rollback_limit,
  ]
}
