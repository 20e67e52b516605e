"""A notice as Slack shows it: the example that a test generates, in the layout of a custom notification."""

import html
import json
import re

from browser import pictures
from harness import ROOT
from harness.programs import Failed


def draw(folder):
    content = example("rolled-back")["content"]
    return pictures(folder, "notice", 860, body(content))


def example(kind):
    page = (ROOT / "docs" / "reference" / "notices.md").read_text()
    found = re.search(rf"^## `{kind}`$.*?^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    if not found:
        raise Failed(f"docs/reference/notices.md has no custom notification of {kind}")
    return json.loads(found[1])


def body(content):
    # The message is Markdown already: what it must not show as markup is escaped.
    lines = [shown(html.unescape(line)) for line in content["description"].split("\n")]
    paragraphs = "".join(f"<div class=line>{line or '&nbsp;'}</div>" for line in lines)
    steps = "".join(f"<li>{shown(step)}</li>" for step in content["nextSteps"])
    keywords = " ".join(f"<code>{html.escape(word)}</code>" for word in content["keywords"])
    return f"""<main><div class=avatar>Q</div><div class=message>
      <div><b>Amazon Q</b> <span class=app>APP</span> <span class=dim>12:00</span></div>
      <div class=card><b>{html.escape(content["title"])}</b>
      {paragraphs}<div class=head><b>Next steps</b></div><ol>{steps}</ol>
      <div class=dim>Keywords: {keywords}</div></div></div></main>"""


def shown(line):
    text = html.escape(line, quote=False)
    text = re.sub(r"`(.+?)`", r"<code>\1</code>", text)
    return re.sub(r"(https://\S+)", r"<span class=link>\1</span>", text)
