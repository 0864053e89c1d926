"""Trees for measuring: an oracle that splits until the wanted depth and finishes everywhere."""

from pathlib import Path

from swarm.testing import Asked

PROFILES = str(Path(__file__).with_name("profiles.yaml"))
"""For SWARM_PROFILES: what the scripted models of the benchmarks are."""


def answer_with_tree(asked: Asked, fan: int, depth: int) -> object:
    """Answer as a model would that splits every node above `depth` into `fan`, and finishes the rest."""
    return answer_with_fans(asked, (fan,) * depth)


def answer_with_fans(asked: Asked, fans: tuple[int, ...], fails: str = "") -> object:
    """Answer as a model would that splits nodes at depth n into `fans[n]`; `fails` gives up, and all above it."""
    if asked.role == "review":
        return {"criteria": [{"id": "goal", "text": "", "result": "pass", "gap": ""}]}
    told, depth = asked.messages[-1].content, asked.node.count(".")
    action: object
    if asked.node == fails or "reports failed" in told:
        action = {"kind": "give_up", "reason": f"{asked.node} is closed", "suggested_next": ""}
    elif depth < len(fans) and "reports done" not in told:
        parts = [_part(asked.node, number) for number in range(1, fans[depth] + 1)]
        action = {"kind": "split", "reason": "independent_sources", "logic": "all", "subtasks": parts}
    else:
        action = {"kind": "finish", "answer": f"visited {asked.node}", "evidence": []}
    return {"situation": "", "missing": "", "action": action}


def _part(path: str, number: int) -> dict[str, object]:
    goal = f"Visit the branch {path}.{number} of the orchard"
    return {"key": f"b{number}", "goal": goal, "acceptance": [], "depends_on": [], "share": None}
