"""What a node does: read a source, save a file, run a program, check a criterion by machine."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from prefect import task
from pydantic import Field

from integrations.memory import Remembered
from integrations.sources import source_for
from swarm.errors import SandboxUnavailable, SourceError, UsageError, WorkspaceError
from swarm.functions.schemas import check_schema, fault
from swarm.nodes import Criterion, Node, Noun, shorten
from swarm.passages import Passage, Source, place
from swarm.ranking import best
from swarm.reports import CriterionResult, Observation
from swarm.store.file_changes import AppliedChanges, Place
from swarm.text.display_url import display_url, mask_urls
from swarm.text.models import CleanText
from swarm.text.redaction import redact, redact_bytes
from swarm.workspace import MAX_BYTES, Workspace
from tasks.context import Run, reach_out
from tasks.editing import place_of, put_files
from tasks.keys import step_key, step_name
from tasks.outgoing import check_address
from tasks.recalling import remember, remember_files

_PASSAGES = 8
_EVERYTHING = 100_000
_SHOWN = 5000
"""Characters of one source that an observation carries."""
_PRINTED = 3000
"""Characters of a program's output that are kept: the beginning of what it printed, the end of its errors."""


class Ran(Noun):
    """What came of one program: its output and the files it wrote, in base64; `refused` says why it was not run."""

    ok: bool
    message: CleanText = ""
    stdout: CleanText = ""
    stderr: CleanText = ""
    files: dict[str, str] = Field(default_factory=dict)
    refused: str = ""


@task(
    name="retrieve",
    cache_key_fn=step_key,
    persist_result=True,
    task_run_name=step_name("retrieve {uri}"),
    timeout_seconds=300,
)
async def retrieve(node: Node, turn: int, uri: str, query: str) -> Observation:
    """Ask a source for the passages that fit a query best; a source that fails is an observation, not an error."""
    run = await reach_out(node)
    action = mask_urls(f"retrieve {uri} {query}".strip())
    roots = (*run.workspace.roots, *(Path(given) for given in node.inputs if Path(given).is_absolute()))
    try:
        await check_address(run, uri, query)
        passages = await _read(node, run, source_for(uri, roots, run.settings, run.workspace.closed.named), query)
    except SourceError as error:
        return Observation(action=action, outcome="error", text=str(error))
    if not passages:
        return Observation(action=action, outcome="error", text=f"{display_url(uri)} has nothing to read")
    evidence = tuple(dict.fromkeys(place(passage) for passage in passages))
    return Observation(action=action, outcome="ok", text=_shown(passages), evidence=evidence)


@task(name="save", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("save {path}"))
async def save(node: Node, turn: int, path: str, text: str) -> Observation:
    """Write a file into the workspace; a path that is not allowed is an observation, not an error."""
    run = await reach_out(node)
    kept = await _keep(run, place_of(node), {path: text.encode("utf-8", "replace")})
    if kept.refused:
        return Observation(action=f"write_text {path}", outcome="error", text=kept.refused[0], refused=kept.refused)
    await remember_files(node, run, kept.written)
    (written,) = kept.written
    shown = f"{written} is written and complete ({len(text)} characters):\n{text}"
    return Observation(
        action=f"write_text {path}", outcome="ok", text=shown, artifacts=kept.written, versions=kept.versions
    )


@task(name="execute", cache_key_fn=step_key, persist_result=True, task_run_name="run the program")
async def execute(node: Node, turn: int, code: str, files: Sequence[str]) -> Ran:
    """Run a program in the sandbox with copies of workspace files; what it wrote is kept aside for `keep`.

    So a program that reads a file and writes it anew has read the old one, however often a crash makes it run.
    """
    from swarm.sandbox import run_python
    from swarm.sandbox.choice import unconfined

    run = await reach_out(node)
    workspace = run.workspace
    try:
        given = {name: workspace.read(name) for name in files}
        with unconfined(run.settings.swarm_unsafe_no_sandbox):
            outcome = await run_python(code, given)
    except (SandboxUnavailable, WorkspaceError, UsageError) as error:
        return Ran(ok=False, refused=str(error))
    made = {name: data for name, data in outcome.files.items() if outcome.ok and given.get(name) != data}
    return Ran(
        ok=outcome.ok,
        message=outcome.message,
        stdout=redact(outcome.stdout)[:_PRINTED],
        stderr=redact(outcome.stderr)[-_PRINTED:],
        files={name: base64.b64encode(redact_bytes(data)).decode() for name, data in made.items()},
    )


