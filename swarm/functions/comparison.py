"""Comparison: how what a function does differs from what a test expects; what that is never enters the sandbox."""

import re

from swarm.functions.records import Case, Function
from swarm.functions.schemas import fitted, with_floats
from swarm.keys import canonical
from swarm.nodes import shorten
from swarm.sandbox.calling import Answered
from swarm.sandbox.untrusted import same


def outcome_of(answered: Answered) -> str:
    """Return what came of a call as a text that is the same if and only if that is."""
    return canonical([answered.ok, answered.value, answered.error])


def gap(function: Function, case: Case, answered: Answered) -> str:
    """Say what is wrong with an answer to a test; empty for nothing."""
    if case.raises:
        if answered.ok:
            return f"it returned {shorten(repr(answered.value), 200)} and raised nothing"
        is_meant = case.raises == answered.error or case.raises in answered.family
        return "" if is_meant else f"it raised {shorten(answered.message or answered.error, 200)}"
    if not answered.ok:
        return shorten(answered.message or answered.error, 300) + _where(answered)
    returns = function.returns
    value, expected = (with_floats(returns, fitted(returns, each)) for each in (answered.value, case.expected))
    return "" if case.fits or same(value, expected, case.tolerance) else f"it returned {shorten(repr(value), 200)}"


def _where(answered: Answered) -> str:
    lines = re.findall(r'File "\w+\.py", line (\d+)', answered.trace)
    return f" (line {lines[-1]})" if lines else ""
