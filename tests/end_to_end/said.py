"""What a scripted model says: decisions and verdicts, each as the JSON object that a real model would send."""

from collections.abc import Mapping
from typing import Literal

from pydantic import JsonValue

Said = dict[str, JsonValue]


def decides(kind: str, **fields: JsonValue) -> Said:
    """Return a decision for one action."""
    return {"situation": "As observed.", "missing": "The next step", "action": {"kind": kind, **fields}}


def finish(answer: str, *evidence: str) -> Said:
    """Return the decision that the goal is reached."""
    return decides("finish", answer=answer, evidence=list(evidence))


def retrieve(uri: str, query: str = "") -> Said:
    """Return the decision to read a source."""
    return decides("retrieve", uri=uri, query=query)


def write_text(path: str) -> Said:
    """Return the decision to write a file."""
    return decides("write_text", path=path, brief="What was observed")


def part(key: str, goal: str, *depends_on: str, accept: str = "") -> Said:
    """Return one subtask of a split."""
    acceptance: list[JsonValue] = [accept] if accept else []
    return {"key": key, "goal": goal, "acceptance": acceptance, "depends_on": list(depends_on), "share": None}


def split(*parts: Said, logic: Literal["all", "any"] = "all", reason: str = "independent_sources") -> Said:
    """Return the decision to divide the goal."""
    return decides("split", reason=reason, logic=logic, subtasks=list(parts))


def slowly(seconds: float, then: Said | str) -> Said:
    """Return an answer that takes its time."""
    return {"fault": "delay", "seconds": seconds, "then": then}


def verdict(gap: str = "", criterion: str = "goal") -> Said:
    """Return a reviewer's judgement of one criterion; a gap rejects."""
    return {"criteria": [{"id": criterion, "text": "", "result": "fail" if gap else "pass", "gap": gap}]}


def script(nodes: Mapping[str, JsonValue], review: Said | None = None, **more: JsonValue) -> Said:
    """Return a script: what each node is told; whatever is reviewed passes, unless `review` says otherwise."""
    by_role: Said = {path: {"decide": said} if isinstance(said, list) else said for path, said in nodes.items()}
    return {"nodes": by_role, "default": {"review": [review or verdict()]}, **more}
