"""The key of a step: run, node, turn, step and a hash of what the step depends on; and the name a person reads."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from swarm.keys import digest
from swarm.nodes import Node, shorten
from swarm.reports import Observation
from swarm.text.redaction import redact_json
from swarm.text.sanitize import one_line

if TYPE_CHECKING:
    from prefect.context import TaskRunContext

_LONGEST_NAME = 150


def step_key(context: "TaskRunContext", parameters: Mapping[str, object]) -> str:
    """Return the cache key of a task that takes `node` and `turn`; all its other arguments are hashed."""
    node = parameters["node"]
    assert isinstance(node, Node)
    inputs = {name: value for name, value in parameters.items() if name not in ("node", "turn")}
    return key_of(node, parameters["turn"], context.task.name, to_jsonable_python(inputs))


def fact_key(node: Node, turn: int, name: str, *inputs: object) -> str:
    """Return the key of a fact that depends on these inputs (`swarm/kept.py`)."""
    return key_of(node, turn, f"fact-{name}", to_jsonable_python(inputs))


def step_name(form: str) -> Callable[..., str]:
    """Return what names a task run after its arguments: on one line, with no key of ours or of an address in it."""

    def name(parameters: Mapping[str, Any]) -> str:
        return shorten(one_line(form.format(**parameters)), _LONGEST_NAME)

    return name


def input_hash(node: Node, given: Sequence[Observation]) -> str:
    """Return a hash of what a node is given: itself, and what it knows from the start."""
    return digest(node.content, [each.model_dump(mode="json") for each in given])


def key_of(node: Node, turn: object, name: str, inputs: JsonValue) -> str:
    """Return the key under which something is kept that one turn of a node has brought."""
    # As it is kept: so a step has the same key where its inputs are read, and where they were just made.
    return f"{node.run}/{node.id}/{turn}/{name}-{digest(*redact_json([node.content, inputs]))}"
