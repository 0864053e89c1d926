"""Decisions: what a node does next, as one union of actions that a model fills in and code checks."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from swarm.nodes import Noun

Line = Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=20_000, strip_whitespace=True)]
Filled = Annotated[str, StringConstraints(min_length=1, max_length=8000, strip_whitespace=True)]
Path = Annotated[str, StringConstraints(min_length=1, max_length=1000, strip_whitespace=True)]
Verbatim = Annotated[str, StringConstraints(max_length=2_000_000)]
"""Kept as it was written, white space included."""
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$")]
SplitReason = Literal["attempt_failed", "too_large", "independent_sources", "missing_capability"]
MOST_ACTIONS = 24
"""Actions of one decision."""


class Wanted(Noun):
    """One criterion: the sentence, who checks it, and what a machine needs for that."""

    text: Filled
    check: Literal["file", "command", "schema", "judge"]
    spec: Text = ""


class Settle(Noun):
    """Say what the goal counts as reached by: before any other action, and anew while nothing is changed yet."""

    kind: Literal["settle"] = "settle"
    criteria: Annotated[tuple[Wanted, ...], Field(min_length=1, max_length=6)]


class Read(Noun):
    """Read a file, a folder's listing, a web page, a PDF or a repository, whole or the part you name.

    `lines` ("210-600") and `pages` ("3-5") take a range, `section` the text under a heading or of a definition,
    `query` the passages that fit it best, `outline` its headings or definitions with their lines.
    """

    kind: Literal["read"] = "read"
    uri: Path
    lines: Line = ""
    pages: Line = ""
    section: Line = ""
    query: Line = ""
    outline: bool = False


class Find(Noun):
    """Search the workspace for a regular expression, line by line; with an empty pattern list the files' names.

    `files` narrows it to a folder or a glob such as src/**/*.{py,md}; `context` shows 0 to 5 lines around each.
    """

    kind: Literal["find"] = "find"
    pattern: Line = ""
    files: Line = ""
    context: Annotated[int, Field(ge=0, le=5)] = 0


class WriteFile(Noun):
    """Write a whole file, exactly as `text` gives it; `append` adds it to the end of one that you have begun."""

    kind: Literal["write_file"] = "write_file"
    path: Path
    text: Verbatim
    append: bool = False


class Edit(Noun):
    """One replacement: `old` must stand in the file exactly once, white space included."""

    old: Verbatim
    new: Verbatim


class EditFile(Noun):
    """Change a file by exact replacements, all of them or none; each `old` must occur exactly once in it."""

    kind: Literal["edit_file"] = "edit_file"
    path: Path
    edits: Annotated[tuple[Edit, ...], Field(min_length=1, max_length=50)]


class RunCommand(Noun):
    """Run a shell command in the sandbox, in the workspace; the files it creates, changes and deletes are kept.

    It is stopped after `seconds`, 120 unless said, 1,800 at most. `packages` names PyPI packages it needs besides
    those of the project (name or name==version).
    """

    kind: Literal["run_command"] = "run_command"
    command: Filled
    seconds: Annotated[int, Field(ge=1, le=1800)] = 120
    packages: Annotated[tuple[Line, ...], Field(max_length=20)] = ()


class TryCommand(RunCommand):
    """Run a shell command in the sandbox, on a copy of the workspace; nothing that it changes is kept.

    It is stopped after `seconds`, 120 unless said.
    """


class Note(Noun):
    """Keep what must not be forgotten, whatever is folded away later: a decision, a fact, a plan."""

    kind: Literal["note"] = "note"
    text: Filled


class Retrieve(Noun):
    """Read a file, a folder, a web page, a PDF or a repository; an empty query asks for its beginning."""

    kind: Literal["retrieve"] = "retrieve"
    uri: Path
    query: Line = ""


class WriteText(Noun):
    """Write a text file into the workspace; the text itself comes from a second call that sees the observations."""

    kind: Literal["write_text"] = "write_text"
    path: Path
    brief: Filled


class RunCode(Noun):
    """Write a Python program and run it in the sandbox; `files` are workspace files it may read."""

    kind: Literal["run_code"] = "run_code"
    task: Filled
    files: Annotated[tuple[Path, ...], Field(max_length=8)] = ()


class CallFunction(Noun):
    """Call a function of the library; `arguments` is one JSON object as text, such as {"title": "A day"}."""

    kind: Literal["call_function"] = "call_function"
    name: Path
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
    """One part of a split; `share` is its part of what the parent may still spend.

    A line of `acceptance` that reads `file: PATH` or `command: SHELL LINE` is checked by machine.
    """

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
    """Report what came of the goal; `evidence` names the files and sources the answer rests on.

    `missing` is empty where the goal is reached, else it says what is missing and what would be the next step.
    `objection` says why a criterion is itself wrong, for the reviewer to judge.
    """

    kind: Literal["finish"] = "finish"
    answer: Annotated[str, StringConstraints(min_length=1, max_length=50_000, strip_whitespace=True)]
    evidence: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    missing: Line = ""
    objection: Line = ""


class JudgedCriterion(Noun):
    """A reviewer's finding on one criterion; `gap` says what is missing where it failed."""

    id: Line
    result: Literal["pass", "fail"]
    gap: Line = ""


class Judge(Noun):
    """Give the verdict: one entry for each criterion, by its id."""

    kind: Literal["judge"] = "judge"
    criteria: Annotated[tuple[JudgedCriterion, ...], Field(min_length=1, max_length=20)]


class GiveUp(Noun):
    """Report that the goal cannot be reached, and what might."""

    kind: Literal["give_up"] = "give_up"
    reason: Filled
    suggested_next: Line = ""


Attempt = (
    Read
    | Find
    | WriteFile
    | EditFile
    | RunCommand
    | Note
    | Retrieve
    | WriteText
    | RunCode
    | CallFunction
    | WriteFunction
)
Action = Attempt | Settle | AskUser | Split | Finish | GiveUp | Judge


class Decision(Noun):
    """One turn's decision: how things stand, and the actions that follow, in order."""

    situation: Text = ""
    cut: bool = False
    """Whether the answer ended within the text of its last action, a file, for want of room."""
    actions: Annotated[
        tuple[Annotated[Action, Field(discriminator="kind")], ...], Field(min_length=1, max_length=MOST_ACTIONS)
    ]

    @model_validator(mode="before")
    @classmethod
    def _of_one(cls, told: object) -> object:
        """Read a decision for a single action, as a small model makes it: situation, what is missing, action."""
        if not isinstance(told, dict) or "action" not in told or "actions" in told:
            return told
        situation, missing = str(told.get("situation") or ""), str(told.get("missing") or "")
        both = f"{situation} Missing: {missing}" if missing.strip() else situation
        return {"situation": both.strip(), "actions": [told["action"]]} | {
            key: value for key, value in told.items() if key not in ("situation", "missing", "action")
        }

    @property
    def action(self) -> Action:
        """The first action; of a decision that stands alone, the only one."""
        return self.actions[0]


def _cyclic(subtasks: tuple[Subtask, ...]) -> list[str]:
    """Return the keys that no order can serve; empty for a sound split."""
    left = {task.key: set(task.depends_on) for task in subtasks}
    while ready := [key for key, needs in left.items() if not needs & left.keys()]:
        for key in ready:
            del left[key]
    return sorted(left)
