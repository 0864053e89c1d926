"""The key of a step: run, node, turn, step and a hash of what the step depends on."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from swarm.keys import digest
from swarm.nodes import Node
from swarm.reports import Observation

if TYPE_CHECKING:
    from prefect.context import TaskRunContext


def step_key(context: "TaskRunContext", parameters: Mapping[str, object]) -> str:
    """Return the cache key of a task that takes `node` and `turn`; all its other arguments are hashed."""
    node = parameters["node"]
    assert isinstance(node, Node)
    inputs = {name: value for name, value in parameters.items() if name not in ("node", "turn")}
    return key_of(node, parameters["turn"], context.task.name, to_jsonable_python(inputs))


def fact_key(node: Node, turn: int, name: str, *inputs: object) -> str:
    """Return the key of a fact that depends on these inputs (`swarm/kept.py`)."""
    return key_of(node, turn, f"fact-{name}", to_jsonable_python(inputs))


def input_hash(node: Node, given: Sequence[Observation]) -> str:
    """Return a hash of what a node is given: itself, and what it knows from the start."""
    return digest(node.content, [each.model_dump(mode="json") for each in given])


def key_of(node: Node, turn: object, name: str, inputs: JsonValue) -> str:
    """Return the key under which something is kept that one turn of a node has brought."""
    return f"{node.run}/{node.id}/{turn}/{name}-{digest(node.content, inputs)}"
