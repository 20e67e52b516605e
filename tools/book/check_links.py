#!/usr/bin/env python3
"""Checks every link of the built book and of the Markdown files beside it, without a network.

    tools/book/check_links.py target/book

A link within the book, or from another file to a file, must lead to a page or file that exists, and an anchor to an
element of that name. So must an address of the published book or of this repository, wherever it stands: in a command,
in an example of a notice or in a template. Other addresses are not followed.
"""

import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = re.compile(
    r"https://github\.com/ecs-auto-rollback/ecs-auto-rollback/(?:blob|tree|edit)/[^/{]+/([^\s)\"'`>]*)"
)
# An address of a page of the book, whatever base and version are before it.
PAGES = re.compile(r"\b((?:start|guide|ops|reference|evidence|development)/[a-z0-9-]+\.html(?:#[\w-]+)?)")
# Files that name pages of the book in their texts.
TEXTS = ["*.yaml", "src/**/*.rs", "crates/operator/src/**/*.rs"]


class Page(HTMLParser):
    """The anchors and links of a page."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        # The theme's own links, to fonts and scripts, are not ours.
        names = {"a": ("href",), "img": ("src",), "source": ("srcset",)}.get(tag, ())
        self.links += [values[name] for name in names if values.get(name)]


@cache
def page(path):
    return Page(path.read_text())


@cache
def anchors_of_markdown(path):
    """The anchors that the forge gives to the headings of a Markdown file, and those that are written in it."""
    text = re.sub(r"(?ms)^```.*?^```", "", path.read_text())
    anchors = set(re.findall(r'<a (?:id|name)="(.+?)"', text))
    for heading in re.findall(r"(?m)^#+ +(.*)", text):
        words = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", words.lower()).strip().replace(" ", "-")
        anchors.add(slug)
    return anchors


def leads_nowhere(base, link):
    """Why a link of a page or a file leads nowhere, or `None`."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (base.parent / unquote(parts.path)).resolve() if parts.path else base
    if target.is_dir() and (target / "index.html").exists():
        target /= "index.html"
    if not target.exists():
        return "no such file"
    if parts.fragment:
        known = {".html": lambda: page(target).anchors, ".md": lambda: anchors_of_markdown(target)}.get(target.suffix)
        if known and unquote(parts.fragment) not in known():
            return "no such anchor"
    return None


def addresses(text, book):
    """Each address of this repository or of the book in a text that leads nowhere, with the reason."""
    for found in SOURCES.finditer(text):
        path, _, anchor = unquote(found[1]).rstrip(".,;:").partition("#")
        target = ROOT / path
        if not target.exists():
            yield found[0], "no such file"
        elif anchor and target.suffix == ".md" and anchor not in anchors_of_markdown(target):
            yield found[0], "no such anchor"
    for found in PAGES.finditer(text):
        if why := leads_nowhere(book / "index.html", found[1]):
            yield found[0], why


def markdown_files():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    # The pages of the book are checked as they are built.
    return [
        ROOT / name for name in listed.stdout.splitlines() if not name.startswith("docs/") and (ROOT / name).exists()
    ]


def problems(book):
    for path in sorted(book.rglob("*.html")):
        name = path.relative_to(book)
        # The page of all pages repeats the others, with links of its own; the other two have links from the root.
        if name.name in {"print.html", "404.html", "toc.html"}:
            continue
        for link in page(path).links:
            if why := leads_nowhere(path, link):
                yield name, link, why
        yield from ((name, *problem) for problem in addresses(path.read_text(), book))
    for path in markdown_files():
        text = re.sub(r"(?ms)^```.*?^```", "", path.read_text())
        links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="(.+?)"', text)
        for link in links:
            if why := leads_nowhere(path, link):
                yield path.relative_to(ROOT), link, why
        yield from ((path.relative_to(ROOT), *problem) for problem in addresses(path.read_text(), book))
    for path in sorted({each for pattern in TEXTS for each in ROOT.glob(pattern)}):
        yield from ((path.relative_to(ROOT), *problem) for problem in addresses(path.read_text(), book))


def main():
    (book,) = (Path(each).resolve() for each in sys.argv[1:])
    found = list(problems(book))
    for where, link, why in found:
        print(f"{where}: {link}: {why}", file=sys.stderr)
    pages = len(list(book.rglob("*.html")))
    print(f"{pages} pages, {len(found)} broken links")
    sys.exit(bool(found) or not pages)


if __name__ == "__main__":
    main()
