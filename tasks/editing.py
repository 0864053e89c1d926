"""Editing: files of the workspace written as they were given and changed by exact replacements, each a keyed step."""

from prefect import task
from prefect.context import TaskRunContext

from integrations.text_documents import outside_name
from swarm.decisions import EditFile, WriteFile
from swarm.errors import WorkspaceError
from swarm.nodes import Node
from swarm.pools import pool
from swarm.reports import Observation
from swarm.rules import label
from swarm.store.blobs import Blobs, sha256_of
from swarm.store.diffs import diffs
from swarm.store.file_changes import AppliedChanges, FileWrite, Place, apply, changes_of, planned_before
from swarm.text.edits import EditFault, changed_lines, now_there, replace_all
from swarm.text.redaction import MARK, redact_bytes
from swarm.text.syntax import fault_of
from tasks.context import Run, reach_out
from tasks.keys import step_key, step_name
from tasks.recalling import remember_files


@task(name="write", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("write {action.path}"))
async def write_file(node: Node, turn: int, number: int, action: WriteFile, known: str | None) -> Observation:
    """Write a file just as the model gave it; `known` is the version it has seen, None where it has seen none.

    A file that is there and that the node has not read is not written over, nor one that has changed since it read it.
    """
    run = await reach_out(node)
    place, path = place_of(node), outside_name(action.path)
    try:
        before = await _before(run, place, path)
        data = action.text.encode("utf-8", "replace")
        if before and not action.append and MARK.encode() in data and redact_bytes(before) != before:
            raise WorkspaceError(
                f"{path} holds a secret, which you see as {MARK}: change the lines around it by edit_file"
            )
        if action.append and before:
            data = before + data
        expected = known if known is not None or action.append else ""
        applied = await put_files(run, place, {path: data}, {path: None if action.append else expected})
    except WorkspaceError as error:
        return Observation(action=label(action), outcome="refused", text=str(error), refused=(str(error),))
    await remember_files(node, run, applied.written)
    return _written(action, data, before, applied)


@task(name="edit", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("edit {action.path}"))
async def edit_file(node: Node, turn: int, number: int, action: EditFile) -> Observation:
    """Change a file by exact replacements; what does not apply is said with its reason, and nothing is changed."""
    run = await reach_out(node)
    place, path = place_of(node), outside_name(action.path)
    try:
        before = await _before(run, place, path)
        if before is None:
            raise WorkspaceError(f"there is no {path} to edit; write it with write_file")
        old = _decoded(before, path)
        new = replace_all(old, [(edit.old, edit.new) for edit in action.edits])
        applied = await put_files(run, place, {path: new.encode()}, {path: sha256_of(before)[:16]})
    except EditFault as error:
        text = f"{path} was not changed: {error}"
        return Observation(action=label(action), outcome="error", text=text)
    except WorkspaceError as error:
        return Observation(action=label(action), outcome="refused", text=str(error), refused=(str(error),))
    await remember_files(node, run, applied.written)
    if applied.refused:
        return _refused(label(action), applied)
    hunk = f"; there stands now:\n{stands}" if (stands := now_there(old, new)) else ""
    text = f"{path} is changed: {changed_lines(old, new)}{hunk}{_checked(path, new)}"
    return Observation(
        action=label(action),
        outcome="ok",
        text=text,
        artifacts=applied.written,
        versions=applied.versions,
    )


async def put_files(run: Run, place: Place, files: dict[str, bytes], expected: dict[str, str | None]) -> AppliedChanges:
    """Write files whose contents are at hand."""
    database = await pool()
    await Blobs(database, run.id).put_all(files.values())
    writes = [FileWrite(path, sha256_of(data), expected.get(path)) for path, data in files.items()]
    return await apply(database, run.workspace, place, writes)


def place_of(node: Node) -> Place:
    """Return where the changes of the step that is running belong."""
    context = TaskRunContext.get()
    assert context is not None, "files are changed from within a step"
    return Place(node.run, node.path, step_key(context, context.parameters))


async def _before(run: Run, place: Place, path: str) -> bytes | None:
    """Return a file as it was when this step first looked at it: after a kill it may have been changed by it."""
    name = run.workspace.relative(path)
    known = await planned_before(await pool(), place)
    if name in known:
        sha256 = known[name]
        return None if sha256 is None else await Blobs(await pool(), run.id).get(sha256)
    return run.workspace.content_of(name)


def _decoded(data: bytes, path: str) -> str:
    try:
        if b"\0" in data[:8192]:
            raise WorkspaceError(f"{path} is binary and cannot be edited as text; write it anew, or use a command")
        return data.decode()
    except UnicodeDecodeError as error:
        raise WorkspaceError(
            f"{path} is not UTF-8 text (byte {error.start}) and cannot be edited; convert it with a command first"
        ) from None


def _written(action: WriteFile, data: bytes, before: bytes | None, applied: AppliedChanges) -> Observation:
    if applied.refused:
        return _refused(label(action), applied)
    path, text = applied.written[0], data.decode("utf-8", "replace")
    how = "is created" if before is None else "is continued" if action.append else "is replaced"
    lines = text.count("\n") + (not text.endswith("\n") and bool(text))
    end = f"; it ends: {text.rstrip()[-80:]!r}" if action.append else ""
    told = f"{path} {how}: {lines:,} lines, {len(text):,} characters in all{end}{_checked(path, text)}"
    return Observation(
        action=label(action), outcome="ok", text=told, artifacts=applied.written, versions=applied.versions
    )


def _checked(path: str, text: str) -> str:
    fault = fault_of(path, text)
    return f"\nBut it is not sound yet:\n{fault}" if fault else ""


def _refused(name: str, applied: AppliedChanges) -> Observation:
    return Observation(action=name, outcome="refused", text="\n".join(applied.refused), refused=applied.refused)


@task(name="changes", cache_key_fn=step_key, persist_result=True, task_run_name="gather the changes")
async def changes_made(node: Node, turn: int, most: int) -> str:
    """Return the diff of what a node and those below it have changed, in at most about `most` characters."""
    run = await reach_out(node)
    made = await changes_of(await pool(), run.id, within=node.path)
    rows = await diffs(made, Blobs(await pool(), run.id), most)
    return "\n".join(rows)
