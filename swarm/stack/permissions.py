"""Permissions: what lies under SWARM_HOME is its owner's alone, also what was there before."""

import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from swarm.errors import StackError
from swarm.private import OTHERS


def close_to_others(root: Path) -> int:
    """Take every right of group and others from a folder and all below it; return how many entries had one.

    Links are left alone, and so is what is on the other side of them. Raises StackError for a folder of somebody
    else's, and for an open entry that only its owner could close.
    """
    check_owner(root)
    closed, shared = 0, _shared(root)
    for path, found in _entries(root):
        if found.st_mode & OTHERS == 0 or shared in path.parents:
            continue
        try:
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
        except FileNotFoundError:
            continue  # a socket or a lock that has just gone
        except OSError as error:
            raise StackError(
                f"{path} is open to other users and cannot be closed: {error.strerror}; "
                f"take it back with `chown` and run `chmod go= {path}`"
            ) from None
        closed += 1
    return closed


def _shared(root: Path) -> Path | None:
    """Return the folder whose content root's sandbox reads as a user of its own: published packages, in a closed home.

    The folder itself is closed; the sandbox gets at its content by a mount.
    """
    return root / "packages" if os.geteuid() == 0 else None


def check_owner(folder: Path) -> None:
    """Raise StackError for a folder that belongs to another user, who could read and change all in it."""
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise StackError(
            f"{folder} belongs to {_name(owner)}, not to {_name(os.geteuid())}; set SWARM_HOME to a folder of your own"
        )


def _entries(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield a folder and all below it but links, with their status; a folder comes before what is in it."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        try:
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode):
                continue
            yield path, found
            if stat.S_ISDIR(found.st_mode):
                waiting += path.iterdir()
        except (FileNotFoundError, PermissionError):
            continue  # gone meanwhile; or closed even to us, and so to everybody else


def _name(uid: int) -> str:
    try:
        return f"user {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"user {uid}"
