"""The key of a step: run, node, turn, step and a hash of what the step depends on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic_core import to_jsonable_python

from swarm.keys import digest
from swarm.nodes import Node

if TYPE_CHECKING:
    from prefect.context import TaskRunContext

_NOT_AN_INPUT = {"lease", "limits"}
"""What a node may spend changes with what is left of the budget; it never changes what a step means."""


def step_key(context: "TaskRunContext", parameters: Mapping[str, object]) -> str:
    """Return the cache key of a task that takes `node` and `turn`; all its other arguments are hashed."""
    node = parameters["node"]
    assert isinstance(node, Node)
    inputs = {name: value for name, value in parameters.items() if name not in ("node", "turn")}
    hashed = digest(node.model_dump(mode="json", exclude=_NOT_AN_INPUT), to_jsonable_python(inputs))
    return f"{node.run}/{node.id}/{parameters['turn']}/{context.task.name}-{hashed}"
