"""What of a run goes into its snapshot."""

import base64
import json

from integrations.snapshots import _as_recorded, _without_secrets, renamed
from swarm.nodes import Node
from swarm.payloads import safe_payload
from swarm.reports import Observation
from swarm.snapshots import Kept, Snapshot, Written

_AT = "2026-01-01T00:00:00+00:00"
_KEY = "abcd1234/0123456789abcdef"


def _step(name: str, result: object, turn: int = 0) -> Kept:
    record = {"metadata": {}, "result": json.dumps(result)}
    return Kept(key=f"{_KEY}/{turn}/{name}-0123456789abcdef", data=json.dumps(record), at=_AT)


def _saved(name: str, text: str, turn: int = 0) -> Kept:
    seen = Observation(action=f"write_text {name}", outcome="ok", text=f"{name} is written:\n{text}", artifacts=(name,))
    return _step("save", {"__class__": "swarm.reports.Observation", "data": seen.model_dump(mode="json")}, turn)


def _ran(name: str, content: bytes) -> Kept:
    told = {"ok": True, "files": {name: base64.b64encode(content).decode()}}
    return _step("execute", {"__class__": "tasks.acting.Ran", "data": told})


def test_files_are_as_the_recorded_steps_have_left_them() -> None:
    """Not as they are on disk, which may be before or after; but one that is not recorded yet is as on disk."""
    on_disk = (Written.of("a.txt", b"older"), Written.of("c.txt", b"in flight"))
    kept = (_saved("a.txt", "first"), _ran("b.bin", b"\x00"), _step("keep", ["b.bin"]), _saved("a.txt", "last", turn=1))
    found = {file.name: file.content for file in _as_recorded(on_disk, kept)}
    assert found == {"a.txt": b"last", "b.bin": b"\x00", "c.txt": b"in flight"}


def test_what_a_program_wrote_counts_once_it_is_kept() -> None:
    """Before that the file is what the program has read, so that it can be put in place anew."""
    found = _as_recorded((Written.of("log.txt", b"zero"),), (_ran("log.txt", b"zero one"),))
    assert [file.content for file in found] == [b"zero"]


def test_no_secret_leaves_the_machine() -> None:
    """Wherever it stands: in a goal, in a record within a record, in a file."""
    secret = 'sk-"quoted"'
    whole = Snapshot(
        taken=_AT,
        run="abcd1234",
        root=Node(run="abcd1234", goal=f"use {secret}"),
        population=0,
        nodes=(),
        queue=(),
        history=(),
        results=(_step("compose", f"the key is {secret}"),),
        files=(Written.of("a.bin", b"\xff" + secret.encode()),),
    )
    clean = _without_secrets(whole, (secret,))
    assert "quoted" not in clean.model_dump_json()
    assert clean.files[0].content == b"\xff***"
    assert json.loads(json.loads(clean.results[0].data)["result"]) == "the key is ***"


def test_a_run_under_another_name_has_all_of_its_rows_under_it() -> None:
    """And its nodes are those of the run it comes from."""
    root = Node(run="abcd1234", goal="g")
    row = {"run": "abcd1234", "key": f"{_KEY}/0/decide-0/0"}
    kept = _step("compose", "text")
    told = {"population": 0, "nodes": (), "queue": (), "history": (), "tape": (row,), "usage": ({"run": "abcd1234"},)}
    new = renamed(Snapshot.model_validate({"taken": _AT, "run": "abcd1234", "root": root, "results": (kept,), **told}))
    assert new.root.id == root.id and new.root.run == new.run != "abcd1234"
    assert new.tape == ({"run": new.run, "key": f"{new.run}/0123456789abcdef/0/decide-0/0"},)
    assert new.usage == ({"run": new.run},)
    assert new.results[0].key.startswith(f"{new.run}/")
    assert new.run in safe_payload(new.results[0].key, new.results[0].data).decode()
