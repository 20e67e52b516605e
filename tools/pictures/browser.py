"""Pages of HTML as pictures, by a browser without a window."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from harness.programs import Failed, run
from png import shrink

# In seconds.
TO_RENDER = 120
# Points of the screen for each point of the page, so that text stays sharp.
SCALE = 1.5
# Without these it would look for updates and for hardware.
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic", "--hide-scrollbars",
    f"--force-device-scale-factor={SCALE}",
]  # fmt: skip
HEIGHT = (
    "<script>document.documentElement.dataset.height = Math.ceil(document.body.getBoundingClientRect().height)</script>"
)
THEMES = ("light", "dark")


def pictures(folder, name, width, body):
    """Draws a page in each theme, whose style is in a file of the picture's name with a class for each theme."""
    style = (Path(__file__).parent / f"{name}.css").read_text()
    drawn = []
    for theme in THEMES:
        html = f'<!doctype html><meta charset="utf-8"><style>body{{margin:0}}{style}</style><body class="{theme}">'
        target = folder / f"{name}-{theme}.png"
        render(f"{html}{body}{HEIGHT}</body>", target, width)
        drawn.append(target)
    return drawn


def render(html, target, width):
    """Draws one page, as high as it is."""
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        page = Path(folder, "page.html")
        page.write_text(html)
        command = [browser(), *OPTIONS, f"--user-data-dir={folder}/profile"]
        dom = run(
            "the measuring of a page",
            [*command, f"--window-size={width},600", "--dump-dom", page.as_uri()],
            TO_RENDER,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        height = re.search(r'data-height="(\d+)"', dom)
        if not height:
            raise Failed("the browser did not measure the page")
        size = f"--window-size={width},{height[1]}"
        output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        run("the drawing", [*command, size, f"--screenshot={target}", page.as_uri()], TO_RENDER, **output)
    shrink(target)


def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if not found:
        raise Failed(f"none of {', '.join(names)} is installed; on Debian or Ubuntu: apt-get install chromium")
    return found
