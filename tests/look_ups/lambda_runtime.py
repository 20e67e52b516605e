"""Lambda, as far as the function needs it: the program `local-lambda` runs the function, and is invoked as Lambda is."""

import contextlib
import json
import os
import re

import boto3
from aws import REGION, ROOT, process, until
from botocore.config import Config

# The function has answered within 25 seconds, whatever AWS does.
LONGEST = 30


class Failed(Exception):
    """The invocation failed, as Lambda reports it."""

    def __init__(self, error):
        super().__init__(error)
        self.kind = error["errorType"]
        self.message = error["errorMessage"]


class Function:
    """The function, running."""

    def __init__(self, url):
        once = Config(read_timeout=LONGEST, retries={"total_max_attempts": 1})
        keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}
        self._lambda = boto3.client("lambda", endpoint_url=url, region_name=REGION, config=once, **keys)

    def invoke(self, event):
        """The outcomes of one event; `Failed` if the invocation failed."""
        answer = self._lambda.invoke(FunctionName="ecs-auto-rollback", Payload=json.dumps(event))
        body = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise Failed(body)
        return body["outcomes"]


@contextlib.contextmanager
def function(folder, ecs, others, settings):
    """The function with these settings, and these endpoints for ECS and for all the rest."""
    environment = {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL_ECS": ecs,
        "AWS_ENDPOINT_URL_CLOUDWATCH": others,
        "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2": others,
        "AWS_ENDPOINT_URL_STS": others,
        **settings,
    }
    built = ROOT / "target" / "debug"
    program = os.environ.get("LAMBDA_BIN", built / "local-lambda")
    binary = os.environ.get("FUNCTION_BIN", built / "ecs-auto-rollback")
    log = folder / "function.log"
    listening = re.compile(r"^listening on (\S+)$", re.MULTILINE)
    with process([program, "--port", "0", "--max-seconds", "120", "--", binary], log, environment) as running:
        until(lambda: listening.search(log.read_text()), running)
        yield Function(listening.search(log.read_text())[1])
