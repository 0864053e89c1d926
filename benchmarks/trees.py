"""Trees for measuring: an oracle that splits until the wanted depth and finishes everywhere."""

from swarm.testing import Asked


def answer_with_tree(asked: Asked, fan: int, depth: int) -> object:
    """Answer as a model would that splits every node above `depth` into `fan`, and finishes the rest."""
    if asked.role == "review":
        return {"criteria": [{"id": "goal", "text": "", "result": "pass", "gap": ""}]}
    told = asked.messages[-1].content
    if asked.node.count(".") < depth and "reports done" not in told:
        parts = [_part(asked.node, number) for number in range(1, fan + 1)]
        action: object = {"kind": "split", "reason": "independent_sources", "logic": "all", "subtasks": parts}
    else:
        action = {"kind": "finish", "answer": f"visited {asked.node}", "evidence": []}
    return {"situation": "", "missing": "", "action": action}


def _part(path: str, number: int) -> dict[str, object]:
    goal = f"Visit the branch {path}.{number} of the orchard"
    return {"key": f"b{number}", "goal": goal, "acceptance": [], "depends_on": [], "share": None}
