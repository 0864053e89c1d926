"""What of a run goes into its snapshot."""

import json

import pytest
from pydantic import JsonValue

from integrations.snapshots import _as_recorded, _without_secrets, renamed
from swarm.nodes import Node
from swarm.payloads import safe_payload
from swarm.snapshots import Blob, Kept, Snapshot, Written
from swarm.text.redaction import Redaction

_AT = "2026-01-01T00:00:00+00:00"
_KEY = "abcd1234/0123456789abcdef"


def _step(name: str, result: object, turn: int = 0) -> Kept:
    record = {"metadata": {}, "result": json.dumps(result)}
    return Kept(key=f"{_KEY}/{turn}/{name}-0123456789abcdef", data=json.dumps(record), at=_AT)


def _changed(path: str, after: Blob | None) -> dict[str, JsonValue]:
    return {"path": path, "after": after.sha256 if after else None}


def test_files_are_as_the_recorded_steps_have_left_them() -> None:
    """Not as they are on disk, which may be before or after; but one that is not recorded yet is as on disk."""
    first, last, binary = Blob.of(b"first"), Blob.of(b"last"), Blob.of(b"\x00")
    on_disk = tuple(Written.of(name, b"on disk") for name in ("a.txt", "c.txt", "gone.txt"))
    changes = [_changed("a.txt", first), _changed("b.bin", binary), _changed("a.txt", last), _changed("gone.txt", None)]
    found = {file.name: file.content for file in _as_recorded(on_disk, changes, (first, last, binary))}
    assert found == {"a.txt": b"last", "b.bin": b"\x00", "c.txt": b"on disk"}


def test_a_content_is_what_its_name_says() -> None:
    """A snapshot may come from anywhere."""
    with pytest.raises(ValueError, match="is not what its sha256 says"):
        Blob(sha256=Blob.of(b"a").sha256, data="Yg==")


def test_a_secret_in_a_content_goes_with_its_name() -> None:
    """The content is another one then, and so are all that name it, in full or in short."""
    blob = Blob.of(b"key = sk-secret-123")
    row = {"run": "abcd1234", "step": f"{_KEY}/0/write-0123456789abcdef", "path": "a", "after": blob.sha256}
    whole = Snapshot(
        taken=_AT,
        run="abcd1234",
        root=Node(run="abcd1234", goal="g"),
        population=0,
        nodes=(),
        queue=(),
        history=(),
        results=(_step("write", {"versions": {"a": blob.sha256[:16]}}),),
        file_changes=(row,),
        blobs=(blob,),
    )
    clean = _without_secrets(whole, Redaction(("sk-secret-123",)))
    (kept,) = clean.blobs
    assert kept.content == b"key = ***" and clean.file_changes[0]["after"] == kept.sha256
    assert kept.sha256[:16] in clean.results[0].data and blob.sha256[:16] not in clean.model_dump_json()


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
    clean = _without_secrets(whole, Redaction((secret,)))
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
