"""Budgets: a meter that says no before a call that would pass a cap, and never after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from swarm.errors import BudgetExhausted
from swarm.nodes import Lease, Node
from swarm.usage import Usage

_DIGITS = 12


@dataclass
class Bill:
    """One model call under way: its estimate holds until `final` says what it really cost."""

    final: Usage | None = None


@dataclass
class Meter:
    """What the nodes of one run have spent and reserved, by path. A subtree's lease bounds all below it.

    Where money is bounded, a call whose price is unknown is refused: such a cap could not be kept.
    """

    spent: dict[str, Usage] = field(default_factory=dict)
    reserved: dict[str, Usage] = field(default_factory=dict)
    leases: dict[str, Lease] = field(default_factory=dict)
    nodes: int = 1

    def open(self, node: Node) -> None:
        """Register a node's lease."""
        self.leases[node.path] = node.lease

    def used(self, path: str) -> Usage:
        """Return what the subtree at `path` has spent; money rounded, so that it is the same in any order."""
        used = _sum(self.spent, path)
        return used.model_copy(update={"usd": None if used.usd is None else round(used.usd, _DIGITS)})

    def left(self, node: Node) -> Lease:
        """Return what the subtree of `node` may still spend, as a lease."""
        used, lease = _sum(self.spent, node.path) + _sum(self.reserved, node.path), node.lease
        return Lease(
            calls=None if lease.calls is None else max(0, lease.calls - used.calls),
            tokens=None if lease.tokens is None else max(0, lease.tokens - used.tokens),
            usd=None if lease.usd is None else max(0.0, lease.usd - (used.usd or 0.0)),
        )

    def claim_nodes(self, node: Node, count: int) -> None:
        """Count `count` new nodes; raises BudgetExhausted when the run may not have so many."""
        if self.nodes + count > node.limits.nodes:
            raise BudgetExhausted(f"the run may have {node.limits.nodes} nodes and has {self.nodes}")
        self.nodes += count

    @contextmanager
    def reserve(self, path: str, estimate: Usage) -> Iterator[Bill]:
        """Hold `estimate` during a call at `path`; raises BudgetExhausted if any lease above it is too small."""
        for at in _lineage(path):
            self._check(at, estimate)
        bill = Bill()
        self.reserved[path] = self.reserved.get(path, Usage()) + estimate
        try:
            yield bill
        finally:
            self.reserved[path] = _less(self.reserved[path], estimate)
            if bill.final:
                self.spent[path] = self.spent.get(path, Usage()) + bill.final

    def _check(self, at: str, estimate: Usage) -> None:
        lease = self.leases.get(at)
        if lease is None:
            return
        after = _sum(self.spent, at) + _sum(self.reserved, at) + estimate
        whose = "the run" if at == "0" else f"node {at}"
        if lease.usd is not None and after.usd is None:
            raise BudgetExhausted(
                f"{whose} may spend {_amount(lease.usd)} usd, but its model's price is unknown: give it in SWARM_PRICES"
            )
        for name, value, cap in (
            ("calls", after.calls, lease.calls),
            ("tokens", after.tokens, lease.tokens),
            ("usd", after.usd or 0.0, lease.usd),
        ):
            if cap is not None and value > cap:
                raise BudgetExhausted(
                    f"{whose} may spend {_amount(cap)} {name}; the next call could reach {_amount(value)}"
                )


def _amount(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def _lineage(path: str) -> list[str]:
    """Return a path and all above it: 0.2.1 -> 0.2.1, 0.2, 0."""
    parts = path.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


def _sum(entries: dict[str, Usage], path: str) -> Usage:
    inside = (usage for at, usage in entries.items() if at == path or at.startswith(path + "."))
    return sum(inside, Usage())


def _less(whole: Usage, part: Usage) -> Usage:
    return Usage(
        calls=whole.calls - part.calls,
        tokens_in=whole.tokens_in - part.tokens_in,
        tokens_out=whole.tokens_out - part.tokens_out,
        cached=whole.cached - part.cached,
        usd=(whole.usd or 0.0) - (part.usd or 0.0),
    )
