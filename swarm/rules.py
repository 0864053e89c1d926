"""Rules of the tree, enforced in code: what a node may not do next, and why, in a line the model can act on."""

import re
from collections.abc import Sequence

from swarm.citing import uncited
from swarm.decisions import (
    Action,
    AskUser,
    CallFunction,
    EditFile,
    Find,
    Finish,
    GiveUp,
    Judge,
    Note,
    Read,
    Retrieve,
    RunCode,
    RunCommand,
    Settle,
    Split,
    WriteFile,
    WriteFunction,
    WriteText,
)
from swarm.nodes import Node, shorten
from swarm.reports import Observation
from swarm.text.display_url import mask_urls

_SAME = 0.8
"""From this share of common words on, a child's goal restates its parent's."""
_ONCE = (Retrieve, WriteText, RunCode, CallFunction, WriteFunction, AskUser)
"""Not done again while nothing has changed; what looks at the workspace or changes it may always be."""


def label(action: Action) -> str:
    """Name an action, the same for the same action: `retrieve notes.txt budget`; without keys that an address has."""
    return mask_urls(_named(action))


def _named(action: Action) -> str:
    match action:
        case Read() as read:
            return f"read {read.uri} {_part_of(read)}".strip()
        case Find(pattern=pattern, files=files):
            return " ".join(part for part in ("find", pattern, f"in {files}" if files else "") if part)
        case WriteFile(path=path, append=append):
            return f"write_file {path}{' (append)' if append else ''}"
        case EditFile(path=path, edits=edits):
            return f"edit_file {path} ({len(edits)} edit{'s' * (len(edits) > 1)})"
        case RunCommand(command=command):
            return f"run_command {command}"
        case Note(text=text):
            return f"note {shorten(text, 60)}"
        case Retrieve(uri=uri, query=query):
            return f"retrieve {uri} {query}".strip()
        case WriteText(path=path):
            return f"write_text {path}"
        case RunCode(task=task):
            return f"run_code {task}"
        case CallFunction(name=name, arguments=arguments):
            return f"call_function {name} {arguments}"
        case WriteFunction(purpose=purpose, repairs=repairs):
            return f"write_function {repairs} {purpose}".replace("  ", " ")
        case Settle():
            return "settle"
        case AskUser(question=question):
            return f"ask_user {question}"
        case Split(subtasks=subtasks):
            return f"split {', '.join(task.key for task in subtasks)}"
        case Finish():
            return "finish"
        case GiveUp():
            return "give_up"
        case Judge():
            return "judge"


def refusal(node: Node, action: Action, seen: Sequence[Observation], places: Sequence[str] = ()) -> str | None:
    """Say why this action is not accepted now; None where it is. `places` are those that memory told of."""
    if isinstance(action, Finish) and (unknown := uncited(action.evidence, seen, places)):
        return f"the answer cites {unknown}, which was not read; cite what was observed, or read it first"
    if isinstance(action, Split):
        return _split_refusal(node, action, seen)
    if isinstance(action, _ONCE) and _repeats(label(action), seen):
        return f"{label(action)} was done already and nothing has changed since: take the next step, or finish"
    return None


def _part_of(read: Read) -> str:
    """Name the part of a source that is read: `lines 2-8`, `section Setup`, `outline`."""
    named = (("lines", read.lines), ("pages", read.pages), ("section", read.section), ("for", read.query))
    rows = [f"{name} {value}" for name, value in named if value]
    return ", ".join([*rows, "outline"] if read.outline else rows)


def _split_refusal(node: Node, split: Split, seen: Sequence[Observation]) -> str | None:
    if node.depth >= node.limits.depth:
        return f"this node is at depth {node.depth}, the limit: act, or give up"
    tried = [s.outcome for s in seen if s.outcome != "refused"]
    if split.reason == "attempt_failed" and (len(tried) < node.limits.split_after or set(tried) <= {"ok"}):
        return "no attempt has failed yet: try first, or name another reason"
    for task in split.subtasks:
        if _restates(task.goal, node.goal):
            return f"subtask {task.key} restates the goal instead of dividing it: act, or divide it differently"
    if len({_words(task.goal) for task in split.subtasks}) < len(split.subtasks):
        return "two subtasks have the same goal: each must do its own part"
    return None


def _repeats(name: str, seen: Sequence[Observation]) -> bool:
    """Whether an action would only be repeated: it went well and nothing happened since, or it failed alike twice.

    A check that failed is a reason to do anything again; something new is one to write or compute again, not to read.
    """
    failed, news = set[str](), False
    for past in reversed(seen):
        if past.action == name and past.outcome == "ok":
            return not news or name.startswith("retrieve")
        if past.action == name and past.outcome != "refused":
            if past.text in failed:
                return True
            failed.add(past.text)
        elif past.outcome == "check_failed":
            return False
        news = news or past.outcome == "ok"
    return False


def _restates(child: str, parent: str) -> bool:
    """Whether two goals say the same, but for words that name nothing: a number, a file or an address does."""
    ours, theirs = _words(child), _words(parent)
    if any(re.search(r"[\d./:@_-]", word) for word in ours ^ theirs):
        return False
    return len(ours & theirs) >= _SAME * max(len(ours | theirs), 1)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip(".,;:!?()\"'") for word in text.casefold().split()) - {""}
