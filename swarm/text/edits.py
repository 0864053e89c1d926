"""Edits: exact, unique replacements in a text, and what is wrong with those that do not apply."""

import difflib
from collections.abc import Sequence

from swarm.text.redaction import redact

_MOST_DIFF = 6000
_SIMILAR = 0.6
_LONGEST_SEARCH = 20_000
_AROUND = 2
_MOST_SHOWN = 20
_LONGEST_LINE = 200


class EditFault(ValueError):
    """An edit does not apply; the message says which, why, and what would."""


def replace_all(text: str, edits: Sequence[tuple[str, str]]) -> str:
    """Return `text` with each old part replaced by its new one, in order; all or none. Raises EditFault.

    Each old part must occur exactly once when its turn comes. A text with CRLF keeps them, whatever the edits have.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n") if ending == "\r\n" else text
    for number, (old, new) in enumerate(edits, 1):
        plain = _replaced(plain, old.replace("\r\n", "\n"), new.replace("\r\n", "\n"), f"edit {number} of {len(edits)}")
    return plain.replace("\n", ending) if ending == "\r\n" else plain


def changed_lines(old: str, new: str) -> str:
    """Name the lines of a new text that are not of the old one, and where some went: `lines 3-5, after 9 of 20`."""
    rows, whole = list[str](), new.splitlines()
    matcher = difflib.SequenceMatcher(None, old.splitlines(), whole, autojunk=False)
    for kind, _, _, first, last in matcher.get_opcodes():
        if kind == "delete":
            rows.append(f"after {first}")
        elif kind != "equal":
            rows.append(f"{first + 1}-{last}" if last > first + 1 else f"{last}")
    return f"lines {', '.join(rows)} of {len(whole)}" if rows else "line ends only"


def now_there(old: str, new: str) -> str:
    """Show what stands in a new text where it differs from the old one: numbered lines, about 20 at most, redacted."""
    whole = new.splitlines()
    matcher = difflib.SequenceMatcher(None, old.splitlines(), whole, autojunk=False)
    spans = [(first, last) for kind, _, _, first, last in matcher.get_opcodes() if kind != "equal"]
    wanted = {at for first, last in spans for at in range(first - _AROUND, last + _AROUND)}
    chosen = [at for at in sorted(wanted) if 0 <= at < len(whole)]
    lines = redact(new).splitlines()
    if not chosen or len(lines) != len(whole):  # a secret of several lines has gone
        return ""
    head = chosen if len(chosen) <= _MOST_SHOWN else chosen[: _MOST_SHOWN // 2]
    tail = [] if head is chosen else chosen[-_MOST_SHOWN // 2 :]
    rows = _numbered(lines, head)
    rows += [f"[... {len(chosen) - len(head) - len(tail)} more lines ...]", *_numbered(lines, tail)] if tail else []
    return "\n".join(rows)


def diff(old: str, new: str, name: str, most: int = _MOST_DIFF) -> str:
    """Return the unified diff of two texts, redacted, in at most `most` characters, the cut said."""
    old, new = redact(old), redact(new)
    before, after = (f"a/{name}", f"b/{name}")
    rows = list(difflib.unified_diff(old.splitlines(), new.splitlines(), before, after, lineterm=""))
    text = "\n".join(rows)
    if len(text) <= most:
        return text
    kept = text[:most].rsplit("\n", 1)[0]
    return f"{kept}\n[... {len(rows) - kept.count(chr(10)) - 1} more lines of the diff left out ...]"


def _numbered(lines: Sequence[str], chosen: Sequence[int]) -> list[str]:
    rows: list[str] = []
    for before, at in zip([None, *chosen], chosen, strict=False):
        if before is not None and at > before + 1:
            rows.append("...")
        line = lines[at] if len(lines[at]) <= _LONGEST_LINE else f"{lines[at][:_LONGEST_LINE]} …"
        rows.append(f"{at + 1}: {line}")
    return rows


def _replaced(text: str, old: str, new: str, which: str) -> str:
    if not old:
        raise EditFault(
            f"{which}: `old` is empty; give the text that is to be replaced, or write the file with write_file"
        )
    if old == new:
        raise EditFault(f"{which}: `old` and `new` are the same; nothing would change")
    count = text.count(old)
    if count == 1:
        return text.replace(old, new)
    if count > 1:
        lines = _line_numbers(text, old)
        raise EditFault(
            f"{which}: `old` occurs {count} times, at lines {', '.join(map(str, lines[:10]))}; "
            "give more of the lines around it, so that it occurs once"
        )
    raise EditFault(f"{which}: `old` does not occur in the file{_nearest(text, old)}")


def _line_numbers(text: str, part: str) -> list[int]:
    found, at = list[int](), text.find(part)
    while at >= 0 and len(found) < 10:
        found.append(text.count("\n", 0, at) + 1)
        at = text.find(part, at + 1)
    return found


def _nearest(text: str, old: str) -> str:
    """Say where a text comes nearest to what was sought: most often it is only the white space that differs."""
    lines, wanted = text.split("\n"), old.strip("\n").split("\n")
    squeezed = [" ".join(line.split()) for line in wanted]
    for start in range(len(lines) - len(wanted) + 1):
        if [" ".join(line.split()) for line in lines[start : start + len(wanted)]] == squeezed:
            shown = "\n".join(lines[start : start + len(wanted)])
            return f"; lines {start + 1}-{start + len(wanted)} differ from it in white space only:\n{shown}"
    first = next((line for line in wanted if line.strip()), "")
    near = difflib.get_close_matches(first, lines[:_LONGEST_SEARCH], n=1, cutoff=_SIMILAR)
    if not near:
        return "; read the file again"
    start = lines.index(near[0])
    shown = "\n".join(lines[max(0, start - 1) : start + len(wanted) + 1])
    return f"; nearest are lines {max(1, start)}-{start + len(wanted) + 1}:\n{shown}"
