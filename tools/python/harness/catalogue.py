"""The facts of the Rust code, as src/catalogue.rs writes them: reasons, metrics, settings, log lines, calls …"""

import functools
import json
import os

from harness import ROOT
from harness.cargo import cargo
from harness.programs import Failed

# Where src/catalogue.rs puts it.
FILE = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "catalogue.json"
# Everything that the facts come from.
SOURCES = ("Cargo.lock", "src/**/*.rs", "crates/*/src/**/*.rs", "events/*.json")


@functools.cache
def catalogue():
    """The catalogue of the present code, regenerated if the code has changed since."""
    if is_stale():
        cargo("the test that writes the catalogue", "test", "--locked", "--lib", "catalogue")
    if is_stale():
        raise Failed(f"`cargo test --lib catalogue` did not write {FILE}")
    return json.loads(FILE.read_text())


def is_stale():
    """Says whether the catalogue is missing, or older than a source."""
    sources = (source for pattern in SOURCES for source in ROOT.glob(pattern))
    return not FILE.exists() or FILE.stat().st_mtime < max(source.stat().st_mtime for source in sources)
