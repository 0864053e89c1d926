"""Run a program that refuses root (Postgres) for a root user: `python -I unprivileged.py FOLDER PROGRAM ARGUMENT...`.

The better way is a user namespace in which root bears another number: all files stay root's own, nothing is made
readable and no account is created. Where namespaces are forbidden (containers), the account `nobody` gets the folder.
With `--probe` it only says by its exit code whether the better way works. An ordinary user's program is just run.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000


def main(arguments: list[str]) -> int:
    """Take off root if need be, then become the program, in that folder."""
    if arguments == ["--probe"]:
        return 0 if os.geteuid() != 0 or _enter_namespace() else 1
    folder, *program = arguments
    if os.geteuid() == 0:
        if _enter_namespace_in_child():
            _own(Path(folder), 0, 0)
            os.chdir(folder)
            _enter_namespace()
        else:
            account = pwd.getpwnam("nobody")
            _own(Path(folder), account.pw_uid, account.pw_gid)
            os.chdir(folder)
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
    else:
        os.chdir(folder)
    os.execv(program[0], program)


def _enter_namespace() -> bool:
    account = pwd.getpwnam("nobody")
    group = os.getegid()  # asked inside the new namespace it has no number yet
    try:
        if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER) != 0:
            return False
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{account.pw_uid} 0 1")
        Path("/proc/self/gid_map").write_text(f"{account.pw_gid} {group} 1")
    except (OSError, AttributeError):
        return False
    return True


def _enter_namespace_in_child() -> bool:
    # A try cannot be undone, so a child makes it.
    child = os.fork()
    if child == 0:
        os._exit(0 if _enter_namespace() else 1)
    return os.waitpid(child, 0)[1] == 0


def _own(folder: Path, uid: int, gid: int) -> None:
    if folder.stat().st_uid == uid:
        return
    for path in [*folder.rglob("*"), folder]:
        os.chown(path, uid, gid, follow_symlinks=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
