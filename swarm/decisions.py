"""Decisions: what a node does next, as one union of actions that a model fills in and code checks."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from swarm.nodes import Noun

Line = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)]
Filled = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$")]
SplitReason = Literal["attempt_failed", "too_large", "independent_sources", "missing_capability"]


class Retrieve(Noun):
    """Read a file, a folder, a web page, a PDF or a repository; an empty query asks for its beginning."""

    kind: Literal["retrieve"] = "retrieve"
    uri: Filled
    query: Line = ""


class WriteText(Noun):
    """Write a text file into the workspace; the text itself comes from a second call that sees the observations."""

    kind: Literal["write_text"] = "write_text"
    path: Filled
    brief: Filled


class RunCode(Noun):
    """Write a Python program and run it in the sandbox; `files` are workspace files it may read."""

    kind: Literal["run_code"] = "run_code"
    task: Filled
    files: Annotated[tuple[Filled, ...], Field(max_length=8)] = ()


class CallFunction(Noun):
    """Call a function of the library; `arguments` is one JSON object as text, such as {"title": "A day"}."""

    kind: Literal["call_function"] = "call_function"
    name: Filled
    arguments: Text = "{}"


class WriteFunction(Noun):
    """Have a function written, tested and saved for all later work; `repairs` names one that must be mended instead."""

    kind: Literal["write_function"] = "write_function"
    purpose: Filled
    repairs: Line = ""


class AskUser(Noun):
    """Ask a person, and wait for the answer."""

    kind: Literal["ask_user"] = "ask_user"
    question: Filled


class Subtask(Noun):
    """One part of a split; `share` is its part of what the parent may still spend."""

    key: Key
    goal: Filled
    acceptance: Annotated[tuple[Line, ...], Field(max_length=5)] = ()
    depends_on: Annotated[tuple[Key, ...], Field(max_length=4)] = ()
    share: Annotated[float, Field(gt=0, le=1)] | None = None


class Split(Noun):
    """Divide the goal into 2 to 5 parts: `all` must succeed, or `any` one is enough."""

    kind: Literal["split"] = "split"
    reason: SplitReason
    logic: Literal["all", "any"] = "all"
    subtasks: Annotated[tuple[Subtask, ...], Field(min_length=2, max_length=5)]

    @model_validator(mode="after")
    def _sound(self) -> "Split":
        keys = [task.key for task in self.subtasks]
        if len(set(keys)) < len(keys):
            raise ValueError(f"subtask keys must differ, got {', '.join(keys)}")
        for task in self.subtasks:
            if unknown := set(task.depends_on) - set(keys):
                raise ValueError(f"subtask {task.key} depends on unknown {', '.join(sorted(unknown))}")
        if cyclic := _cyclic(self.subtasks):
            raise ValueError(f"subtasks depend on each other in a circle: {', '.join(cyclic)}")
        return self


class Finish(Noun):
    """Report the goal as reached; `evidence` names the files and sources the answer rests on."""

    kind: Literal["finish"] = "finish"
    answer: Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]
    evidence: Annotated[tuple[Line, ...], Field(max_length=10)] = ()


class GiveUp(Noun):
    """Report that the goal cannot be reached, and what might."""

    kind: Literal["give_up"] = "give_up"
    reason: Filled
    suggested_next: Line = ""


Attempt = Retrieve | WriteText | RunCode | CallFunction | WriteFunction
Action = Attempt | AskUser | Split | Finish | GiveUp
KINDS: dict[str, type[Noun]] = {
    "retrieve": Retrieve,
    "write_text": WriteText,
    "run_code": RunCode,
    "call_function": CallFunction,
    "write_function": WriteFunction,
    "ask_user": AskUser,
    "split": Split,
    "finish": Finish,
    "give_up": GiveUp,
}


class Decision(Noun):
    """One turn's decision: how things stand, what is missing, and the one action that follows."""

    situation: Line
    missing: Line
    action: Annotated[Action, Field(discriminator="kind")]


def _cyclic(subtasks: tuple[Subtask, ...]) -> list[str]:
    """Return the keys that no order can serve; empty for a sound split."""
    left = {task.key: set(task.depends_on) for task in subtasks}
    while ready := [key for key, needs in left.items() if not needs & left.keys()]:
        for key in ready:
            del left[key]
    return sorted(left)
