"""What a small model's program reads and does: the shapes of its files, and its run in the sandbox."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from prefect import task

from swarm.errors import SandboxUnavailable, UsageError, WorkspaceError
from swarm.nodes import Node
from swarm.run.regular_file import read_whole
from swarm.small.shapes import shapes
from swarm.text.redaction import redact, redact_bytes
from tasks.acting import Ran
from tasks.context import Run, reach_out
from tasks.keys import step_key

_MOST_FILES = 200
_MOST_BYTES = 20_000_000
_PRINTED = 3000


@task(name="shapes", cache_key_fn=step_key, persist_result=True, task_run_name="look at the files")
async def shapes_of(node: Node, turn: int, files: Sequence[str]) -> tuple[str, ...]:
    """Return the shapes of the files that a program will read."""
    run = await reach_out(node)
    contents = _contents(run, node, files)
    return shapes({name: redact_bytes(data) for name, data in contents.items()})


@task(name="execute", cache_key_fn=step_key, persist_result=True, task_run_name="run the program")
async def run_on_copies(node: Node, turn: int, code: str, files: Sequence[str]) -> Ran:
    """Run a program in the sandbox on copies of files; what it wrote or changed is kept aside for `keep`."""
    from swarm.sandbox import run_python
    from swarm.sandbox.choice import unconfined

    run = await reach_out(node)
    given = _contents(run, node, files)
    try:
        with unconfined(run.settings.swarm_unsafe_no_sandbox):
            outcome = await run_python(code, given)
    except (SandboxUnavailable, UsageError) as error:
        return Ran(ok=False, refused=str(error))
    made = {name: data for name, data in outcome.files.items() if outcome.ok and given.get(name) != data}
    return Ran(
        ok=outcome.ok,
        message=outcome.message,
        stdout=redact(outcome.stdout)[:_PRINTED],
        stderr=redact(outcome.stderr)[-_PRINTED:],
        files={name: base64.b64encode(redact_bytes(data)).decode() for name, data in made.items()},
    )


def _contents(run: Run, node: Node, files: Sequence[str]) -> Mapping[str, bytes]:
    """Return the files by the names a program sees: one from outside the workspace by its last name alone."""
    found, left = dict[str, bytes](), _MOST_BYTES
    given = [Path(each) for each in node.inputs if "://" not in each]
    for name in files[:_MOST_FILES]:
        path = Path(name)
        try:
            outside = path.is_absolute() and any(path.is_relative_to(each) for each in given)
            if outside and run.workspace.closed.why(path.resolve(), given):
                continue
            data = read_whole(path, left) if outside else run.workspace.read(name)
        except (OSError, WorkspaceError):
            continue
        left -= len(data)
        if left < 0:
            break
        found[path.name if outside else name] = data
    return found
