"""Payloads: what the record of a kept step may hold, so that reading one that comes from elsewhere runs nothing.

Prefect reads a result by the serializer that its record names, and one of them is pickle; the JSON one imports the
class that each `__class__` names. So of a record nothing is believed but the JSON of what the steps of ours return.
"""

import json

from pydantic import JsonValue

from swarm.keys import canonical

CLASSES = frozenset(
    {
        "swarm.decisions.Decision",
        "swarm.reports.CriterionResult",
        "swarm.reports.Observation",
        "swarm.reports.Report",
        "swarm.small.intent.Intent",
        "swarm.nodes.Criterion",
        "swarm.store.file_changes.AppliedChanges",
        "tasks.commands.CommandRan",
        "swarm.functions.drafts.Contract",
        "swarm.functions.drafts.Draft",
        "swarm.functions.gate.Judged",
        "swarm.functions.records.Case",
        "tasks.acting.Ran",
        "tasks.calling.Admitted",
        "tasks.calling.Called",
        "tasks.calling.Looked",
    }
)
"""What the steps return, by the names that Prefect gives them."""
_MARKS = {"__class__", "__exc_type__"}


def safe_payload(key: str, data: str) -> bytes:
    """Return what is kept under a key as it may be entered here: a fact as it is, a step's record made anew.

    Raises ValueError for what is neither.
    """
    try:
        told: JsonValue = json.loads(data)
        if key.rpartition("/")[2].startswith("fact-"):
            return canonical(told).encode()
        result = told.get("result") if isinstance(told, dict) else None
        if not isinstance(result, str):
            raise ValueError("has no result in it")
        _check(json.loads(result))
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    return canonical({"metadata": {"storage_key": key, "serializer": {"type": "json"}}, "result": result}).encode()


def _check(value: JsonValue) -> None:
    if isinstance(value, list):
        for each in value:
            _check(each)
    elif isinstance(value, dict):
        named = value.get("__class__", "")
        if _MARKS & value.keys() and not (value.keys() == {"__class__", "data"} and str(named) in CLASSES):
            raise ValueError(f"holds something of the class {named!r}")
        for each in value.values():
            _check(each)
