"""Functions to test with, each under a name of its own, for the library is the whole session's."""

import secrets

from pydantic import JsonValue

from swarm.functions.records import Case, Function


def fresh(name: str = "f") -> str:
    """Return a name that no other test uses."""
    return f"{name}_{secrets.token_hex(4)}"


def numeric(name: str, body: str, *cases: tuple[int, int], **more: object) -> Function:
    """Return a function of one whole number `x`, whose body is given and whose tests are pairs."""
    whole: dict[str, JsonValue] = {"type": "integer"}
    told = {
        "name": name,
        "description": f"Does what {name} does with a whole number.",
        "parameters": {"type": "object", "properties": {"x": whole}, "required": ["x"], "additionalProperties": False},
        "returns": whole,
        "code": f"from swarm import api\n\n\ndef {name}(x: int) -> int:\n    {body}\n",
        "test_cases": [Case(arguments={"x": given}, expected=expected) for given, expected in cases],
    }
    return Function.model_validate(told | more)
