"""Render a page: python3 tools/render.py PAGE DATE > HTML"""

import html
import json
import sys
import time
from pathlib import Path

top = Path.cwd()
page, day = sys.argv[1], sys.argv[2]
site = json.loads((top / "site.json").read_text())
template = open("templates/page.html").read()

lines = open(page).read().split("\n")
title = lines[0][2:]
body = []
for block in "\n".join(lines[1:]).split("\n\n"):
    if not block.strip():
        continue
    if block.strip().startswith("- "):
        items = [html.escape(line[2:]) for line in block.strip().split("\n")]
        body.append("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>")
    else:
        body.append(f"<p>{html.escape(block.strip())}</p>")

tags = {word.strip(",.").lower() for word in " ".join(lines).split() if word.startswith("@")}
values = {
    "title": title,
    "body": "\n".join(body),
    "site": site["name"],
    "date": day,
    "tags": " ".join(tags),
    "made": time.strftime("%H:%M:%S"),
}
for name, value in values.items():
    template = template.replace("{{" + name + "}}", value)
print(template)
