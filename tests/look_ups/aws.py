"""The AWS that the function looks things up in: ministack for CloudWatch, Elastic Load Balancing and STS, the simulator for
ECS. Both are processes on the loopback, behind an endpoint that notes each call and can deny it."""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import cbor2

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
REGION = "us-east-1"

# More than any answer takes here, and less than anybody wants to wait for a test that hangs.
PATIENCE = 20


class Call:
    """One request to AWS: its operation, what it asks for, and the access key that signed it."""

    def __init__(self, path, headers, body):
        self.access_key = (re.findall(r"Credential=([^/,]+)/", headers.get("authorization", "")) or [None])[0]
        self.cbor = headers.get("smithy-protocol") == "rpc-v2-cbor"
        if self.cbor:
            self.operation, self.asks = path.rsplit("/", 1)[-1], cbor2.loads(body)
        elif "x-amz-target" in headers:
            self.operation, self.asks = headers["x-amz-target"].rsplit(".", 1)[-1], json.loads(body)
        else:
            self.asks = dict(urllib.parse.parse_qsl(body.decode()))
            self.operation = self.asks.get("Action")

    def refusal(self, code):
        """The answer by which AWS refuses the call, in its protocol: status, content type, body."""
        message = f"Not for {self.operation}"
        if self.cbor:
            return 400, "application/cbor", cbor2.dumps({"__type": f"com.amazonaws.cloudwatch#{code}", "message": message})
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return 403, "text/xml", f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode()


class Endpoint:
    """Passes requests on and notes them. `refused` gives for an operation the code with which it is refused."""

    def __init__(self, upstream):
        self.calls = []
        self.refused = {}
        address = urllib.parse.urlsplit(upstream).netloc
        noting = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                call = Call(self.path, headers, body)
                noting.calls.append(call)
                if call.operation in noting.refused:
                    self.answer(*call.refusal(noting.refused[call.operation]))
                    return
                connection = http.client.HTTPConnection(address, timeout=PATIENCE)
                connection.request("POST", self.path, body, headers | {"connection": "close"})
                with connection.getresponse() as response:
                    kept = ("smithy-protocol", "x-amzn-errortype", "x-amzn-requestid")
                    others = {name: response.headers[name] for name in kept if name in response.headers}
                    self.answer(response.status, response.headers.get("content-type", ""), response.read(), others)
                connection.close()

            def answer(self, status, content_type, body, others=()):
                self.send_response(status)
                for name, value in {"content-type": content_type, "content-length": len(body), **dict(others)}.items():
                    self.send_header(name, str(value))
                # In a refusal; what is passed on says so by itself.
                if content_type == "application/cbor" and "smithy-protocol" not in dict(others):
                    self.send_header("smithy-protocol", "rpc-v2-cbor")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def operations(self):
        """The operations that were asked for, in order."""
        return [call.operation for call in self.calls]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def endpoint(upstream):
    noting = Endpoint(upstream)
    try:
        yield noting
    finally:
        noting.close()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def ministack(folder, services="cloudwatch,elasticloadbalancing,sts", port=None, settings=None):
    """These services of AWS; gives the address. `settings` are more variables for its environment."""
    port = port or free_port()
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "SERVICES": services,
        "LOG_LEVEL": "WARNING",
        # Listeners that it would open besides.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        **(settings or {}),
    }
    url = f"http://127.0.0.1:{port}"
    with process([sys.executable, "-m", "ministack"], folder / "ministack.log", environment) as running:
        until(lambda: control(f"{url}/_ministack/health", "GET") is not None, running)
        yield url


@contextlib.contextmanager
def simulator(folder, services, account=ACCOUNT, options=("--speed", "0", "--max-seconds", "120"), **more):
    """ECS with these services, all with a deployment in flight if they do not say otherwise; gives the address. Its time
    stands still if the options do not say otherwise. `more` goes into the scenario."""
    now = time.time()

    def stamp(before):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - before))

    lines = [
        f"now = {stamp(0)}",
        f'home = {{ account = "{account}", region = "{REGION}", partition = "aws" }}',
        *(f"{key} = {toml(value)}" for key, value in more.items()),
        "[default]",
        "[default.finished]",
        'task_definition = "{service}:41"',
        'status = "SUCCESSFUL"',
        f"created_at = {stamp(86400)}",
        f"finished_at = {stamp(86000)}",
        "[default.in_flight]",
        'task_definition = "{service}:42"',
        'status = "IN_PROGRESS"',
        'stage = "BAKE_TIME"',
        f"created_at = {stamp(600)}",
        f"started_at = {stamp(598)}",
    ]
    for service in services:
        service = {"finished": [{}], "in_flight": [{}]} | service
        lines += ["[[service]]", *(f"{key} = {toml(value)}" for key, value in service.items())]
    scenario = folder / f"{account}.toml"
    scenario.write_text("\n".join(lines) + "\n")
    binary = os.environ.get("SIMULATOR_BIN", ROOT / "target" / "debug" / "simulator")
    command = [binary, "--port", "0", *options, "--scenario", scenario]
    log = folder / f"simulator-{account}.log"
    with process(command, log, {}) as running:
        listening = re.compile(r"^listening on (\S+)$", re.MULTILINE)
        until(lambda: listening.search(log.read_text()), running)
        yield listening.search(log.read_text())[1]


def toml(value):
    """A value as TOML writes it in one line."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


@contextlib.contextmanager
def process(command, log, environment):
    """Runs for as long as it is needed, and not longer."""
    with log.open("wb") as output:
        running = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    running.log = log
    try:
        yield running
    finally:
        running.kill()
        running.wait(timeout=PATIENCE)


def until(ready, running, patience=PATIENCE):
    """Waits for what a process is to do, and no longer than it runs."""
    end = time.monotonic() + patience
    while not ready():
        assert running.poll() is None, f"it ended by itself: {running.log.read_text()}"
        assert time.monotonic() < end, f"it took too long: {running.log.read_text()}"
        time.sleep(0.01)


def control(url, method, body=None):
    """A call beside AWS's own, and its answer. None if nobody is there yet."""
    request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode(), method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)
    except (ConnectionError, urllib.error.URLError):
        return None
