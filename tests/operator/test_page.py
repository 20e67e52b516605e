"""The page that `ecs-rollback replay --html` writes, in a real browser."""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.cargo import cargo, target_directory

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# No calls of the browser's own, for updates and the like.
QUIET = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--hide-scrollbars",
]

# Runs in the page, as its reader would: clicks, types, follows a flag. Its result is what the test reads.
VISIT = """{
const kind = document.getElementById("kind");
const first = [...document.querySelectorAll("#incidents tbody tr")].filter((row) => !row.hidden);
const atFirst = new Set(first.map((row) => row.dataset.kind));
kind.value = "";
kind.dispatchEvent(new Event("change"));
const cells = (column) => [...document.querySelectorAll("#incidents tbody tr")]
  .filter((row) => !row.hidden).map((row) => row.cells[column].textContent);
const button = (column) => document.querySelectorAll("#incidents th button")[column];
const seen = { title: document.title, atFirst: [...atFirst], asWritten: cells(0) };
button(1).click();
seen.byService = cells(1);
seen.sorted = document.querySelectorAll("#incidents th")[1].getAttribute("aria-sort");
button(1).click();
seen.byServiceBackwards = cells(1);
button(4).click();
seen.bySeconds = [...document.querySelectorAll("#incidents tbody tr")].map((row) => Number(row.cells[4].dataset.sort));
const search = document.getElementById("search");
search.value = "too-late";
search.dispatchEvent(new Event("input"));
seen.found = cells(3);
seen.shown = document.getElementById("shown").textContent;
const flag = document.querySelector("a.mark.roll");
flag.click();
seen.afterFlag = [search.value, document.querySelector(":target")?.dataset.kind];
flag.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
seen.tip = [document.getElementById("tip").hidden, document.getElementById("tip").textContent];
seen.bars = document.querySelectorAll("#timeline .bar").length;
seen.unnamed = [...document.querySelectorAll("#timeline a")].filter((mark) => !mark.ariaLabel).length;
seen.images = document.images.length;
seen.scripts = document.scripts.length;
seen.requests = performance.getEntriesByType("resource").map((entry) => entry.name);
const colours = (element) => [getComputedStyle(element).color, getComputedStyle(element).backgroundColor];
seen.colours = colours(document.body);
seen.wide = document.documentElement.scrollWidth > innerWidth;
document.body.innerHTML = "<pre id=seen></pre>";
document.getElementById("seen").textContent = JSON.stringify(seen);
}"""


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser on this machine: none of {', '.join(BROWSERS)}")
    return found


@pytest.fixture(scope="module")
def page():
    """The page of a month of 150 services, which a Rust test writes."""
    page = target_directory() / "tmp" / "replay.html"
    if not page.exists():
        cargo("the replay of a month", "test", "--locked", "--workspace", "--test", "operator", "the_replay_of_a_month")
    return page.read_text()


def run(browser, folder, page, *options):
    """Opens the page with these options of the browser. Returns what it prints."""
    file = folder / "page.html"
    file.write_text(page)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    command = [browser, *QUIET, *sandbox, f"--user-data-dir={folder / 'profile'}", *options, file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def visit(browser, folder, page, *options):
    visited = page.replace("</body>", f"<script>{VISIT}</script></body>")
    assert visited != page
    shown = run(browser, folder, visited, "--window-size=1320,900", "--dump-dom", *options)
    return json.loads(html.unescape(re.search(r'<pre id="seen">(.*)</pre>', shown, re.DOTALL)[1]))


def scheme(dark):
    return f"--blink-settings=preferredColorScheme={0 if dark else 1}"


def brightness(colour):
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3


def test_a_click_sorts_the_table_and_another_turns_it_round(browser, page, tmp_path):
    seen = visit(browser, tmp_path, page)
    assert seen["asWritten"] == sorted(seen["asWritten"])
    assert seen["sorted"] == "ascending"
    named = [name for name in seen["byService"] if name]
    assert named[0].startswith("data/")
    assert named[-1].startswith("prod/")
    assert seen["byServiceBackwards"][0].startswith("prod/")
    assert seen["bySeconds"] == sorted(seen["bySeconds"])
    assert len(set(seen["bySeconds"])) > 50


def test_the_reader_finds_what_a_flag_stands_for(browser, page, tmp_path):
    seen = visit(browser, tmp_path, page)
    assert seen["atFirst"] == ["roll"]
    assert seen["found"]
    assert all(verdict.startswith("too late") for verdict in seen["found"])
    assert seen["shown"] == f"{len(seen['found'])} of {len(seen['asWritten'])}"
    assert seen["afterFlag"] == ["", "roll"]
    hidden, text = seen["tip"]
    assert not hidden
    assert "would roll back (observe-mode)" in text
    assert seen["unnamed"] == 0
    assert seen["bars"] > 1_000


def test_no_name_becomes_a_part_of_the_page_and_no_request_leaves_it(browser, page, tmp_path):
    seen = visit(browser, tmp_path, page)
    assert "&lt;img src=x onerror=document.title=1&gt;" in page
    assert seen["title"].startswith("Replay of 123456789012")
    # The page's own, and the visitor's.
    assert (seen["images"], seen["scripts"]) == (0, 2)
    assert seen["requests"] == []
    assert not re.search(r"https?://|url\(|@import|<link|\ssrc=(?!x)", page)


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_follows_the_reader_s_colour_scheme(browser, page, tmp_path, dark):
    ink, paper = visit(browser, tmp_path, page, scheme(dark))["colours"]
    assert (brightness(paper) < 60) == dark
    assert abs(brightness(ink) - brightness(paper)) > 150


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_is_drawn(browser, page, tmp_path, dark):
    picture = tmp_path / "replay.png"
    run(browser, tmp_path, page, scheme(dark), "--window-size=1320,1150", f"--screenshot={picture}")
    assert picture.read_bytes().startswith(b"\x89PNG")
    # A page of one colour would be much smaller.
    assert picture.stat().st_size > 50_000
    if folder := os.environ.get("SCREENSHOTS"):
        shutil.copy(picture, Path(folder) / ("replay-dark.png" if dark else "replay.png"))
