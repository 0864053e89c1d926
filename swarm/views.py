"""Views: a run as it stands, the shape that `swarm show --json` prints and the live tree draws."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from swarm.usage import Usage

RunStatus = Literal["running", "waiting", "done", "partial", "failed", "cancelled", "crashed"]
_LAST = 1_000_000
FINAL = frozenset({"done", "partial", "failed", "cancelled", "crashed"})


class View(BaseModel):
    """What is shown: frozen, JSON only."""

    model_config = ConfigDict(frozen=True)


class NodeView(View):
    """One node as it stands. Times are ISO 8601, UTC; `doing` is its last decision."""

    id: str
    path: str
    parent: str
    kind: str
    goal: str
    status: RunStatus
    turns: int = 0
    usage: Usage = Usage()
    started: str | None = None
    ended: str | None = None
    seconds: float = 0.0
    flow_run_id: str
    doing: str = ""


class RunView(View):
    """One run as it stands, its nodes in the order of their paths."""

    run: str
    status: RunStatus
    goal: str = ""
    nodes: tuple[NodeView, ...] = ()
    ui_url: str = ""

    @property
    def usage(self) -> Usage:
        """What all nodes have spent."""
        return sum((node.usage for node in self.nodes), Usage())

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in FINAL


class RunLine(View):
    """One line of `swarm ls`."""

    run: str
    status: RunStatus
    goal: str
    started: str | None = None
    flow_run_id: str


def order(path: str) -> tuple[tuple[int, str], ...]:
    """Return the sort key that puts 0.2 before 0.10, and then reviews and questions, 0.r2 before 0.r10."""
    return tuple(_place(part) for part in path.split("."))


def _place(part: str) -> tuple[int, str]:
    number = int("".join(c for c in part if c.isdecimal()) or 0)
    return (number, "") if part.isdecimal() else (_LAST + number, part)
