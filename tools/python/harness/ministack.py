"""The AWS that is none of this project's making: ministack, as a program on this machine."""

import contextlib
import os
import sys

from harness import ACCOUNT
from harness.programs import TO_START, free_port, running
from harness.web import answers, ask


@contextlib.contextmanager
def ministack(folder, services, port=None, settings=None):
    """Runs these services of AWS, and gives their address. `settings` are more variables for its environment."""
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
    with running("ministack", [sys.executable, "-m", "ministack"], folder / "ministack.log", environment) as program:
        program.until(lambda: answers(f"{url}/_ministack/health"), TO_START)
        yield url


def reset(url):
    """Takes everything away that was made there."""
    ask(f"{url}/_ministack/reset", "POST")
