"""A proxy to an AWS endpoint that records each call, and can refuse it."""

import contextlib
import http.client
import http.server
import json
import re
import threading
import urllib.parse

import cbor2

from harness.programs import TO_ANSWER


class Call:
    """One request to AWS: its operation, its parameters, and the access key that signed it."""

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
        """AWS's answer to a refused call, in the call's protocol: status, content type, body."""
        message = f"Not for {self.operation}"
        if self.cbor:
            return (
                400,
                "application/cbor",
                cbor2.dumps({"__type": f"com.amazonaws.cloudwatch#{code}", "message": message}),
            )
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return 403, "text/xml", f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode()


class Endpoint:
    """Forwards and records requests. `refused` maps an operation to the code with which it is refused."""

    def __init__(self, upstream):
        self.calls = []
        self.refused = {}
        address = urllib.parse.urlsplit(upstream).netloc
        recording = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                call = Call(self.path, headers, body)
                recording.calls.append(call)
                if call.operation in recording.refused:
                    self.answer(*call.refusal(recording.refused[call.operation]))
                    return
                connection = http.client.HTTPConnection(address, timeout=TO_ANSWER)
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
                # For a refusal; a forwarded answer has the header already.
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
        """The operations of all calls, in order."""
        return [call.operation for call in self.calls]

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def endpoint(upstream):
    recording = Endpoint(upstream)
    try:
        yield recording
    finally:
        recording.close()
