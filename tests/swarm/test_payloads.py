"""What comes from elsewhere is read, never run."""

import base64
import json
import pickle
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect import Task
from prefect._internal.result_records import ResultRecord

from swarm.payloads import CLASSES, safe_payload
from swarm.reports import Observation
from tasks import (
    acting,
    calling,
    commands,
    deciding,
    editing,
    inspecting,
    making,
    reading,
    small_model,
    small_programs,
    telling,
    thinking,
)

_KEY = "0123abcd/0123456789abcdef/0/save-0123456789abcdef"
_JSON = {"type": "json"}
_STEPS = (
    *(
        acting,
        calling,
        commands,
        deciding,
        editing,
        inspecting,
        making,
        reading,
        small_model,
        small_programs,
    ),
    *(telling, thinking),
)


def _record(result: object, serializer: object = _JSON) -> str:
    return json.dumps({"metadata": {"storage_key": "x", "serializer": serializer}, "result": result})


def _named(kind: object) -> Iterator[str]:
    """Yield the models that a type is made of."""
    if typing.get_args(kind):
        for each in typing.get_args(kind):
            yield from _named(each)
    elif isinstance(kind, type) and hasattr(kind, "model_fields"):
        yield f"{kind.__module__}.{kind.__name__}"


def test_the_classes_are_those_that_our_steps_return() -> None:
    """A step that returns another noun would make snapshots that nobody can take in."""
    found = set()
    for module in _STEPS:
        for step in vars(module).values():
            if isinstance(step, Task) and step.persist_result:
                found |= set(_named(typing.get_type_hints(step.fn)["return"]))
    assert found | {"swarm.nodes.Criterion"} == CLASSES, "but for what snapshots hold that were made before"


def test_prefect_reads_what_was_made_anew() -> None:
    """The record has its new key, and the result is the step's noun."""
    seen = Observation(action="save", outcome="ok", text="naïve")
    told = json.dumps({"__class__": "swarm.reports.Observation", "data": seen.model_dump(mode="json")})
    record: ResultRecord[object] = ResultRecord.deserialize(safe_payload(_KEY, _record(told)))
    assert record.result == seen
    assert record.metadata.storage_key == _KEY


def test_a_fact_is_plain_json() -> None:
    """Facts are in no record of Prefect's, and nothing in them is looked up."""
    key = _KEY.replace("save", "fact-leases")
    assert safe_payload(key, '[ {"__class__": "os.system"} ]') == b'[{"__class__":"os.system"}]'


class _Touches:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self._path,)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    """A record that names pickle would run what its author liked as soon as a run reads it."""
    evil = base64.b64encode(pickle.dumps(_Touches(tmp_path / "owned"))).decode()
    record = _record(evil, {"type": "pickle", "picklelib": "pickle"})
    ResultRecord.deserialize(record.encode())
    assert (tmp_path / "owned").exists()
    (tmp_path / "owned").unlink()
    with pytest.raises(ValueError):
        safe_payload(_KEY, record)
    quoted = safe_payload(_KEY, _record(json.dumps(evil), {"type": "pickle", "picklelib": "pickle"}))
    assert ResultRecord.deserialize(quoted).result == evil
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    "told",
    [
        '{"__class__": "antigravity.x", "data": 1}',
        '[{"a": {"__class__": "pathlib.Path", "data": "x"}}]',
        '{"__exc_type__": "builtins.SystemExit", "message": "0"}',
        '{"__class__": "swarm.reports.Report", "data": {}, "__exc_type__": "builtins.SystemExit"}',
        '{"__class__": ["swarm.reports.Report"], "data": 1}',
        "nothing",
        "[" * 100_000,
    ],
    ids=lambda told: told[:40],
)
def test_nothing_but_our_nouns_is_looked_up(told: str) -> None:
    """Whatever else Prefect would import is refused, with a reason."""
    with pytest.raises(ValueError):
        safe_payload(_KEY, _record(told))


@pytest.mark.parametrize("data", ["", "[]", "1", '{"result": 1}', "{}", "[" * 100_000])
def test_what_is_no_record_is_refused(data: str) -> None:
    """So is a text that is no JSON."""
    with pytest.raises(ValueError):
        safe_payload(_KEY, data)
