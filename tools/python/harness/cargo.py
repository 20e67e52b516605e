"""Cargo: what it builds, and where that is."""

import functools
import json
import subprocess
from pathlib import Path

from harness.programs import run

# In seconds. The first build of the AWS SDK takes minutes on a small machine.
TO_BUILD = 3600


@functools.cache
def target_directory():
    """The folder of everything that is built."""
    asked = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    return Path(json.loads(run("the look for cargo's folder", asked, 60, stdout=subprocess.PIPE))["target_directory"])


def cargo(what, *arguments):
    """Runs cargo, with its own output on the terminal."""
    run(what, ["cargo", *arguments], TO_BUILD)
