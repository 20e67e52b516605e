"""The competitors: how to start each, and the size of what it deploys."""

import io
import json
import platform
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import certifi

from harness import ROOT
from harness.programs import run

HERE = Path(__file__).resolve().parent
FUNCTION = "ecs-auto-rollback"
# Compared only with the function, to measure the cost of the usual root certificates.
ONE_ROOT = "this function, one root"
TO_INSTALL = 600

# The variables that Lambda sets and a runtime reads. The memory size is the template's default.
LAMBDA = {
    "AWS_LAMBDA_FUNCTION_NAME": FUNCTION,
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_LOG_LEVEL": "INFO",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
    "NO_PROXY": "127.0.0.1",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}

# The function acts, as the others do. It reuses no observation: otherwise it would make no call for the second event.
# It takes no closer look, as none of the others does.
SETTINGS = {
    "ROLLBACK_MODE": "enforce",
    "ROLLBACK_LOOK_UPS": "alarm-tags composite-children target-groups deployment-alarms",
    "ROLLBACK_MEMORY_SECONDS": "0",
}


@dataclass
class Competitor:
    """One implementation of the job."""

    name: str
    what: str
    command: list
    environment: dict
    # Bytes of the zip. A zip without the SDK is not comparable with one that has it; `without_sdk` is the note about
    # that.
    size: int
    without_sdk: str = ""
    rolls_back: bool = True
    one_root: bool = False

    def as_plan(self):
        return {
            "name": self.name,
            "command": [str(part) for part in self.command],
            "environment": LAMBDA | self.environment,
            "rolls_back": self.rolls_back,
            "one_root": self.one_root,
        }


def roots():
    """The root certificates that every competitor trusts: Mozilla's, from certifi."""
    return certifi.where()


def field(release, folder, say):
    """The competitors that can run here, and a sentence for each that cannot."""
    function = release / FUNCTION
    size = zipped({"bootstrap": function})
    rust = [
        Competitor("this function", f"`make build`, Rust {rust_version()}", [function], SETTINGS, size),
        Competitor(ONE_ROOT, "the same, with a single trusted root", [function], SETTINGS, size, one_root=True),
        Competitor(
            "bare SDK",
            "`tools/bench/bare`: the AWS SDK for Rust and the four calls in sequence, without any decision",
            [release / "bare"],
            {},
            zipped({"bootstrap": release / "bare"}),
        ),
        Competitor(
            "hello",
            "`tools/bench/hello`: `lambda_runtime` alone, without calls to ECS: the floor",
            [release / "hello"],
            {},
            zipped({"bootstrap": release / "hello"}),
            rolls_back=False,
        ),
    ]
    node, missing = nodes(folder, say)
    return [*rust, python(folder, say), *node], missing


def rust_version():
    return run("the look at rustc", ["rustc", "--version"], 60, stdout=subprocess.PIPE).split()[1]


def python(folder, say):
    """Installs Python with only boto3 and the runtime client.

    boto3 would also load other packages of our tools' environment, such as pyOpenSSL, and start more slowly.
    """
    code, home = HERE / "python", folder / "python"
    program = home / "bin" / "python"
    say("Installing boto3 and Lambda's runtime client for Python")
    run("venv", [sys.executable, "-m", "venv", "--clear", "--without-pip", home], TO_INSTALL)
    pip = [sys.executable, "-m", "pip", "--python", program, "--quiet", "--disable-pip-version-check", "--no-input"]
    run("pip", [*pip, "install", "--constraint", ROOT / "requirements.txt", "boto3", "awslambdaric"], TO_INSTALL)
    return Competitor(
        "Python",
        f"`tools/bench/python`: boto3 {version('boto3')}, botocore {version('botocore')}, runtime client awslambdaric "
        f"{version('awslambdaric')}, Python {platform.python_version()}",
        [program, "-m", "awslambdaric", "function.handler"],
        # As in Lambda, where the code's folder is read-only, so that the function's own file is compiled at each start.
        {"PYTHONPATH": str(code), "LAMBDA_TASK_ROOT": str(code), "PYTHONDONTWRITEBYTECODE": "1"},
        zipped({"function.py": code / "function.py"}),
        "boto3 is in Lambda's runtime",
    )


def nodes(folder, say):
    """Installs Node with the SDK's package as it is, and bundled."""
    if not (shutil.which("node") and shutil.which("npm")):
        text = "Node: `node` or `npm` is missing. Install Node 20 or later to include it."
        say(f"\n*** {text}\n*** The bench continues WITHOUT it, and the document says so.\n")
        return [], [text]
    code = HERE / "node"
    say("Installing the AWS SDK for JavaScript into tools/bench/node/node_modules")
    run("npm", ["npm", "ci", "--prefix", code, "--ignore-scripts", "--no-audit", "--no-fund"], TO_INSTALL)
    bundle = folder / "node" / "function.mjs"
    esbuild = code / "node_modules" / ".bin" / "esbuild"
    # Parts of the SDK are CommonJS modules, which need `require`.
    banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
    options = ["--bundle", "--minify", "--platform=node", "--format=esm", "--target=node20", "--log-level=warning"]
    run("esbuild", [esbuild, code / "function.mjs", f"--outfile={bundle}", f"--banner:js={banner}", *options], 60)

    sdk = package_version(code, "@aws-sdk/client-ecs")
    runtime = run("the look at node", ["node", "--version"], 60, stdout=subprocess.PIPE).strip().lstrip("v")
    start = [shutil.which("node"), code / "runtime.mjs"]
    modules = {f"node_modules/{path.relative_to(code / 'node_modules')}": path for path in shipped(code)}
    return [
        Competitor(
            "Node",
            f"`tools/bench/node`: @aws-sdk/client-ecs {sdk} as npm installs it, Node {runtime}",
            [*start, code / "function.mjs"],
            {},
            zipped({"function.mjs": code / "function.mjs"}),
            f"the SDK is in Lambda's runtime; with it, the zip has {kibibytes(zipped(modules))}",
        ),
        Competitor(
            "Node, bundled",
            f"the same, bundled into one file by esbuild {package_version(code, 'esbuild')}",
            [*start, bundle],
            {},
            zipped({"function.mjs": bundle}),
        ),
    ], []


def package_version(code, name):
    return json.loads((code / "node_modules" / name / "package.json").read_text())["version"]


def shipped(code):
    """The files of all packages except those that only build the bundle."""
    tools = {"esbuild", "@esbuild", ".bin", ".package-lock.json"}
    folder = code / "node_modules"
    return [path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] not in tools]


def zipped(files):
    """The size in bytes of a zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in files.items():
            archive.write(path, name)
    return len(buffer.getvalue())


def kibibytes(size):
    return f"{size / 2**10:,.0f} KiB"
