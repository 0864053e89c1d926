"""Python programs in the sandbox, with the standard library and nothing else."""

from collections.abc import Mapping

from swarm.errors import UsageError
from swarm.sandbox.cells import INSIDE, python
from swarm.sandbox.choice import require
from swarm.sandbox.host import Job, run_in
from swarm.sandbox.limits import Limits, Outcome, check_files

_NO_FILES: Mapping[str, bytes] = {}
_DEFAULT = Limits()


async def run_python(code: str, files: Mapping[str, bytes] = _NO_FILES, limits: Limits = _DEFAULT) -> Outcome:
    """Run `code` as `main.py` in a fresh private folder that also holds `files`, and is the working directory.

    Raises SandboxUnavailable where the machine cannot isolate, UsageError for a file name that is not a safe one.
    Cancelling the call kills the whole process tree.
    """
    if "main.py" in files:
        raise UsageError("main.py is the name of the code itself; give the input file another name")
    check_files(files, limits)
    backend = await require()
    launch = (INSIDE / "launch.py").read_text()
    command = (python(), "-I", "-S", "-B", "-X", "utf8", "-c", launch)
    script = {"main.py": code.encode(errors="surrogatepass")}
    return await run_in(backend, Job(command, {**files, **script}, limits))
