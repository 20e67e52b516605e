"""The demo in a terminal: the output of `make demo`, with its colours."""

import html
import os
import pty
import re
import subprocess

from browser import pictures
from harness import ROOT
from harness.programs import TO_STOP, Failed, stop

# Ports differ from run to run, and where the demo begins the builds end.
BEGINS = "In the simulation it is noon"
ESCAPE = re.compile(r"\x1b\[([\d;]*)m")


def draw(folder):
    output = demo()
    begin = output.find(BEGINS)
    if begin < 0:
        raise Failed("the demo has not begun as expected")
    lines = "$ make demo\n" + output[begin:].rstrip()
    return pictures(folder, "demo", 860, f"<pre>{coloured(lines)}</pre>")


def demo():
    """The output of the demo, as it is on a terminal."""
    master, slave = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm-256color"}
    process = subprocess.Popen(
        ["make", "--no-print-directory", "demo"], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=slave,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    chunks = []
    try:
        while chunk := os.read(master, 65536):
            chunks.append(chunk)
    except OSError:
        # A terminal whose other side is closed gives an error instead of an end.
        process.wait(TO_STOP)
    finally:
        os.close(master)
        stop(process)
    output = b"".join(chunks).decode().replace("\r\n", "\n")
    if process.returncode:
        raise Failed(f"the demo ended with status {process.returncode}: {' '.join(output.splitlines()[-3:])}")
    return output


def coloured(text):
    """The text as HTML, with a span for each colour."""
    parts, last, is_open = [], 0, False
    for found in ESCAPE.finditer(text):
        parts.append(html.escape(text[last : found.start()]))
        last = found.end()
        if is_open:
            parts.append("</span>")
        is_open = found[1] not in ("", "0")
        if is_open:
            parts.append(f'<span class="c{found[1]}">')
    return "".join(parts) + html.escape(text[last:]) + ("</span>" if is_open else "")
