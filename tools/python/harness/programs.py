"""Programs beside this one: run to their end, or kept running for as long as they are needed."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from harness import ROOT

# Upper bounds, in seconds: more than any program takes to start, to answer or to stop on a machine that is busy.
TO_START, TO_ANSWER, TO_STOP = 60, 30, 10
# The part of a log that explains a failure.
LAST_LINES = 15
# How the programs of this project say where they listen.
LISTENING = re.compile(r"^listening on (\S+)$", re.MULTILINE)


class Failed(Exception):
    """A program did not do what it was to do."""


@dataclass
class Program:
    """A program that runs."""

    name: str
    process: subprocess.Popen
    log: Path

    def said(self):
        """The program's output so far."""
        return self.log.read_text(errors="replace")

    def until(self, ready, patience=TO_ANSWER):
        """Waits until `ready` gives something true, and returns that; no longer than the program runs."""
        deadline = time.monotonic() + patience
        while not (result := ready()):
            if self.process.poll() is not None:
                raise Failed(f"{self.name} ended by itself, with status {self.process.returncode}")
            if time.monotonic() > deadline:
                raise Failed(f"{self.name} was not ready within {patience} s")
            time.sleep(0.02)
        return result

    def address(self):
        """The address that it prints once it listens."""
        return self.until(lambda: LISTENING.search(self.said()), TO_START)[1]


@contextlib.contextmanager
def running(name, command, log, env=None):
    """Runs a program, with its output in the file `log`, and stops it in the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    program = Program(name, process, log)
    try:
        yield program
    except Failed as failed:
        failed.add_note("\n".join([f"The last lines of {name}:", *program.said().splitlines()[-LAST_LINES:]]))
        raise
    finally:
        stop(process)


def run(what, command, patience, text=None, **options):
    """Runs a program to its end, with `text` as its input, and returns its output as far as that is piped."""
    given = subprocess.DEVNULL if text is None else subprocess.PIPE
    try:
        process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=given, **options)
    except FileNotFoundError:
        raise Failed(f"{command[0]} is missing, which {what} needs") from None
    try:
        output, errors = process.communicate(text, timeout=patience)
    except subprocess.TimeoutExpired:
        raise Failed(f"{what} took more than {patience} s") from None
    finally:
        stop(process)
    if process.returncode:
        said = " ".join(f"{errors or ''} {output or ''}".split()) or " ".join(map(str, command))
        raise Failed(f"{what} failed: {said}")
    return output


def stop(process):
    """Asks a program to end. If it does not, it is killed, and so is everything that it started and left behind."""
    # Once it has ended, its number may be another program's.
    started = descendants(process.pid) if process.poll() is None else set()
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(TO_STOP)
    if process.poll() is None:
        process.kill()
    for pid in started:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    process.wait(TO_STOP)


def descendants(pid):
    """The processes that `pid` started, and those that these started.

    A process group is not enough: cargo lambda puts the function in a session of its own.
    """
    if not shutil.which("ps"):
        return set()
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    parents = [tuple(map(int, line.split())) for line in listed.splitlines()]
    found, seen = [pid], set()
    while found:
        parent = found.pop()
        children = [child for child, its_parent in parents if its_parent == parent and child not in seen]
        seen.update(children)
        found += children
    return seen


def free_port():
    """A port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listens(port):
    """Says whether anybody listens on a port of the loopback."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
