"""The log of a node's turns while they happen: what was decided, what came of each action, what is folded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from swarm.decisions import Decision
from swarm.reports import Observation
from swarm.tree.turns import History, Turn


@dataclass
class _Open:
    """One turn under way: a list of observations for each action begun."""

    decision: Decision | None
    results: list[list[Observation]] = field(default_factory=list)
    status: str = ""


@dataclass
class TurnLog:
    """All turns of a node so far. `seen` is what was observed in them and what was given, in one list."""

    seen: list[Observation]
    opening: str = ""
    folded: str = ""
    first: int = 0
    """The first turn that is not folded."""
    _turns: list[_Open] = field(default_factory=list)

    def begin(self, decision: Decision) -> None:
        """Open a turn."""
        self._turns.append(_Open(decision))

    def begin_action(self) -> None:
        """Open the next action of the turn: what is seen from now on came of it."""
        self._turns[-1].results.append([])

    def see(self, *observations: Observation) -> None:
        """Add what came of the action under way."""
        self.seen += observations
        turn = self._turns[-1] if self._turns else None
        if turn is None or turn.decision is None or not turn.results:
            self.hear(*observations, counted=True)
        else:
            turn.results[-1] += observations

    def reply(self, observation: Observation) -> None:
        """Answer the action under way with what says nothing about the world: it is shown, and no finding."""
        self._turns[-1].results[-1].append(observation)

    def hear(self, *observations: Observation, counted: bool = False) -> None:
        """Add what nobody's action brought: a person's note, an answer that could not be read."""
        if not counted:
            self.seen += observations
        self._turns.append(_Open(None, [list(observations)]))

    def tell(self, status: str) -> None:
        """Say where the node stands, after all that has happened so far."""
        if len(self._turns) == self.first:
            self.opening = self.opening or status
        else:
            self._turns[-1].status = status

    def fold(self, until: int, notes: str) -> None:
        """Put notes in the place of the turns before `until`."""
        self.first, self.folded = until, notes

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Every turn, folded ones too."""
        return tuple(_closed(turn) for turn in self._turns)

    @property
    def history(self) -> History:
        """What the node is shown of its own work."""
        shown = tuple(_closed(turn) for turn in self._turns[self.first :])
        return History(opening=self.opening, folded=self.folded, first=self.first, turns=shown)


def _closed(turn: _Open) -> Turn:
    """Return a turn with an entry for each action: one that was not begun came to nothing."""
    actions = len(turn.decision.actions) if turn.decision else len(turn.results)
    results: list[Sequence[Observation]] = [*turn.results, *([[]] * (actions - len(turn.results)))]
    return Turn(decision=turn.decision, results=tuple(map(tuple, results)), status=turn.status)
