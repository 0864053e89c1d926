"""Judges: what a machine can find wrong with what a model has written, in a line that says what to do."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from swarm.nodes import shorten
from swarm.small.intent import is_code_file, is_data_file
from swarm.text.syntax import fault_of

_REFUSES = re.compile(r"(?i)^(i('m| am) sorry|i can(no|')t|as an ai|sure[,!]|certainly[,!]|here('s| is) )")
_BLANK = re.compile(r"(?i)\[(your|insert|name|date|address|company)[^\]]*\]|lorem ipsum|\bTODO\b|<(your|insert)[^>]*>")
_RAISED = re.compile(r"\b([A-Z]\w*(?:Error|Exception|Interrupt))\b")
_EXCUSED = ("EOFError", "ModuleNotFoundError", "ImportError", "FileNotFoundError", "KeyboardInterrupt")
_FAILED = re.compile(r"(?i)^(error|traceback|exception|file not found|no such file)\b")
COUNTED = re.compile(
    r"(?i)\b(\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)[ -]"
    r"(line|sentence|paragraph|bullet point|bullet|item|idea|tip|point|step|reason)s?\b"
)
_NUMBERS = dict(
    zip(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], range(1, 11), strict=True)
)
_FORMED = tuple(
    (what, re.compile(form), re.compile(goals, re.IGNORECASE))
    for what, form, goals in (
        ("e-mail address", r"\S@\S", r"\be-?mail address"),
        ("link", r"\w+://\S|\]\(", r"\b(urls?|links|hyperlinks|web addresses)\b"),
        ("number", r"\d", r"\b(how many|how much|count|number of|sum|total|average|mean|dates|prices|phone numbers)\b"),
    )
)
"""What a goal may look for, and what it looks like where it was found."""
_FORMS = {"haiku": 3, "limerick": 5, "couplet": 2, "sonnet": 14, "quatrain": 4}
"""Poems by their lines."""


def fault_of_text(text: str, goal: str) -> str:
    """Say what is wrong with a text that a goal asked for; empty for one that will do."""
    body = text.strip()
    if len(body) < 2:
        return "the text is empty"
    if _REFUSES.match(body):
        return "it begins with a preamble; write the text itself"
    if not _BLANK.search(goal) and (found := _BLANK.search(body)):
        return f"{found[0]!r} is a blank that was left open; fill it or leave it out"
    rows = [row for row in body.splitlines() if row.strip()]
    for form, lines in _FORMS.items():
        if re.search(rf"(?i)\b{form}\b", goal) and len([row for row in rows if not row.startswith("#")]) != lines:
            return f"a {form} has {lines} lines, this has {len(rows)}"
    return _fault_of_count(goal, rows) or _fault_of_repeats(rows)


def fault_of_file(name: str, data: bytes) -> str:
    """Say what is wrong with a file by what its ending promises; empty for one that holds what it should."""
    if not data.strip():
        return f"{name} is empty"
    suffix = PurePosixPath(name).suffix.lower()
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return f"{name} is not UTF-8 text" if is_code_file(name) or is_data_file(name) else ""
    if fault := fault_of(name, text):
        return f"{name} is not valid {suffix[1:].upper()}: {fault[:300]}"
    if suffix == ".json" and (value := json.loads(text)) in (None, [], {}, ""):
        return f"{name} holds nothing but {value!r}"
    if suffix in (".csv", ".tsv"):
        return _fault_of_table(name, text)
    if suffix in (".html", ".htm") and not re.search(r"<\w+[^>]*>", text):
        return f"{name} has no HTML elements in it"
    return ""


def fault_of_run(goal: str, stdout: str, files: Mapping[str, bytes], outputs: Sequence[str]) -> str:
    """Say what is wrong with what a program printed and wrote.

    Each of `outputs` must be among `files`, and whole; what has a form (addresses, links, dates) must be found in it.
    """
    for name in outputs:
        if name not in files:
            others = f"; it wrote {', '.join(files)}" if files else ""
            return f"it did not write {name}, or left it as it was{others}"
        if fault := fault_of_file(name, files[name]):
            return fault
    said = stdout.strip()
    if not said and not files:
        return "it printed nothing; print the result"
    if not outputs and not files and (_FAILED.match(said) or said.rpartition(":")[2].strip() in ("None", "[]", "{}")):
        return f"it printed no result: {said[:200]}"
    told = "\n".join([said, *(files[name].decode(errors="replace") for name in outputs)])
    return next(
        (
            f"there is no {what} in what it found"
            for what, form, goals in _FORMED
            if goals.search(goal) and not form.search(told)
        ),
        "",
    )


def fault_of_start(said: str) -> str:
    """Say what a script raised when it was started; empty for what only a person, a package or time was missing for."""
    raised = _RAISED.findall(said)
    return shorten(said, 400) if raised and raised[-1] not in _EXCUSED else ""


def _fault_of_table(name: str, text: str) -> str:
    mark = "\t" if name.lower().endswith(".tsv") else ","
    widths = {len(row) for row in csv.reader(io.StringIO(text), delimiter=mark) if row}
    return f"the rows of {name} have different numbers of columns: {sorted(widths)[:4]}" if len(widths) > 1 else ""


def number_of(text: str) -> int:
    """Read a number in words or figures."""
    return _NUMBERS.get(text.casefold()) or int(text)


def _fault_of_count(goal: str, rows: list[str]) -> str:
    """Hold a text to a number of lines, points or sentences that its goal names."""
    found = COUNTED.search(goal)
    if not found:
        return ""
    wanted = number_of(found[1])
    unit = found[2].casefold()
    listed = [row for row in rows if re.match(r"\s*([-*•]|\d+[.)])\s", row)]
    if unit == "sentence":
        count = len(re.findall(r"[.!?](?=\s|$)", " ".join(row for row in rows if not row.startswith("#"))))
    elif unit == "line":
        count = len([row for row in rows if not row.startswith("#")])
    elif unit == "paragraph":
        return ""
    else:
        count = len(listed)
    return "" if count == wanted else f"{wanted} {unit}s were asked for, this has {count}"


def _fault_of_repeats(rows: list[str]) -> str:
    """Find the loop that a small model falls into."""
    for row in set(rows):
        if len(row) > 15 and rows.count(row) > 2:
            return "it repeats itself"
    return ""
