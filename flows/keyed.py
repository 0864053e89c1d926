"""Keyed subflows: a child is known under its own key, not by the order in which it was called.

Prefect counts subflows under their parent in call order, so a retried parent can hand one child another's result
(PrefectHQ/prefect#18601). The count is kept by the qualified name of the flow's function, so a copy of the flow whose
function bears the child's key has a count of its own. `tests/flows/test_keyed.py` is the canary on that rule.
"""

import copy
from types import FunctionType
from typing import ParamSpec, TypeVar

from prefect import Flow

P = ParamSpec("P")
R = TypeVar("R")


def keyed(flow: Flow[P, R], key: str) -> Flow[P, R]:
    """Return a copy of `flow` that its parent tracks under `key`; name, grouping and settings stay."""
    function = flow.fn
    assert isinstance(function, FunctionType)
    twin = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    twin.__dict__.update(function.__dict__)
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__annotations__ = function.__annotations__
    twin.__module__ = function.__module__
    twin.__doc__ = function.__doc__
    twin.__qualname__ = key
    copied = copy.copy(flow)
    copied.fn = twin
    return copied
