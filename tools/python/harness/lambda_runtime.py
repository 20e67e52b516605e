"""The function, run and invoked by the program `local-lambda`."""

import contextlib
import json
import os

from harness import REGION
from harness.aws import client
from harness.cargo import target_directory
from harness.programs import running

ROLLED_BACK = "rolled-back · stop-requested"


class Failed(Exception):
    """The invocation failed, as Lambda reports it."""

    def __init__(self, error):
        super().__init__(error)
        self.kind = error["errorType"]
        self.message = error["errorMessage"]


class Function:
    """The running function."""

    def __init__(self, url):
        self._lambda = client("lambda", url)

    def invoke(self, event):
        """The outcomes of one event; `Failed` if the invocation failed."""
        return self.answer(event)["outcomes"]

    def answer(self, event):
        """The response to one event; `Failed` if the invocation failed."""
        answer = self._lambda.invoke(FunctionName="ecs-auto-rollback", Payload=json.dumps(event))
        body = json.load(answer["Payload"])
        if "FunctionError" in answer:
            raise Failed(body)
        return body


@contextlib.contextmanager
def function(folder, ecs, others, settings, max_seconds=120):
    """Runs the function with these settings, for up to `max_seconds`, in case nobody is left to stop it.

    `ecs` and `others` are the endpoints of ECS and of all other services.
    """
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
    built = target_directory() / "debug"
    program = os.environ.get("LAMBDA_BIN", built / "local-lambda")
    binary = os.environ.get("FUNCTION_BIN", built / "ecs-auto-rollback")
    command = [program, "--port", "0", "--max-seconds", str(max_seconds), "--", binary]
    with running("the function", command, folder / "function.log", environment) as started:
        yield Function(started.address())
