"""Lambda, as far as the function needs it: a Runtime API that hands out one event at a time and takes the answer."""

import contextlib
import http.server
import json
import os
import queue
import threading
import time

from aws import ACCOUNT, REGION, ROOT, process, until

# The function has answered within 25 seconds, whatever AWS does.
LONGEST = 30


class Failed(Exception):
    """The invocation failed, as Lambda reports it."""

    def __init__(self, error):
        super().__init__(error)
        self.kind = error["errorType"]
        self.message = error["errorMessage"]


class Function:
    """The function's program, running."""

    def __init__(self):
        self.program = None
        self._events, self._answers = queue.Queue(), queue.Queue()
        self._over = threading.Event()
        function = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                event = function.next_event()
                if event is None:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("lambda-runtime-aws-request-id", "8476a536")
                self.send_header("lambda-runtime-deadline-ms", str(int((time.time() + LONGEST) * 1000)))
                self.send_header(
                    "lambda-runtime-invoked-function-arn",
                    f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ecs-auto-rollback",
                )
                self.send_header("content-length", str(len(event)))
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(202)
                self.send_header("content-length", "0")
                self.end_headers()
                function.answered(self.path.endswith("/error"), body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.api = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def invoke(self, event):
        """The outcomes of one event; `Failed` if the invocation failed."""
        self._events.put(json.dumps(event).encode())
        until(lambda: not self._answers.empty(), self.program, LONGEST)
        failed, body = self._answers.get()
        if failed:
            raise Failed(body)
        return body["outcomes"]

    def next_event(self):
        while not self._over.is_set():
            with contextlib.suppress(queue.Empty):
                return self._events.get(timeout=0.05)
        return None

    def answered(self, failed, body):
        self._answers.put((failed, body))

    def close(self):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def function(folder, ecs, others, settings):
    """The function with these settings, and these endpoints for ECS and for all the rest."""
    running = Function()
    environment = {
        "AWS_LAMBDA_RUNTIME_API": running.api,
        "AWS_LAMBDA_FUNCTION_NAME": "ecs-auto-rollback",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL_ECS": ecs,
        "AWS_ENDPOINT_URL_CLOUDWATCH": others,
        "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2": others,
        "AWS_ENDPOINT_URL_STS": others,
        **settings,
    }
    binary = os.environ.get("FUNCTION_BIN", ROOT / "target" / "debug" / "ecs-auto-rollback")
    try:
        with process([binary], folder / "function.log", environment) as running.program:
            yield running
    finally:
        running.close()
