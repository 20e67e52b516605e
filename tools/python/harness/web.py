"""JSON over HTTP, to programs on this machine."""

import json
import urllib.request

from harness.programs import TO_ANSWER, Failed

# The loopback is never behind a proxy, whatever the environment says.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(url, method="GET", body=None):
    """Sends a request, and returns the JSON of its answer."""
    data = None if body is None else json.dumps(body).encode()
    try:
        with OPENER.open(urllib.request.Request(url, data=data, method=method), timeout=TO_ANSWER) as answer:
            return json.load(answer)
    except OSError as problem:
        raise Failed(f"{url} does not answer: {problem}") from None


def answers(url):
    """Says whether a GET of this address is answered."""
    try:
        ask(url)
    except Failed:
        return False
    return True
