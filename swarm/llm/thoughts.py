"""Thoughts: what a reasoning model writes before its answer, told apart from the answer."""

import json
import re

_NAMES = r"think|thinking|thoughts?|reasoning|reflection|seed:think|internal_?thoughts?|inner_?monologue|scratchpad"
# Opening and closing marks: tags, brackets (Mistral), bars (OpenThinker, Cohere), triangles (Kimi).
_MARKS = (
    (rf"<(?:{_NAMES})\s*>", rf"</(?:{_NAMES})\s*>"),
    (r"\[THINK\]", r"\[/THINK\]"),
    (r"<\|(?:begin_of_thought|start_thinking)\|>", r"<\|(?:end_of_thought|end_thinking)\|>"),
    (r"◁think▷", r"◁/think▷"),
)
_OPEN = re.compile("|".join(opening for opening, _ in _MARKS), re.I)
_CLOSE = re.compile("|".join(closing for _, closing in _MARKS), re.I)
# Marks around the answer itself, which some models write after their thoughts.
_ANSWER = re.compile(
    r"^\s*(?:<answer>(.*)</answer>|<\|begin_of_solution\|>(.*?)(?:<\|end_of_solution\|>)?"
    r"|<\|START_RESPONSE\|>(.*?)(?:<\|END_RESPONSE\|>)?)\s*$",
    re.S,
)
_CHANNEL = re.compile(r"<\|channel\|>\s*(\w+)[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>", re.I)
_CHANNEL_END = re.compile(r"<\|(?:end|return|call|start|channel)\|>")
# Harmony whose special tokens a server has dropped.
_BARE_HARMONY = re.compile(r"^\s*analysis(.*?)assistant\s*final(?=\S|\s)", re.S)
_QUOTES = "`\"'"
_MOST_BLOCKS = 100


def split_thoughts(text: str) -> tuple[str, str]:
    """Return the answer in a text and the thoughts before it; an unclosed thought leaves no answer.

    A text that is JSON as a whole, and a mark that is quoted or stands in a code fence, are left alone: they are
    what the answer is about.
    """
    if not (_OPEN.search(text) or _CLOSE.search(text) or "<|channel|>" in text or _BARE_HARMONY.match(text)):
        return text, ""
    if _is_json(text):
        return text, ""
    if "<|channel|>" in text:
        return _from_channels(text)
    if bare := _BARE_HARMONY.match(text):
        return text[bare.end() :].strip(), bare.group(1).strip()
    answer, thoughts = _after_marks(text)
    if inner := _ANSWER.match(answer):
        answer = next((group for group in inner.groups() if group is not None), answer)
    return (answer, "\n".join(thoughts)) if thoughts else (text, "")


def _after_marks(text: str) -> tuple[str, list[str]]:
    thoughts: list[str] = []
    rest, was_open = text, False
    for _ in range(_MOST_BLOCKS):
        opening = _OPEN.match(rest.lstrip())
        if opening is None:
            break
        was_open = True
        body = rest.lstrip()[opening.end() :]
        closing = _CLOSE.search(body)
        if closing is None:
            return "", [*thoughts, body]
        thoughts.append(body[: closing.start()])
        rest = body[closing.end() :]
    if not was_open and (closing := _lone_closing(rest)):
        thoughts.append(rest[: closing.start()])
        rest = rest[closing.end() :]
    rest, more = _without_blocks(rest)
    thoughts += more
    return rest.strip() if thoughts else rest, thoughts


def _lone_closing(text: str) -> re.Match[str] | None:
    """Return a closing mark whose opening one stands in the chat template, not in the answer."""
    for closing in _CLOSE.finditer(text):
        if _OPEN.search(text, 0, closing.start()) and not _is_spoken_of(text, _OPEN.search(text)):
            return None
        if not _is_spoken_of(text, closing):
            return closing
    return None


def _without_blocks(text: str) -> tuple[str, list[str]]:
    """Take out the whole blocks of thought that begin a line further down."""
    thoughts, kept, at = [], [], 0
    for opening in _OPEN.finditer(text):
        if opening.start() < at or _is_spoken_of(text, opening):
            continue
        if text[text.rfind("\n", 0, opening.start()) + 1 : opening.start()].strip():
            continue
        closing = _CLOSE.search(text, opening.end())
        if closing is None:
            break
        thoughts.append(text[opening.end() : closing.start()])
        kept.append(text[at : opening.start()])
        at = closing.end()
    return "".join([*kept, text[at:]]), thoughts


def _is_spoken_of(text: str, mark: re.Match[str] | None) -> bool:
    """Say whether a mark is quoted or stands in a code fence, so is part of what the answer says."""
    if mark is None:
        return True
    before, after = text[: mark.start()], text[mark.end() :]
    return before[-1:] in tuple(_QUOTES) or after[:1] in tuple(_QUOTES) or before.count("```") % 2 == 1


def _from_channels(text: str) -> tuple[str, str]:
    """Read harmony (gpt-oss): the channel `final` is the answer, or what is not analysis where there is none."""
    said: list[tuple[str, str]] = []
    for channel in _CHANNEL.finditer(text):
        end = _CHANNEL_END.search(text, channel.end())
        said.append((channel.group(1).lower(), text[channel.end() : end.start() if end else len(text)].strip()))
    finals = [body for name, body in said if name == "final"]
    thoughts = "\n".join(body for name, body in said if name != "final")
    return "\n".join(finals), thoughts


def _is_json(text: str) -> bool:
    if text.strip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