@task(name="keep", cache_key_fn=step_key, persist_result=True, task_run_name="keep what the program wrote")
async def keep(node: Node, turn: int, files: Mapping[str, str]) -> AppliedChanges:
    """Put what a program or a function wrote into the workspace; what is not allowed is said."""
    run = await reach_out(node)
    kept = await _keep(run, place_of(node), {name: base64.b64decode(data) for name, data in files.items()})
    await remember_files(node, run, kept.written)
    return kept


async def _keep(run: Run, place: Place, files: Mapping[str, bytes]) -> AppliedChanges:
    """Write files, but for those that are somebody else's and that the goal does not name: a small model guesses."""
    allowed, refused = dict[str, bytes](), list[str]()
    for name, data in files.items():
        try:
            if len(data) > MAX_BYTES:
                raise WorkspaceError(f"{name!r} would have {len(data)} bytes; the limit is {MAX_BYTES}")
            if run.workspace.is_foreign(name):
                raise WorkspaceError(
                    f"{name!r} was there before this run and the goal does not name it; choose another name"
                )
            allowed[name] = data
        except WorkspaceError as error:
            refused.append(str(error))
    if not allowed:
        return AppliedChanges(refused=tuple(refused))
    applied = await put_files(run, place, allowed, {})
    return applied.model_copy(update={"refused": (*refused, *applied.refused)})


@task(name="check", cache_key_fn=step_key, persist_result=True, task_run_name=step_name("check {criterion.id}"))
async def check(node: Node, turn: int, criterion: Criterion, answer: str) -> CriterionResult:
    """Check one criterion by machine."""
    from swarm.sandbox.choice import unconfined

    run = await reach_out(node)
    with unconfined(run.settings.swarm_unsafe_no_sandbox):
        gap = await _gap(run.workspace, criterion, answer)
    return CriterionResult(id=criterion.id, text=criterion.text, result="fail" if gap else "pass", gap=gap)


async def _gap(workspace: Workspace, criterion: Criterion, answer: str) -> str:
    match criterion.check:
        case "file":
            return "" if workspace.exists(criterion.spec) else f"there is no file {criterion.spec} in the workspace"
        case "schema":
            return _schema_gap(answer, criterion.spec)
        case "python":
            from swarm.sandbox import run_python

            outcome = await run_python(criterion.spec, {"answer.txt": answer.encode()})
            return "" if outcome.ok else shorten(outcome.message or outcome.stderr, 300)
        case "judge" | "command":
            raise ValueError(f"criterion {criterion.id} is not checked here")


def _schema_gap(answer: str, schema: str) -> str:
    try:
        wanted = json.loads(schema)
        check_schema("the criterion", wanted)
        return fault(wanted, json.loads(answer))
    except json.JSONDecodeError:
        return "the answer is not JSON"
    except (ValueError, RecursionError) as error:
        return shorten(str(error), 300)


async def _read(node: Node, run: Run, source: Source, query: str) -> list[Passage]:
    """Return the best passages; what is one document is read whole, and remembered as such."""
    if isinstance(source, Remembered):
        return await source(query, _PASSAGES)
    if not getattr(source, "is_document", False):
        passages = await source(query, _PASSAGES)
        await remember(node, run, passages, whole=False)
        return passages
    every = await source("", _EVERYTHING)
    await remember(node, run, every, whole=True)
    return best(every, query, _PASSAGES)


def _shown(passages: Sequence[Passage]) -> str:
    """Return passages with their places, as much as an observation may carry."""
    rows, left = [], _SHOWN
    for passage in passages:
        row = f"[{place(passage)}] {passage.text}"
        if len(row) > left:
            row = row[:left] + " …"
        rows.append(row)
        left -= len(row)
        if left <= 0:
            break
    return "\n".join(rows)
