"""Folders: what a run may read and write, as the owner of this swarm has named it.

`swarm run` writes down what it was called with, in the database, which a caller of Prefect's API cannot reach. A run
that came over the API gets the folders of SWARM_FOLDERS or, where that is not set, those of runs from the command line.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from swarm.errors import UsageError
from swarm.nodes import Node

_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def check_run_name(run: str) -> str:
    """Return the name of a run, which is also that of a folder; raises UsageError for one that is no such name."""
    if run and not _RUN.fullmatch(run):
        raise UsageError(f"{run[:80]!r} is not the name of a run; use up to 64 letters, digits and dashes")
    return run


def check_folders(node: Node, named: Iterable[str], home: Path) -> None:
    """Raise UsageError unless a node's workspace and inputs lie in what was `named`, or in the run's own folder.

    What lies in `home`, where keys and other runs' files are, must have been named itself.
    """
    home, own = home.resolve(), (home / "runs" / node.run).resolve()
    allowed = [Path(each).resolve() for each in named]
    workspace = Path(node.workspace).expanduser() if node.workspace else own / "workspace"
    for what, place in [("workspace", workspace), *(("input", workspace / each) for each in _paths(node.inputs))]:
        if not _is_allowed(place.resolve(), allowed, home, own):
            raise UsageError(
                f"the {what} {place} is not in a folder you have named for runs like this one; start the run with "
                f"`swarm run`, or set SWARM_FOLDERS={place} and restart with `swarm down` and `swarm up`"
            )


def _is_allowed(place: Path, allowed: Sequence[Path], home: Path, own: Path) -> bool:
    if place.is_relative_to(own) or place in allowed:
        return True
    return not place.is_relative_to(home) and any(place.is_relative_to(each) for each in allowed)


def is_broad(folder: str) -> bool:
    """Say whether a folder holds nearly everything a person has, so that naming it once must not open it for all."""
    return Path(folder).resolve() in (Path("/"), Path.home().resolve(), *Path.home().resolve().parents)


def _paths(inputs: Iterable[str]) -> Iterable[str]:
    """Return those inputs that are paths, not addresses."""
    return (each for each in inputs if "://" not in each)
