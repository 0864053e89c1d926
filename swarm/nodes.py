"""Nodes: a goal with its place in the tree, what it may use and how its work will be judged."""

from typing import ClassVar, Literal

from pydantic import ConfigDict, JsonValue

from swarm.keys import digest
from swarm.text.models import Redacted
from swarm.text.redaction import redact
from swarm.text.sanitize import one_line

MOST_QUESTIONS = 5
"""Times that a person is asked in one turn."""

Check = Literal["judge", "file", "schema", "python", "command"]


class Noun(Redacted):
    """What crosses a run boundary: frozen, JSON only, nothing unknown in it, nothing secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Criterion(Noun):
    """One thing the work must satisfy, and who checks it.

    `judge` asks a model; `file` wants the file `spec` in the workspace; `schema` wants the answer to be JSON that fits
    the JSON Schema in `spec`; `python` runs `spec` in the sandbox, the answer in `answer.txt`, and wants exit code 0.
    """

    id: str
    text: str
    check: Check = "judge"
    spec: str = ""


class Lease(Noun):
    """What a subtree may spend: the hard cap on the root, a share of it on a child. None is no limit."""

    calls: int | None = None
    tokens: int | None = None
    usd: float | None = None

    def share(self, part: float) -> "Lease":
        """Return the lease of a child that gets `part` (0 to 1] of this one; a call at least."""
        return Lease(
            calls=None if self.calls is None else max(1, int(self.calls * part)),
            tokens=None if self.tokens is None else int(self.tokens * part),
            usd=None if self.usd is None else self.usd * part,
        )


class Limits(Noun):
    """Bounds of a whole run, enforced in code."""

    turns: int | None = None
    """None: what the model's profile gives."""
    depth: int = 5
    nodes: int = 200
    split_after: int = 1


class Node(Noun):
    """One goal in the tree. `id` is a hash of origin, parent, turn and key: the same in every attempt, everywhere."""

    as_given: ClassVar[frozenset[str]] = frozenset(("workspace",))

    run: str = ""
    origin: str = ""
    """The run whose nodes this run's nodes are, where it replays or forks one; empty for a run of its own."""
    path: str = "0"
    key: str = "root"
    parent: str = ""
    turn: int = 0
    kind: Literal["solve", "review", "ask"] = "solve"
    goal: str
    why: str = ""
    inputs: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    acceptance: tuple[Criterion, ...] = ()
    output_schema: dict[str, JsonValue] | None = None
    depends_on: tuple[str, ...] = ()
    lease: Lease = Lease()
    limits: Limits = Limits()
    workspace: str = ""

    @property
    def id(self) -> str:
        """The node's name for every machine and attempt."""
        return digest(self.origin or self.run, self.parent, self.turn, self.key, self.kind)

    @property
    def content(self) -> dict[str, JsonValue]:
        """What a step of this node depends on: all but where it runs and what it may spend, which differ by attempt."""
        return self.model_dump(mode="json", exclude={"run", "origin", "workspace", "lease", "limits"})

    @property
    def report_key(self) -> str:
        """The key under which the node's report is kept: one for each node, whatever led to it."""
        return self.report_key_of(self.run, self.id)

    @staticmethod
    def report_key_of(run: str, node_id: str) -> str:
        """The same key, where only the node's name is at hand."""
        return f"{run}/{node_id}/report"

    @property
    def depth(self) -> int:
        """0 at the root."""
        return self.path.count(".")

    @property
    def name(self) -> str:
        """What a person reads in a list of flow runs: `0.2.1 · write the parser`."""
        kind = "" if self.kind == "solve" else f"{self.kind}: "
        return f"{self.path} · {kind}{shorten(one_line(self.goal), 60)}"


def side(kind: str, turn: int, number: int = 0) -> tuple[str, str]:
    """Return the key of a review or a question of a turn, and the last part of its path: `ask-0-2` and `a1-2`."""
    more = f"-{number + 1}" if number else ""
    return f"{kind}-{turn}{more}", f"{kind[0]}{turn + 1}{more}"


def shorten(text: str, width: int) -> str:
    """Return `text` on one line, redacted and then cut with an ellipsis to at most `width` characters."""
    line = " ".join(redact(text).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
