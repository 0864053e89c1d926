"""Environments: what commands find installed, in folders shared by content and mounted read-only."""

import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from swarm.environments.node import install_node
from swarm.environments.requirements import Requirements, required_by
from swarm.errors import PackagesUnavailable
from swarm.keys import digest
from swarm.private import write_private
from swarm.sandbox.packages import Packages

DEFAULT_LOCK = Path(__file__).with_name("sandbox.txt")
"""Compiled by `make lock` from requirements/sandbox.in."""
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Environment:
    """What to hand to a command: `packages` and `modules` of its spec; `notes` say what is missing, for a person."""

    packages: tuple[Path, ...] = ()
    modules: Path | None = None
    notes: tuple[str, ...] = ()
    lock: str = ""
    """The Python packages, each with its version and hashes."""


async def default_environment(root: Path) -> Environment:
    """Return pytest alone, by a lock of ours, installed on first use; a note where it cannot be fetched."""
    try:
        lock = await asyncio.to_thread(DEFAULT_LOCK.read_text, encoding="utf-8")
        folder = await Packages(root, compiles=True).folder(lock)
    except PackagesUnavailable as error:
        return Environment(notes=(f"pytest is not there, for {error}",))
    return Environment(packages=(folder,) if folder else (), lock=lock)


async def environment_for(folder: Path, packages: Sequence[str], root: Path) -> Environment:
    """Install what a project and these names need, from wheels and a registry's tarballs; nothing of them is run.

    pytest comes with it unless the project names its own. `root` keeps locks and folders. Raises UsageError for a name
    that is not one, PackagesUnavailable in one line for what is missing, has no wheel, or does not match its hashes.
    """
    required = await asyncio.to_thread(required_by, folder, packages)
    python = await _python(required, root) if required.python else await default_environment(root)
    modules = await install_node(required.node, folder, root) if required.node else None
    return Environment(python.packages, modules, (*python.notes, *required.left_out), python.lock)


async def _python(required: Requirements, root: Path) -> Environment:
    has_pytest = any(re.match(r"pytest\b(?!-)", line) for line in required.python)
    lines = [*required.python, *([] if has_pytest else ["pytest"])]
    lock = await _lock(lines, required, root)
    folder = await Packages(root, compiles=True).folder(lock)
    return Environment(packages=(folder,) if folder else (), lock=lock)


async def _lock(lines: Sequence[str], required: Requirements, root: Path) -> str:
    """Resolve once: the same requirements keep their lock, so that a command runs with what the last one had."""
    kept = root / "locks" / f"{digest(list(lines), required.hashes, sys.version)}.txt"
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    lock = _with_hashes(await Packages(root).lock(lines), required.hashes)
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_private(kept, lock)
    return lock


def _with_hashes(lock: str, allowed: dict[str, tuple[str, ...]]) -> str:
    """Keep of each package only the hashes that the project's own files allow; raises PackagesUnavailable."""
    from packaging.utils import canonicalize_name

    sums = {_canonical(name): set(listed) for name, listed in allowed.items()}
    entries = re.split(r"\n(?=\S)", lock.strip())
    for at, entry in enumerate(entries):
        pinned = _PINNED.match(entry)
        wanted = sums.get(f"{canonicalize_name(pinned[1])}=={pinned[2]}") if pinned else None
        if pinned is None or wanted is None:
            continue
        found = [each for each in _HASH.findall(entry) if each in wanted]
        if not found:
            raise PackagesUnavailable(
                f"the index has another {pinned[1]}=={pinned[2]} than the hashes of the requirements allow"
            )
        head = entry.split("--hash", 1)[0].rstrip().rstrip("\\").rstrip()
        entries[at] = " \\\n".join([head, *(f"    --hash=sha256:{each}" for each in found)])
    return "\n".join(entries) + "\n"


def _canonical(pin: str) -> str:
    from packaging.utils import canonicalize_name

    pinned = _PINNED.match(pin)
    return f"{canonicalize_name(pinned[1])}=={pinned[2]}" if pinned else pin
