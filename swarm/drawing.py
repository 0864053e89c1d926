"""Drawing: a run as a tree for a person's eyes, with or without colours."""

from typing import TYPE_CHECKING

from swarm.nodes import shorten
from swarm.usage import Usage
from swarm.views import NodeView, RunStatus, RunView

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

_STYLES: dict[RunStatus, tuple[str, str]] = {
    "running": ("●", "cyan"),
    "waiting": ("?", "yellow"),
    "done": ("✓", "green"),
    "partial": ("◐", "yellow"),
    "failed": ("✗", "red"),
    "cancelled": ("∅", "dim"),
    "crashed": ("✗", "red"),
}


def tree(view: RunView) -> "Tree":
    """Draw a run: each node with its state, what it does now, its time, turns, tokens and money."""
    from rich.tree import Tree

    drawn: dict[str, Tree] = {}
    top = Tree("", hide_root=True)
    for node in view.nodes:
        parent = drawn.get(node.path.rpartition(".")[0], top)
        drawn[node.path] = parent.add(_line(node))
    return top


def cost_line(usage: Usage, seconds: float) -> str:
    """Say what a run has cost: `12 model calls · 8,410 tokens · $0.0042 · 61 s`."""
    calls = f"{usage.calls} model call{'s' * (usage.calls != 1)}"
    return f"{calls} · {tokens(usage)} · {money(usage)} · {elapsed(seconds)}"


def tokens(usage: Usage) -> str:
    """Say how many tokens were used, and how many of them the provider had in its cache."""
    return f"{usage.tokens:,} tokens{f' ({usage.cached:,} cached)' if usage.cached else ''}"


def money(usage: Usage) -> str:
    """Say what usage costs; an unknown price is said to be unknown."""
    return "price unknown" if usage.usd is None else f"${usage.usd:.4f}"


def elapsed(seconds: float) -> str:
    """Say how long something took."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{int(seconds // 60)} min {int(seconds % 60):02} s"


def _line(node: NodeView) -> "Text":
    from rich.text import Text

    mark, style = _STYLES[node.status]
    goal = shorten(node.goal, 60) if node.kind == "solve" else f"{node.kind}: {shorten(node.goal, 50)}"
    line = Text.assemble((f"{mark} ", style), (f"{node.path} ", "bold"), goal)
    facts = [node.status if node.status != "running" else shorten(node.doing, 50) or "deciding", elapsed(node.seconds)]
    facts += [f"turn {node.turns}"] if node.turns else []
    facts += [tokens(node.usage), money(node.usage)] if node.usage.calls else []
    return line.append("  " + " · ".join(facts), "dim")
