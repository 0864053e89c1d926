"""Drawing shows a run as a tree."""

from io import StringIO

import pytest
from rich.console import Console

from swarm.drawing import cost_line, elapsed, tree
from swarm.usage import Usage
from swarm.views import NodeView, RunView


def _node(path: str, **changes: object) -> NodeView:
    node = {"id": path, "path": path, "parent": "", "kind": "solve", "goal": f"goal {path}", "status": "running"}
    return NodeView.model_validate({**node, "flow_run_id": path, **changes})


def _drawn(*nodes: NodeView) -> list[str]:
    paper = StringIO()
    console = Console(file=paper, width=120)
    console.print(tree(RunView(run="r", status="running", nodes=nodes)))
    return paper.getvalue().rstrip().splitlines()


def test_children_stand_under_their_parent_with_what_they_do_and_cost() -> None:
    """One line a node: state, path, goal, what it does, time, turns, tokens, money."""
    usage = Usage(calls=2, tokens_in=1200, tokens_out=34, usd=0.01)
    lines = _drawn(
        _node("0", doing="split a, b", turns=1, seconds=5.2, usage=usage),
        _node("0.1", status="done"),
        _node("0.1.r1", kind="review", status="failed"),
        _node("0.2"),
    )
    assert lines == [
        "● 0 goal 0  split a, b · 5 s · turn 1 · 1,234 tokens · $0.0100",
        "├── ✓ 0.1 goal 0.1  done · 0 s",
        "│   └── ✗ 0.1.r1 review: goal 0.1.r1  failed · 0 s",
        "└── ● 0.2 goal 0.2  deciding · 0 s",
    ]


def test_a_goal_with_markup_in_it_is_shown_as_it_is() -> None:
    """Brackets in a goal are text, not colours; its line breaks do not break the tree."""
    assert _drawn(_node("0", goal="[red]a[/red]\n[b")) == ["● 0 [red]a[/red] [b  deciding · 0 s"]


def test_a_node_whose_parent_is_not_there_is_still_drawn() -> None:
    """Records arrive late; nobody is left out."""
    assert len(_drawn(_node("0"), _node("0.3.1"))) == 2


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        (Usage(calls=1, tokens_in=8000, tokens_out=410, usd=0.00421), "1 model call · 8,410 tokens · $0.0042 · 61 s"),
        (Usage(calls=2, usd=None), "2 model calls · 0 tokens · price unknown · 61 s"),
    ],
)
def test_what_a_run_has_cost_is_one_line(usage: Usage, said: str) -> None:
    """An unknown price is said to be unknown, never zero."""
    assert cost_line(usage, 61.0) == said


def test_time_is_read_at_a_glance() -> None:
    """Seconds at first, minutes later."""
    assert [elapsed(s) for s in (0.4, 99.4, 100, 3725)] == ["0 s", "99 s", "1 min 40 s", "62 min 05 s"]
