"""The languages of programs and functions: each says in four words how it is run; a further one is a further entry.

A function's driver speaks with the host in lines of JSON over descriptor 3: it reads one request
`{"function", "arguments", ...}`, may write `{"call", "arguments"}` and read `{"value"}` or `{"error"}`, and in the end
writes `{"result"}` or `{"error": {"kind", "message", "trace"}}`.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from swarm.errors import SandboxUnavailable, UsageError
from swarm.sandbox.cells import INSIDE, python

_SYSTEM = "/usr/bin:/bin:/usr/local/bin"


class Language(Protocol):
    """How one language is run in the sandbox."""

    @property
    def name(self) -> str: ...

    @property
    def ending(self) -> str:
        """The ending of its files: `.py`."""
        ...

    def prepare(self, code: str, called: bool) -> Mapping[str, bytes]:
        """Return the files that lie in the private folder: the code, and for a function its driver."""
        ...

    def run(self, called: bool) -> tuple[str, ...]:
        """Return the command line; empty for a function that the guest itself calls. Raises SandboxUnavailable."""
        ...


class Python:
    """Programs in an interpreter of their own, functions in a fork of the guest, which is a Python already."""

    name = "python"
    ending = ".py"

    def prepare(self, code: str, called: bool) -> Mapping[str, bytes]:
        """Lay the program out; a function's code comes with its request."""
        return {} if called else {"main.py": code.encode(errors="surrogatepass")}

    def run(self, called: bool) -> tuple[str, ...]:
        """Run `main.py` as the interpreter would, in isolated mode."""
        launch = (INSIDE / "launch.py").read_text()
        return () if called else (python(), "-I", "-S", "-B", "-X", "utf8", "-c", launch)


class Interpreted:
    """A language with an interpreter of the system, and a driver that lies in `inside/`."""

    def __init__(self, name: str, ending: str, command: tuple[str, ...], driver: str) -> None:
        self.name = name
        self.ending = ending
        self._command = command
        self._driver = driver

    def prepare(self, code: str, called: bool) -> Mapping[str, bytes]:
        """Lay out `main` and, for a function, the driver that loads it."""
        files = {f"main{self.ending}": code.encode(errors="surrogatepass")}
        return files | ({self._driver: (INSIDE / self._driver).read_bytes()} if called else {})

    def run(self, called: bool) -> tuple[str, ...]:
        """Run the driver, or the program itself."""
        binary = shutil.which(self._command[0], path=_SYSTEM)
        if binary is None:
            raise SandboxUnavailable(f"{self.name} code needs `{self._command[0]}` in {_SYSTEM}; install it")
        return (binary, *self._command[1:], self._driver if called else f"main{self.ending}")


LANGUAGES: Mapping[str, Language] = {
    each.name: each
    for each in (
        Python(),
        Interpreted("javascript", ".cjs", ("node", "--no-warnings"), "driver.cjs"),
        Interpreted("bash", ".sh", ("bash", "--noprofile", "--norc"), "driver.sh"),
    )
}


def language(name: str) -> Language:
    """Return a language by its name; raises UsageError for one that is not known."""
    found = LANGUAGES.get(name)
    if found is None:
        raise UsageError(f"the language {name!r} is not known; write {', '.join(LANGUAGES)}")
    return found


def language_of(path: Path) -> Language | None:
    """Return the language of a file, by its ending."""
    return next((each for each in LANGUAGES.values() if each.ending == path.suffix), None)
