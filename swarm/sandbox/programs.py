"""Programs in the sandbox: one process in a fresh private folder, with the standard library and nothing else."""

from collections.abc import Mapping

from swarm.errors import UsageError
from swarm.sandbox.choice import require
from swarm.sandbox.host import run_in
from swarm.sandbox.languages import language
from swarm.sandbox.limits import Limits, Outcome, check_files
from swarm.sandbox.orders import Job

_NO_FILES: Mapping[str, bytes] = {}
_DEFAULT = Limits()


async def run_program(
    code: str, name: str = "python", files: Mapping[str, bytes] = _NO_FILES, limits: Limits = _DEFAULT
) -> Outcome:
    """Run `code` as `main.py` (or `main.cjs`, `main.sh`) beside `files` in a folder that is the working directory.

    Raises SandboxUnavailable where the machine cannot isolate, UsageError for a file name that is not a safe one.
    Cancelling the call kills the whole process tree.
    """
    chosen = language(name)
    script = chosen.prepare(code, called=False)
    for own in script:
        if own in files:
            raise UsageError(f"{own} is the name of the code itself; give the input file another name")
    check_files(files, limits)
    command = chosen.run(called=False)
    backend = await require()
    reserves = chosen.name == "javascript"
    return await run_in(backend, Job(command, {**files, **script}, limits, reserves=reserves))


async def run_python(code: str, files: Mapping[str, bytes] = _NO_FILES, limits: Limits = _DEFAULT) -> Outcome:
    """Run a Python program; see `run_program`."""
    return await run_program(code, "python", files, limits)
