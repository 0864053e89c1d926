"""The text of a file in a model's answer: without the fence and the talk that some models put around all of it."""

import re

_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})\s*([^`]*)$")
_OPENS = re.compile(
    r"^(sure|certainly|of course|absolutely|okay|ok|alright|great|yes|here|below|following|the following|this is|"
    r"i('ve| have| will|'ll| wrote)|let me|as requested)\b",
    re.I,
)
_CLOSES = re.compile(
    r"^(let me know|i hope|hope this|feel free|if you|would you|is there|please|this (file|text|code|script|document|"
    r"version|should|covers|is)|the (file|text|code|script|document) |note\b|you can|enjoy|that('s| is))",
    re.I,
)
_CHATS = re.compile(r"^(sure|certainly|of course|absolutely|okay|ok|alright|great|yes)\b", re.I)
_NAMES_FILE = re.compile(
    r"\b(file|content|contents|text|code|script|document|version|page|summary|answer|result|program|module|report|"
    r"readme|\w+\.\w{1,8})\b",
    re.I,
)
_LONGEST_TALK = 400


def file_text(answer: str) -> str:
    """Return the file's text: what one fence holds if it is the whole file, else the answer as it stands.

    Talk before and after the fence is dropped with it only if it talks to the reader; prose with an example in it
    stays whole.
    """
    lines = answer.strip("\n").splitlines()
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    if len(fences) == 1 and _is_opening("\n".join(lines[: fences[0]]).strip()):
        return _trimmed("\n".join(lines[fences[0] + 1 :]))  # the answer was cut before its fence was closed
    if len(fences) < 2:
        return _trimmed(answer)
    first, last = fences[0], fences[-1]
    before, after = "\n".join(lines[:first]).strip(), "\n".join(lines[last + 1 :]).strip()
    is_talk = _is_opening(before) and _is_closing(after)
    if not is_talk or not _is_one(lines, fences):
        return _trimmed(answer)
    return _trimmed("\n".join(lines[first + 1 : last]))


def _is_one(lines: list[str], fences: list[int]) -> bool:
    """Say whether the first fence is closed by the last; within it, fences that name a language open further ones."""
    opening = _FENCE.match(lines[fences[0]])
    assert opening is not None
    mark, depth = opening.group(1), 0
    for number in fences:
        fence = _FENCE.match(lines[number])
        assert fence is not None
        if fence.group(1)[0] != mark[0] or (len(fence.group(1)) < len(mark)):
            continue
        depth += 1 if fence.group(2).strip() or number == fences[0] else -1
        if depth == 0:
            return number == fences[-1]
    return False


def _is_opening(text: str) -> bool:
    if not text:
        return True
    talks = _CHATS.match(text) or (_OPENS.match(text) and _NAMES_FILE.search(text))
    return len(text) <= _LONGEST_TALK and bool(talks) and "\n#" not in text


def _is_closing(text: str) -> bool:
    return not text or (len(text) <= _LONGEST_TALK and bool(_CLOSES.match(text.lstrip("*_ "))))


def _trimmed(text: str) -> str:
    """Drop empty lines around a text; the indentation of its first line counts."""
    lines = text.splitlines()
    while lines and not lines[0].strip():
        lines.pop(0)
    return "\n".join(lines).rstrip()
